package import WarrenPrimitives

/// What travels to the producers and ends up in blocks.
///
/// It keeps the encoding it was read from; two transactions with the same bytes are one.
/// `chain.proto` is the schema.
package struct Transaction: Hashable, Sendable {
    package let id: Hash
    package let content: Content
    /// The canonical encoding.
    package let encoding: [UInt8]

    /// Bytes of the longest encoding: mainnet's transaction limit.
    package static let byteLimit = 16_384
    /// Bytes of the longest payload.
    package static let payloadByteLimit = 16_000

    package enum Content: Hashable, Sendable {
        /// 1 to ``payloadByteLimit`` bytes.
        case payload([UInt8])
        case registration(RelayRegistration)
    }

    package static func == (lhs: Transaction, rhs: Transaction) -> Bool { lhs.id == rhs.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// Traps on a payload outside its limits: those of strangers are read, not made.
    package init(_ content: Content) {
        if case .payload(let bytes) = content {
            precondition(
                (1...Self.payloadByteLimit).contains(bytes.count),
                "a payload has 1 to \(Self.payloadByteLimit) bytes, not \(bytes.count)"
            )
        }
        self.content = content
        encoding = Self.encoding(of: content)
        id = Hash(of: encoding)
    }

    /// Reads a transaction; the signature of a registration is not looked at.
    package init(_ encoding: [UInt8]) throws(ChainCodingError) {
        guard encoding.count <= Self.byteLimit else { throw .tooLong(encoding.count) }
        let content = try reading { () throws(ProtobufError) in
            try Self.content(encoding.span)
        }
        guard Self.encoding(of: content) == encoding else { throw .notCanonical }
        self.content = content
        self.encoding = encoding
        id = Hash(of: encoding)
    }

    private static func encoding(of content: Content) -> [UInt8] {
        switch content {
        case .payload(let bytes):
            var writer = ProtobufWriter(capacity: bytes.count + 8)
            writer.bytes(1, bytes)
            return writer.bytes
        case .registration(let registration):
            var writer = ProtobufWriter(capacity: 512)
            writer.message(2) { registration.write(into: &$0) }
            return writer.bytes
        }
    }

    private static func content(_ bytes: Span<UInt8>) throws(ProtobufError) -> Content {
        var content: Content?
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            let range = try field.range()
            switch field.number {
            case 1:
                guard (1...payloadByteLimit).contains(range.count) else {
                    throw .outOfRange(field: 1)
                }
                content = .payload(bytes.copy(range))
            case 2: content = .registration(try RelayRegistration(bytes.extracting(range)))
            default: throw .outOfRange(field: field.number)
            }
        }
        guard let content else { throw .missing(field: 1) }
        return content
    }
}

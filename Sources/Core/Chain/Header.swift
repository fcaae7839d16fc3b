package import WarrenPrimitives

/// The head of a block: its place on the chain, who made it, and what its body must be.
///
/// It keeps the encoding it was read from, which is what is hashed, stored and passed on.
/// `chain.proto` is the schema.
package struct Header: Hashable, Sendable {
    package let id: Hash
    /// 1 for the first block.
    package let height: UInt64
    package let slot: UInt64
    /// The id of the block before, or of the genesis.
    package let previous: Hash
    /// The producer's raw Ed25519 public key.
    package let producer: Hash
    /// SHA-256 of the body's encoding.
    package let body: Hash
    /// The length of the body's encoding, in bytes.
    package let bodySize: Int
    /// When it was made, by the producer's clock.
    package let time: Instant
    /// The canonical encoding, signature included.
    package let encoding: [UInt8]

    /// Bytes of the longest encoding.
    package static let byteLimit = 512

    package static func == (lhs: Header, rhs: Header) -> Bool { lhs.id == rhs.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension Header {
    /// What a producer decides on; the rest of a header follows from it.
    package struct Content: Hashable, Sendable {
        package var height: UInt64
        package var slot: UInt64
        package var previous: Hash
        package var body: Hash
        package var bodySize: Int
        package var time: Instant

        package init(
            height: UInt64,
            slot: UInt64,
            previous: Hash,
            body: Hash,
            bodySize: Int,
            time: Instant
        ) {
            self.height = height
            self.slot = slot
            self.previous = previous
            self.body = body
            self.bodySize = bodySize
            self.time = time
        }
    }

    private static let domain = Array("warren/block/1".utf8)

    /// Makes and signs a header.
    package init(_ content: Content, by key: NodeKey) {
        guard let producer = Hash(key.publicKey) else {
            preconditionFailure("a public key has 32 bytes")
        }
        let unsigned = Self.unsigned(content, producer)
        var writer = ProtobufWriter(capacity: NodeKey.signatureByteCount + 2)
        writer.bytes(8, key.sign(Self.domain + unsigned))
        self.init(content, producer, encoding: unsigned + writer.bytes)
    }

    private init(_ content: Content, _ producer: Hash, encoding: [UInt8]) {
        height = content.height
        slot = content.slot
        previous = content.previous
        body = content.body
        bodySize = content.bodySize
        time = content.time
        self.producer = producer
        self.encoding = encoding
        id = Hash(of: encoding)
    }

    private static func unsigned(_ content: Content, _ producer: Hash) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 256)
        writer.varint(1, content.height)
        writer.varint(2, content.slot)
        writer.bytes(3, content.previous.bytes)
        writer.bytes(4, producer.bytes)
        writer.bytes(5, content.body.bytes)
        writer.varint(6, UInt64(content.bodySize))
        writer.varint(7, UInt64(content.time.nanoseconds))
        return writer.bytes
    }

    /// Reads a header; its signature is not looked at.
    ///
    /// Every other encoding than the canonical one is refused.
    package init(_ encoding: [UInt8]) throws(ChainCodingError) {
        guard encoding.count <= Self.byteLimit else { throw .tooLong(encoding.count) }
        let (content, producer, signature) = try reading { () throws(ProtobufError) in
            try Self.fields(encoding.span)
        }
        var writer = ProtobufWriter(capacity: NodeKey.signatureByteCount + 2)
        writer.bytes(8, signature)
        guard Self.unsigned(content, producer) + writer.bytes == encoding else {
            throw .notCanonical
        }
        self.init(content, producer, encoding: encoding)
    }

    private static func fields(
        _ bytes: Span<UInt8>
    ) throws(ProtobufError) -> (Content, Hash, [UInt8]) {
        var content = Content(
            height: 0,
            slot: 0,
            previous: .zero,
            body: .zero,
            bodySize: 0,
            time: .epoch
        )
        var producer: Hash?
        var signature: [UInt8] = []
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            switch field.number {
            case 1: content.height = try field.varint()
            case 2: content.slot = try field.varint()
            case 3: content.previous = try field.hash32(in: bytes)
            case 4: producer = try field.hash32(in: bytes)
            case 5: content.body = try field.hash32(in: bytes)
            case 6: content.bodySize = try field.size()
            case 7:
                guard let time = Int64(exactly: try field.varint()) else {
                    throw .outOfRange(field: 7)
                }
                content.time = Instant(nanoseconds: time)
            case 8: signature = bytes.copy(try field.range())
            default: throw .outOfRange(field: field.number)
            }
        }
        guard let producer else { throw .missing(field: 4) }
        guard signature.count == NodeKey.signatureByteCount else { throw .outOfRange(field: 8) }
        return (content, producer, signature)
    }

    /// Whether the producer signed it.
    ///
    /// Costs an Ed25519 verification: the cheaper rules come first.
    package var isSigned: Bool {
        // The signature is the last field: two bytes of key and length, then itself.
        let end = encoding.count - NodeKey.signatureByteCount
        return NodeKey.verify(
            Array(encoding[end...]),
            of: Self.domain + encoding[..<(end - 2)],
            by: producer.bytes
        )
    }
}

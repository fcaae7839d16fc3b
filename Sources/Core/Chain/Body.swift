package import WarrenPrimitives

/// The transactions of a block.
///
/// A body is right or wrong by itself: that its digest is the header's, that it is well formed, that
/// no transaction stands in it twice, and that registrations are signed. Whatever chain it is on,
/// nothing else is asked of it. `chain.proto` is the schema.
package struct Body: Hashable, Sendable {
    package let id: Hash
    package let transactions: [Transaction]
    /// The canonical encoding.
    package let encoding: [UInt8]

    /// Bytes of the longest encoding that a genesis may allow; what one does allow is in its
    /// ``ChainRules``.
    package static let byteLimit = 1024 * 1024
    /// Bytes that a transaction takes up besides its own encoding, at most.
    package static let transactionOverhead = 4

    package static func == (lhs: Body, rhs: Body) -> Bool { lhs.id == rhs.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }

    package init(_ transactions: [Transaction]) {
        self.transactions = transactions
        encoding = Self.encoding(of: transactions)
        id = Hash(of: encoding)
    }

    /// Reads a body of at most `limit` bytes; signatures of registrations are not looked at.
    package init(_ encoding: [UInt8], limit: Int = Self.byteLimit) throws(ChainCodingError) {
        guard encoding.count <= limit else { throw .tooLong(encoding.count) }
        try self.init(encoding, id: Hash(of: encoding))
    }

    /// Reads a body of which the digest is known.
    init(_ encoding: [UInt8], id: Hash) throws(ChainCodingError) {
        let ranges = try reading { () throws(ProtobufError) in try Self.ranges(encoding.span) }
        var transactions: [Transaction] = []
        transactions.reserveCapacity(ranges.count)
        var seen = Set<Hash>(minimumCapacity: ranges.count)
        for range in ranges {
            let transaction = try Transaction(Array(encoding[range]))
            guard seen.insert(transaction.id).inserted else { throw .repeated(transaction.id) }
            transactions.append(transaction)
        }
        guard Self.encoding(of: transactions) == encoding else { throw .notCanonical }
        self.transactions = transactions
        self.encoding = encoding
        self.id = id
    }

    private static func encoding(of transactions: [Transaction]) -> [UInt8] {
        var size = 0
        for transaction in transactions {
            size += transaction.encoding.count + Self.transactionOverhead
        }
        var writer = ProtobufWriter(capacity: size)
        for transaction in transactions { writer.bytes(1, transaction.encoding) }
        return writer.bytes
    }

    private static func ranges(_ bytes: Span<UInt8>) throws(ProtobufError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            guard field.number == 1 else { throw .outOfRange(field: field.number) }
            ranges.append(try field.range())
        }
        return ranges
    }
}

import WarrenChain
package import WarrenPrimitives

/// What travels on channel 0x73.
///
/// `transactions.proto` beside this file is the schema. Source: O§8.7.
package enum TransactionMessage: Hashable, Sendable {
    /// Init: the owner has transactions to offer.
    case initiate
    case requestIDs(blocking: Bool, acknowledged: Int, wanted: Int)
    case ids([Listing])
    /// At least one.
    case requestTransactions([Hash])
    /// Transactions in their own encoding, none of them read yet.
    case transactions([[UInt8]])
    case done

    /// A transaction that is offered.
    package struct Listing: Hashable, Sendable {
        package var id: Hash
        /// Bytes of its encoding.
        package var size: Int

        package init(id: Hash, size: Int) {
            self.id = id
            self.size = size
        }
    }

    /// How many ids may be offered, or asked for, and not acknowledged.
    ///
    /// Source: O§8.7.
    package static let windowLimit = 10
    /// How many ids or transactions a message is read with, and how great its counts may be.
    ///
    /// More than any rule allows, so that breaking one has a reason of its own.
    package static let listLimit = 128
    /// Bytes of the longest message that an honest peer sends: a window of the longest transactions.
    ///
    /// A bound on what an unread message takes up, far below O§8.4's largeByteLimit.
    package static let byteLimit = windowLimit * (Transaction.byteLimit + 4) + 4

    /// True when the one who is used sends it: those who pull take the others.
    package var isRequest: Bool {
        switch self {
        case .requestIDs, .requestTransactions: true
        case .initiate, .ids, .transactions, .done: false
        }
    }
}

// MARK: - Writing

extension TransactionMessage {
    package var bytes: [UInt8] {
        var writer = ProtobufWriter(capacity: capacity)
        switch self {
        case .initiate: writer.message(1) { _ in }
        case .requestIDs(let isBlocking, let acknowledgedCount, let wantedCount):
            writer.message(2) { writer in
                writer.bool(1, isBlocking)
                writer.varint(2, UInt64(acknowledgedCount))
                writer.varint(3, UInt64(wantedCount))
            }
        case .ids(let listings):
            writer.message(3) { writer in
                for listing in listings {
                    writer.message(1) { writer in
                        writer.bytes(1, listing.id.bytes)
                        writer.varint(2, UInt64(listing.size))
                    }
                }
            }
        case .requestTransactions(let ids):
            writer.message(4) { writer in
                for id in ids { writer.bytes(1, id.bytes) }
            }
        case .transactions(let encodings):
            writer.message(5) { writer in
                for encoding in encodings { writer.bytes(1, encoding) }
            }
        case .done: writer.message(6) { _ in }
        }
        return writer.bytes
    }

    private var capacity: Int {
        switch self {
        case .initiate, .requestIDs, .done: 16
        case .ids(let listings): 16 + listings.count * (Hash.byteCount + 8)
        case .requestTransactions(let ids): 16 + ids.count * (Hash.byteCount + 2)
        case .transactions(let encodings): encodings.reduce(16) { $0 + $1.count + 4 }
        }
    }
}

// MARK: - Reading

extension TransactionMessage {
    /// Reads one message; of several members of the oneof the last counts, as in every protobuf.
    package init(_ bytes: [UInt8]) throws(ProtobufError) {
        let span = bytes.span
        var message: TransactionMessage?
        var offset = 0
        while let field = try span.protobufField(at: &offset) {
            guard (1...6).contains(field.number) else { continue }
            message = try Self.member(field.number, span.extracting(field.range()))
        }
        guard let message else { throw .missing(field: 1) }
        self = message
    }

    private static func member(
        _ number: Int,
        _ body: Span<UInt8>
    ) throws(ProtobufError) -> TransactionMessage {
        switch number {
        case 2: return try request(body)
        case 3: return .ids(try list(body, Listing.init))
        case 4:
            let ids = try list(body) { (bytes: Span<UInt8>) throws(ProtobufError) in
                try id(bytes, field: 1)
            }
            guard !ids.isEmpty else { throw .missing(field: 1) }
            return .requestTransactions(ids)
        case 5:
            let encodings = try list(body) { (bytes: Span<UInt8>) throws(ProtobufError) in
                guard !bytes.isEmpty else { throw .outOfRange(field: 1) }
                return bytes.copy(0..<bytes.count)
            }
            return .transactions(encodings)
        default:
            var offset = 0
            while try body.protobufField(at: &offset) != nil {}
            return number == 1 ? .initiate : .done
        }
    }

    private static func request(_ body: Span<UInt8>) throws(ProtobufError) -> TransactionMessage {
        var isBlocking = false
        var (acknowledgedCount, wantedCount) = (0, 0)
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            switch field.number {
            case 1: isBlocking = try field.bool()
            case 2: acknowledgedCount = try count(field)
            case 3: wantedCount = try count(field)
            default: break
            }
        }
        return .requestIDs(
            blocking: isBlocking,
            acknowledged: acknowledgedCount,
            wanted: wantedCount
        )
    }

    private static func count(_ field: ProtobufField) throws(ProtobufError) -> Int {
        let value = try field.varint()
        guard value <= UInt64(listLimit) else { throw .outOfRange(field: field.number) }
        return Int(value)
    }

    /// The elements of repeated field 1.
    private static func list<Element>(
        _ body: Span<UInt8>,
        _ read: (Span<UInt8>) throws(ProtobufError) -> Element
    ) throws(ProtobufError) -> [Element] {
        var elements: [Element] = []
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            guard field.number == 1 else { continue }
            guard elements.count < listLimit else { throw .outOfRange(field: 1) }
            elements.append(try read(body.extracting(field.range())))
        }
        return elements
    }

    fileprivate static func id(
        _ bytes: Span<UInt8>,
        field: Int
    ) throws(ProtobufError) -> Hash {
        guard bytes.count == Hash.byteCount, let id = Hash(bytes.copy(0..<bytes.count)) else {
            throw .outOfRange(field: field)
        }
        return id
    }
}

extension TransactionMessage.Listing {
    fileprivate init(_ bytes: Span<UInt8>) throws(ProtobufError) {
        var id: Hash?
        var size: UInt64 = 0
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            switch field.number {
            case 1: id = try TransactionMessage.id(bytes.extracting(field.range()), field: 1)
            case 2: size = try field.varint()
            default: break
            }
        }
        guard let id else { throw .missing(field: 1) }
        // No longer than the field's own type; what a transaction may have is for others to say.
        guard let size = UInt32(exactly: size) else { throw .outOfRange(field: 2) }
        self.init(id: id, size: Int(size))
    }
}

import WarrenPeering
import WarrenPrimitives

/// A block off the chain in the store: its header, and what it would register.
///
/// It stands in ``StoreSpace/header`` behind all heights, so that the tree, and which bodies are in
/// the store, are known again after a restart.
struct ForkRow: Hashable, Sendable {
    var header: Header
    var registrations: [RelayRegistration]

    private static let prefix = [UInt8](repeating: 0xFF, count: 8)

    /// The greatest key of a header by height.
    static let lastHeight = headerKey(at: .max - 1)
    static let firstKey = prefix
    static let lastKey = prefix + [UInt8](repeating: 0xFF, count: 8 + Hash.byteCount)

    private static func key(of header: Header) -> [UInt8] {
        prefix + header.slot.bigEndianBytes + header.id.bytes
    }

    var change: StoreChange {
        var writer = ProtobufWriter(capacity: header.encoding.count + 8)
        writer.bytes(1, header.encoding)
        for registration in registrations {
            writer.bytes(2, Transaction(.registration(registration)).encoding)
        }
        return StoreChange(.header, key: Self.key(of: header), value: writer.bytes)
    }

    static func removal(of header: Header) -> StoreChange {
        StoreChange(.header, key: key(of: header), value: nil)
    }

    /// Removes the body too.
    static func removals(of header: Header) -> [StoreChange] {
        let body = bodyKey(of: header.point).map { StoreChange(.body, key: $0, value: nil) }
        return [removal(of: header)] + (body.map { [$0] } ?? [])
    }

    init(header: Header, registrations: [RelayRegistration]) {
        self.header = header
        self.registrations = registrations
    }

    init(_ row: StoreChange) throws(StoreFlaw) {
        guard let value = row.value, let read = try? Self.read(value),
            row.key == Self.key(of: read.header)
        else { throw .badRow(.header, key: row.key) }
        self = read
    }

    private static func read(_ value: [UInt8]) throws(ChainCodingError) -> ForkRow {
        var header: [UInt8] = []
        var registrations: [RelayRegistration] = []
        for (number, content) in try rowFields(value) {
            guard number == 2 else {
                header = content
                continue
            }
            if case .registration(let read) = try Transaction(content).content {
                registrations.append(read)
            }
        }
        return ForkRow(header: try Header(header), registrations: registrations)
    }
}

/// The fields of a row of our own, all of which hold bytes.
private func rowFields(
    _ value: [UInt8]
) throws(ChainCodingError) -> [(number: Int, content: [UInt8])] {
    try reading { () throws(ProtobufError) in
        var fields: [(number: Int, content: [UInt8])] = []
        let bytes = value.span
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            fields.append((field.number, bytes.copy(try field.range())))
        }
        return fields
    }
}

// MARK: - Evidence

extension Equivocation {
    private var key: [UInt8] { slot.bigEndianBytes + producer.bytes }

    var row: StoreChange {
        var writer = ProtobufWriter(capacity: 2 * Header.byteLimit)
        writer.bytes(1, first.encoding)
        writer.bytes(2, second.encoding)
        return StoreChange(.evidence, key: key, value: writer.bytes)
    }

    var removal: StoreChange { StoreChange(.evidence, key: key, value: nil) }

    init(_ row: StoreChange) throws(StoreFlaw) {
        guard let value = row.value, let read = try? Self.read(value), row.key == read.key else {
            throw .badRow(.evidence, key: row.key)
        }
        self = read
    }

    private static func read(_ value: [UInt8]) throws(ChainCodingError) -> Equivocation {
        var first: [UInt8] = []
        var second: [UInt8] = []
        for (number, content) in try rowFields(value) {
            if number == 1 { first = content } else { second = content }
        }
        return Equivocation(first: try Header(first), second: try Header(second))
    }
}

import WarrenChain
import WarrenGossip
import WarrenPrimitives

/// A chain that grows, forks and rolls back as a test says, with the store below its anchor.
struct TestChain: ChainReading {
    static let genesis = Hash(of: [0])
    static let key = NodeKey(seed: [UInt8](repeating: 1, count: NodeKey.seedByteCount))

    /// How many blocks are in memory.
    var depth: Int
    /// Up to what is shown, from height 1 on.
    private(set) var headers: [Header] = []
    /// The last header has no body yet.
    private(set) var isEarly = false
    /// Never goes down.
    private(set) var anchorHeight = 0
    /// Bodies that came, by block, those of forks among them.
    private(set) var messages: [Hash: [UInt8]] = [:]
    private var rows: [StoreChange] = []
    private var slot: UInt64 = 0

    init(depth: Int) { self.depth = depth }

    // MARK: - Reading

    func point(_ height: Int) -> Point { height == 0 ? .origin : headers[height - 1].point }
    var tip: Point { point(headers.count - (isEarly ? 1 : 0)) }
    var shown: Point { point(headers.count) }
    var anchor: Point { point(anchorHeight) }

    func header(at height: UInt64) -> Header? {
        guard height > anchorHeight, height <= headers.count else { return nil }
        return headers[Int(height) - 1]
    }

    func contains(_ point: Point) -> Bool? {
        if point.height < anchorHeight { return nil }
        return point.height <= headers.count && self.point(Int(point.height)) == point
    }

    func body(of point: Point) -> BodyPlace {
        guard let id = point.id else { return .unknown }
        if isEarly, point == shown { return .awaited }
        // Whether it really is in the store, only the store knows.
        if point.height <= anchorHeight { return .stored }
        return messages[id].map(BodyPlace.held) ?? .unknown
    }

    // MARK: - Changing

    /// Puts `count` blocks on top of block `height`; what was above it is gone.
    mutating func grow(_ count: Int, from height: Int? = nil, bodyBytes: Int = 20) {
        if let height { headers.removeSubrange(height...) }
        for _ in 0..<count {
            add(bodyBytes)
        }
        settle()
    }

    /// Shows a header on top of the tip before its body is here.
    mutating func show() {
        guard !isEarly else { return }
        add(20)
        isEarly = true
    }

    mutating func adoptShown() {
        isEarly = false
        settle()
    }

    mutating func withdrawShown() {
        guard isEarly, let last = headers.popLast() else { return }
        isEarly = false
        messages[last.id] = nil
        let key = bodyKey(of: last.point)
        rows.removeAll { $0.key == key }
    }

    /// Puts a header on top that no body goes with.
    mutating func append(_ header: Header) { headers.append(header) }

    /// Loses a body, as if it had never come.
    mutating func lose(_ height: Int) {
        messages[headers[height - 1].id] = nil
        let key = bodyKey(of: point(height))
        rows.removeAll { $0.key == key }
    }

    private mutating func add(_ bodyBytes: Int) {
        slot += 1
        let salt = slot.bigEndianBytes
        let body =
            bodyBytes == 0
            ? Body([])
            : Body([Transaction(.payload(salt + [UInt8](repeating: 7, count: bodyBytes)))])
        let header = Header(
            .init(
                height: UInt64(headers.count + 1),
                slot: slot,
                previous: headers.last?.id ?? Self.genesis,
                body: body.id,
                bodySize: body.encoding.count,
                time: .epoch
            ),
            by: Self.key
        )
        headers.append(header)
        let message = BodyMessage(body: body.encoding).bytes
        messages[header.id] = message
        if let key = bodyKey(of: header.point) {
            rows.append(StoreChange(.body, key: key, value: body.encoding))
        }
    }

    private mutating func settle() { anchorHeight = max(anchorHeight, headers.count - depth) }

    // MARK: - The store

    func load(_ range: StoreRange) -> [StoreChange] {
        let all =
            range.space == .body
            ? rows
            : headers.prefix(anchorHeight).map {
                StoreChange(.header, key: headerKey(at: $0.height), value: $0.encoding)
            }
        var found: [StoreChange] = []
        var size = 0
        for row in all {
            guard !row.key.lexicographicallyPrecedes(range.from),
                !range.through.lexicographicallyPrecedes(row.key)
            else { continue }
            found.append(row)
            size += row.value?.count ?? 0
            if size >= range.byteLimit || found.count >= range.rowLimit { break }
        }
        return found
    }

    /// A candidate with this whole chain in it.
    var candidate: Candidate {
        var candidate = Candidate(base: .origin)
        for header in headers { _ = candidate.append(header, genesisID: Self.genesis) }
        return candidate
    }
}

extension PeerID {
    static let alice = PeerID(rawValue: 1)
    static let bob = PeerID(rawValue: 2)
    static let carol = PeerID(rawValue: 3)
}

import WarrenChain
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A network of a few producers, for whom blocks are made.
struct Realm {
    let keys: [NodeKey]
    var rules: ChainRules
    let leaders: LeaderSchedule
    /// Long after the slots that tests use.
    let now = Instant(nanoseconds: 1_000_000_000_000_000)

    init(producers: Int = 3, securityParameter: Int = 100) {
        keys = (0..<producers).map { key(UInt8($0 + 1)) }
        rules = ChainRules(
            genesisID: Hash(of: [1]),
            start: .epoch,
            activeSlotMillionths: 1_000_000,
            leaderSeed: [UInt8](repeating: 7, count: 32),
            producers: keys.map { key in
                ChainRules.Producer(key: Hash(key.publicKey) ?? .zero, stake: 1)
            }
        )
        rules.securityParameter = securityParameter
        leaders = LeaderSchedule(rules)
    }

    func producer(_ place: Int) -> Hash { Hash(keys[place].publicKey) ?? .zero }

    /// The first slot from `slot` on that the producer leads.
    func slot(from slot: UInt64, for place: Int) -> UInt64 {
        var slot = slot
        while !leaders.leads(producer(place), slot: slot) { slot += 1 }
        return slot
    }

    /// A block on `parent`, in the first slot of the producer after `after`; `tag` tells it from
    /// others in its place.
    func block(
        on parent: Block?,
        by place: Int = 0,
        after: UInt64? = nil,
        tag: UInt64 = 0,
        _ transactions: [Transaction] = []
    ) -> Block {
        let tagged = tag == 0 ? [] : [Transaction(.payload(tag.bigEndianBytes))]
        let from = max(after ?? 0, parent.map { $0.header.slot } ?? 0) + 1
        return block(
            on: parent?.header,
            by: place,
            in: slot(from: from, for: place),
            Body(tagged + transactions)
        )
    }

    func block(on parent: Header?, by place: Int, in slot: UInt64, _ body: Body) -> Block {
        let header = header(on: parent, by: place, in: slot, body)
        let message: [UInt8] = [0xB0, 0xDE] + body.encoding
        return Block(
            MadeBlock(header: header, body: body),
            message: message,
            encoding: 2..<message.count
        )
    }

    func header(
        on parent: Header?,
        by place: Int,
        in slot: UInt64,
        _ body: Body,
        _ change: (inout Header.Content) -> Void = { _ in }
    ) -> Header {
        var content = Header.Content(
            height: (parent?.height ?? 0) + 1,
            slot: slot,
            previous: parent?.id ?? rules.genesisID,
            body: body.id,
            bodySize: body.encoding.count,
            time: rules.beginning(of: slot) ?? .epoch
        )
        change(&content)
        return Header(content, by: keys[place])
    }

    /// Blocks on top of each other.
    func chain(_ count: Int, on parent: Block? = nil, by place: Int = 0, tag: UInt64 = 0) -> [Block]
    {
        var blocks: [Block] = []
        for _ in 0..<count {
            blocks.append(block(on: blocks.last ?? parent, by: place, tag: tag))
        }
        return blocks
    }

    func blockchain(_ limits: Blockchain.Limits = .init()) -> Blockchain {
        Blockchain(rules, genesis: [], limits: limits)
    }

    /// A tree of blocks grown at random, parents before children.
    func tree(_ count: Int, random: inout Random, spread: Int = 4) -> [Block] {
        var blocks: [Block] = []
        for number in 0..<count {
            // Mostly near the top, so that chains grow; sometimes anywhere.
            let newest = random.chance(2, in: 3) ? min(spread, blocks.count) : blocks.count
            let place = blocks.count - random.below(newest + 1)
            let parent = place < blocks.count ? blocks[place] : blocks.last
            let root = random.chance(1, in: 20) ? nil : parent
            blocks.append(
                block(on: root, by: random.below(keys.count), tag: UInt64(number + 1))
            )
        }
        return blocks
    }
}

extension Blockchain {
    /// Takes a header and its body at once.
    mutating func takeWhole(
        _ block: Block,
        now: Instant,
        into update: inout ChainUpdate
    ) throws(HeaderFlaw) -> BodyOutcome {
        _ = try take(block.header, now: now, into: &update)
        return take(block, into: &update)
    }

    mutating func takeAll(
        _ blocks: [Block],
        now: Instant,
        into update: inout ChainUpdate
    ) throws(HeaderFlaw) {
        for block in blocks { _ = try takeWhole(block, now: now, into: &update) }
    }
}

extension [ChainEvent] {
    var adopted: [Point] {
        compactMap { if case .adopted(let step) = $0 { step.header.point } else { nil } }
    }

    var shown: [Point] {
        compactMap { if case .shown(let point) = $0 { point } else { nil } }
    }

    var equivocations: [Equivocation] {
        compactMap { if case .equivocation(let found) = $0 { found } else { nil } }
    }
}

/// A store in memory: batches are written whole, ranges read as the contract says.
struct MemoryStore {
    private(set) var rows: [StoreSpace: [[UInt8]: [UInt8]]] = [:]

    mutating func write(_ changes: [StoreChange]) {
        for change in changes { rows[change.space, default: [:]][change.key] = change.value }
    }

    func keys(_ space: StoreSpace) -> [[UInt8]] {
        rows[space, default: [:]].keys.sorted { $0.lexicographicallyPrecedes($1) }
    }

    func read(_ range: StoreRange) -> [StoreChange] {
        var keys = keys(range.space).filter {
            !$0.lexicographicallyPrecedes(range.from)
                && !range.through.lexicographicallyPrecedes($0)
        }
        if range.isDescending { keys.reverse() }
        var found: [StoreChange] = []
        var byteCount = 0
        for key in keys where found.count < range.rowLimit && byteCount < range.byteLimit {
            let value = rows[range.space]?[key]
            byteCount += value?.count ?? 0
            found.append(StoreChange(range.space, key: key, value: value))
        }
        return found
    }

    var residents: [StoreChange] {
        StoreSpace.allCases.filter(\.isResident).flatMap { space in
            keys(space).map { StoreChange(space, key: $0, value: rows[space]?[$0]) }
        }
    }

    /// The chain that a node would start with.
    func restore(
        _ rules: ChainRules,
        genesis: [Ledger.GenesisPool] = [],
        limits: Blockchain.Limits = .init(),
        into update: inout ChainUpdate
    ) throws -> Blockchain {
        var restoration = Restoration(rules)
        while let range = restoration.wanted { try restoration.take(read(range)) }
        return try restoration.finish(
            genesis: genesis,
            residents: residents,
            limits: limits,
            into: &update
        )
    }

    /// What the rows say of blocks: every header has its body, and every body its header.
    func disorder() throws -> [String] {
        var wanted: Set<[UInt8]> = []
        for key in keys(.header) {
            guard let value = rows[.header]?[key] else { continue }
            var encoding = value
            if key.count > 8 {
                // A fork's row: the header is its first field, of less than 16 KiB.
                var offset = 0
                let field = try value.span.protobufField(at: &offset)
                encoding = try value.span.copy(field?.range() ?? 0..<0)
            }
            if let key = bodyKey(of: try Header(encoding).point) { wanted.insert(key) }
        }
        let bodies = Set(keys(.body))
        return wanted.subtracting(bodies).map { "no body under \(Hex.text($0))" }
            + bodies.subtracting(wanted).map { "no header for the body under \(Hex.text($0))" }
    }
}

package import WarrenPrimitives

/// The chain that a node follows, and the valid headers beside it.
///
/// ```
///                        ┌── o ── o            o  header, its body not here: awaited, withdrawn
///   … ══ anchor ══ ● ══ ● ══ ● ══ tip ── o     ●  on the chain: chosen
///                   └── ◐ ── ◐ ── o ── ◐       ◐  body here: ready, or held behind an o
/// ```
///
/// It chooses the longest chain whose bodies are all here, of equally long ones that with the lower
/// hash: which chain that is does not depend on the order in which blocks came, unless limits were
/// met. Nothing below the anchor changes any more; the anchor is `securityParameter` blocks below
/// the highest tip that there was. Every step appends to a ``ChainUpdate`` what happened and the
/// rows to write; any prefix of the batches is a store that ``Restoration`` starts from.
///
/// Sources: design §17.9, §17.14, O§3.9 (depth), O§5.4 (the header that is shown before its body).
package struct Blockchain: Sendable {
    /// Bounds on what strangers can make grow.
    package struct Limits: Hashable, Sendable {
        /// Headers off the chain: room for a chain of mainnet's securityParameter beside ours, and
        /// for as many again ahead, twice over.
        package var forkHeaders = 8_192
        /// How many heights above the tip headers are taken.
        package var headersAhead: UInt64 = 2_048
        /// Headers of one producer for one slot.
        package var headersPerSlot = 4
        /// How many of them are ever taken that nothing stands on: whoever follows us is shown no
        /// more than that.
        package var headersTakenPerSlot = 8
        /// Bytes of messages with bodies in memory.
        package var bodyBytes = 8 * 1024 * 1024
        /// Equivocations on record; those in the lowest slots go first.
        package var evidence = 1_024
        /// Ids of blocks with bad bodies that are remembered.
        package var refused = 1_024

        package init() {}
    }

    /// A header above the anchor.
    struct Node: Sendable {
        var header: Header
        var children: [Hash] = []
        var state: State
    }

    enum State: Hashable, Sendable {
        /// The body is not here.
        case awaited
        /// Nor is it, and the header is not shown to anybody.
        case withdrawn
        /// The body is here, that of a block before it is not.
        case held([RelayRegistration])
        /// All bodies up to it are here, but another chain is better.
        case ready([RelayRegistration])
        /// On the chain; what it registers is in the ledger.
        case chosen
    }

    /// Who may sign one header, and for which slot.
    struct Turn: Hashable, Sendable {
        var slot: UInt64
        var producer: Hash

        init(_ header: Header) {
            slot = header.slot
            producer = header.producer
        }

        init(slot: UInt64, producer: Hash) {
            self.slot = slot
            self.producer = producer
        }
    }

    /// The headers of one turn.
    struct Signed: Sendable {
        /// Those above the anchor.
        var ids: [Hash] = []
        /// How many there were since the first of them.
        var takenCount = 0
    }

    package let rules: ChainRules
    package let limits: Limits
    package let leaders: LeaderSchedule
    package internal(set) var ledger: Ledger
    /// By slot and producer, each pair of them once.
    package internal(set) var evidence: [Equivocation] = []

    /// The header of the anchor; nil at the origin.
    var anchorHeader: Header?
    /// Which headers stand on the anchor.
    var roots: [Hash] = []
    var nodes: [Hash: Node] = [:]
    /// The chain above the anchor.
    var chosen: [Hash] = []
    /// A header on top of the tip, its body still on the way.
    var tentative: Hash?
    /// What followers were told last.
    var toldShown = Point.origin
    var turns: [Turn: Signed] = [:]
    var bodies: BodyCache
    var refused: RecentIDs
    /// The last slot for which a block was made here.
    var lastMadeSlot: UInt64?

    /// The chain before the first block.
    package init(_ rules: ChainRules, genesis: [Ledger.GenesisPool], limits: Limits = Limits()) {
        self.rules = rules
        self.limits = limits
        leaders = LeaderSchedule(rules)
        ledger = Ledger(genesis: genesis)
        bodies = BodyCache(byteLimit: limits.bodyBytes)
        refused = RecentIDs(limit: limits.refused)
    }

    /// Headers in memory that are not on the chain.
    package var forkHeaderCount: Int { nodes.count - chosen.count }
    /// Blocks of the chain in memory: at most `securityParameter`.
    package var chosenCount: Int { chosen.count }
    /// Bytes of messages in memory.
    package var bodyByteCount: Int { bodies.byteCount }
    /// What holding one body takes besides its bytes.
    package static let bodyOverhead = BodyCache.overhead

    package var tipHeader: Header? { chosen.last.flatMap { nodes[$0]?.header } ?? anchorHeader }

    var tipID: Hash { chosen.last ?? anchorID }
    var anchorID: Hash { anchorHeader?.id ?? rules.genesisID }

    /// The header of that id, on the chain or off it, from the anchor on.
    package func header(_ id: Hash) -> Header? {
        nodes[id]?.header ?? anchorHeader.flatMap { $0.id == id ? $0 : nil }
    }

    /// Whether another header of the same producer for the same slot was there, too.
    package func isEquivocal(_ header: Header) -> Bool {
        turns[Turn(header)].map { $0.takenCount > 1 || !$0.ids.contains(header.id) } ?? false
    }

    func isChosen(_ id: Hash) -> Bool { nodes[id]?.state == .chosen }
}

// MARK: - For those who serve it

extension Blockchain: ChainReading {
    package var tip: Point { tipHeader?.point ?? .origin }
    package var anchor: Point { anchorHeader?.point ?? .origin }
    package var shown: Point { tentative.flatMap { nodes[$0]?.header.point } ?? tip }

    package func header(at height: UInt64) -> Header? {
        let base = anchor.height
        guard height > base else { return nil }
        let place = height - base - 1
        if place < UInt64(chosen.count) { return nodes[chosen[Int(place)]]?.header }
        return place == UInt64(chosen.count) ? tentative.flatMap { nodes[$0]?.header } : nil
    }

    package func contains(_ point: Point) -> Bool? {
        switch point {
        case .origin: true
        case .block(let height, _, _) where height < anchor.height: nil
        case .block(let height, _, _) where height == anchor.height: point == anchor
        case .block(let height, _, _): header(at: height)?.point == point
        }
    }

    package func body(of point: Point) -> BodyPlace {
        guard let id = point.id else { return .unknown }
        if let node = nodes[id] {
            guard node.header.point == point else { return .unknown }
            switch node.state {
            case .awaited, .withdrawn: return id == tentative ? .awaited : .unknown
            case .held, .ready, .chosen: break
            }
        } else {
            guard point.height < anchor.height || point == anchor else { return .unknown }
        }
        return bodies.message(of: id).map { .held(message: $0) } ?? .stored
    }
}

// MARK: - For those who fetch bodies

extension Blockchain {
    /// Whether the chain that ends with this header would be chosen if its bodies were here.
    package func isPreferable(_ id: Hash) -> Bool {
        guard let node = nodes[id] else { return false }
        return isBetter(node.header, than: tipHeader)
    }

    /// Which bodies are missing on the way from our chain to this header, the lowest first.
    package func missing(toward id: Hash, limit: Int) -> [Header] {
        var found: [Header] = []
        var place = id
        while let node = nodes[place] {
            switch node.state {
            case .awaited, .withdrawn: found.append(node.header)
            case .held: break
            case .ready, .chosen: return found.suffix(limit).reversed()
            }
            place = node.header.previous
        }
        return found.suffix(limit).reversed()
    }

    /// The longer chain is better; of equally long ones that with the lower hash.
    func isBetter(_ header: Header, than other: Header?) -> Bool {
        guard let other else { return true }
        return (other.height, header.id) < (header.height, other.id)
    }
}

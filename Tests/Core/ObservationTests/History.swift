import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// Ours, not Swift Testing's.
typealias Expectation = WarrenObservation.Expectation

/// Builds histories by hand: four nodes, times in milliseconds, sequences counted by itself.
struct History {
    static let population = Population(
        ["relay-1", "relay-2", "relay-3", "producer-1"].enumerated().map { number, name in
            DeclaredNode(
                name: name,
                group: name.hasPrefix("relay") ? "relay" : "producer",
                role: name.hasPrefix("relay") ? .relay : .blockProducer,
                region: number == 1 ? "us" : "eu",
                id: nodeID(UInt8(number))
            )
        }
    )

    private(set) var facts: [Fact] = []
    private var sequences: [Int: UInt64] = [:]
    private var lives: [Int: UInt64] = [:]

    /// All four are healthy at 0.
    init(healthyAt start: Int64 = 0) {
        for number in Self.population.nodes.indices { node(number, .healthy, at: start) }
    }

    init(facts: [Fact]) { self.facts = facts }

    /// The facts up to `end`.
    static func cut(_ history: History, at end: Int64) -> History {
        History(facts: history.facts.filter { $0.at <= .at(end) })
    }

    mutating func node(_ number: Int, _ fact: Fact.NodeFact, at time: Int64) {
        if fact == .down {
            sequences[number] = 0
            lives[number, default: 1] += 1
        }
        facts.append(Fact(at: .at(time), .node(number, fact)))
    }

    mutating func fact(_ what: Fact.What, at time: Int64) {
        facts.append(Fact(at: .at(time), what))
    }

    mutating func note(_ note: Note, of number: Int, at time: Int64) {
        sequences[number, default: 0] += 1
        let event = Event(
            incarnation: lives[number, default: 1],
            sequence: sequences[number, default: 1],
            at: .at(time),
            note: note
        )
        node(number, .event(event), at: time)
    }

    /// Loses `count` events of a node without a word.
    mutating func lose(_ count: UInt64, of number: Int) { sequences[number, default: 0] += count }

    static func reference(_ other: Int) -> PeerReference {
        PeerReference(peer: .init(rawValue: UInt32(other)), id: nodeID(UInt8(other)))
    }

    mutating func move(
        _ number: Int,
        _ other: Int,
        _ from: Temperature,
        _ to: Temperature,
        _ reason: Reason = .belowTarget(.active, 4),
        source: PeerSource = .addressBook,
        at time: Int64
    ) {
        let change = Transition(
            peer: Self.reference(other),
            from: from,
            to: to,
            reason: reason,
            source: source
        )
        note(.transition(change), of: number, at: time)
    }

    /// Both ends note one connection.
    mutating func connect(_ a: Int, _ b: Int, at time: Int64) {
        let number = UInt64(a * 10 + b)
        note(.connected(Self.reference(b), .dialed(number), .outbound), of: a, at: time)
        note(.connected(Self.reference(a), .accepted(number), .inbound), of: b, at: time)
    }

    mutating func disconnect(_ a: Int, _ b: Int, at time: Int64) {
        let number = UInt64(a * 10 + b)
        note(.disconnected(Self.reference(b), .dialed(number), .closedByPeer), of: a, at: time)
        note(.disconnected(Self.reference(a), .accepted(number), .stopping), of: b, at: time)
    }

    /// A snapshot that says all there is to say of a node's life so far.
    func snapshot(of number: Int, _ rows: [Snapshot.Peer], at time: Int64) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.node.id = nodeID(UInt8(number))
        snapshot.node.incarnation = Incarnation(lives[number, default: 1])
        snapshot.sequence = sequences[number, default: 0]
        snapshot.takenAt = .at(time)
        snapshot.peers = rows
        return snapshot
    }

    func judge(
        _ sentence: String,
        until end: Int64,
        isComplete: Bool = true,
        faults: [String] = ["split"]
    ) throws -> Verdict {
        var judge = try Judge([Expectation(sentence)], of: Self.population, faults: faults)
        for fact in facts where fact.at <= .at(end) { judge.take(fact) }
        judge.finish(at: .at(end), isComplete: isComplete)
        return judge.verdicts[0] ?? .unknown("no verdict")
    }

    func verdict(_ sentence: String, until end: Int64, isComplete: Bool = true) throws -> String {
        let verdict = try judge(sentence, until: end, isComplete: isComplete)
        return verdict.word + " " + verdict.sentence
    }
}

// MARK: The chain

extension History {
    static func block(_ height: UInt64, fork: UInt8 = 0) -> BlockMark {
        let bytes = [UInt8(height & 255), UInt8(height >> 8), fork]
        return BlockMark(height: height, slot: height * 10, hash: Hash(of: bytes))
    }

    mutating func make(
        _ height: UInt64,
        fork: UInt8 = 0,
        transactions: [Hash] = [],
        by number: Int,
        at time: Int64
    ) {
        let block = Self.block(height, fork: fork)
        note(.chain(.made(block, bytes: 9, transactions: transactions)), of: number, at: time)
        adopt(height, fork: fork, number, at: time)
    }

    mutating func adopt(_ height: UInt64, fork: UInt8 = 0, _ number: Int, at time: Int64) {
        note(.chain(.adopted(Self.block(height, fork: fork))), of: number, at: time)
    }

    mutating func rollBack(_ number: Int, to height: UInt64, at time: Int64) {
        note(.chain(.rolledBack(to: Self.block(height), depth: 1)), of: number, at: time)
    }
}

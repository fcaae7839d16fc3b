import WarrenPrimitives

/// A predicate about one node, its names resolved on a population.
package struct BoundPredicate: Sendable {
    package let predicate: Expectation.Predicate
    /// The nodes it speaks of, for `knows`.
    private let others: Set<Int>
    private let filters: [BoundFilter]

    package init(
        _ predicate: Expectation.Predicate,
        of population: Population
    ) throws(ExpectationError) {
        self.predicate = predicate
        var filters: [BoundFilter] = []
        var others: Set<Int> = []
        switch predicate {
        case .has(_, _, _, let rows), .hasRoundTrip(_, _, let rows):
            for filter in rows { filters.append(try BoundFilter(filter, of: population)) }
        case .knows(_, let selector, let rows):
            others = Set(try selector.members(of: population))
            for filter in rows { filters.append(try BoundFilter(filter, of: population)) }
        case .moves(let move):
            for filter in move.filters { filters.append(try BoundFilter(filter, of: population)) }
        case .isHealthy, .isUp, .hasHeight, .makesProgress: break
        }
        self.filters = filters
        self.others = others
    }

    /// Whether it speaks of what happens in the window, so that its value changes with time.
    var isTimed: Bool {
        switch predicate {
        case .makesProgress, .moves: true
        case .has, .isHealthy, .isUp, .knows, .hasHeight, .hasRoundTrip: false
        }
    }

    /// How many other nodes there are to know for node `number`.
    func otherCount(for number: Int) -> Int { others.count - (others.contains(number) ? 1 : 0) }

    /// The number that an operand stands for; nil when the node has not told its targets.
    package func value(of operand: Expectation.Operand, in node: NodeState) -> Int? {
        switch operand {
        case .number(let number): number
        case .target(let target):
            node.targets.map {
                switch target {
                case .known: $0.known
                case .established: $0.established
                case .active: $0.active
                case .knownBigLedger: $0.knownBigLedger
                case .establishedBigLedger: $0.establishedBigLedger
                case .activeBigLedger: $0.activeBigLedger
                }
            }
        }
    }

    /// What is counted in node `number`; nothing in one that is not up.
    package func count(of number: Int, in network: NetworkState) -> Int {
        let node = network.nodes[number]
        guard node.isUp else { return 0 }
        switch predicate {
        case .has(.banned, _, _, _): return node.bannedCount
        case .has(.dialing, _, _, _): return node.dialingCount
        case .has: return rows(of: number, in: network).count
        case .knows:
            let rows = rows(of: number, in: network)
            return Set(rows.compactMap { network.population.number(of: $0.reference) }).count
        case .isHealthy, .isUp, .hasHeight, .hasRoundTrip, .makesProgress, .moves: return 0
        }
    }

    /// The rows of node `number` that the predicate is about.
    package func rows(of number: Int, in network: NetworkState) -> [PeerState] {
        let node = network.nodes[number]
        guard node.isUp else { return [] }
        return node.peers.filter { match($0, of: number, in: network) != nil }
    }

    /// Which declared node a row that the predicate is about is of, or -1 if it is of none; nil if
    /// the predicate is not about it.
    func match(_ row: PeerState, of number: Int, in network: NetworkState) -> Int? {
        let population = network.population
        switch predicate {
        case .has(let counter, _, _, _):
            guard counter.counts(row) else { return nil }
        case .knows:
            guard row.isKnown, let other = population.number(of: row.reference),
                other != number, others.contains(other)
            else { return nil }
            return admits(row.reference, row.source, in: population) ? other : nil
        case .hasRoundTrip:
            let node = network.nodes[number]
            guard row.isConnected, node.roundTrip(to: row.reference.peer) != nil else { return nil }
        case .isHealthy, .isUp, .hasHeight, .makesProgress, .moves: return nil
        }
        return admits(row.reference, row.source, in: population) ? -1 : nil
    }

    /// Whether a change of temperature is one of those it speaks of.
    func isMeant(_ change: Transition, in population: Population) -> Bool {
        guard case .moves(let move) = predicate else { return false }
        return change.from == move.from && change.to == move.to
            && admits(change.peer, change.source, in: population)
    }

    private func admits(
        _ reference: PeerReference,
        _ source: PeerSource?,
        in population: Population
    ) -> Bool {
        filters.allSatisfy { $0.admits(reference, source, in: population) }
    }

    /// The row with the longest round-trip time of those that it is about.
    func slowest(of number: Int, in network: NetworkState) -> (row: PeerState, time: Duration)? {
        let node = network.nodes[number]
        var slowest: (row: PeerState, time: Duration)?
        for row in rows(of: number, in: network) {
            guard let time = node.roundTrip(to: row.reference.peer) else { continue }
            if time > slowest?.time ?? .nanoseconds(-1) { slowest = (row, time) }
        }
        return slowest
    }
}

extension Expectation.Counter {
    func counts(_ row: PeerState) -> Bool {
        switch self {
        case .known: row.isKnown
        case .cold: row.temperature == .cold
        case .warm: row.temperature == .warm
        case .hot, .active: row.temperature == .hot
        case .established: row.temperature >= .warm
        case .inbound: row.direction == .inbound
        case .outbound: row.direction == .outbound
        case .duplex: row.direction == .duplex
        case .banned, .dialing: false
        }
    }
}

/// A filter of peer rows with the members of its place.
private struct BoundFilter: Sendable {
    private let sources: Set<PeerSource>?
    private let members: Set<Int>?
    private let isException: Bool

    init(_ filter: Expectation.RowFilter, of population: Population) throws(ExpectationError) {
        isException = filter.isException
        switch filter {
        case .from(let list), .exceptFrom(let list):
            sources = Set(list)
            members = nil
        case .inside(let place), .exceptInside(let place):
            sources = nil
            let term: Selector.Term =
                switch place {
                case .region(let name): .region(name)
                case .group(let name): .group(name)
                case .role(let role): .role(role.rawValue)
                }
            members = Set(try term.members(of: population))
        }
    }

    func admits(
        _ reference: PeerReference,
        _ source: PeerSource?,
        in population: Population
    ) -> Bool {
        let isMeant =
            if let sources {
                source.map(sources.contains) ?? false
            } else {
                population.number(of: reference).map { members?.contains($0) ?? false } ?? false
            }
        return isMeant != isException
    }
}

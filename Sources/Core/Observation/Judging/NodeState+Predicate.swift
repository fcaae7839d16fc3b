package import WarrenPrimitives

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
        switch predicate {
        case .has(_, _, _, let rows):
            others = []
            for filter in rows { filters.append(try BoundFilter(filter, of: population)) }
        case .knows(_, let selector, let rows):
            others = Set(try selector.members(of: population))
            for filter in rows { filters.append(try BoundFilter(filter, of: population)) }
        case .isHealthy, .isUp: others = []
        }
        self.filters = filters
    }

    /// Whether it holds of node `number` in the state that `network` has at `now`.
    package func holds(of number: Int, in network: NetworkState, at now: Instant) -> Truth {
        let node = network.nodes[number]
        if node.isInDoubt || node.doubtedAt == now { return .unknown }
        switch predicate {
        case .isHealthy: return Truth(node.health == .healthy)
        case .isUp: return Truth(node.isUp)
        case .has(_, let comparison, let operand, _):
            guard let bound = value(of: operand, in: node) else { return .unknown }
            return Truth(comparison.holds(count(of: number, in: network), bound))
        case .knows(let portion, _, _):
            let count = count(of: number, in: network)
            switch portion {
            case .some: return Truth(count > 0)
            case .all: return Truth(count == others.count - (others.contains(number) ? 1 : 0))
            case .count(let comparison, let bound): return Truth(comparison.holds(count, bound))
            }
        }
    }

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
        case .isHealthy, .isUp: return 0
        }
    }

    /// The rows of node `number` that the predicate is about.
    package func rows(of number: Int, in network: NetworkState) -> [PeerState] {
        let node = network.nodes[number]
        guard node.isUp else { return [] }
        let population = network.population
        switch predicate {
        case .has(let counter, _, _, _):
            return node.peers.filter { row in
                counter.counts(row) && filters.allSatisfy { $0.admits(row, in: population) }
            }
        case .knows:
            return node.peers.filter { row in
                guard row.isKnown, let other = population.number(of: row.reference),
                    other != number, others.contains(other)
                else { return false }
                return filters.allSatisfy { $0.admits(row, in: population) }
            }
        case .isHealthy, .isUp: return []
        }
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

    func admits(_ row: PeerState, in population: Population) -> Bool {
        let isMeant =
            if let sources {
                row.source.map(sources.contains) ?? false
            } else {
                population.number(of: row.reference).map { members?.contains($0) ?? false } ?? false
            }
        return isMeant != isException
    }
}

import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// Networks of six honest nodes and how they fall apart.
enum PartitionShape: String, CaseIterable, CustomTestStringConvertible, Sendable {
    /// Two rows of three that are joined at both ends, cut into the rows.
    case halves
    /// The same, of which one node that makes no blocks is left alone.
    case oneNode
    /// The same, of which one producer is left with one relay.
    case producersSide
    /// A ring that is cut in two places.
    case ring
    /// A star whose hub hears nobody any more: everyone is alone.
    case hub
    /// Three producers with a relay each.
    case threeWays

    static let hosts = 0..<6

    var testDescription: String { rawValue }

    /// The first so many hosts make blocks.
    var producerCount: Int { self == .threeWays ? 3 : 2 }

    private var links: [(Int, Int)] {
        switch self {
        case .halves, .oneNode, .producersSide: [(2, 0), (0, 4), (3, 1), (1, 5), (2, 3), (4, 5)]
        case .ring: [(0, 2), (2, 4), (4, 1), (1, 3), (3, 5), (5, 0)]
        case .hub: [(2, 0), (2, 1), (2, 3), (2, 4), (2, 5)]
        case .threeWays: [(0, 1), (1, 2), (2, 0), (0, 3), (1, 4), (2, 5)]
        }
    }

    /// Whom a host uses, and who uses it.
    func neighbours(of host: Int) -> [Int] {
        links.compactMap { $0 == host ? $1 : $1 == host ? $0 : nil }.sorted()
    }

    /// Nobody of one part hears anybody of another.
    var parts: [[Int]] {
        switch self {
        case .halves: [[0, 2, 4], [1, 3, 5]]
        case .oneNode: [[5], [0, 1, 2, 3, 4]]
        case .producersSide: [[1, 3], [0, 2, 4, 5]]
        case .ring: [[0, 2, 4], [1, 3, 5]]
        case .hub: [[0], [1], [2], [3], [4], [5]]
        case .threeWays: [[0, 3], [1, 4], [2, 5]]
        }
    }

    /// Whether two parts at least make blocks, each its own.
    var forks: Bool {
        let parts = parts
        return parts.count { part in part.contains { $0 < producerCount } } > 1
    }
}

extension ChainTown {
    mutating func cut(
        _ shape: PartitionShape,
        at start: Duration,
        for time: Duration,
        _ mode: Scenario.Fault.CutMode
    ) {
        let parts = shape.parts
        for (number, part) in parts.enumerated() {
            let others = parts[(number + 1)...].flatMap(\.self)
            guard !others.isEmpty else { continue }
            town.fault(at: start, for: time, .cut(part, others, mode: mode, oneWay: false))
        }
    }
}

extension ChainHistory {
    /// The history of the first hosts, who are honest.
    func first(_ count: Int) -> ChainHistory {
        var history = ChainHistory(
            facts: facts,
            tips: Array(tips[..<count]),
            digest: digest,
            complaints: complaints,
            start: start
        )
        history.pools = Array(pools[..<count])
        return history
    }

    /// Blocks that all nodes had on their chains at one time, and that one of them left behind later
    /// than `grace` after.
    ///
    /// Within it a producer may adopt a block that it had made, and not yet stored, when it took in
    /// the last one.
    func lost(after grace: Duration) -> [String] {
        var chains: [[BlockMark]] = tips.map { _ in [] }
        var holders: [Hash: Int] = [:]
        var commonSince: [Hash: Instant] = [:]
        var lost: [String] = []
        for fact in facts {
            guard case .node(let host, .event(let event)) = fact.what, tips.indices.contains(host),
                case .chain(let note) = event.note
            else { continue }
            switch note {
            case .adopted(let mark):
                chains[host].append(mark)
                holders[mark.hash, default: 0] += 1
                if holders[mark.hash] == tips.count { commonSince[mark.hash] = fact.at }
            case .rolledBack(let mark, _):
                while let last = chains[host].last, last.height > mark.height {
                    chains[host].removeLast()
                    holders[last.hash, default: 0] -= 1
                    guard let since = commonSince[last.hash] else { continue }
                    let time = since.duration(to: fact.at)
                    if time > grace { lost.append("host \(host) left \(last) after \(time)") }
                }
            case .made, .announced, .fetched, .sighted, .equivocation: break
            }
        }
        return lost
    }

    /// How many blocks a host took back at once, at most.
    func deepestRollback(of host: Int) -> Int {
        notes(of: host).reduce(0) { depth, note in
            if case .rolledBack(_, let count) = note { max(depth, count) } else { depth }
        }
    }
}

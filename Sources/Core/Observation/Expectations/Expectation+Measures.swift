import WarrenPrimitives

extension Expectation {
    /// What can be measured of the network as a graph: nodes that are up, and connections that both
    /// ends hold and neither finds silent.
    package enum Measure: String, Hashable, Sendable, CaseIterable {
        /// The most steps from any node to any other, by the shortest way; without end if there is
        /// no way.
        case diameter
        /// The fewest connections without which the network is in two parts.
        case minCut = "min-cut"

        /// Nodes of a network that it is worked out for.
        ///
        /// Both are exact; at 1,000 nodes of ten connections each takes tens of milliseconds, and
        /// a network that changes asks for it again and again.
        package static let nodeLimit = 1000
    }

    /// Peers that a node moves from one temperature to another.
    package struct Move: Hashable, Sendable {
        package var from: Temperature
        package var to: Temperature
        package var filters: [RowFilter]
        /// Nil asks for one at this very instant.
        package var tally: Tally?

        /// How many times, and since when: since the window began if `within` is nil.
        package struct Tally: Hashable, Sendable {
            package var comparison: Comparison
            package var times: Int
            package var within: Duration?
        }

        /// Times that may be asked for; each is remembered for as long as it counts.
        package static let timesLimit = 10_000

        var isPromotion: Bool { from < to }
        /// `promotes` or `demotes`.
        package var verb: String { isPromotion ? "promotes" : "demotes" }
    }

    /// How soon blocks or transactions come to the nodes: a centile over pairs of one thing and
    /// one node.
    package struct Spread: Hashable, Sendable {
        package var centile: Centile
        package var subject: Subject
        package var comparison: Comparison
        package var bound: Duration
        /// How many of the latest; nil is all since the window began.
        package var last: Int?

        package enum Subject: String, Hashable, Sendable, CaseIterable { case block, transaction }

        /// What has not come after so long never comes.
        ///
        /// Asking for more than that means nothing. Our own; no upstream has it.
        package static let patience: Duration = .seconds(120)
        /// Blocks that are remembered, and transactions: as many of each.
        package static let memory = 1000
    }

    /// The share of pairs that is at most so late, by nearest rank.
    package enum Centile: String, Hashable, Sendable, CaseIterable {
        case p50, p90, p95, p99, max

        package var percent: Int {
            switch self {
            case .p50: 50
            case .p90: 90
            case .p95: 95
            case .p99: 99
            case .max: 100
            }
        }

        /// Which of `count` values in order it is, from 1.
        package func rank(of count: Int) -> Int { (count * percent + 99) / 100 }
    }
}

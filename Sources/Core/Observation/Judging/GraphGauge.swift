import WarrenPrimitives

/// Whether the network has a diameter or a min-cut as asked for.
///
/// It is worked out again only when links came or went that may change the answer: more links
/// cannot make a diameter longer nor a cut smaller, and fewer cannot do the opposite.
struct GraphGauge: Sendable {
    let measure: Expectation.Measure
    let comparison: Expectation.Comparison
    let bound: Int
    private var last: (value: Bool, gains: Int, losses: Int)?
    /// How often it was worked out.
    private(set) var workCount = 0

    init(_ measure: Expectation.Measure, _ comparison: Expectation.Comparison, _ bound: Int) {
        self.measure = measure
        self.comparison = comparison
        self.bound = bound
    }

    mutating func holds(in graph: LinkGraph) -> Bool {
        if let last, !mayDiffer(last, graph) { return last.value }
        workCount += 1
        let value = comparison.holds(Self.size(measure, of: graph, upTo: bound + 1), bound)
        last = (value, graph.gainCount, graph.lossCount)
        return value
    }

    private func mayDiffer(
        _ last: (value: Bool, gains: Int, losses: Int),
        _ graph: LinkGraph
    ) -> Bool {
        let hasGained = graph.gainCount != last.gains
        let hasLost = graph.lossCount != last.losses
        guard hasGained || hasLost else { return false }
        guard hasGained != hasLost else { return true }
        switch (measure, comparison) {
        case (_, .equal), (_, .notEqual): return true
        case (.diameter, .atMost), (.diameter, .less), (.minCut, .atLeast), (.minCut, .greater):
            // More links make it hold, fewer make it fail.
            return last.value ? hasLost : hasGained
        case (.diameter, .atLeast), (.diameter, .greater), (.minCut, .atMost), (.minCut, .less):
            return last.value ? hasGained : hasLost
        }
    }

    /// The measure, or `limit` if it is more; of a network in parts the diameter has no end.
    static func size(
        _ measure: Expectation.Measure,
        of graph: LinkGraph,
        upTo limit: Int
    ) -> Int {
        switch measure {
        case .diameter:
            guard graph.partCount == 1 else { return .max }
            return GraphShape(graph).diameter(upTo: limit)?.length ?? .max
        case .minCut:
            guard graph.partCount == 1 else { return 0 }
            return GraphShape(graph).minCut(upTo: limit).size
        }
    }
}

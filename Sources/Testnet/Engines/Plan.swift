/// What it takes to make what runs what the scenario says.
///
/// Source: design §10.
package struct Plan: Hashable, Sendable {
    /// Nodes that do not run yet, or no longer, in the order of the scenario.
    package var start: [String] = []
    /// Nodes whose files have changed.
    package var restart: [String] = []
    /// Nodes that are no more.
    package var stop: [String] = []
    package var unchangedCount = 0
    /// The expectations are others, or nobody judges them.
    package var supervises = false
    /// True if nothing of the network runs.
    package var isFresh = false

    package init() {}

    package var isNothing: Bool { start.isEmpty && restart.isEmpty && stop.isEmpty && !supervises }

    /// One line for each thing to do.
    package var lines: [String] {
        var lines: [String] = []
        if !start.isEmpty { lines.append("start    " + start.joined(separator: ", ")) }
        if !restart.isEmpty { lines.append("restart  " + restart.joined(separator: ", ")) }
        if !stop.isEmpty { lines.append("stop     " + stop.joined(separator: ", ")) }
        if unchangedCount > 0 { lines.append("keep     \(unchangedCount) nodes as they are") }
        if supervises { lines.append("start    the supervisor") }
        return lines.isEmpty ? ["nothing to do"] : lines
    }
}

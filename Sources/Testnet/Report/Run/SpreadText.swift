package import WarrenObservation
import WarrenPrimitives

/// The way of one block as an indented tree: who got it from whom, when, and over how many hops.
///
/// Of a large network the tree would fill many screens: there the hops are counted, and the way to
/// the slowest node is shown.
package struct SpreadText {
    /// Nodes that are shown one by one.
    package static let limit = 100

    private let spread: BlockSpread
    private let name: (Int) -> String

    /// `name` is what a node is called.
    package init(_ spread: BlockSpread, name: @escaping (Int) -> String) {
        self.spread = spread
        self.name = name
    }

    package func lines(paint: Paint = .none) -> [String] {
        let isLarge = spread.stops.count > Self.limit
        var lines: [String] = []
        if isLarge {
            lines += hops(paint) + ["", "  the way to the node that it came to last:"]
        }
        lines += tree(isLarge ? spread.slowestWay : nil, paint)
        let strays = spread.stops.filter { $0.hops == nil }
        if !isLarge, !strays.isEmpty {
            lines += ["", "  from nobody known: " + list(strays.map(\.node))]
        }
        if !spread.missing.isEmpty { lines += ["", "  not come to: " + list(spread.missing)] }
        return lines
    }

    /// Names that are listed.
    private static let listLimit = 10

    private func list(_ nodes: [Int]) -> String {
        let shown = nodes.prefix(Self.listLimit).map { name($0).printable }.joined(separator: ", ")
        let rest = nodes.count - Self.listLimit
        return rest > 0 ? "\(shown) and \(rest) more" : shown
    }

    // MARK: The tree

    private func tree(_ only: [Int]?, _ paint: Paint) -> [String] {
        var table = TextTable([
            .init(head: "NODE"), .init(head: "ADOPTED", isNumber: true),
            .init(head: "STEP", isNumber: true), .init(head: "HOPS", isNumber: true),
            .init(head: "HEADERS", isNumber: true), .init(head: "BODIES", isNumber: true),
        ])
        let shown = only.map(Set.init)
        let children = spread.children
        // Lines to come, the next one last: its place, what stands before its branch and its branch.
        var next: [(place: Int, indent: String, branch: String, since: Duration)] = [
            (0, "", "", .zero)
        ]
        while let (place, indent, branch, since) = next.popLast() {
            let stop = spread.stops[place]
            table.append([
                indent + branch + name(stop.node), DelayText.words(stop.adopted),
                place == 0 ? TextTable.none : DelayText.words(stop.reached - since),
                stop.hops.map { "\($0)" } ?? TextTable.none,
                "\(stop.announcementCount)", "\(stop.deliveryCount)",
            ])
            let below = indent + (branch.isEmpty ? "" : branch == "├─ " ? "│  " : "   ")
            let all = children[place].filter { shown?.contains($0) ?? true }
            for child in all.reversed() {
                next.append((child, below, child == all.last ? "└─ " : "├─ ", stop.reached))
            }
        }
        return RunReport.faintHead(table.lines, paint)
    }

    // MARK: The hops

    private func hops(_ paint: Paint) -> [String] {
        var table = TextTable([
            .init(head: "HOPS", isNumber: true), .init(head: "NODES", isNumber: true),
            .init(head: "FIRST", isNumber: true), .init(head: "MEDIAN", isNumber: true),
            .init(head: "LAST", isNumber: true),
        ])
        for hops in 0...spread.depth {
            let times = spread.stops.filter { $0.hops == hops }.map(\.reached).sorted()
            guard let first = times.first, let last = times.last else { continue }
            let median = times[Expectation.Centile.p50.rank(of: times.count) - 1]
            table.append(
                ["\(hops)", "\(times.count)"] + [first, median, last].map { DelayText.words($0) }
            )
        }
        let strays = spread.stops.count { $0.hops == nil }
        if strays > 0 {
            table.append(["unknown", "\(strays)"] + Array(repeating: TextTable.none, count: 3))
        }
        return RunReport.faintHead(table.lines, paint)
    }
}

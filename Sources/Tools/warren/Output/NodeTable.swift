import WarrenObservation
import WarrenScenario

/// Who is how: one line a node.
///
/// Source: design §13.
struct NodeTable {
    let manifest: NetworkManifest
    let snapshots: [String: Snapshot]

    private static let heads = [
        "NODE", "ROLE", "ADDRESS", "COLD", "WARM", "HOT", "IN/OUT", "TIP", "HEALTH",
    ]
    /// Columns of numbers stand at the right.
    private static let numbers = 3...6

    func lines(paint: Paint) -> [String] {
        let rows = manifest.nodes.map(cells)
        let widths = Self.heads.indices.map { column in
            ([Self.heads] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                Self.numbers.contains(column)
                    ? cell.padded(before: widths[column]) : cell.padded(to: widths[column])
            }
            return "  " + padded.joined(separator: "  ")
        }
        let head = paint(.faint, line(Self.heads).trimmed)
        return [head]
            + zip(manifest.nodes, rows).map { node, cells in
                let text = line(cells).trimmed
                return snapshots[node.name] == nil ? paint(.red, text) : text
            }
    }

    private func cells(_ node: NetworkManifest.Node) -> [String] {
        let name = [node.name, node.role.rawValue, node.address]
        guard let snapshot = snapshots[node.name] else {
            return name + ["–", "–", "–", "–", "–", "down"]
        }
        let counts = snapshot.counts
        let tip = snapshot.chain.map { "\($0.height) \($0.hash.prefix(6))…" } ?? "–"
        return name + [
            "\(counts.cold)", "\(counts.warm)", "\(counts.hot)",
            // One that is used both ways counts on both sides.
            "\(counts.inbound + counts.duplex)/\(counts.outbound + counts.duplex)", tip, "ok",
        ]
    }
}

extension String {
    /// Without spaces at its end.
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

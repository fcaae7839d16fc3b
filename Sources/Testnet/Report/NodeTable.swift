package import WarrenObservation
package import WarrenScenario

/// Who is how: one line a node.
///
/// Source: design §13.
package struct NodeTable: Sendable {
    private let manifest: NetworkManifest
    private let snapshots: [String: Snapshot]

    /// A node without a snapshot does not answer.
    package init(manifest: NetworkManifest, snapshots: [String: Snapshot]) {
        self.manifest = manifest
        self.snapshots = snapshots
    }

    package func lines(paint: Paint = .none) -> [String] {
        var table = TextTable([
            .init(head: "NODE"), .init(head: "ROLE"), .init(head: "ADDRESS"),
            .init(head: "COLD", isNumber: true), .init(head: "WARM", isNumber: true),
            .init(head: "HOT", isNumber: true), .init(head: "IN/OUT", isNumber: true),
            .init(head: "TIP"), .init(head: "HEALTH"),
        ])
        for node in manifest.nodes { table.append(cells(node)) }
        let lines = table.lines
        return [paint(.faint, lines[0])]
            + zip(manifest.nodes, lines.dropFirst()).map { node, line in
                snapshots[node.name] == nil ? paint(.red, line) : line
            }
    }

    private func cells(_ node: NetworkManifest.Node) -> [String] {
        let name = [node.name, node.role.rawValue, node.address]
        guard let snapshot = snapshots[node.name] else {
            return name + Array(repeating: TextTable.none, count: 5) + ["down"]
        }
        let counts = snapshot.counts
        // A duplex connection is used both ways.
        let (inbound, outbound) = (counts.inbound + counts.duplex, counts.outbound + counts.duplex)
        return name + [
            "\(counts.cold)", "\(counts.warm)", "\(counts.hot)",
            "\(inbound)/\(outbound)", snapshot.chain?.text ?? TextTable.none, "ok",
        ]
    }
}

extension Snapshot.Tip {
    /// Hex digits of the hash that are shown.
    private static let digitCount = 6

    /// As `12 a91f0c…`, or `12 of 5000 a91f0c…` while the node catches up.
    fileprivate var text: String {
        "\(height)" + (bestHeight.map { " of \($0)" } ?? "") + " \(hash.prefix(Self.digitCount))"
            + (hash.count > Self.digitCount ? "…" : "")
    }
}

import WarrenObservation

extension NetworkGraph {
    /// The graph as GraphML.
    package var graphML: String {
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">",
        ]
        for (target, key) in Self.keys {
            lines.append(
                "  <key id=\"\(key)\" for=\"\(target)\" attr.name=\"\(key)\" "
                    + "attr.type=\"string\"/>"
            )
        }
        lines.append("  <graph id=\"\(Self.escaped(name))\" edgedefault=\"directed\">")
        for (number, node) in nodes.enumerated() {
            lines.append("    <node id=\"n\(number)\">")
            lines += Self.values([
                ("name", node.name), ("role", node.role?.rawValue ?? "stranger"),
                ("group", node.group), ("region", node.region),
                ("health", node.role == nil ? nil : node.isUp ? "ok" : "down"),
            ])
            lines.append("    </node>")
        }
        for (number, edge) in edges.enumerated() {
            lines.append(
                "    <edge id=\"e\(number)\" source=\"n\(edge.from)\" target=\"n\(edge.to)\">"
            )
            lines += Self.values([
                ("temperature", edge.temperature.rawValue), ("source", edge.source.rawValue),
                ("direction", edge.direction?.rawValue),
            ])
            lines.append("    </edge>")
        }
        return (lines + ["  </graph>", "</graphml>"]).joined(separator: "\n") + "\n"
    }

    private static let keys = [
        ("node", "name"), ("node", "role"), ("node", "group"), ("node", "region"),
        ("node", "health"), ("edge", "temperature"), ("edge", "source"), ("edge", "direction"),
    ]

    private static func values(_ values: [(String, String?)]) -> [String] {
        values.compactMap { key, value in
            value.map { "      <data key=\"\(key)\">\(escaped($0))</data>" }
        }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            // No character of XML 1.0.
            case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

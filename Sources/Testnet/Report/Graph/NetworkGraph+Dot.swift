import WarrenObservation

extension NetworkGraph {
    /// The graph in the language of Graphviz.
    package var dot: String {
        var lines = [
            "digraph \(Self.quoted(name)) {", "  node [style=filled, fontname=\"sans-serif\"];",
        ]
        for (number, node) in nodes.enumerated() {
            let colour = node.isUp ? node.look.colour : "#dddddd"
            lines.append(
                "  n\(number) [label=\(Self.quoted(node.name)), shape=\(node.look.shape), "
                    + "fillcolor=\"\(colour)\"];"
            )
        }
        for edge in edges {
            lines.append("  n\(edge.from) -> n\(edge.to) [\(edge.temperature.dotLook)];")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// A string of that language; a backslash there begins an escape, and a quote ends it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.printable {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "\""
    }
}

extension NetworkGraph.Node {
    fileprivate var look: (shape: String, colour: String) {
        switch role {
        case .relay: ("ellipse", "#9ecae1")
        case .blockProducer: ("box", "#fdae6b")
        case .seed: ("diamond", "#a1d99b")
        case nil: ("plaintext", "#ffffff")
        }
    }
}

extension Temperature {
    fileprivate var dotLook: String {
        switch self {
        case .hot: "color=\"#d62728\", penwidth=2"
        case .warm: "color=\"#ff9f1c\""
        case .cold, .unknown: "color=\"#999999\", style=dotted"
        }
    }
}

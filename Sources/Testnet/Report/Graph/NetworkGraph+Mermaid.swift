import WarrenObservation

extension NetworkGraph {
    /// The graph in the language of Mermaid.
    package var mermaid: String {
        var lines = ["graph LR"]
        for (number, node) in nodes.enumerated() {
            let (open, close) = node.brackets
            lines.append("  n\(number)\(open)\"\(Self.escaped(node.name))\"\(close)")
        }
        for edge in edges {
            lines.append("  n\(edge.from) \(edge.temperature.arrow) n\(edge.to)")
        }
        let down = nodes.indices.filter { !nodes[$0].isUp }.map { "n\($0)" }
        if !down.isEmpty {
            lines.append("  classDef down fill:#ddd,stroke-dasharray:4")
            lines.append("  class \(down.joined(separator: ",")) down")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Letters, digits and a few signs as they are, everything else by its number.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.printable.unicodeScalars {
            let isPlain =
                scalar.properties.isAlphabetic
                || "0123456789-_.:[] ".unicodeScalars
                    .contains(scalar)
            if isPlain {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += "#\(scalar.value);"
            }
        }
        return escaped
    }
}

extension NetworkGraph.Node {
    fileprivate var brackets: (String, String) {
        switch role {
        case .relay: ("(", ")")
        case .blockProducer: ("[", "]")
        case .seed: ("{", "}")
        case nil: ("([", "])")
        }
    }
}

extension Temperature {
    fileprivate var arrow: String {
        switch self {
        case .hot: "==>"
        case .warm: "-->"
        case .cold, .unknown: "-.->"
        }
    }
}

/// Metrics in Prometheus' text form, version 0.0.4.
package struct Exposition {
    package private(set) var text = ""

    package enum Kind: String, Sendable {
        case gauge
        case counter
    }

    package typealias Labels = [(String, String)]

    package init() {}

    /// One family: its head, and a line a sample; nothing at all without samples.
    package mutating func family(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ samples: [(labels: Labels, value: Int)]
    ) {
        guard !samples.isEmpty else { return }
        let help = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let pairs = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
            let labels = pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}"
            text += "\(name)\(labels) \(sample.value)\n"
        }
    }

    /// A family of one sample.
    package mutating func family(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ value: Int,
        labels: Labels = []
    ) {
        family(name, kind, help, [(labels, value)])
    }

    /// A label's value, which may be a stranger's text.
    package static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\")
            .replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}

/// Results as commands that GitHub Actions puts beside the lines of a file.
///
/// Source: GitHub Docs, "Workflow commands for GitHub Actions".
package struct GitHubAnnotations: Sendable {
    private let result: TestResult

    /// GitHub shows ten errors and ten warnings of a step; more is noise in the log.
    private static let limit = 10

    package init(_ result: TestResult) { self.result = result }

    /// An error for what is broken, a warning for what is unknown.
    package var lines: [String] {
        var errors: [String] = []
        var warnings: [String] = []
        for item in result.cases {
            let words = "\(item.row.expectation): \(item.row.sentence ?? "not decided")"
            switch item.row.verdict {
            case "held": continue
            case "broken": errors.append(command("error", "broken", item.line, words))
            default: warnings.append(command("warning", "unknown", item.line, words))
            }
        }
        for offence in result.offences ?? [] {
            errors.append(command("error", "no node may do this", 0, offence))
        }
        if let failure = result.failure { errors.append(command("error", "lost", 0, failure)) }
        return Array(errors.prefix(Self.limit) + warnings.prefix(Self.limit))
    }

    private func command(_ kind: String, _ what: String, _ line: Int, _ words: String) -> String {
        var properties = ["file=\(Self.escaped(property: result.file))"]
        if line > 0 { properties.append("line=\(line)") }
        properties.append("title=\(Self.escaped(property: "\(what): \(result.title)"))")
        let message = words + "\nreplay: " + result.replay
        return "::\(kind) \(properties.joined(separator: ","))::\(Self.escaped(message))"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    private static func escaped(property: String) -> String {
        escaped(property).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}

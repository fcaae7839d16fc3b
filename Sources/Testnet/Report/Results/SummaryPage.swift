/// Results as Markdown for the summary of a CI job: verdicts as tables, the network as a graph.
package struct SummaryPage: Sendable {
    private let results: [TestResult]

    /// Edges that Mermaid still draws so that one can see something; it refuses 500.
    package static let edgeLimit = 120

    package init(_ results: [TestResult]) { self.results = results }

    package var text: String {
        var lines: [String] = []
        let held = results.count(where: \.isHeld)
        lines.append("## Warren: \(held) of \(results.count) held")
        for result in results { lines += Self.section(result) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(_ result: TestResult) -> [String] {
        var lines = ["", "### \(result.isHeld ? "held" : "not held"): \(cell(result.title))", ""]
        if let failure = result.failure { lines += ["**Lost:** \(cell(failure))", ""] }
        if !result.cases.isEmpty {
            lines += ["| Verdict | Expectation | |", "|---|---|---|"]
            for item in result.cases {
                let word = item.row.verdict ?? "open"
                let mark = word == "held" ? word : "**\(word)**"
                lines.append(
                    "| \(mark) | \(cell(item.row.expectation)) | "
                        + "\(cell(item.row.sentence ?? "")) |"
                )
            }
            lines.append("")
        }
        for offence in result.offences ?? [] { lines.append("- **error** \(cell(offence))") }
        if result.offences?.isEmpty == false { lines.append("") }
        if !result.isHeld {
            lines += fenced(result.replay)
            for log in result.logs { lines.append("- log `\(log)`") }
            if !result.logs.isEmpty { lines.append("") }
        }
        if let graph = result.graph {
            let edges = graph.split(separator: "\n").count { $0.contains(">") }
            if edges <= edgeLimit {
                lines += ["<details><summary>The network at the end</summary>", ""]
                lines += fenced(graph, language: "mermaid") + ["</details>", ""]
            }
        }
        return lines
    }

    private static func fenced(_ text: String, language: String = "sh") -> [String] {
        let body = text.hasSuffix("\n") ? String(text.dropLast()) : text
        return ["```\(language)", body.replacing("```", with: "` ` `"), "```", ""]
    }

    /// What may stand in a table: no bars, no line ends, nothing that is HTML or Markdown.
    private static func cell(_ text: String) -> String {
        var cell = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\r": cell += " "
            case "<": cell += "&lt;"
            case ">": cell += "&gt;"
            case "&": cell += "&amp;"
            case "|", "*", "_", "`", "[", "]", "\\", "#", "~": cell += "\\\(scalar)"
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return cell.printable
    }
}

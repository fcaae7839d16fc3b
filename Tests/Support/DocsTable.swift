import Foundation
package import WarrenPrimitives

/// The tables of keys in docs/*.md, so that tests can hold them to the code.
///
/// A row is `| \`key\` | \`default\` | meaning |`; a default in words is for people only.
package enum DocsTable {
    package struct Row: Hashable, Sendable {
        package var key: String
        /// The default as a value, where the document has it in JSON.
        package var defaultValue: Document?
    }

    package static func text(of name: String) throws -> String {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/\(name)")
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// Every row of the tables that are headed `| Key | Default |`.
    package static func rows(of name: String) throws -> [Row] {
        var rows: [Row] = []
        var isInside = false
        for line in try text(of: name).components(separatedBy: "\n") {
            guard line.hasPrefix("|") else {
                isInside = false
                continue
            }
            let cells = line.components(separatedBy: "|")
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if cells.count > 3, cells[1] == "Key", cells[2] == "Default" { isInside = true }
            guard isInside, cells.count > 3, let key = code(cells[1]) else { continue }
            rows.append(Row(key: key, defaultValue: code(cells[2]).flatMap(value)))
        }
        return rows
    }

    /// The lines of every block of code that is marked with `language`.
    package static func blocks(of language: String, in name: String) throws -> [String] {
        var lines: [String] = []
        var isInside = false
        for line in try text(of: name).components(separatedBy: "\n") {
            if line.hasPrefix("```") {
                isInside = line == "```" + language
            } else if isInside {
                lines.append(line)
            }
        }
        return lines
    }

    /// The text of a cell that is one code span.
    private static func code(_ cell: String) -> String? {
        guard cell.count > 2, cell.hasPrefix("`"), cell.hasSuffix("`") else { return nil }
        let inner = cell.dropFirst().dropLast()
        return inner.contains("`") ? nil : String(inner)
    }

    private static func value(_ text: String) -> Document? {
        switch text {
        case "[]": .list([])
        case "{}": Document(.map([]))
        case _ where text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\""):
            .text(String(text.dropFirst().dropLast()))
        default: Document(plain: text)
        }
    }
}

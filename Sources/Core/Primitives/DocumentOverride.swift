/// One change to a document before it is decoded, as `--set` writes it.
///
/// `seed=7` sets, `expect+=always every relay has hot <= 3` appends to a list, and
/// `nodes.relay.count=6` goes down by dots.
package struct DocumentOverride: Hashable, Sendable {
    package var path: [String]
    package var appends: Bool
    package var value: Document

    /// Steps a path may have; files nest no deeper.
    package static let depthLimit = 64

    /// Reads `PATH=VALUE` or `PATH+=VALUE`.
    ///
    /// A value in brackets is a list of plain values; text in quotes is text; else as YAML reads a
    /// plain value.
    package init(_ text: String) throws(DocumentErrors) {
        guard let equals = text.firstIndex(of: "=") else {
            throw Self.refusal(of: text, "has no '='", "PATH=VALUE or PATH+=VALUE")
        }
        var name = text[..<equals]
        appends = name.last == "+"
        if appends { name.removeLast() }
        path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard path.allSatisfy({ !$0.isEmpty }), path.count <= Self.depthLimit else {
            throw Self.refusal(
                of: text,
                "has no path",
                "keys with dots between them before the '='"
            )
        }
        value = Self.parse(text[text.index(after: equals)...])
    }

    /// Makes the change; maps on the way that do not exist are made.
    package func apply(to document: inout Document) throws(DocumentErrors) {
        try apply(to: &document, from: 0)
    }

    private func apply(to document: inout Document, from depth: Int) throws(DocumentErrors) {
        guard depth < path.count else {
            guard appends else {
                document = placed(value, at: document)
                return
            }
            switch document.value {
            case .list(let items): document.value = .list(items + [value])
            case .null: document.value = .list([value])
            case .bool, .integer, .decimal, .string, .map:
                throw Self.refusal(
                    of: spokenPath(depth),
                    "is \(document.spoken)",
                    "a list for '+='"
                )
            }
            return
        }
        switch document.value {
        case .map, .null: break
        case .bool, .integer, .decimal, .string, .list:
            throw Self.refusal(
                of: spokenPath(depth),
                "is \(document.spoken)",
                "a map to go down into"
            )
        }
        var inner = document[path[depth]] ?? Document(.null)
        try apply(to: &inner, from: depth + 1)
        document[path[depth]] = inner
    }

    private func placed(_ value: Document, at old: Document) -> Document {
        Document(value.value, line: old.line, column: old.column)
    }

    private func spokenPath(_ depth: Int) -> String { path.prefix(depth).joined(separator: ".") }

    private static func refusal(
        of text: String,
        _ found: String,
        _ expected: String
    ) -> DocumentErrors {
        DocumentErrors(
            DocumentError(
                file: "--set",
                line: 0,
                found: "'\(Document.clipped(text))' \(found)",
                expected: expected
            )
        )
    }

    private static func parse(_ text: Substring) -> Document {
        let text = trimmed(text)
        if text.first == "[", text.last == "]" {
            let inner = trimmed(text.dropFirst().dropLast())
            guard !inner.isEmpty else { return .list([]) }
            let pieces = inner.split(separator: ",", omittingEmptySubsequences: false)
            return .list(pieces.map { scalar(trimmed($0)) })
        }
        return scalar(text)
    }

    private static func scalar(_ text: Substring) -> Document {
        if text.count >= 2, let first = text.first, first == text.last,
            first == "\"" || first == "'"
        {
            return .text(String(text.dropFirst().dropLast()))
        }
        return Document(plain: String(text))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}

package import WarrenPrimitives
import Yams

extension Document {
    /// Bytes of the largest file read; a scenario of ten thousand named edges is below 1 MiB.
    package static let fileByteLimit = 16 << 20
    /// Levels of lists and maps in each other; our own files stay below ten.
    package static let nestingLimit = 64

    /// Reads YAML, or JSON (which YAML includes), with the line of every part.
    ///
    /// Anchors and aliases are refused, because a few lines of them can stand for gigabytes; so is
    /// a second document in the file. `file` is named in errors.
    package init(yaml bytes: [UInt8], file: String) throws(DocumentErrors) {
        func refuse(_ line: Int, _ found: String, _ expected: String? = nil) -> DocumentErrors {
            DocumentErrors(DocumentError(file: file, line: line, found: found, expected: expected))
        }
        guard bytes.count <= Self.fileByteLimit else {
            throw refuse(0, "the file has \(bytes.count) bytes", "at most \(Self.fileByteLimit)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw refuse(Self.lineOfBadText(bytes), "the text is not valid UTF-8")
        }
        do {
            // We say ourselves what plain words mean. The resolver that is left out here would bring
            // regular expressions, and with them a megabyte that no node uses again.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                self.init(.null, line: 1, column: 1)
                return
            }
            // Anchors are held weakly by the nodes and strongly by the parser.
            self = try withExtendedLifetime(parser) {
                var translator = Translator(file: file)
                return try translator.document(root, depth: 0)
            }
        } catch let errors as DocumentErrors {
            throw errors
        } catch let error as YamlError {
            throw Self.translated(error, file: file)
        } catch {
            throw refuse(0, "the file cannot be read: \(error)")
        }
    }

    private static func lineOfBadText(_ bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
        return (bad ?? 0) + 1
    }

    private static func translated(_ error: YamlError, file: String) -> DocumentErrors {
        func made(_ line: Int, _ column: Int, _ found: String, _ hint: String? = nil)
            -> DocumentErrors
        {
            DocumentErrors(
                DocumentError(file: file, line: line, column: column, found: found, hint: hint)
            )
        }
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let hint = context.map { "\($0.text) that began on line \($0.mark.line)" }
            return made(mark.line, mark.column, problem, hint)
        case .reader(let problem, _, _, _): return made(0, 0, problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return made(
                context.mark.line,
                context.mark.column,
                duplicates.count == 1 ? "key \(keys) stands twice" : "keys \(keys) stand twice"
            )
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return made(0, 0, "the file cannot be read: \(error)")
        }
    }
}

/// Turns the parser's nodes into a document.
private struct Translator {
    let file: String

    mutating func document(_ node: Node, depth: Int) throws(DocumentErrors) -> Document {
        let line = node.mark?.line ?? 0
        let column = node.mark?.column ?? 0
        func refuse(_ found: String, _ expected: String? = nil) -> DocumentErrors {
            DocumentErrors(
                DocumentError(
                    file: file,
                    line: line,
                    column: column,
                    found: found,
                    expected: expected
                )
            )
        }
        guard node.anchor == nil else {
            throw refuse("anchors (&) and aliases (*) are not supported", "the value written out")
        }
        switch node {
        case .alias: throw refuse("anchors (&) and aliases (*) are not supported")
        case .scalar(let scalar):
            switch scalar.style {
            case .any, .plain: return Document(plain: scalar.string, line: line, column: column)
            case .singleQuoted, .doubleQuoted, .literal, .folded:
                return Document(.string(scalar.string), line: line, column: column)
            }
        case .sequence(let sequence):
            guard depth < Document.nestingLimit else { throw refuse("nested too deeply", limit) }
            var items: [Document] = []
            for item in sequence { items.append(try document(item, depth: depth + 1)) }
            return Document(.list(items), line: line, column: column)
        case .mapping(let mapping):
            guard depth < Document.nestingLimit else { throw refuse("nested too deeply", limit) }
            var entries: [Document.Entry] = []
            for (key, value) in mapping { entries.append(try entry(key, value, depth: depth)) }
            return Document(.map(entries), line: line, column: column)
        }
    }

    private var limit: String { "at most \(Document.nestingLimit) levels" }

    private mutating func entry(
        _ key: Node,
        _ value: Node,
        depth: Int
    ) throws(DocumentErrors) -> Document.Entry {
        let line = key.mark?.line ?? 0
        let column = key.mark?.column ?? 0
        guard case .scalar(let name) = key, key.anchor == nil else {
            throw DocumentErrors(
                DocumentError(
                    file: file,
                    line: line,
                    column: column,
                    found: "a key is not a plain word",
                    expected: "a word before the colon"
                )
            )
        }
        return Document.Entry(
            name.string,
            try document(value, depth: depth + 1),
            line: line,
            column: column
        )
    }
}

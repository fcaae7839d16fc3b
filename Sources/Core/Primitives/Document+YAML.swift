extension Document {
    /// The document as YAML in block style, for files that people read.
    package var yaml: String {
        var text = ""
        switch value {
        case .map(let entries) where !entries.isEmpty: Self.write(entries, depth: 0, into: &text)
        case .list(let items) where !items.isEmpty: Self.write(items, depth: 0, into: &text)
        case .null, .bool, .integer, .decimal, .string, .list, .map: text = inlined + "\n"
        }
        return text
    }

    private static func write(_ entries: [Entry], depth: Int, into text: inout String) {
        for (index, entry) in entries.enumerated() {
            // The first entry of a map in a list stands right behind its dash.
            if index > 0 || text.isEmpty || text.last == "\n" { indent(depth, into: &text) }
            text += scalar(entry.key) + ":"
            switch entry.value.value {
            case .map(let inner) where !inner.isEmpty:
                text += "\n"
                write(inner, depth: depth + 1, into: &text)
            case .list(let items) where !items.isEmpty && !entry.value.isFlat:
                text += "\n"
                write(items, depth: depth + 1, into: &text)
            case .null, .bool, .integer, .decimal, .string, .list, .map:
                text += " " + entry.value.inlined + "\n"
            }
        }
    }

    private static func write(_ items: [Document], depth: Int, into text: inout String) {
        for (index, item) in items.enumerated() {
            if index > 0 || text.isEmpty || text.last == "\n" { indent(depth, into: &text) }
            text += "- "
            switch item.value {
            case .map(let entries) where !entries.isEmpty:
                write(entries, depth: depth + 1, into: &text)
            case .list(let inner) where !inner.isEmpty && !item.isFlat:
                write(inner, depth: depth + 1, into: &text)
            case .null, .bool, .integer, .decimal, .string, .list, .map:
                text += item.inlined + "\n"
            }
        }
    }

    private static func indent(_ depth: Int, into text: inout String) {
        text += String(repeating: "  ", count: depth)
    }

    /// Whether this is a short list of plain values, which reads best on one line.
    private var isFlat: Bool {
        guard let items else { return true }
        let widthLimit = 72
        var width = 0
        for item in items {
            switch item.value {
            case .list(let inner) where !inner.isEmpty: return false
            case .map(let inner) where !inner.isEmpty: return false
            case .null, .bool, .integer, .decimal, .string, .list, .map: break
            }
            width += item.inlined.utf8.count + 2
        }
        return width <= widthLimit
    }

    private var inlined: String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .decimal(let number): number
        case .string(let text): Self.scalar(text)
        case .list(let items): "[" + items.map(\.inlined).joined(separator: ", ") + "]"
        case .map(let entries):
            "{"
                + entries.map { Self.scalar($0.key) + ": " + $0.value.inlined }.joined(
                    separator: ", "
                )
                + "}"
        }
    }

    /// `text` as it stands if no reader of YAML 1.1 or 1.2 could take it for anything else.
    private static func scalar(_ text: String) -> String {
        let words = [
            "y", "yes", "n", "no", "on", "off", "true", "false", "null", "nan", "inf",
        ]
        guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "/"),
            !words.contains(text.lowercased()), text.last != " ", text.utf8.count <= 200,
            text.utf8.allSatisfy(isPlain)
        else { return quoted(text) }
        return text
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: false
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "("), UInt8(ascii: ")"):
            true
        default: isLetter(byte)
        }
    }
}

extension Document {
    /// The document as JSON: keys in their order, two spaces a level, a newline at the end.
    ///
    /// Equal documents give equal text on every machine, so generated files can be compared.
    package var json: String {
        var writer = JSONWriter()
        writer.write(self, depth: 0)
        writer.text += "\n"
        return writer.text
    }
}

/// `text` in double quotes with JSON's escapes, which YAML reads the same.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
            result += "\\u" + Hex.text(UInt16(truncatingIfNeeded: scalar.value).bigEndianBytes)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

private struct JSONWriter {
    var text = ""

    mutating func write(_ document: Document, depth: Int) {
        switch document.value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += "\(number)"
        case .decimal(let number): text += number
        case .string(let string): text += quoted(string)
        case .list(let items):
            // A list of plain values reads best on one line, as long as it fits one.
            if let line = Self.oneLine(items) {
                text += line
                return
            }
            enclose("[", "]", items, depth: depth) { $0.write($1, depth: depth + 1) }
        case .map(let entries):
            guard !entries.isEmpty else {
                text += "{}"
                return
            }
            enclose("{", "}", entries, depth: depth) {
                $0.text += quoted($1.key) + ": "
                $0.write($1.value, depth: depth + 1)
            }
        }
    }

    private mutating func enclose<Item>(
        _ open: String,
        _ close: String,
        _ items: [Item],
        depth: Int,
        _ body: (inout JSONWriter, Item) -> Void
    ) {
        text += open
        for (index, item) in items.enumerated() {
            text += (index == 0 ? "\n" : ",\n") + String(repeating: "  ", count: depth + 1)
            body(&self, item)
        }
        text += "\n" + String(repeating: "  ", count: depth) + close
    }

    private static func oneLine(_ items: [Document]) -> String? {
        let widthLimit = 72
        var pieces: [String] = []
        var width = 2
        for item in items {
            switch item.value {
            case .list, .map: return nil
            case .null, .bool, .integer, .decimal, .string: break
            }
            var writer = JSONWriter()
            writer.write(item, depth: 0)
            width += writer.text.utf8.count + 2
            guard width <= widthLimit else { return nil }
            pieces.append(writer.text)
        }
        return "[" + pieces.joined(separator: ", ") + "]"
    }
}

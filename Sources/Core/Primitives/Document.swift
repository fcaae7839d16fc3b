/// A tree of scalars, lists and maps that knows where in its file each part stood.
///
/// YAML and JSON files become documents at the edge; every file decoder in the cores reads them,
/// so that an error can name the line. Numbers keep their text where they are not whole, because
/// nothing in the cores is a floating-point number.
package struct Document: Hashable, Sendable {
    package var value: Content
    /// From 1; 0 for a part that came from no file.
    package var line: Int
    /// From 1; 0 for a part that came from no file.
    package var column: Int

    package enum Content: Hashable, Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        /// A number with a fraction or an exponent, or one too large for 64 bits, as written.
        case decimal(String)
        case string(String)
        case list([Document])
        /// In the order of the file; a key may stand twice, which a reader reports.
        case map([Entry])
    }

    package struct Entry: Hashable, Sendable {
        package var key: String
        package var line: Int
        package var column: Int
        package var value: Document

        package init(_ key: String, _ value: Document, line: Int = 0, column: Int = 0) {
            self.key = key
            self.value = value
            self.line = line
            self.column = column
        }
    }

    package init(_ value: Content, line: Int = 0, column: Int = 0) {
        self.value = value
        self.line = line
        self.column = column
    }

    /// What a scalar written without quotes means: null, a truth value, a number, else text.
    ///
    /// Only `true` and `false` are truth values, as in JSON and YAML 1.2: `no` is a country.
    package init(plain text: String, line: Int = 0, column: Int = 0) {
        self.init(Self.resolve(text), line: line, column: column)
    }

    package static func text(_ text: String) -> Document { Document(.string(text)) }
    package static func number(_ number: some BinaryInteger) -> Document {
        Int64(exactly: number).map { Document(.integer($0)) } ?? Document(.decimal("\(number)"))
    }
    package static func flag(_ flag: Bool) -> Document { Document(.bool(flag)) }
    package static func list(_ items: some Sequence<Document>) -> Document {
        Document(.list(Array(items)))
    }
    package static func map(_ entries: [Entry]) -> Document { Document(.map(entries)) }

    /// The entries of a map; nil for everything else.
    package var entries: [Entry]? {
        guard case .map(let entries) = value else { return nil }
        return entries
    }

    /// The items of a list; nil for everything else.
    package var items: [Document]? {
        guard case .list(let items) = value else { return nil }
        return items
    }

    package var string: String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    /// The value of `key`, if this is a map that has it.
    ///
    /// Setting nil removes the entry; setting a new key appends it, and makes a map of anything
    /// else.
    package subscript(key: String) -> Document? {
        get { entries?.first { $0.key == key }?.value }
        set {
            var entries = entries ?? []
            let place = entries.firstIndex { $0.key == key }
            switch (place, newValue) {
            case (.some(let place), .some(let new)): entries[place].value = new
            case (.some(let place), .none): entries.remove(at: place)
            case (.none, .some(let new)): entries.append(Entry(key, new))
            case (.none, .none): return
            }
            value = .map(entries)
        }
    }

    /// What stands here, in the words of an error message.
    package var spoken: String {
        switch value {
        case .null: "nothing"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .decimal(let text): Self.clipped(text)
        case .string(let text): "'\(Self.clipped(text))'"
        case .list(let items): items.isEmpty ? "an empty list" : "a list"
        case .map(let entries): entries.isEmpty ? "an empty map" : "a map"
        }
    }

    /// `text`, cut to a length that fits a message and without characters that would break it.
    package static func clipped(_ text: String, limit: Int = 60) -> String {
        let tooLong = text.unicodeScalars.count > limit
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            result.append(scalar.value < 32 || scalar.value == 127 ? "\u{FFFD}" : scalar)
        }
        return String(result) + (tooLong ? "…" : "")
    }

    private static func resolve(_ text: String) -> Content {
        switch text {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        guard isNumber(Array(text.utf8)) else { return .string(text) }
        return Int64(text).map(Content.integer) ?? .decimal(text)
    }

    /// Whether `text` is a number by JSON's grammar, which YAML shares.
    private static func isNumber(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        func isDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.prefix(while: isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else {
            return false
        }
        rest.removeFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            let fraction = rest.prefix(while: isDigit)
            guard !fraction.isEmpty else { return false }
            rest.removeFirst(fraction.count)
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
                rest.removeFirst()
            }
            let exponent = rest.prefix(while: isDigit)
            guard !exponent.isEmpty else { return false }
            rest.removeFirst(exponent.count)
        }
        return rest.isEmpty
    }
}

extension Document: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral text: String) { self = .text(text) }
    package init(integerLiteral number: Int64) { self = .number(number) }
    package init(booleanLiteral flag: Bool) { self = .flag(flag) }
    package init(arrayLiteral items: Document...) { self = .list(items) }
    package init(dictionaryLiteral entries: (String, Document)...) {
        self = .map(entries.map { Entry($0.0, $0.1) })
    }
}

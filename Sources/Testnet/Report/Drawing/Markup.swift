/// Elements of XML, one after the other: of a page and of the pictures in it.
///
/// Whatever comes from outside goes in as a value or as text, and is escaped here and nowhere else.
struct Markup {
    private(set) var text = ""

    /// An attribute; nil leaves it out.
    typealias Attribute = (String, String?)

    /// An element with what `content` puts into it.
    mutating func element(
        _ name: String,
        _ attributes: [Attribute] = [],
        content: (inout Markup) -> Void
    ) {
        begin(name, attributes)
        text += ">"
        content(&self)
        text += "</\(name)>"
    }

    /// An element with nothing in it.
    mutating func element(_ name: String, _ attributes: [Attribute]) {
        begin(name, attributes)
        text += "/>"
    }

    private mutating func begin(_ name: String, _ attributes: [Attribute]) {
        text += "<" + name
        for case (let key, .some(let value)) in attributes {
            text += " \(key)=\"\(Self.escaped(value))\""
        }
    }

    mutating func element(_ name: String, _ attributes: [Attribute] = [], text: String) {
        element(name, attributes) { $0.put(text) }
    }

    mutating func put(_ words: String) { text += Self.escaped(words) }

    mutating func line() { text += "\n" }

    /// What is markup already: never anything from outside.
    mutating func raw(_ markup: String) { text += markup }

    /// As text and as a value; nothing in it is markup or steers a terminal.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            // No character of XML 1.0.
            case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// A length in a drawing, with one decimal at most; so the same drawing is the same text.
func mark(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((max(-1e7, min(1e7, value)) * 10).rounded())
    let size = tenths.magnitude
    let fraction = size % 10 == 0 ? "" : ".\(size % 10)"
    return (tenths < 0 ? "-" : "") + "\(size / 10)\(fraction)"
}

/// A point of a drawing.
struct Spot: Hashable, Sendable {
    var x: Double
    var y: Double

    var text: String { mark(x) + " " + mark(y) }
}

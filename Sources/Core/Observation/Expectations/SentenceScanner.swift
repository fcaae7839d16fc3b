/// Cuts a sentence into words, strings and signs, one at a time.
struct SentenceScanner {
    /// Bytes in a sentence; queries are the longest.
    static let byteLimit = 4096

    private let characters: [Character]
    private var place = 0

    init(_ text: String) throws(ExpectationError) {
        guard text.utf8.count <= Self.byteLimit else { throw .tooLong(limit: Self.byteLimit) }
        characters = Array(text)
    }

    enum Token: Hashable {
        case word(String)
        case string(String)
        case sign(String)
        case end

        var text: String {
            switch self {
            case .word(let text), .sign(let text): "'\(text)'"
            case .string(let text): "\"\(text)\""
            case .end: "the end"
            }
        }
    }

    /// The column of the next token, from 1.
    var column: Int {
        var copy = self
        copy.skipBlanks()
        return copy.place + 1
    }

    private mutating func skipBlanks() {
        while place < characters.count, characters[place] == " " || characters[place] == "\t" {
            place += 1
        }
    }

    mutating func next() throws(ExpectationError) -> Token {
        skipBlanks()
        guard place < characters.count else { return .end }
        let start = place
        let first = characters[place]
        if Self.isLetter(first) {
            while place < characters.count, Self.isLetter(characters[place]) { place += 1 }
            return .word(String(characters[start..<place]))
        }
        place += 1
        switch first {
        case "*", ",", ":", "=": return .sign(String(first))
        case ">", "<", "!":
            if place < characters.count, characters[place] == "=" {
                place += 1
                return .sign(String(first) + "=")
            }
            if first != "!" { return .sign(String(first)) }
        case "\"":
            while place < characters.count, characters[place] != "\"" {
                if characters[place].isNewline { throw unexpected(place, "a word or a sign") }
                place += 1
            }
            guard place < characters.count else {
                throw .syntax(
                    column: start + 1,
                    found: "a quote that is not closed",
                    expected: "another \" behind the name",
                    nearest: nil
                )
            }
            place += 1
            return .string(String(characters[start + 1..<place - 1]))
        case _: break
        }
        throw unexpected(start, "a word or a sign")
    }

    private func unexpected(_ place: Int, _ expected: String) -> ExpectationError {
        let character = characters[place]
        let found = character.isNewline ? "the end of a line" : "'\(character)'"
        return .syntax(column: place + 1, found: found, expected: expected, nearest: nil)
    }

    /// All that is left, without the blanks around it.
    mutating func rest() throws(ExpectationError) -> String {
        skipBlanks()
        let start = place
        place = characters.count
        for index in start..<place where characters[index].isNewline {
            throw unexpected(index, "a query on one line")
        }
        var text = characters[start...]
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }

    private static func isLetter(_ character: Character) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".":
            character.isASCII
        case _: false
        }
    }
}

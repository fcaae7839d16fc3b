import WarrenPrimitives

/// Reads expectations and selectors by the grammar of design §9.
struct SentenceParser {
    private var scanner: SentenceScanner
    private(set) var token: SentenceScanner.Token = .end
    private(set) var column = 1

    init(_ text: String) throws(ExpectationError) {
        scanner = try SentenceScanner(text)
        try advance()
    }

    mutating func expectation() throws(ExpectationError) -> Expectation {
        var mode: Expectation.Mode?
        if case .word(let word) = token, let found = Expectation.Mode(rawValue: word) {
            mode = found
            try advance()
        }
        let window = try window(mode: mode)
        let claim = try claim(afterMode: mode != nil)
        guard token == .end else { throw unexpected("the end of the sentence", among: []) }
        return Expectation(
            mode: mode ?? .eventually,
            within: window.within,
            anchor: window.anchor,
            hold: window.hold,
            claim: claim
        )
    }

    mutating func loneSelector() throws(ExpectationError) -> Selector {
        let selector = try selector()
        guard token == .end else { throw unexpected("',' or the end", among: ["except"]) }
        return selector
    }
}

// MARK: Tokens

extension SentenceParser {
    mutating func advance() throws(ExpectationError) {
        column = scanner.column
        token = try scanner.next()
    }

    func unexpected(_ expected: String, among words: [String]) -> ExpectationError {
        var near: String?
        if case .word(let word) = token { near = nearest(to: word, among: words) }
        return .syntax(column: column, found: token.text, expected: expected, nearest: near)
    }

    func unexpected(oneOf words: [String], or other: String? = nil) -> ExpectationError {
        let list = (words.map { "'\($0)'" } + [other].compactMap(\.self)).joined(separator: ", ")
        return unexpected(
            words.count + (other == nil ? 0 : 1) > 1 ? "one of \(list)" : list,
            among: words
        )
    }

    /// Steps over `word` if it is next.
    mutating func take(_ word: String) throws(ExpectationError) -> Bool {
        guard token == .word(word) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ word: String) throws(ExpectationError) {
        guard try take(word) else { throw unexpected(oneOf: [word]) }
    }

    /// Reads one of the words of an enum.
    mutating func word<Word>(
        of type: Word.Type,
        or other: String? = nil
    ) throws(ExpectationError) -> Word
    where Word: RawRepresentable<String> & CaseIterable {
        guard case .word(let text) = token, let word = Word(rawValue: text) else {
            throw unexpected(oneOf: Word.allCases.map(\.rawValue), or: other)
        }
        try advance()
        return word
    }

    mutating func duration() throws(ExpectationError) -> Duration {
        guard case .word(let text) = token, let duration = Quantity.duration(text),
            duration <= Expectation.durationLimit
        else {
            throw unexpected("a duration such as 15s, 90ms or 2m", among: [])
        }
        try advance()
        return duration
    }

    /// Reads a whole number of at most nine digits.
    mutating func number() throws(ExpectationError) -> Int {
        guard case .word(let text) = token, text.count <= 9, let number = Int(text),
            String(number) == text
        else { throw unexpected("a whole number", among: []) }
        try advance()
        return number
    }

    mutating func rest() throws(ExpectationError) -> String {
        let text = try scanner.rest()
        try advance()
        return text
    }
}

// MARK: Window

extension SentenceParser {
    private struct Window {
        var within: Duration?
        var anchor: Expectation.Anchor?
        var hold: Duration?
    }

    private mutating func window(mode: Expectation.Mode?) throws(ExpectationError) -> Window {
        var window = Window()
        while case .word(let word) = token, ["within", "after", "during", "for"].contains(word) {
            try check(word, mode: mode ?? .eventually, window)
            try advance()
            switch word {
            case "within": window.within = try duration()
            case "for": window.hold = try duration()
            case "after":
                window.anchor =
                    try take("fault") ? .afterFault(try faultName()) : .after(try duration())
            case _:
                try expect("fault")
                window.anchor = .duringFault(try faultName())
            }
        }
        return window
    }

    private func check(
        _ word: String,
        mode: Expectation.Mode,
        _ window: Window
    ) throws(ExpectationError) {
        let isLimited = mode == .sometimes && (word == "within" || word == "for")
        if mode == .finally || isLimited {
            let because =
                mode == .finally
                ? "'finally' is about the end of the run" : "'sometimes' is about any instant"
            throw .meaningless(column: column, word: word, because: because)
        }
        let isSecond =
            switch word {
            case "within": window.within != nil
            case "for": window.hold != nil
            case _: window.anchor != nil
            }
        if isSecond {
            throw .meaningless(column: column, word: word, because: "the window is given already")
        }
    }

    private mutating func faultName() throws(ExpectationError) -> String {
        let name: String
        switch token {
        case .word(let text), .string(let text): name = text
        case .sign, .end: name = ""
        }
        guard !name.isEmpty else { throw unexpected("the name of a fault", among: []) }
        try advance()
        return name
    }
}

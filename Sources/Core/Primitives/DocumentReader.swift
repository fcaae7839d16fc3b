/// Reads the entries of one map, by name and type, and remembers what was wrong.
///
/// Every key that is asked for counts as known; after the last one, ``finish(lenient:)`` reports
/// the others with the nearest known word. A read that fails notes why and gives the default, so
/// that one run finds every mistake.
package struct MapReader {
    package private(set) var problems: DocumentProblems
    /// The map itself, for errors about what it lacks.
    package let place: Document
    private let entries: [Document.Entry]
    private let places: [String: Int]
    /// The keys that were asked for, in the order of the asking.
    package private(set) var knownKeys: [String] = []
    private var isKnown: Set<String> = []

    /// Reads `document` as a map; anything else is an error, and reads as an empty map.
    ///
    /// `what` names it in that error.
    package init(_ document: Document, as what: String, problems: DocumentProblems) {
        self.problems = problems
        place = document
        switch document.value {
        case .map(let all):
            var places: [String: Int] = [:]
            var unique: [Document.Entry] = []
            for entry in all {
                guard let place = places[entry.key] else {
                    places[entry.key] = unique.count
                    unique.append(entry)
                    continue
                }
                let first = unique[place].line
                let before = first > 0 ? ", first on line \(first)" : ""
                self.problems.add(
                    line: entry.line,
                    column: entry.column,
                    "key '\(Document.clipped(entry.key))' stands twice\(before)"
                )
            }
            entries = unique
            self.places = places
        case .null, .bool, .integer, .decimal, .string, .list:
            self.problems.add(
                at: document,
                "\(what) is \(document.spoken)",
                expected: "a map of keys and values"
            )
            entries = []
            places = [:]
        }
    }

    package var keys: [String] { entries.map(\.key) }

    package mutating func withProblems<Result>(
        _ body: (inout DocumentProblems) -> Result
    ) -> Result {
        body(&problems)
    }

    /// The value of `key`, which is known from now on; nil where it is absent.
    package mutating func value(_ key: String) -> Document? {
        if isKnown.insert(key).inserted { knownKeys.append(key) }
        return places[key].map { entries[$0].value }
    }

    /// As ``value(_:)``, where null counts as absent.
    package mutating func optional(_ key: String) -> Document? {
        guard let found = value(key), found.value != .null else { return nil }
        return found
    }

    package mutating func required(_ key: String, in what: String) -> Document? {
        let found = value(key)
        if found == nil { problems.add(at: place, "\(what) has no '\(key)'") }
        return found
    }

    package mutating func string(_ key: String) -> String? {
        guard let found = optional(key) else { return nil }
        return problems.string(found, named: key)
    }

    package mutating func bool(_ key: String) -> Bool? {
        guard let found = optional(key) else { return nil }
        return problems.bool(found, named: key)
    }

    package mutating func integer(
        _ key: String,
        in range: ClosedRange<Int>,
        unit: String = "whole number"
    ) -> Int? {
        guard let found = optional(key) else { return nil }
        return problems.integer(found, named: key, in: range, unit: unit)
    }

    /// A number of seconds, or a text such as `3s`.
    package mutating func duration(
        _ key: String,
        in range: ClosedRange<Duration> = .zero ... .seconds(1_000_000_000)
    ) -> Duration? {
        guard let found = optional(key) else { return nil }
        return problems.duration(found, named: key, in: range)
    }

    /// One of the words that `Word` knows.
    package mutating func word<Word: RawRepresentable & CaseIterable>(
        _ key: String,
        as type: Word.Type = Word.self
    ) -> Word? where Word.RawValue == String {
        guard let found = optional(key) else { return nil }
        return problems.word(found, named: key, as: type)
    }

    /// A share from 0 to 1 such as `0.05` or `5%`, in millionths.
    package mutating func share(_ key: String) -> Int64? {
        guard let found = optional(key) else { return nil }
        let text: String? =
            switch found.value {
            case .integer(let number): "\(number)"
            case .decimal(let text), .string(let text): text
            case .null, .bool, .list, .map: nil
            }
        if let share = text.flatMap(Quantity.millionths) { return share }
        problems.add(
            at: found,
            "'\(key)' is \(found.spoken)",
            expected: "a share from 0 to 1, such as 0.05 or 5%"
        )
        return nil
    }

    /// The items of a list, each read by `body`; those it returns nil for are left out.
    package mutating func list<Item>(
        _ key: String,
        limit: Int,
        _ body: (Document, inout DocumentProblems) -> Item?
    ) -> [Item]? {
        guard let found = optional(key) else { return nil }
        return problems.list(found, named: key, limit: limit, body)
    }

    /// Reads the map at `key` with a reader of its own.
    package mutating func map<Result>(
        _ key: String,
        _ body: (inout MapReader) -> Result
    ) -> Result? {
        guard let found = optional(key) else { return nil }
        return problems.map(found, as: "'\(key)'", body)
    }

    /// Reports every key that nobody asked for.
    package mutating func finish(lenient: Bool = false) {
        for entry in entries where !isKnown.contains(entry.key) {
            let found = "unknown key '\(Document.clipped(entry.key))'"
            let near = nearest(to: entry.key, among: knownKeys).map { "did you mean '\($0)'?" }
            if lenient {
                problems.warn(line: entry.line, column: entry.column, found, hint: near)
            } else {
                problems.add(
                    line: entry.line,
                    column: entry.column,
                    found,
                    hint: near ?? Self.choice(of: knownKeys)
                )
            }
        }
    }

    private static func choice(of keys: [String]) -> String? {
        /// More would hide the message they stand in.
        let shownLimit = 12
        guard (1...shownLimit).contains(keys.count) else { return nil }
        return "known keys are \(keys.joined(separator: ", "))"
    }
}

extension DocumentProblems {
    package mutating func string(_ found: Document, named name: String) -> String? {
        if case .string(let text) = found.value { return text }
        let quoted: String? =
            switch found.value {
            case .bool, .integer, .decimal: "put it in quotes if it is a text"
            case .null, .string, .list, .map: nil
            }
        add(at: found, "'\(name)' is \(found.spoken)", expected: "a text", hint: quoted)
        return nil
    }

    package mutating func bool(_ found: Document, named name: String) -> Bool? {
        if case .bool(let flag) = found.value { return flag }
        add(at: found, "'\(name)' is \(found.spoken)", expected: "true or false")
        return nil
    }

    package mutating func integer(
        _ found: Document,
        named name: String,
        in range: ClosedRange<Int>,
        unit: String = "whole number"
    ) -> Int? {
        if case .integer(let number) = found.value, let value = Int(exactly: number),
            range.contains(value)
        {
            return value
        }
        let bounds =
            range.upperBound == .max
            ? "of at least \(range.lowerBound)"
            : "from \(range.lowerBound) to \(range.upperBound)"
        add(at: found, "'\(name)' is \(found.spoken)", expected: "a \(unit) \(bounds)")
        return nil
    }

    package mutating func duration(
        _ found: Document,
        named name: String,
        in range: ClosedRange<Duration> = .zero ... .seconds(1_000_000_000)
    ) -> Duration? {
        let read: Duration? =
            switch found.value {
            case .integer(let number): Quantity.seconds("\(number)")
            case .decimal(let text): Quantity.seconds(text)
            case .string(let text): Quantity.duration(text)
            case .null, .bool, .list, .map: nil
            }
        guard let read else {
            add(
                at: found,
                "'\(name)' is \(found.spoken)",
                expected: "a duration such as 15s, 1.5m or 250ms, or a number of seconds"
            )
            return nil
        }
        guard range.contains(read) else {
            let low = Quantity.spelled(range.lowerBound)
            let high = Quantity.spelled(range.upperBound)
            add(
                at: found,
                "'\(name)' is \(found.spoken)",
                expected: "a duration from \(low) to \(high)"
            )
            return nil
        }
        return read
    }

    package mutating func word<Word: RawRepresentable & CaseIterable>(
        _ found: Document,
        named name: String,
        as type: Word.Type = Word.self
    ) -> Word? where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        guard let text = found.string else {
            add(at: found, "'\(name)' is \(found.spoken)", expected: Self.spokenChoice(of: words))
            return nil
        }
        if let word = Word(rawValue: text) { return word }
        add(
            at: found,
            "'\(name)' is \(found.spoken)",
            expected: Self.spokenChoice(of: words),
            hint: nearest(to: text, among: words).map { "did you mean '\($0)'?" }
        )
        return nil
    }

    package mutating func list<Item>(
        _ found: Document,
        named name: String,
        limit: Int,
        _ body: (Document, inout DocumentProblems) -> Item?
    ) -> [Item]? {
        guard let items = found.items else {
            add(at: found, "'\(name)' is \(found.spoken)", expected: "a list")
            return nil
        }
        guard items.count <= limit else {
            add(at: found, "'\(name)' has \(items.count) items", expected: "at most \(limit)")
            return nil
        }
        return items.compactMap { body($0, &self) }
    }

    package mutating func map<Result>(
        _ found: Document,
        as what: String,
        lenient: Bool = false,
        _ body: (inout MapReader) -> Result
    ) -> Result {
        var reader = MapReader(found, as: what, problems: self)
        let result = body(&reader)
        reader.finish(lenient: lenient)
        self = reader.problems
        return result
    }

    static func spokenChoice(of words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension SentenceParser {
    mutating func claim(afterMode: Bool) throws(ExpectationError) -> Expectation.Claim {
        if case .word(let word) = token {
            if let quantifier = Expectation.Quantifier(rawValue: word) {
                try advance()
                let selector = try selector()
                return .nodes(quantifier, selector, try predicate())
            }
            switch word {
            case "all":
                try advance()
                try expect("of")
                let selector = try selector()
                for word in ["have", "the", "same"] { try expect(word) }
                return .same(try self.word(of: Expectation.Sameness.self), selector)
            case "network":
                try advance()
                return try network()
            case "sql":
                try advance()
                return .query(try query())
            case _: break
            }
            if let centile = Expectation.Centile(rawValue: word) {
                try advance()
                return try spread(centile)
            }
        }
        let starts =
            ["every", "any", "no", "all", "network", "sql"]
            + Expectation.Centile.allCases.map(\.rawValue)
        let clauses = ["within", "after", "during", "for"]
        let modes = afterMode ? [] : Expectation.Mode.allCases.map(\.rawValue)
        throw unexpected(oneOf: modes + clauses + starts)
    }

    private mutating func query() throws(ExpectationError) -> String {
        guard token == .sign(":") else { throw unexpected("':' and a query", among: []) }
        let text = try rest()
        guard !text.isEmpty else { throw unexpected("a query", among: []) }
        return text
    }

    private mutating func predicate() throws(ExpectationError) -> Expectation.Predicate {
        let verbs = ["has", "is", "knows", "makes", "promotes", "demotes"]
        guard case .word(let word) = token else { throw unexpected(oneOf: verbs) }
        switch word {
        case "has":
            try advance()
            return try count()
        case "is":
            try advance()
            if try take("healthy") { return .isHealthy }
            if try take("up") { return .isUp }
            throw unexpected(oneOf: ["healthy", "up"])
        case "knows":
            try advance()
            return try knowledge()
        case "makes":
            try advance()
            return try progress()
        case "promotes", "demotes":
            try advance()
            return .moves(try move(isPromotion: word == "promotes"))
        case _: throw unexpected(oneOf: verbs, or: "','")
        }
    }

    private mutating func count() throws(ExpectationError) -> Expectation.Predicate {
        if try take("height") { return .hasHeight(try comparison(), try number()) }
        if try take("rtt") { return try roundTrip() }
        guard case .word(let text) = token, let counter = Expectation.Counter(rawValue: text) else {
            throw unexpected(
                oneOf: Expectation.Counter.allCases.map(\.rawValue) + ["height", "rtt"]
            )
        }
        try advance()
        let before = try filters(of: counter)
        let comparison = try comparison()
        let operand: Expectation.Operand
        if case .word(let text) = token, text.hasPrefix("target.") {
            operand = .target(try target(text))
        } else if case .word(let text) = token, text.first?.isNumber ?? false {
            operand = .number(try number())
        } else {
            throw unexpected("a whole number or a target such as target.active", among: targetWords)
        }
        let filters = before + (try filters(of: counter))
        return .has(
            counter,
            comparison,
            operand,
            filters.filter { !$0.isException } + filters.filter(\.isException)
        )
    }

    private var targetWords: [String] {
        Reason.Target.allCases.map { "target.\($0.rawValue)" }
    }

    private mutating func target(_ text: String) throws(ExpectationError) -> Reason.Target {
        guard let target = Reason.Target(rawValue: String(text.dropFirst("target.".count))) else {
            throw unexpected(oneOf: targetWords)
        }
        try advance()
        return target
    }

    mutating func comparison() throws(ExpectationError) -> Expectation.Comparison {
        guard case .sign(let sign) = token, let found = Expectation.Comparison(rawValue: sign)
        else {
            throw unexpected(
                oneOf: Expectation.Comparison.allCases.map(\.rawValue) + ["from", "in"]
            )
        }
        try advance()
        return found
    }

    private mutating func knowledge() throws(ExpectationError) -> Expectation.Predicate {
        let portion: Expectation.Portion
        if try take("at") {
            if try take("least") {
                portion = .count(.atLeast, try number())
            } else if try take("most") {
                portion = .count(.atMost, try number())
            } else {
                throw unexpected(oneOf: ["least", "most"])
            }
            _ = try take("of")
        } else if case .sign(let sign) = token, sign != "*" {
            let comparison = try comparison()
            portion = .count(comparison, try number())
            _ = try take("of")
        } else if try take("all") {
            try expect("of")
            portion = .all
        } else {
            portion = .some
        }
        let selector = try selector()
        return .knows(portion, selector, try filters(of: .known))
    }
}

// MARK: Filters and selectors

extension SentenceParser {
    mutating func filters(
        of counter: Expectation.Counter
    ) throws(ExpectationError) -> [Expectation.RowFilter] {
        var filters: [Expectation.RowFilter] = []
        while token == .word("from") || token == .word("in") || token == .word("except") {
            guard counter.canBeFiltered else {
                throw .meaningless(
                    column: column,
                    word: String(token.text.dropFirst().dropLast()),
                    because: "'\(counter.rawValue)' has no source and no place"
                )
            }
            let isException = try take("except")
            if try take("from") {
                let sources = try sources()
                filters.append(isException ? .exceptFrom(sources) : .from(sources))
            } else if try take("in") {
                let place = try place()
                filters.append(isException ? .exceptInside(place) : .inside(place))
            } else {
                throw unexpected(oneOf: ["from", "in"])
            }
        }
        return filters
    }

    private mutating func sources() throws(ExpectationError) -> [PeerSource] {
        var sources = [try word(of: PeerSource.self)]
        while try takeSeparator() { sources.append(try word(of: PeerSource.self)) }
        return sources
    }

    private mutating func takeSeparator() throws(ExpectationError) -> Bool {
        if token == .sign(",") {
            try advance()
            return true
        }
        if try take("and") { return true }
        return try take("or")
    }

    private mutating func place() throws(ExpectationError) -> Expectation.Place {
        if try take("region") { return .region(try name("the name of a region")) }
        if try take("group") { return .group(try name("the name of a group")) }
        if try take("role") { return .role(try word(of: Role.self)) }
        throw unexpected(oneOf: ["region", "group", "role"])
    }

    mutating func selector() throws(ExpectationError) -> Selector {
        var selector = Selector([try term()])
        while try takeSeparator() { selector.terms.append(try term()) }
        if token == .word("except") {
            // Behind a selector "except" may also begin a filter.
            var ahead = self
            try ahead.advance()
            guard ahead.token != .word("from"), ahead.token != .word("in") else { return selector }
            self = ahead
            selector.exceptions.append(try term())
            while try takeSeparator() { selector.exceptions.append(try term()) }
        }
        return selector
    }

    private mutating func term() throws(ExpectationError) -> Selector.Term {
        if token == .sign("*") {
            try advance()
            return .all
        }
        if try take("node") { return .node(try name("the name of a node")) }
        if try take("group") { return .group(try name("the name of a group")) }
        if try take("role") { return .role(try word(of: Role.self).rawValue) }
        if try take("region") { return .region(try name("the name of a region")) }
        let start = self
        let name = try name("a node, group, role or region, or '*'")
        guard let range = try Self.range(name, at: start) else { return .name(name) }
        return range
    }

    private mutating func name(_ expected: String) throws(ExpectationError) -> String {
        guard case .word(let name) = token, !Expectation.keywords.contains(name) else {
            throw unexpected(expected, among: [])
        }
        try advance()
        return name
    }

    /// The range that `name` is, as `relay-1..3`; nil when it has no two dots.
    private static func range(
        _ name: String,
        at start: SentenceParser
    ) throws(ExpectationError) -> Selector.Term? {
        let letters = Array(name.utf8)
        let dot = UInt8(ascii: ".")
        guard
            let split = letters.indices.dropLast().first(where: {
                letters[$0] == dot && letters[$0 + 1] == dot
            })
        else { return nil }
        let isDigit = { (letter: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(letter)
        }
        let digits = letters[..<split].reversed().prefix(while: isDigit).count
        let prefix = String(decoding: letters[..<(split - digits)], as: UTF8.self)
        let from = String(decoding: letters[(split - digits)..<split], as: UTF8.self)
        let to = String(decoding: letters[(split + 2)...], as: UTF8.self)
        guard from.count <= 9, to.count <= 9, let low = Int(from), let high = Int(to),
            String(low) == from, String(high) == to, low <= high,
            high - low < Selector.rangeLimit, !prefix.isEmpty
        else { throw start.unexpected("a range such as relay-1..3", among: []) }
        return .range(prefix: prefix, from: low, to: high)
    }
}

import WarrenPrimitives

// MARK: Heights, times, moves, shapes and centiles

extension SentenceParser {
    /// Behind `network`.
    mutating func network() throws(ExpectationError) -> Expectation.Claim {
        if try take("is") { return .network(try word(of: Expectation.Shape.self)) }
        guard try take("has") else { throw unexpected(oneOf: ["is", "has"]) }
        let measure = try word(of: Expectation.Measure.self)
        return .graph(measure, try comparison(), try number())
    }

    /// Behind `has rtt`.
    mutating func roundTrip() throws(ExpectationError) -> Expectation.Predicate {
        let before = try filters(of: .known)
        let comparison = try comparison()
        let bound = try duration()
        let filters = before + (try filters(of: .known))
        return .hasRoundTrip(
            comparison,
            bound,
            filters.filter { !$0.isException } + filters.filter(\.isException)
        )
    }

    /// Behind `makes`.
    mutating func progress() throws(ExpectationError) -> Expectation.Predicate {
        try expect("progress")
        if try take("on") { try expect("height") }
        try expect("within")
        return .makesProgress(within: try duration())
    }

    /// Behind `promotes` or `demotes`.
    mutating func move(isPromotion: Bool) throws(ExpectationError) -> Expectation.Move {
        let from = try word(of: Temperature.self)
        try expect("to")
        let place = self
        let to = try word(of: Temperature.self)
        guard isPromotion ? from < to : to < from else {
            let verb = isPromotion ? "promotes" : "demotes"
            throw .meaningless(
                column: place.column,
                word: to.rawValue,
                because: "'\(verb)' goes \(isPromotion ? "up" : "down") from '\(from.rawValue)', "
                    + "in the order unknown, cold, warm, hot"
            )
        }
        let filters = try filters(of: .known)
        return Expectation.Move(from: from, to: to, filters: filters, tally: try tally())
    }

    private mutating func tally() throws(ExpectationError) -> Expectation.Move.Tally? {
        let comparison: Expectation.Comparison
        if try take("at") {
            if try take("least") {
                comparison = .atLeast
            } else if try take("most") {
                comparison = .atMost
            } else {
                throw unexpected(oneOf: ["least", "most"])
            }
        } else if case .sign = token {
            comparison = try self.comparison()
        } else {
            return nil
        }
        let times = try number(upTo: Expectation.Move.timesLimit, from: 0)
        try expect("times")
        let within = try take("within") ? try duration() : nil
        return .init(comparison: comparison, times: times, within: within)
    }

    /// Behind `p90`.
    mutating func spread(
        _ centile: Expectation.Centile
    ) throws(ExpectationError) -> Expectation.Claim {
        try expect("of")
        let subject = try word(of: Expectation.Spread.Subject.self)
        try expect("propagation")
        let place = self
        let comparison = try comparison()
        if comparison == .equal || comparison == .notEqual {
            throw .meaningless(
                column: place.column,
                word: comparison.rawValue,
                because: "a centile is compared by <, <=, > or >="
            )
        }
        let limit = self
        let bound = try duration()
        guard bound <= Expectation.Spread.patience else {
            throw .meaningless(
                column: limit.column,
                word: Quantity.spelled(bound),
                because: "what has not come after "
                    + "\(Quantity.spelled(Expectation.Spread.patience)) never comes"
            )
        }
        var last: Int?
        if try take("over") {
            try expect("last")
            last = try number(upTo: Expectation.Spread.memory, from: 1)
            try expect(subject.rawValue + "s")
        }
        return .spread(
            .init(
                centile: centile,
                subject: subject,
                comparison: comparison,
                bound: bound,
                last: last
            )
        )
    }

    private mutating func number(upTo limit: Int, from least: Int) throws(ExpectationError) -> Int {
        let place = self
        let number = try number()
        guard (least...limit).contains(number) else {
            throw place.unexpected("a whole number from \(least) to \(limit)", among: [])
        }
        return number
    }
}

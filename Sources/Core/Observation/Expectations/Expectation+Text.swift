import WarrenPrimitives

extension Expectation: CustomStringConvertible {
    package var description: String {
        var words = [mode.rawValue]
        if let within { words += ["within", Quantity.spelled(within)] }
        switch anchor {
        case .after(let duration): words += ["after", Quantity.spelled(duration)]
        case .afterFault(let name): words += ["after fault", "\"\(name)\""]
        case .duringFault(let name): words += ["during fault", "\"\(name)\""]
        case .none: break
        }
        if let hold { words += ["for", Quantity.spelled(hold)] }
        words.append(claim.description)
        return words.joined(separator: " ")
    }
}

extension Expectation.Claim: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nodes(let quantifier, let selector, let predicate):
            "\(quantifier.rawValue) \(selector) \(predicate)"
        case .same(let sameness, let selector):
            "all of \(selector) have the same \(sameness.rawValue)"
        case .network(let shape): "network is \(shape.rawValue)"
        case .graph(let measure, let comparison, let number):
            "network has \(measure.rawValue) \(comparison.rawValue) \(number)"
        case .spread(let spread): spread.description
        case .query(let text): "sql: \(text)"
        }
    }
}

extension Expectation.Predicate: CustomStringConvertible {
    package var description: String {
        switch self {
        case .has(let counter, let comparison, let operand, let filters):
            (["has", counter.rawValue] + filters.filter { !$0.isException }.map(\.description)
                + [comparison.rawValue, operand.description]
                + filters.filter(\.isException).map(\.description)).joined(separator: " ")
        case .isHealthy: "is healthy"
        case .isUp: "is up"
        case .knows(let portion, let selector, let filters):
            (["knows" + portion.description, selector.description] + filters.map(\.description))
                .joined(separator: " ")
        case .hasHeight(let comparison, let number):
            "has height \(comparison.rawValue) \(number)"
        case .hasRoundTrip(let comparison, let bound, let filters):
            (["has rtt"] + filters.filter { !$0.isException }.map(\.description)
                + [comparison.rawValue, Quantity.spelled(bound)]
                + filters.filter(\.isException).map(\.description)).joined(separator: " ")
        case .makesProgress(let within):
            "makes progress on height within \(Quantity.spelled(within))"
        case .moves(let move): move.description
        }
    }
}

extension Expectation.Move: CustomStringConvertible {
    package var description: String {
        var words = [verb, from.rawValue, "to", to.rawValue] + filters.map(\.description)
        if let tally {
            words += [tally.comparison.rawValue, "\(tally.times) times"]
            if let within = tally.within { words += ["within", Quantity.spelled(within)] }
        }
        return words.joined(separator: " ")
    }
}

extension Expectation.Spread: CustomStringConvertible {
    package var description: String {
        var text = "\(centile.rawValue) of \(subject.rawValue) propagation \(comparison.rawValue) "
        text += Quantity.spelled(bound)
        if let last { text += " over last \(last) \(subject.rawValue)s" }
        return text
    }
}

extension Expectation.Operand: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let number): String(number)
        case .target(let target): "target.\(target.rawValue)"
        }
    }
}

extension Expectation.Portion: CustomStringConvertible {
    /// The words between "knows" and the selector, with a space in front.
    package var description: String {
        switch self {
        case .some: ""
        case .all: " all of"
        case .count(.atLeast, let number): " at least \(number) of"
        case .count(.atMost, let number): " at most \(number) of"
        case .count(let comparison, let number): " \(comparison.rawValue) \(number) of"
        }
    }
}

extension Expectation.RowFilter: CustomStringConvertible {
    package var description: String {
        switch self {
        case .from(let sources): "from " + Self.list(sources)
        case .exceptFrom(let sources): "except from " + Self.list(sources)
        case .inside(let place): "in \(place)"
        case .exceptInside(let place): "except in \(place)"
        }
    }

    private static func list(_ sources: [PeerSource]) -> String {
        sources.map(\.rawValue).joined(separator: ", ")
    }
}

extension Expectation.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .region(let name): "region \(name)"
        case .group(let name): "group \(name)"
        case .role(let role): "role \(role.rawValue)"
        }
    }
}

/// What must hold in a network over a run, as one sentence.
///
/// Source: design §9. `description` is the canonical sentence; reading it gives the same value.
package struct Expectation: Hashable, Sendable {
    package var mode: Mode
    /// How long the window is.
    package var within: Duration?
    package var anchor: Anchor?
    /// How long it must hold (eventually), or how long a violation must last to count.
    package var hold: Duration?
    package var claim: Claim

    /// The longest window that may be asked for: ten years of hours.
    package static let durationLimit: Duration = .seconds(87_600 * 3600)

    /// Reads one sentence.
    package init(_ sentence: String) throws(ExpectationError) {
        var parser = try SentenceParser(sentence)
        self = try parser.expectation()
    }

    init(mode: Mode, within: Duration?, anchor: Anchor?, hold: Duration?, claim: Claim) {
        self.mode = mode
        self.within = within
        self.anchor = anchor
        self.hold = hold
        self.claim = claim
    }

    package enum Mode: String, Hashable, Sendable, CaseIterable {
        case eventually, always, never, sometimes, finally
    }

    /// Where the window begins; at t = 0 if there is none.
    package enum Anchor: Hashable, Sendable {
        case after(Duration)
        /// From the healing of the fault.
        case afterFault(String)
        /// From its start to its healing.
        case duringFault(String)
    }

    package enum Claim: Hashable, Sendable {
        case nodes(Quantifier, Selector, Predicate)
        case same(Sameness, Selector)
        case network(Shape)
        case graph(Measure, Comparison, Int)
        case spread(Spread)
        /// Holds if the first column of the first row is neither zero nor null.
        case query(String)
    }

    package enum Quantifier: String, Hashable, Sendable, CaseIterable { case every, any, no }

    /// What a node may be said to do.
    package enum Predicate: Hashable, Sendable {
        case has(Counter, Comparison, Operand, [RowFilter])
        case isHealthy
        /// It runs, healthy or not.
        case isUp
        case knows(Portion, Selector, [RowFilter])
        /// The height of its chain's tip; 0 at the origin.
        case hasHeight(Comparison, Int)
        /// The longest of the round-trip times to its peers.
        case hasRoundTrip(Comparison, Duration, [RowFilter])
        /// Its height rose above all it ever was, so long ago at most.
        case makesProgress(within: Duration)
        case moves(Move)
    }

    /// What can be counted in a node.
    package enum Counter: String, Hashable, Sendable, CaseIterable {
        case known, cold, warm, hot, established, active
        case inbound, outbound, duplex, banned, dialing

        /// Dials and bans are not peers, so they have no source and no place.
        var canBeFiltered: Bool { self != .banned && self != .dialing }
    }

    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case notEqual = "!="
        case greater = ">"
        case less = "<"
        case equal = "="

        package func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
            switch self {
            case .atLeast: a >= b
            case .atMost: a <= b
            case .notEqual: a != b
            case .greater: a > b
            case .less: a < b
            case .equal: a == b
            }
        }
    }

    package enum Operand: Hashable, Sendable {
        case number(Int)
        /// The node's own target, as its governor has it.
        case target(Reason.Target)
    }

    /// How many of a selector's other nodes a node knows.
    package enum Portion: Hashable, Sendable {
        case some
        case all
        case count(Comparison, Int)
    }

    /// Which of a node's peers are meant.
    package enum RowFilter: Hashable, Sendable {
        case from([PeerSource])
        case exceptFrom([PeerSource])
        case inside(Place)
        case exceptInside(Place)

        var isException: Bool {
            switch self {
            case .from, .inside: false
            case .exceptFrom, .exceptInside: true
            }
        }
    }

    package enum Place: Hashable, Sendable {
        case region(String)
        case group(String)
        case role(Role)
    }

    package enum Sameness: String, Hashable, Sendable, CaseIterable { case tip, height }
    package enum Shape: String, Hashable, Sendable, CaseIterable { case connected }

    /// Words with a meaning of their own in sentences; nothing in a scenario may be called so.
    package static let keywords = [
        "eventually", "always", "never", "sometimes", "finally", "within", "after", "during", "for",
        "fault", "every", "any", "no", "all", "of", "has", "is", "knows", "have", "the", "same",
        "at", "least", "most", "from", "in", "except", "and", "or", "node", "group", "role",
        "region", "network", "sql", "makes", "promotes", "demotes", "on", "to", "times", "over",
        "last",
    ]
}

/// The rules of one node's links: what its file says for good, and over it rules by name that come
/// and go.
///
/// Rules of different names do not know of each other; a name that is laid again replaces its rule
/// and counts as the latest. What is over ends with ``expire(now:)``, which the driver owes at
/// ``nextDeadline``.
package struct LinkRules: Sendable {
    /// Named rules at once: as many faults as a scenario lays over links at once.
    package static let limit = 64
    /// Rules of the file: with 1,024 peers each, all of 100,000 nodes in a hundred regions.
    package static let baselineLimit = 256
    /// Bytes of a name.
    package static let nameLimit = 100

    package struct Named: Hashable, Sendable {
        package let name: String
        package let rule: LinkRule
        /// Nil: until somebody ends it.
        package let until: Instant?
    }

    private let baseline: [LinkRule]
    /// In the order in which they were laid.
    package private(set) var named: [Named] = []

    package init(baseline: [LinkRule] = []) { self.baseline = baseline }

    /// True if no link is touched, whoever is at its other end.
    package var isEmpty: Bool { baseline.isEmpty && named.isEmpty }

    package subscript(name: String) -> Named? { named.first { $0.name == name } }

    /// Answers false, and changes nothing, where there are as many as there may be.
    package mutating func lay(_ rule: LinkRule, as name: String, until: Instant? = nil) -> Bool {
        let others = named.filter { $0.name != name }
        guard others.count < Self.limit else { return false }
        named = others + [Named(name: name, rule: rule, until: until)]
        return true
    }

    /// Answers false if there is none of that name.
    package mutating func lift(_ name: String) -> Bool {
        let count = named.count
        named.removeAll { $0.name == name }
        return named.count < count
    }

    /// Ends what is over; answers its names.
    package mutating func expire(now: Instant) -> [String] {
        func isOver(_ rule: Named) -> Bool { rule.until.map { $0 <= now } ?? false }
        let over = named.filter(isOver).map(\.name)
        if !over.isEmpty { named.removeAll(where: isOver) }
        return over
    }

    /// When the next rule is over.
    package var nextDeadline: Instant? { named.compactMap(\.until).min() }

    /// What holds on the link to the peer at `address`.
    package func effect(on address: IPAddress, _ id: NodeID?) -> LinkEffect {
        var effect = LinkEffect.none
        for rule in baseline where rule.peers.contains(address, id) { effect.add(rule) }
        for named in named where named.rule.peers.contains(address, id) { effect.add(named.rule) }
        return effect
    }
}

import WarrenPrimitives

extension Trial {
    /// Nodes named in one explanation; the rest are counted.
    static let namedLimit = 5
    /// Peer rows of one node in one explanation.
    static let rowLimit = 20

    /// What is wrong in the state that `network` has; the window is left to the caller.
    ///
    /// `truth` is the value of the claim, or of lane `only`, that breaks the promise.
    func explain(
        violating truth: Truth,
        only lane: Int? = nil,
        in network: NetworkState
    ) -> Verdict.Broken {
        var broken = Verdict.Broken(from: .zero, nodes: [], what: "", rows: [])
        switch subject {
        case .nodes(let quantifier, let members, let predicate):
            let wanted = quantifier == .no ? truth.opposite : truth
            let offenders =
                lane.map { [members[$0]] }
                ?? members.indices.filter { lanes[$0].truth == wanted }.map { members[$0] }
            let named = offenders.prefix(Self.namedLimit)
            broken.nodes = offenders.map(network.name)
            var phrases = named.map { phrase(predicate, $0, network) }
            let more = offenders.count - named.count
            if more > 0 { phrases.append("and \(more) more") }
            broken.what = phrases.joined(separator: ", ")
            broken.rows = named.flatMap { rows(predicate, $0, network) }
            if let only = offenders.first, offenders.count == 1 {
                broken.cause = cause(predicate, only, network)
            }
        case .network: broken.what = Self.parts(of: network)
        case .query: broken.what = truth == .no ? "the query said no" : "the query said yes"
        case .same(let agreement): broken.what = Self.difference(agreement, network)
        case .graph(let gauge): broken.what = Self.shape(gauge, network)
        case .spread(let gauge): broken.what = delays(gauge.spread, network)
        }
        return broken
    }

    /// Why the claim can be neither affirmed nor denied.
    func explainDoubt(in network: NetworkState) -> String {
        if whole.isSilent { return explainSilence(in: network) }
        switch subject {
        case .query: return "the query could not be answered"
        case .same(let agreement): return Self.doubt(agreement.untold, network)
        case .network, .graph, .spread:
            return Self.doubt(network.nodes.indices.filter(isDoubtful(network)), network)
        case .nodes(_, let members, _):
            let unknown = members.indices.filter { lanes[$0].truth == .unknown }
                .map { members[$0] }
            let doubtful = unknown.filter(isDoubtful(network))
            if doubtful.isEmpty {
                return Self.names(unknown, network) + " did not tell what its targets are"
            }
            return Self.doubt(doubtful, network)
        }
    }

    /// What there was to hear, and was not heard.
    func explainSilence(in network: NetworkState) -> String {
        switch subject {
        case .query: return "the query was not answered in time"
        case .same(let agreement):
            return Self.names(agreement.untold, network) + " told nothing of a chain"
        case .network, .graph: return "the network was never looked at"
        case .spread(let gauge): return silence(gauge.spread, network)
        case .nodes(_, let members, let predicate):
            let mute = members.indices.filter { lanes[$0].truth == .unknown }.map { members[$0] }
            let names = Self.names(mute, network)
            switch predicate.predicate {
            case .hasHeight: return names + " told nothing of a chain"
            case .hasRoundTrip: return names + " measured no round-trip time"
            case .makesProgress(let within):
                return names + " had less than \(Quantity.spelled(within)) to make progress"
            case .has, .knows, .isHealthy, .isUp, .moves: return names + " told nothing"
            }
        }
    }

    private func isDoubtful(_ network: NetworkState) -> (Int) -> Bool {
        { network.nodes[$0].isInDoubt || network.nodes[$0].doubtedAt != nil }
    }

    private static func doubt(_ numbers: [Int], _ network: NetworkState) -> String {
        "events of \(names(numbers, network)) are missing, or it could not be asked"
    }

    static func names(_ numbers: [Int], _ network: NetworkState) -> String {
        let named = numbers.prefix(namedLimit).map(network.name).joined(separator: ", ")
        let more = numbers.count - namedLimit
        return more > 0 ? "\(named) and \(more) more" : named
    }

    static func parts(of network: NetworkState) -> String {
        let parts = network.parts
        if parts.isEmpty { return "no node was up" }
        let shown = parts.prefix(namedLimit).map { names($0, network) }.joined(separator: " | ")
        let more = parts.count > namedLimit ? " | …" : ""
        return "the network was in \(parts.count) parts (\(shown)\(more))"
    }
}

// MARK: One node

extension Trial {
    /// As `relay-2 had 4 hot`.
    private func phrase(
        _ bound: BoundPredicate,
        _ number: Int,
        _ network: NetworkState
    ) -> String {
        let name = network.name(number)
        let node = network.nodes[number]
        let down = node.isUp ? "" : " was down and"
        let count = bound.count(of: number, in: network)
        switch bound.predicate {
        case .isHealthy:
            return name + (node.health == .healthy ? " was healthy" : " was not healthy")
        case .isUp: return name + (node.isUp ? " was up" : " was down")
        case .has(let counter, _, let operand, let filters):
            var text = "\(name)\(down) had \(count) \(counter.rawValue)"
            for filter in filters { text += " \(filter)" }
            if case .target = operand, let value = bound.value(of: operand, in: node) {
                text += " with \(operand) \(value)"
            }
            return text
        case .knows(let portion, let selector, let filters):
            let known = bound.rows(of: number, in: network).prefix(Self.namedLimit)
                .map { network.population.name(of: $0.reference) }.joined(separator: ", ")
            var text =
                portion == .some && count > 0
                ? "\(name) knew \(known)" : "\(name)\(down) knew \(count) of \(selector)"
            for filter in filters { text += " \(filter)" }
            return text
        case .hasHeight:
            guard node.isUp else { return "\(name) was down and had no height" }
            return "\(name) had height \(node.chain.tip?.height ?? 0)"
        case .hasRoundTrip:
            guard let slowest = bound.slowest(of: number, in: network) else { return name }
            let peer = network.population.name(of: slowest.row.reference)
            return "\(name) had rtt \(Self.spelled(slowest.time)) to \(peer)"
        case .makesProgress(let within):
            let height = node.chain.highest.map { " beyond height \($0)" } ?? ""
            return "\(name)\(down) made no progress\(height) for \(Quantity.spelled(within))"
        case .moves(let move):
            let span = move.tally?.within.map { " within \(Quantity.spelled($0))" } ?? ""
            let verb = move.isPromotion ? "promoted" : "demoted"
            let times = memory(of: number)?.moves.count ?? 0
            return "\(name) \(verb) \(times) from \(move.from.rawValue) to \(move.to.rawValue)"
                + span
        }
    }

    private func memory(of number: Int) -> LaneMemory? {
        guard case .nodes(_, let members, _) = subject else { return nil }
        return members.place(of: number).map { lanes[$0].memory }
    }

    /// Milliseconds, cut off.
    static func spelled(_ duration: Duration) -> String {
        "\(duration.wholeNanoseconds / 1_000_000)ms"
    }

    private func rows(
        _ bound: BoundPredicate,
        _ number: Int,
        _ network: NetworkState
    ) -> [Verdict.Row] {
        var shown = bound.rows(of: number, in: network)
        if case .moves = bound.predicate, let peer = memory(of: number)?.lastMove?.peer.peer {
            shown = [network.nodes[number].row(of: peer)].compactMap(\.self)
        }
        return shown.prefix(Self.rowLimit).map { row in
            Verdict.Row(
                node: network.name(number),
                peer: network.population.name(of: row.reference),
                temperature: row.temperature,
                source: row.source,
                direction: row.direction,
                reason: row.last?.reason,
                changedAt: row.changedAt.flatMap { network.zero?.duration(to: $0) }
            )
        }
    }

    /// What happened last to make it so, if the events tell.
    private func cause(
        _ bound: BoundPredicate,
        _ number: Int,
        _ network: NetworkState
    ) -> String? {
        let node = network.nodes[number]
        switch bound.predicate {
        case .isHealthy, .isUp, .hasHeight, .hasRoundTrip, .makesProgress: return nil
        case .moves:
            guard let memory = memory(of: number), let last = memory.lastMove,
                let at = memory.moves.last
            else { return nil }
            return "the last was \(network.population.name(of: last.peer)), "
                + story(last, at: at, network)
        case .knows: return newest(bound, number, network).map { "\($0.name) was \($0.story)" }
        case .has(let counter, _, let operand, _):
            let count = bound.count(of: number, in: network)
            if count > 0, count >= bound.value(of: operand, in: node) ?? 0 {
                guard counter.isOfTemperature, let newest = newest(bound, number, network) else {
                    return nil
                }
                return "the \(Ordinal.text(count)) was \(newest.name), \(newest.story)"
            }
            guard let departure = node.departures.last(counter) else { return nil }
            let name = network.population.name(of: departure.transition.peer)
            return "the last to leave was \(name), "
                + story(departure.transition, at: departure.at, network)
        }
    }

    private func newest(
        _ bound: BoundPredicate,
        _ number: Int,
        _ network: NetworkState
    ) -> (name: String, story: String)? {
        let rows = bound.rows(of: number, in: network)
        guard let row = rows.max(by: { ($0.changedAt ?? .epoch) < ($1.changedAt ?? .epoch) }),
            let last = row.last, let at = row.changedAt
        else { return nil }
        let name = network.population.name(of: row.reference)
        return (name, story(last, at: at, network) + " (source \(last.source.rawValue))")
    }

    private func story(_ change: Transition, at: Instant, _ network: NetworkState) -> String {
        let when = network.zero.map { "at " + DurationText.point($0.duration(to: at)) }
        return change.reason.sentence(from: change.from, to: change.to, when: when)
    }
}

extension Departures {
    /// The last to leave the set that `counter` counts, where such a set is followed.
    fileprivate func last(_ counter: Expectation.Counter) -> Departure? {
        switch counter {
        case .hot, .active: hot
        case .established: established
        case .known: known
        case .cold, .warm, .inbound, .outbound, .duplex, .banned, .dialing: nil
        }
    }
}

extension Expectation.Counter {
    /// Whether a transition is what brings a peer into the count.
    fileprivate var isOfTemperature: Bool {
        switch self {
        case .known, .cold, .warm, .hot, .established, .active: true
        case .inbound, .outbound, .duplex, .banned, .dialing: false
        }
    }
}

/// Ordinal numbers in words, up to ten, then in digits.
private enum Ordinal {
    private static let words = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ]

    static func text(_ number: Int) -> String {
        if (1...words.count).contains(number) { return words[number - 1] }
        let suffix =
            switch (number % 10, number % 100 / 10 == 1) {
            case (1, false): "st"
            case (2, false): "nd"
            case (3, false): "rd"
            case _: "th"
            }
        return "\(number)\(suffix)"
    }
}

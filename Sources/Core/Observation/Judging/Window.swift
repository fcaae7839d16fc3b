import WarrenPrimitives

/// The instants that an expectation is about, as far as they are known; both ends belong to it.
struct Window: Hashable {
    var start: Instant
    /// Nil while it is open: to the end of the run, or to a healing that has not come.
    var end: Instant?

    /// Nil until it has begun.
    init?(_ expectation: Expectation, in network: NetworkState) {
        guard let zero = network.zero else { return nil }
        var healing: Instant?
        switch expectation.anchor {
        case .none: start = zero
        case .after(let duration): start = zero.advanced(by: duration)
        case .afterFault(let name):
            guard let healed = network.faults[name]?.healedAt else { return nil }
            start = max(zero, healed)
        case .duringFault(let name):
            guard let fault = network.faults[name] else { return nil }
            start = max(zero, fault.startedAt)
            healing = fault.healedAt.map { max($0, zero) }
        }
        end = soonest(expectation.within.map(start.advanced(by:)), healing)
    }

    /// The part of [from, until) that lies in it; a single instant if the two are the same.
    func part(from: Instant, until: Instant) -> (start: Instant, end: Instant)? {
        let first = max(start, from)
        guard first < until || (first == from && from == until), end.map({ first <= $0 }) ?? true
        else { return nil }
        return (first, end.map { min($0, until) } ?? until)
    }

    /// True when all of it lies before `instant`.
    func isOver(at instant: Instant) -> Bool { end.map { $0 < instant } ?? false }
}

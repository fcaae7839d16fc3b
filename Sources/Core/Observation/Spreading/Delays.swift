import WarrenPrimitives

/// How late pairs of a thing and a node were, and the centiles of that.
///
/// A centile is by nearest rank over all pairs, those that are still waited for and those that
/// nobody can tell of included: they stand behind all that came. Source: `docs/expectations.md`.
package struct Delays: Hashable, Sendable {
    /// Of the pairs that came, the soonest first.
    package private(set) var times: [Duration] = []
    /// Pairs that came, that are waited for, and that nobody can tell of.
    package private(set) var pairCount = 0

    package init() {}

    /// From the making of each to its coming to each node.
    package init(_ items: some Sequence<SpreadLog.Item>) {
        for item in items { append(item, since: { $0.bornAt }) }
        sort()
    }

    /// The smallest time that so many of 100 pairs do not exceed; nil if fewer have come.
    package subscript(centile: Expectation.Centile) -> Duration? {
        let rank = centile.rank(of: pairCount)
        return rank >= 1 && rank <= times.count ? times[rank - 1] : nil
    }

    /// Pairs that have not come, or of which nobody can tell.
    package var missingCount: Int { pairCount - times.count }

    mutating func append(_ item: SpreadLog.Item, since start: (SpreadLog.Item) -> Instant) {
        pairCount += item.pairCount
        let start = start(item)
        times += item.arrivals.map { max(.zero, start.duration(to: $0.at)) }
    }

    mutating func appendMissing(_ count: Int) { pairCount += count }

    /// To be called after the last one.
    mutating func sort() { times.sort() }
}

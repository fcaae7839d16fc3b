import WarrenPrimitives

/// Whether a centile of propagation is as asked for.
///
/// No time has to be sorted: a centile is below a bound if enough pairs are. A pair that is still
/// waited for is above the bound as soon as it has waited for longer.
struct SpreadGauge: Sendable {
    let spread: Expectation.Spread
    private var last: (reading: Reading, version: Int)?
    /// When the reading may change by time alone.
    private(set) var due: Instant?

    init(_ spread: Expectation.Spread) { self.spread = spread }

    mutating func read(in chain: ChainHistory, at now: Instant, since start: Instant) -> Reading {
        let isDue = due.map { $0 <= now } ?? false
        if let last, last.version == chain.version, !isDue { return last.reading }
        due = nil
        let reading = read(Self.items(spread, in: chain, since: start), at: now)
        last = (reading, chain.version)
        return reading
    }

    /// The things that are asked for, as many as there are.
    static func items(
        _ spread: Expectation.Spread,
        in chain: ChainHistory,
        since start: Instant
    ) -> [SpreadLog.Item] {
        switch spread.subject {
        case .block: chain.blocks.latest(spread.last, since: start)
        case .transaction: chain.transactions.latest(spread.last, since: start)
        }
    }

    private mutating func read(_ items: [SpreadLog.Item], at now: Instant) -> Reading {
        guard items.count >= spread.last ?? 1 else { return .silence }
        let isIncluded = spread.comparison == .atMost || spread.comparison == .greater
        var (pairs, below, above) = (0, 0, 0)
        for item in items {
            let limit = item.bornAt.advanced(by: spread.bound)
            let soon = item.arrivalCount(before: limit, orAt: isIncluded)
            pairs += item.pairCount
            below += soon
            above += item.arrivals.count - soon
            guard !item.waiting.isEmpty else { continue }
            let expiry = isIncluded ? limit.advanced(by: .nanoseconds(1)) : limit
            if expiry <= now {
                above += item.waiting.count
            } else {
                due = soonest(due, expiry)
            }
        }
        guard pairs > 0 else { return .silence }
        let rank = spread.centile.rank(of: pairs)
        let isBelow: Reading =
            if below >= rank {
                .yes
            } else if pairs - above < rank {
                .no
            } else {
                due == nil ? .doubt : .silence
            }
        switch (spread.comparison, isBelow) {
        case (.greater, .yes), (.atLeast, .yes): return .no
        case (.greater, .no), (.atLeast, .no): return .yes
        case (_, _): return isBelow
        }
    }
}

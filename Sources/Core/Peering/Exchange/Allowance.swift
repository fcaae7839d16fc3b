import WarrenPrimitives

/// How many requests a peer may make: some at once, then one more each interval, saved up to a
/// limit.
///
/// A request is timed when it is dealt with, so that those which were sent while we were not running
/// come all at once: a stopped process, a machine asleep, a clock set forward. What was not used
/// meanwhile is saved, so that no pause of ours convicts a peer that kept its own time, while over
/// any span nobody gets more than the limit and one for each interval of it. A clock that is set back
/// takes nothing away.
struct Allowance: Hashable, Sendable {
    private let interval: Duration
    private let limit: Duration
    /// What is left, in time: an interval is a request.
    private var saved: Duration
    private var countedAt: Instant

    init(of count: Int, upTo limit: Int, each interval: Duration, from now: Instant) {
        precondition(interval > .zero, "an interval of \(interval) bounds nothing")
        self.interval = interval
        self.limit = interval * limit
        saved = interval * count
        countedAt = now
    }

    /// Whether one more may be had now; it counts if so.
    mutating func grants(now: Instant) -> Bool {
        let passed = max(.zero, countedAt.duration(to: now))
        // Compared first: whatever the clock says, nothing overflows.
        saved = passed >= limit ? limit : min(limit, saved + passed)
        countedAt = now
        guard saved >= interval else { return false }
        saved -= interval
        return true
    }
}

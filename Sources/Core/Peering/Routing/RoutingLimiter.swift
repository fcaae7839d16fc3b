package import WarrenPrimitives

/// How often one peer may ask on channel 0x74: some at once, then one each interval.
///
/// An honest peer leaves a second between two, and three unanswered are its last: so it never comes
/// near, whatever piles up while we are not running.
package struct RoutingLimiter: Hashable, Sendable {
    package static let burst = 10
    package static let interval: Duration = .milliseconds(500)

    private var allowance: Allowance

    package init(openedAt now: Instant) {
        allowance = Allowance(of: Self.burst, upTo: Self.burst, each: Self.interval, from: now)
    }

    /// Whether a request may be answered now; it counts if so.
    package mutating func grants(now: Instant) -> Bool { allowance.grants(now: now) }
}

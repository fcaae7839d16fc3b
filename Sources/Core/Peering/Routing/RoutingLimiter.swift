package import WarrenPrimitives

/// How often one peer may ask on channel 0x74: some at once, then one each interval.
///
/// An honest peer leaves a second between two, so that it never comes near.
package struct RoutingLimiter: Hashable, Sendable {
    package static let burst = 10
    package static let interval: Duration = .milliseconds(500)

    /// When all that was granted is paid off.
    private var paidAt = Instant.epoch

    package init() {}

    /// Whether a request may be answered now; it counts if so.
    package mutating func grants(now: Instant) -> Bool {
        let from = max(paidAt, now)
        guard now.duration(to: from) <= Self.interval * (Self.burst - 1) else { return false }
        paidAt = from.advanced(by: Self.interval)
        return true
    }
}

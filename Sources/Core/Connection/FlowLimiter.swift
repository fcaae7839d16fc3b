package import WarrenPrimitives

/// A token bucket over virtual time: how many bytes may pass now, and when again.
///
/// Nothing blocks and nothing ticks: the state is one instant, until which the bytes taken so far
/// are paid for. The bucket holds 100 ms of the rate, so a link that was quiet may send a burst of
/// that size; upstream drops unused credit at the end of each 100 ms sample and then stalls for up
/// to 100 ms (C§4.6, C§12). An empty bucket opens again when 10 ms of the rate have gathered, so
/// that a busy link wakes a hundred times a second, not once a packet. A unit may overdraw the
/// bucket, and is paid off first: the long-run rate holds at any rate and unit size.
package struct FlowLimiter: Sendable, Hashable {
    /// Bytes a second; 0 is no limit.
    package let rate: Int
    private var paidUntil: Instant
    /// What division left over, in billionths of a byte.
    private var remainder = 0
    /// When the bucket, found empty, opens again.
    package private(set) var opensAt: Instant?

    /// How much unused rate carries over.
    package static let bucket: Duration = .milliseconds(100)
    /// How much of the rate must gather before an empty bucket opens.
    package static let quantum: Duration = .milliseconds(10)

    package init(rate: Int, now: Instant) {
        precondition(rate >= 0, "a rate is at least 0 bytes a second, not \(rate)")
        self.rate = rate
        paidUntil = now.advanced(by: .zero - Self.bucket)
    }

    /// Forgets an opening that has come.
    package mutating func refresh(now: Instant) {
        if isOpen(now: now) { opensAt = nil }
    }

    package func isOpen(now: Instant) -> Bool { opensAt.map { $0 <= now } ?? true }

    /// Takes `byteCount` bytes, though the bucket may hold fewer.
    package mutating func take(_ byteCount: Int, now: Instant) {
        guard rate > 0 else { return }
        let floor = now.advanced(by: .zero - Self.bucket)
        if paidUntil < floor {
            paidUntil = floor
            remainder = 0
        }
        let cost = byteCount.multipliedReportingOverflow(by: 1_000_000_000)
        precondition(!cost.overflow, "\(byteCount) bytes are too many to take at once")
        let (nanoseconds, rest) = (cost.partialValue + remainder).quotientAndRemainder(
            dividingBy: rate
        )
        remainder = rest
        paidUntil = paidUntil.advanced(by: .nanoseconds(nanoseconds))
        opensAt = paidUntil < now ? nil : paidUntil.advanced(by: Self.quantum)
    }
}

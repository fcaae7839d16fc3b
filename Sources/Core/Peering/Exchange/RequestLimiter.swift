package import WarrenPrimitives

/// How often one peer may ask for addresses.
///
/// Two at once, as CometBFT allows, and one more for each ``interval`` since the connection came up.
/// CometBFT times each request by the one before it, when it gets to it (C§7.4), so that a node that
/// was stopped for a quarter of a minute bans honest peers for a day. Here what a peer did not use is
/// saved, up to ``burst``: one that leaves more than an interval between its own requests is never
/// refused, however late we get to them, and one that asks without pause is refused at the third.
package struct RequestLimiter: Hashable, Sendable {
    /// A third of ensure-peers' period (C§7.2).
    package static let interval: Duration = .seconds(10)
    /// How many a new connection may make at once.
    package static let first = 2
    /// How many may come at once after a pause.
    ///
    /// An honest peer that does not hear from us gives up after 105 s (a ping each 60 s, 45 s for
    /// the answer, C§4), and asks each 11 s at most: ten, and the two that are free.
    package static let burst = 12

    private var allowance: Allowance

    package init(openedAt now: Instant) {
        allowance = Allowance(of: Self.first, upTo: Self.burst, each: Self.interval, from: now)
    }

    /// Whether a request may be answered now; it counts if so.
    package mutating func grants(now: Instant) -> Bool { allowance.grants(now: now) }
}

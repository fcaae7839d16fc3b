package import WarrenPrimitives

/// How often one peer may ask for addresses, exactly as CometBFT has it.
///
/// The first request costs nothing, the second starts the clock, and each later one must come at
/// least ``interval`` after the last that was granted. Source: C§7.4.
package struct RequestLimiter: Hashable, Sendable {
    /// A third of ensure-peers' period (C§7.2).
    package static let interval: Duration = .seconds(10)

    private var state = State.untouched

    private enum State: Hashable {
        case untouched
        case askedOnce
        case granted(at: Instant)
    }

    package init() {}

    /// Whether a request may be answered now; it counts if so.
    package mutating func grants(now: Instant) -> Bool {
        switch state {
        case .untouched:
            state = .askedOnce
        case .askedOnce:
            state = .granted(at: now)
        case .granted(let last):
            guard last.duration(to: now) >= Self.interval else { return false }
            state = .granted(at: now)
        }
        return true
    }
}

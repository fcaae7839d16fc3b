package import WarrenPrimitives

/// The one clock of a simulated network: it stands still between events.
package struct VirtualClock: Hashable, Sendable {
    package private(set) var now: Instant

    package init(startingAt start: Instant) { now = start }

    /// Moves on to `instant`; time never goes back.
    package mutating func advance(to instant: Instant) { now = max(now, instant) }
}

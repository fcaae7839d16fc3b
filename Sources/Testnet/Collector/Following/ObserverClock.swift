import Foundation
package import WarrenPrimitives

/// The observer's clock: the wall's time at its start, advanced monotonically.
///
/// Source: design §17.7.
package struct ObserverClock: Sendable {
    private let start = ContinuousClock.now
    private let startInstant = Instant(
        nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)
    )

    package init() {}

    package var now: Instant {
        startInstant.advanced(by: start.duration(to: .now))
    }
}

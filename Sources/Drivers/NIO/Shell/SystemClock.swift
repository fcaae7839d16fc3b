import Glibc
package import NIOCore
package import WarrenPrimitives

/// A node's own time: the wall clock read once, advanced monotonically.
///
/// Source: design §17.7.
package struct SystemClock: Sendable {
    private let wall: Int64
    private let start: NIODeadline

    /// Starts at the wall clock's time.
    package init() {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        wall = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        start = .now()
    }

    package var now: Instant {
        Instant(nanoseconds: wall + (NIODeadline.now() - start).nanoseconds)
    }

    /// The same instant on the event loop's clock.
    package func deadline(_ instant: Instant) -> NIODeadline {
        let wait = (Instant(nanoseconds: wall).duration(to: instant)).wholeNanoseconds
        return start + .nanoseconds(min(wait, 1 << 61))
    }
}

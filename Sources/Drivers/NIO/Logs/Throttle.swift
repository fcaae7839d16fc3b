package import WarrenPrimitives

/// How many lines of one kind may be logged: strangers can cause lines, but not a flood.
package struct Throttle: Sendable {
    /// Lines of one kind in one period.
    package static let lineLimit = 20
    package static let period: Duration = .seconds(10)

    private var windows: [String: Window] = [:]

    private struct Window {
        var start: Instant
        var count = 0
    }

    package init() {}

    package enum Verdict: Hashable, Sendable {
        case write
        /// Write, and say that so many lines of this kind were left out before it.
        case writeAfter(Int)
        case drop
    }

    /// `kind` must come from a fixed set of words, never from a stranger.
    package mutating func admit(_ kind: String, now: Instant) -> Verdict {
        var window = windows[kind] ?? Window(start: now)
        defer { windows[kind] = window }
        if window.start.duration(to: now) >= Self.period {
            let left = window.count - Self.lineLimit
            window = Window(start: now, count: 1)
            return left > 0 ? .writeAfter(left) : .write
        }
        window.count += 1
        return window.count <= Self.lineLimit ? .write : .drop
    }
}

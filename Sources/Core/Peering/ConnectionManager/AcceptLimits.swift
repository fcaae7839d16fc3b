import WarrenPrimitives

/// How many accepted connections there may be, and how reluctantly more are let in.
///
/// Source: O§6.7.
package struct AcceptLimits: Hashable, Sendable {
    /// From here on nobody is let in.
    package var hard: Int
    /// From here on accepting slows down.
    package var soft: Int
    /// The pause before the last one is let in, and the least pause at the hard limit.
    package var delay: Duration

    package init(hard: Int, soft: Int, delay: Duration) {
        self.hard = hard
        self.soft = soft
        self.delay = delay
    }

    package enum Verdict: Hashable, Sendable {
        case now
        case after(Duration)
        /// Once there are fewer than the hard limit, and not before this much time has passed.
        case belowHardLimit(atLeast: Duration)
    }

    /// Whether to accept one more while `count` are inbound.
    ///
    /// Between the limits the pause grows in proportion, in whole nanoseconds.
    package func verdict(count: Int) -> Verdict {
        if count >= hard { return .belowHardLimit(atLeast: delay) }
        if count < soft { return .now }
        let share = Int128(count - soft) * Int128(delay.wholeNanoseconds)
        let pause = share / Int128(max(1, hard - soft))
        return pause == 0 ? .now : .after(.nanoseconds(Int64(clamping: pause)))
    }
}

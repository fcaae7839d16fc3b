import Testing
import WarrenPeering
import WarrenPrimitives

/// O§6.7.
@Suite struct `Accept limits` {
    private let usual = AcceptLimits(hard: 512, soft: 384, delay: .seconds(5))

    @Test func `slow down from the soft limit on, in proportion`() {
        #expect(usual.verdict(count: 0) == .now)
        #expect(usual.verdict(count: 383) == .now)
        #expect(usual.verdict(count: 384) == .now, "a pause of nothing")
        #expect(usual.verdict(count: 385) == .after(.nanoseconds(39_062_500)))
        #expect(usual.verdict(count: 448) == .after(.milliseconds(2500)))
        #expect(usual.verdict(count: 511) == .after(.nanoseconds(4_960_937_500)))
    }

    @Test func `stop at the hard limit, for the whole delay at least`() {
        #expect(usual.verdict(count: 512) == .belowHardLimit(atLeast: .seconds(5)))
        #expect(usual.verdict(count: 9000) == .belowHardLimit(atLeast: .seconds(5)))
    }

    @Test func `hold where both limits are one, or the soft one is no limit`() {
        let one = AcceptLimits(hard: 3, soft: 3, delay: .seconds(1))
        #expect(one.verdict(count: 2) == .now)
        #expect(one.verdict(count: 3) == .belowHardLimit(atLeast: .seconds(1)))
        let odd = AcceptLimits(hard: 2, soft: 9, delay: .seconds(1))
        #expect(odd.verdict(count: 1) == .now)
        #expect(odd.verdict(count: 2) == .belowHardLimit(atLeast: .seconds(1)))
    }
}

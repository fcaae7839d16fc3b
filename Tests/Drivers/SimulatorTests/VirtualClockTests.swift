import Testing
import WarrenPrimitives
import WarrenSimulator

struct VirtualClockTests {
    @Test func `a virtual clock never goes back`() {
        var clock = VirtualClock(startingAt: Instant(nanoseconds: 10))
        clock.advance(to: Instant(nanoseconds: 30))
        clock.advance(to: Instant(nanoseconds: 20))
        #expect(clock.now == Instant(nanoseconds: 30))
    }
}

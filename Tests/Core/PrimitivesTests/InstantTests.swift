import Foundation
import Testing
import WarrenPrimitives

struct InstantTests {
    @Test
    func `instants stop at the ends of their range`() {
        let soon = Instant(nanoseconds: .max - 1)
        #expect(soon.advanced(by: .nanoseconds(1)) == .distantFuture)
        #expect(soon.advanced(by: .nanoseconds(2)) == .distantFuture)
        #expect(Instant.epoch.advanced(by: .seconds(Int64.max)) == .distantFuture)
        #expect(Instant.distantFuture.advanced(by: .seconds(1)) == .distantFuture)
        let early = Instant(nanoseconds: .min + 1)
        #expect(early.advanced(by: .nanoseconds(-1)).nanoseconds == .min)
        #expect(early.advanced(by: .nanoseconds(-2)).nanoseconds == .min)
        #expect(Instant.epoch.advanced(by: .seconds(Int64.min)).nanoseconds == .min)
    }

    @Test
    func `a step and the way back cancel out`() {
        let start = Instant(nanoseconds: 1_700_000_000_000_000_000)
        let later = start.advanced(by: .milliseconds(1500))
        #expect(later.nanoseconds - start.nanoseconds == 1_500_000_000)
        #expect(start.duration(to: later) == .milliseconds(1500))
        #expect(later.duration(to: start) == .milliseconds(-1500))
        #expect(start < later)
        // The whole range is no overflow.
        let whole = Instant(nanoseconds: .min).duration(to: .distantFuture)
        #expect(whole.wholeNanoseconds == .max)
    }

    @Test
    func `the soonest of none is never`() {
        let (one, two) = (Instant(nanoseconds: 1), Instant(nanoseconds: 2))
        #expect(soonest() == nil)
        #expect(soonest(nil, nil) == nil)
        #expect(soonest(two, nil, one) == one)
        #expect(soonest(nil, two) == two)
    }

    @Test
    func `an instant is a number in JSON`() throws {
        let text = Data("[5]".utf8)
        #expect(try JSONDecoder().decode([Instant].self, from: text) == [Instant(nanoseconds: 5)])
        #expect(try JSONEncoder().encode([Instant(nanoseconds: 5)]) == text)
    }
}

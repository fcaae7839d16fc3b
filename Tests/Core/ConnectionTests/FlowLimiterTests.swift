import Testing
import WarrenConnection
import WarrenPrimitives
import WarrenSupport

struct FlowLimiterTests {
    private struct Trace: Decodable {
        var flow_limiter: Events
        struct Events: Decodable { var events: [Event] }
        struct Event: Decodable {
            var op: String
            var n: Int?
            var time_ms: Int
            var slept_ms: Int?
        }
    }

    /// Replays upstream's trace at upstream's times.
    ///
    /// Where upstream sleeps, so do we, for less: it waits for its 100 ms sample to end, however
    /// little is missing; we wait until 10 ms of the rate have gathered. At 150 ms it has forgotten
    /// what was left unused before, and sleeps; we have not, and go on. On purpose: C§12, 3864.
    @Test func `never waits longer than upstream on upstream's own trace`() throws {
        let events = try Vectors.load("mconnection", as: Trace.self).flow_limiter.events
        var limiter = FlowLimiter(rate: 5_120_000, now: .epoch)
        var waits: [Int64] = []
        for event in events {
            let asked = event.time_ms - (event.slept_ms ?? 0)
            let now = Instant.epoch.advanced(by: .milliseconds(asked))
            switch event.op {
            case "limit":
                limiter.refresh(now: now)
                let wait = limiter.opensAt.map { now.duration(to: $0) } ?? .zero
                waits.append(wait.wholeNanoseconds / 1_000_000)
                #expect(wait <= .milliseconds(try #require(event.slept_ms)))
            case "update": limiter.take(try #require(event.n), now: now)
            case "advance": break
            default: Issue.record("unknown step \(event.op)")
            }
        }
        #expect(waits == [0, 0, 10, 0, 0, 0])
    }

    @Test func `a rate of nothing is no limit`() {
        var limiter = FlowLimiter(rate: 0, now: .epoch)
        limiter.take(1 << 40, now: .epoch)
        #expect(limiter.isOpen(now: .epoch))
        #expect(limiter.opensAt == nil)
    }

    @Test func `a full bucket holds a tenth of a second, and not a byte more`() {
        var limiter = FlowLimiter(rate: 1000, now: .epoch)
        limiter.take(99, now: .epoch)
        #expect(limiter.isOpen(now: .epoch))
        limiter.take(1, now: .epoch)
        #expect(!limiter.isOpen(now: .epoch))
        #expect(limiter.opensAt == .epoch.advanced(by: .milliseconds(10)))
        // However long it was quiet.
        let later = Instant.epoch.advanced(by: .seconds(3600))
        limiter.refresh(now: later)
        #expect(limiter.opensAt == nil)
        limiter.take(99, now: later)
        #expect(limiter.isOpen(now: later))
        limiter.take(1, now: later)
        #expect(!limiter.isOpen(now: later))
    }

    @Test func `it opens at its instant and not a nanosecond before`() {
        var limiter = FlowLimiter(rate: 1000, now: .epoch)
        limiter.take(1100, now: .epoch)
        let opensAt = Instant.epoch.advanced(by: .milliseconds(1010))
        #expect(limiter.opensAt == opensAt)
        #expect(!limiter.isOpen(now: opensAt.advanced(by: .nanoseconds(-1))))
        #expect(limiter.isOpen(now: opensAt))
    }

    @Test(arguments: Seed.sweep())
    func `the rate holds to the byte over a long time, whatever the units`(_ seed: Seed) {
        var random = seed.random
        let rate = [7, 500, 51_200, 5_120_000, 1_250_000_000][random.below(5)]
        var limiter = FlowLimiter(rate: rate, now: .epoch)
        var now = Instant.epoch
        var taken = 0
        var largest = 0
        for _ in 0..<5000 {
            if let opensAt = limiter.opensAt { now = max(now, opensAt) }
            limiter.refresh(now: now)
            let unit = 1 + random.below(max(rate / 50, 2))
            limiter.take(unit, now: now)
            taken += unit
            largest = max(largest, unit)
        }
        let elapsed = Int(Instant.epoch.duration(to: now).wholeNanoseconds)
        let allowed = Int((Int128(elapsed) * Int128(rate)) / 1_000_000_000)
        #expect(taken <= allowed + rate / 10 + largest + 1)
        // Always in want, it uses all it may but the quantum.
        #expect(taken >= allowed + rate / 10 - rate / 100 - largest - 1)
    }
}

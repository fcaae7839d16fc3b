import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

/// How often one peer may ask (C§7.4), and what is saved up (``RequestLimiter``).
@Suite struct RequestLimiterTests {
    /// But for what was saved (see ``RequestLimiter``): upstream refuses whatever comes within 10 s of
    /// the request before it, ours only what is too much since the connection came up.
    @Test func `the limiter answers the schedule of the vectors`() throws {
        for vector in try AddressBookVectors.schedules().pex_request_limiter.cases {
            let exchange = Exchange()
            let peer = exchange.connect(1)
            let start = exchange.now
            var answered = 0
            for time in vector.request_times_s {
                exchange.now = start.advanced(by: .milliseconds(Int(time * 1000)))
                exchange.receive(.request, from: peer)
                exchange.answerAll()
                answered += exchange.sent.count
                let isStopped = !exchange.stopped.isEmpty
                if isStopped {
                    #expect(exchange.stopped[0].reason == .requestTooSoon)
                    #expect(vector.result.hasPrefix("third: disconnect"), "\(vector)")
                }
                exchange.clear()
            }
            let isRefused =
                vector.result.hasPrefix("third") && (vector.request_times_s.last ?? 0) < 10
            #expect(answered == (isRefused ? 2 : vector.request_times_s.count), "\(vector)")
        }
    }

    @Test func `the limiter waits ten seconds after the last request that was granted`() {
        let start = Instant(nanoseconds: 5_000_000_000)
        var limiter = RequestLimiter(openedAt: start)
        func grants(after wait: Duration) -> Bool {
            limiter.grants(now: start.advanced(by: wait))
        }
        #expect(grants(after: .zero))
        #expect(grants(after: .zero))
        #expect(!grants(after: .seconds(10) - .nanoseconds(1)))
        #expect(grants(after: .seconds(10)))
    }

    /// C§7.2: an honest peer asks each 11 s by its own clock.
    @Test(arguments: Seed.sweep(100))
    func `no pause of ours convicts a peer that keeps its own time`(_ seed: Seed) {
        var chance = seed.random
        let start = Instant(nanoseconds: 5_000_000_000)
        var limiter = RequestLimiter(openedAt: start)
        var runsAgainAt = start
        for number in 0..<200 {
            let sentAt = start.advanced(by: .seconds(11 * number))
            if sentAt > runsAgainAt, chance.chance(1, in: 5) {
                // Stopped for as long as a peer bears it (C§4).
                let pause = chance.duration(from: .zero, to: .seconds(105))
                runsAgainAt = sentAt.advanced(by: pause)
            }
            let isGranted = limiter.grants(now: max(sentAt, runsAgainAt))
            #expect(isGranted, "request \(number)")
        }
    }

    @Test func `a clock that steps, either way, convicts nobody`() {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var limiter = RequestLimiter(openedAt: now)
        for number in 0..<100 {
            let isGranted = limiter.grants(now: now)
            #expect(isGranted, "request \(number)")
            let step = number % 10 == 3 ? -30 : number % 10 == 7 ? 40 : 0
            now = now.advanced(by: .seconds(11 + step))
        }
    }

    @Test func `who asks too often is refused soon, however long it was quiet`() {
        for quiet in [0, 5, 60, 86_400] {
            let start = Instant(nanoseconds: 1_000_000_000_000)
            var limiter = RequestLimiter(openedAt: start)
            let now = start.advanced(by: .seconds(quiet))
            var count = 0
            while limiter.grants(now: now) { count += 1 }
            #expect(count == min(2 + quiet / 10, RequestLimiter.burst))
            // And twice as often as it may, for as long as it likes.
            var extra = 0
            for half in 1...20 {
                let isGranted = limiter.grants(now: now.advanced(by: .seconds(5 * half)))
                if isGranted { extra += 1 }
            }
            #expect(extra == 10)
        }
    }

    @Test func `the third of three requests at once is refused, on a connection that is new`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        for count in 1...3 {
            exchange.receive(.request, from: peer)
            exchange.answerAll()
            exchange.reports = []
            #expect(exchange.stopped.isEmpty == (count < 3))
        }
    }

    @Test func `requests that were queued while we were stopped ban nobody`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        for _ in 0..<2 {
            exchange.receive(.request, from: peer)
            exchange.wait(.seconds(11))
        }
        // Stopped for 24 s from here: two requests wait, and a third comes in time.
        exchange.wait(.seconds(24))
        for _ in 0..<2 { exchange.receive(.request, from: peer) }
        exchange.wait(.seconds(9))
        exchange.receive(.request, from: peer)
        #expect(exchange.stopped.isEmpty)
    }
}

import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

/// Which transaction is given to whom and when, and how the pace is kept.
struct LoadScheduleTests {
    /// A schedule drawn from a seed, with an end.
    private func drawn(_ random: inout Random) -> LoadSchedule {
        let units: [Duration] = [.seconds(1), .seconds(60), .milliseconds(1)]
        let per = units[random.below(units.count)]
        let most = per == .milliseconds(1) ? 10 : 500
        return LoadSchedule(
            seed: Int64(bitPattern: random.next()),
            rate: Quantity.Rate(count: Int64(1 + random.below(most)), per: per),
            size: 16 + random.below(100),
            nodes: (0...random.below(6)).map { $0 * 3 },
            at: .milliseconds(random.below(5000)),
            for: .milliseconds(1 + random.below(3000))
        )
    }

    @Test(arguments: Seed.sweep())
    func `numbers are evenly spaced, in turn, and end with the duration`(_ seed: Seed) throws {
        var random = seed.random
        for _ in 0..<20 {
            let schedule = drawn(&random)
            let start = Duration.nanoseconds(schedule.startNanoseconds)
            let duration = Duration.nanoseconds(try #require(schedule.durationNanoseconds))
            let total = try #require(schedule.total)
            #expect(total >= 1)
            #expect(schedule.due(0) == start)
            #expect(schedule.submission(total) == nil)
            #expect(try #require(schedule.due(total - 1)) < start + duration)
            for number in 0..<total {
                let submission = try #require(schedule.submission(number))
                // Never early, and late by less than a nanosecond: nothing adds up.
                let exact = Int128(number) * Int128(schedule.perNanoseconds)
                let offset = Int128((submission.at - start).wholeNanoseconds)
                let error = exact - offset * Int128(schedule.count)
                #expect(error >= 0 && error < Int128(schedule.count))
                #expect(submission.node == schedule.nodes[number % schedule.nodes.count])
                #expect(submission.payload.count == schedule.size)
                #expect(schedule.number(from: submission.at) <= number)
                #expect(schedule.number(from: submission.at + .nanoseconds(1)) > number)
            }
            let ended = start + duration
            let last = total * Int(schedule.perNanoseconds) / Int(schedule.count)
            #expect(start + .nanoseconds(last) >= ended)
        }
    }

    @Test func `every transaction has bytes of its own, the same each time`() {
        func payloads(seed: Int64, size: Int = 16) -> [[UInt8]] {
            let rate = Quantity.Rate(count: 1, per: .seconds(1))
            let schedule = LoadSchedule(seed: seed, rate: rate, size: size, nodes: [0])
            return (0..<2000).compactMap { schedule.submission($0)?.payload }
        }
        let all = [1, 2, 3].flatMap { payloads(seed: $0) }
        #expect(Set(all).count == 6000)
        #expect(payloads(seed: 1) == payloads(seed: 1))
        #expect(payloads(seed: 1, size: 33)[7].prefix(16) == payloads(seed: 1)[7][...])
        // Draws and not padding: no two share what follows the number.
        #expect(Set(payloads(seed: 1, size: 32).map { $0.suffix(16) }).count == 2000)
        // It outlives releases: a seed means the same bytes next year.
        #expect(
            Hex.text(payloads(seed: 1, size: 20)[1]) == "b3f2af6d0fc710c50000000000000001da0434da"
        )
    }

    @Test func `a count ends it as a duration does, whichever comes first`() {
        let rate = Quantity.Rate(count: 10, per: .seconds(1))
        func total(_ duration: Duration?, _ limit: Int?) -> Int? {
            LoadSchedule(seed: 1, rate: rate, size: 16, nodes: [0], for: duration, limit: limit)
                .total
        }
        #expect(total(nil, nil) == nil)
        #expect(total(.seconds(2), nil) == 20)
        #expect(total(.milliseconds(2001), nil) == 21)
        #expect(total(nil, 7) == 7)
        #expect(total(.seconds(2), 7) == 7)
        #expect(total(.seconds(2), 70) == 20)
    }

    @Test func `no number and no instant is too large to be asked about`() {
        let rate = Quantity.Rate(count: 10_000, per: .seconds(1))
        let schedule = LoadSchedule(seed: 1, rate: rate, size: 16, nodes: [0, 1])
        #expect(schedule.due(1 << 40) != nil)
        let slow = Quantity.Rate(count: 1, per: .seconds(3600))
        #expect(LoadSchedule(seed: 1, rate: slow, size: 16, nodes: [0]).due(.max) == nil)
        #expect(schedule.number(from: .nanoseconds(Int64.max)) > 0)
        #expect(schedule.number(from: .nanoseconds(Int64.min)) == 0)
        #expect(schedule.due(-1) == nil)
    }

    // MARK: - The pace

    /// A world of virtual time in which answers take as long as `latency` says.
    private struct World {
        var pace: LoadPace
        var now = Duration.zero
        /// When each answer comes.
        var waiting: [Duration] = []
        var sent: [(at: Duration, submission: LoadSchedule.Submission)] = []
        var mostInFlight = 0

        mutating func run(latency: (Int) -> Duration) {
            while true {
                switch pace.step(at: now) {
                case .submit(let submission):
                    sent.append((now, submission))
                    waiting.append(now + latency(submission.number))
                    mostInFlight = max(mostInFlight, waiting.count)
                case .wait(let instant): pass(to: instant)
                case .hold: pass(to: nil)
                case .end:
                    while !waiting.isEmpty { pass(to: nil) }
                    return
                }
            }
        }

        /// Lets the next answer come, or time pass to `instant` if that is sooner.
        private mutating func pass(to instant: Duration?) {
            let soonest = waiting.min()
            if let soonest, soonest <= instant ?? soonest {
                now = max(now, soonest)
                waiting.removeAll {
                    $0 == soonest
                        && {
                            pace.take(.added); return true
                        }()
                }
            } else if let instant {
                now = instant
            }
        }
    }

    @Test(arguments: Seed.sweep())
    func `with prompt answers everything is sent at its instant`(_ seed: Seed) throws {
        var random = seed.random
        let schedule = drawn(&random)
        var world = World(pace: LoadPace(schedule))
        world.run { _ in .microseconds(50) }
        #expect(world.sent.allSatisfy { $0.at == $0.submission.at })
        #expect(world.sent.map(\.submission.number) == Array(0..<(try #require(schedule.total))))
        #expect(world.pace.tally.isClean)
    }

    @Test(arguments: Seed.sweep())
    func `with slow answers it neither floods nor catches up, and counts what it left out`(
        _ seed: Seed
    ) throws {
        var random = seed.random
        let schedule = drawn(&random)
        var world = World(pace: LoadPace(schedule, inFlightLimit: 3))
        world.run { _ in .milliseconds(random.below(4000)) }
        #expect(world.mostInFlight <= 3)
        #expect(
            world.sent.allSatisfy {
                $0.at >= $0.submission.at
                    && $0.at <= $0.submission.at + LoadPace.latenessLimit
            }
        )
        let tally = world.pace.tally
        #expect(tally.sentCount + tally.unsentCount == schedule.total)
        #expect(tally.acceptedCount == tally.sentCount)
        #expect(tally.isClean == (tally.unsentCount == 0))
    }

    @Test func `on the limit of lateness a transaction is sent, and past it left out`() {
        let rate = Quantity.Rate(count: 10, per: .seconds(1))
        let schedule = LoadSchedule(seed: 1, rate: rate, size: 16, nodes: [0], limit: 30)
        func first(at now: Duration) -> (number: Int?, unsent: Int) {
            var pace = LoadPace(schedule)
            guard case .submit(let submission) = pace.step(at: now) else {
                return (nil, pace.tally.unsentCount)
            }
            return (submission.number, pace.tally.unsentCount)
        }
        #expect(first(at: LoadPace.latenessLimit) == (0, 0))
        #expect(first(at: LoadPace.latenessLimit + .nanoseconds(1)) == (1, 1))
        #expect(first(at: .seconds(60)) == (nil, 30))
    }

    @Test func `a pace that begins later leaves nothing out`() {
        let rate = Quantity.Rate(count: 10, per: .seconds(1))
        let schedule = LoadSchedule(seed: 1, rate: rate, size: 16, nodes: [0], limit: 30)
        let now = Duration.milliseconds(2550)
        var world = World(pace: LoadPace(schedule, from: schedule.number(from: now)), now: now)
        world.run { _ in .zero }
        #expect(world.sent.map(\.submission.number) == [26, 27, 28, 29])
        #expect(world.pace.tally.isClean)
    }

    @Test func `a tally counts every reason apart, and several add up`() {
        var tally = LoadTally()
        tally.sentCount = 4
        for answer in [Admittance.added, .known, .unanswered, .known] { tally.take(answer) }
        #expect(tally.acceptedCount == 1)
        #expect(tally.refusals.map(\.reason) == [.known, .unanswered])
        #expect(tally.refusals.map(\.count) == [2, 1])
        var sum = tally
        sum += tally
        #expect(sum.count(of: .known) == 4 && sum.sentCount == 8)
    }
}

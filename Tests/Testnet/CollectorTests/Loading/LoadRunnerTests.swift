import Synchronization
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// The pacing loop, in a time that passes only when it waits.
@Suite(.timeLimit(.minutes(1))) struct LoadRunnerTests {
    private final class World: Sendable {
        private let time = Mutex(Duration.zero)
        let sent = Mutex<[(at: Duration, node: Int)]>([])

        var now: Duration { time.withLock { $0 } }
        func pass(to instant: Duration) { time.withLock { $0 = max($0, instant) } }

        func runner(
            answer: @escaping @Sendable (Int) async -> Admittance = { _ in .added }
        ) -> LoadRunner {
            LoadRunner(
                now: { self.now },
                sleep: { self.pass(to: $0) },
                submit: { node, _ in
                    let number = self.sent.withLock { sent in
                        sent.append((self.now, node))
                        return sent.count
                    }
                    return await answer(number)
                }
            )
        }
    }

    private func schedule(_ count: Int64, limit: Int? = nil) -> LoadSchedule {
        LoadSchedule(
            seed: 1,
            rate: Quantity.Rate(count: count, per: .seconds(1)),
            size: 16,
            nodes: [4, 7],
            limit: limit
        )
    }

    @Test func `it keeps the rate over an hour without drift`() async {
        let world = World()
        let tally = await world.runner().run(LoadPace(schedule(3, limit: 10_800)))
        #expect(tally.sentCount == 10_800 && tally.isClean)
        // The last is due a third of a second before the hour is over, to the nanosecond.
        #expect(world.now == .nanoseconds(10_799 * 1_000_000_000 / 3))
        let nodes = world.sent.withLock { $0.map(\.node) }
        #expect(nodes.count { $0 == 4 } == 5400)
    }

    @Test func `what is refused and who does not answer are told apart`() async {
        let world = World()
        let runner = world.runner { number in
            number.isMultiple(of: 2) ? .unanswered : number == 5 ? .known : .added
        }
        let seen = Mutex(0)
        let tally = await runner.run(LoadPace(schedule(10, limit: 10))) { tally in
            seen.withLock { $0 = tally.sentCount }
        }
        #expect(tally.acceptedCount == 4)
        #expect(tally.count(of: .unanswered) == 5)
        #expect(tally.count(of: .known) == 1)
        #expect(seen.withLock { $0 } == 10)
    }

    @Test func `never more wait for an answer than may`() async {
        let world = World()
        let waiting = Mutex((now: 0, most: 0))
        let runner = world.runner { _ in
            waiting.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            for _ in 0..<20 { await Task.yield() }
            waiting.withLock { $0.now -= 1 }
            return .added
        }
        // All are due at once: time stands still until the first wait.
        world.pass(to: .milliseconds(999))
        let pace = LoadPace(schedule(1000, limit: 1000), inFlightLimit: 5)
        let tally = await runner.run(pace)
        #expect(tally.sentCount == 1000)
        #expect(waiting.withLock { $0.most } <= 5)
    }

    @Test func `a cancelled load ends at once, and says what it had sent`() async {
        let world = World()
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
        let runner = world.runner { number in
            if number == 50 { continuation.yield() }
            return .added
        }
        let schedule = schedule(10)
        let task = Task { await runner.run(LoadPace(schedule)) }
        for await _ in signals { break }
        task.cancel()
        let tally = await task.value
        #expect(tally.sentCount >= 50)
        #expect(tally.acceptedCount == tally.sentCount)
    }
}

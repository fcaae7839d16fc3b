package import WarrenObservation
package import WarrenScenario

/// Submits the transactions of a schedule when they are due.
///
/// ``LoadPace`` says what to do next; this only waits and asks. Time is a closure, so that tests need
/// none.
package struct LoadRunner: Sendable {
    /// Gives a node, by its number, a payload.
    package typealias Submit = @Sendable (Int, [UInt8]) async -> Admittance

    private let now: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async -> Void
    private let submit: Submit

    /// - Parameters:
    ///   - now: The time since t = 0.
    ///   - sleep: Returns at that time since t = 0, or when the task is cancelled.
    ///   - submit: Has a time limit of its own.
    package init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async -> Void,
        submit: @escaping Submit
    ) {
        self.now = now
        self.sleep = sleep
        self.submit = submit
    }

    /// In real time; t = 0 was so long ago.
    package init(zeroSince elapsed: Duration, submit: @escaping Submit) {
        let clock = ContinuousClock()
        let zero = clock.now - elapsed
        self.init(
            now: { clock.now - zero },
            sleep: { try? await clock.sleep(until: zero + $0) },
            submit: submit
        )
    }

    private enum Happening: Sendable {
        case answered(Admittance)
        case woke
    }

    /// Runs to the schedule's end, or until the task is cancelled.
    ///
    /// - Parameters:
    ///   - pace: Where to begin, and how many may wait for an answer at once.
    ///   - progress: Hears how it stands after every answer.
    /// - Returns: What became of all that was sent.
    package func run(
        _ pace: LoadPace,
        progress: @Sendable (LoadTally) async -> Void = { _ in }
    ) async -> LoadTally {
        await withTaskGroup(of: Happening.self) { group in
            var pace = pace
            var isAsleep = false
            steps: while !Task.isCancelled {
                switch pace.step(at: now()) {
                case .submit(let submission):
                    group.addTask {
                        .answered(await submit(submission.node, submission.payload))
                    }
                    continue steps
                case .wait(let instant):
                    if !isAsleep {
                        isAsleep = true
                        group.addTask {
                            await sleep(instant)
                            return .woke
                        }
                    }
                case .hold: break
                case .end: break steps
                }
                switch await group.next() {
                case .answered(let admittance):
                    pace.take(admittance)
                    await progress(pace.tally)
                case .woke: isAsleep = false
                case nil: break steps
                }
            }
            for await case .answered(let admittance) in group {
                pace.take(admittance)
                await progress(pace.tally)
            }
            return pace.tally
        }
    }
}

package import WarrenPrimitives

/// Judges expectations while a network runs, or afterwards on its recording.
///
/// Facts are taken in as they come; what a verdict needs is kept up step by step, so that a fact
/// about one node costs only what that node costs. The state at an instant is the state after all
/// facts of that instant. Source: design §9.
package struct Judge: Sendable {
    package private(set) var network: NetworkState
    private var trials: [Trial] = []
    /// Facts up to this instant are in `network`.
    private var now: Instant?
    /// Nodes whose state changed at `now`, or changes right after it.
    private var touched: Set<Int> = []
    private var isFinished = false

    /// Resolves every name on `population` and on the names of the scenario's faults.
    package init(
        _ expectations: [Expectation],
        of population: Population,
        faults: [String] = [],
        liveness: Duration = NetworkState.defaultLiveness
    ) throws(ExpectationError) {
        network = NetworkState(population, liveness: liveness)
        touched = Set(population.nodes.indices)
        for expectation in expectations {
            trials.append(try Trial(expectation, of: population, faults: faults))
        }
    }

    package var expectations: [Expectation] { trials.map(\.expectation) }

    /// One for each expectation, nil where it is not decided yet.
    package var verdicts: [Verdict?] { trials.map(\.verdict) }

    /// True when nothing that may still happen can change what is held, broken or unknown.
    package var isDecided: Bool { trials.allSatisfy { $0.verdict != nil } }

    /// Takes in a fact; one that comes late counts from now.
    package mutating func take(_ fact: Fact) {
        advance(to: fact.at)
        var fact = fact
        fact.at = now ?? fact.at
        switch network.take(fact) {
        case .node(let number): touched.insert(number)
        case .fault, .answer, .none: break
        }
    }

    /// Lets time pass without a fact.
    package mutating func advance(to instant: Instant) {
        guard !isFinished else { return }
        guard let now else {
            self.now = instant
            return
        }
        guard now < instant else { return }
        settle(at: now)
        // Doubt that a snapshot ended within the instant is over a nanosecond later.
        let stop = touched.isEmpty ? instant : min(instant, now.advanced(by: .nanoseconds(1)))
        for index in trials.indices {
            trials[index].pass(from: now, until: stop, in: network)
        }
        self.now = stop
        if stop < instant { advance(to: instant) }
    }

    /// Brings what the trials know up to the state at `now`.
    private mutating func settle(at now: Instant) {
        let numbers = touched.sorted()
        for index in trials.indices {
            trials[index].settle(numbers, in: network, at: now)
        }
        touched = touched.filter { network.nodes[$0].doubtedAt == now }
    }

    /// Ends the run; every expectation has a verdict then.
    ///
    /// `isComplete` is false for a run that was cut short: what was to hold to its end is unknown.
    package mutating func finish(at end: Instant, isComplete: Bool = true) {
        guard !isFinished else { return }
        advance(to: end)
        let end = now ?? end
        settle(at: end)
        for index in trials.indices {
            trials[index].pass(from: end, until: end, in: network)
            trials[index].close(at: end, isComplete: isComplete, in: network)
        }
        isFinished = true
    }
}

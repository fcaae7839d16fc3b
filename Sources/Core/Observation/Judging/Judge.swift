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
    private var touched: [Int: Touch] = [:]
    private var isFinished = false

    /// Resolves every name on `population` and on the names of the scenario's faults.
    package init(
        _ expectations: [Expectation],
        of population: Population,
        faults: [String] = [],
        liveness: Duration = NetworkState.defaultLiveness
    ) throws(ExpectationError) {
        network = NetworkState(population, liveness: liveness)
        for number in population.nodes.indices { touch(number, .rows, nil) }
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
        case .node(let number, let change, let news): touch(number, change, news)
        case .names: for number in network.nodes.indices { touch(number, .rows, nil) }
        case .fault, .answer, .none: break
        }
    }

    private mutating func touch(_ number: Int, _ change: NodeState.Change, _ news: Note?) {
        touched[number, default: Touch(number)].add(change)
        if case .transition(let transition) = news {
            touched[number]?.moves.append(transition)
        }
    }

    /// Lets time pass without a fact.
    package mutating func advance(to instant: Instant) {
        guard !isFinished else { return }
        guard var now else {
            self.now = instant
            return
        }
        while now < instant {
            settle(at: now)
            // Doubt that a snapshot ended within the instant is over a nanosecond later.
            var stop = touched.isEmpty ? instant : min(instant, now.advanced(by: .nanoseconds(1)))
            for index in trials.indices {
                guard let deadline = trials[index].deadline else { continue }
                if now < deadline, deadline < stop { stop = deadline }
            }
            for index in trials.indices {
                trials[index].pass(from: now, until: stop, in: network)
            }
            now = stop
            self.now = now
        }
    }

    /// Brings what the trials know up to the state at `now`.
    private mutating func settle(at now: Instant, isEnd: Bool = false) {
        let touches = touched.keys.sorted().compactMap { touched[$0] }
        for index in trials.indices {
            trials[index].settle(touches, in: network, at: now, isEnd: isEnd)
        }
        touched = touched.filter { network.nodes[$0.key].doubtedAt == now }
            .mapValues { Touch($0.number) }
    }

    /// Ends the run; every expectation has a verdict then.
    ///
    /// `isComplete` is false for a run that was cut short: what was to hold to its end is unknown.
    package mutating func finish(at end: Instant, isComplete: Bool = true) {
        guard !isFinished else { return }
        advance(to: end)
        let end = now ?? end
        settle(at: end, isEnd: true)
        for index in trials.indices {
            trials[index].pass(from: end, until: end, in: network)
            trials[index].close(at: end, isComplete: isComplete, in: network)
        }
        isFinished = true
    }
}

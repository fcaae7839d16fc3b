package import WarrenObservation
package import WarrenPrimitives

/// Turns what followers find into the state of the network, verdicts, and what is to be recorded.
///
/// A value without clock or file, so that a recorded run can be gone through again.
package struct Proceedings: Sendable {
    package private(set) var judge: Judge
    private var queue: FactQueue
    private var flaws: [NodeFlaw] = []
    /// The peers of each node as they were last recorded.
    private var recorded: [[PeerID: PeerState]]
    private var touched: Set<Int>
    /// Verdicts as they were last recorded.
    private var verdicts: [Verdict?]
    private var hasZero = false
    private var contradictionCount = 0
    private var tipContradictionCount = 0
    private var excessCount = 0
    private var misstepCount = 0
    private var answers: [String: Bool?] = [:]
    private let liveness: Duration
    private var isDue: [Instant]
    package private(set) var snapshots: [Int: Snapshot] = [:]
    /// Nodes that answered when they were last asked.
    package private(set) var answering: Set<Int> = []

    /// Between two snapshots of a node that are recorded with all their rows.
    package static let bodyInterval: Duration = .seconds(10)

    /// Goes on with a judge that has seen the facts up to `horizon`.
    package init(
        _ judge: Judge,
        liveness: Duration,
        horizon: Instant = Instant(nanoseconds: .min)
    ) {
        self.liveness = liveness
        self.judge = judge
        queue = FactQueue(after: horizon)
        let count = judge.network.nodes.count
        recorded = Array(repeating: [:], count: count)
        touched = Set(0..<count)
        verdicts = Array(repeating: nil, count: judge.expectations.count)
        hasZero = judge.network.zero != nil
        contradictionCount = judge.network.contradictions.count
        tipContradictionCount = judge.network.tipContradictions.count
        excessCount = judge.network.excesses.count
        misstepCount = judge.network.missteps.count
        isDue = Array(repeating: Instant(nanoseconds: .min), count: count)
    }

    /// Facts that wait for earlier ones.
    package var waitingCount: Int { queue.count }

    package var healthyCount: Int { judge.network.nodes.count { $0.health == .healthy } }

    package mutating func take(_ finding: Finding, of node: Int) {
        switch finding {
        case .flaw(let flaw, let at): flaws.append(NodeFlaw(at: at, node: node, flaw))
        case .fact(let fact, let at, let detail):
            note(fact, of: node)
            queue.put(Sighting(Fact(at: at, .node(node, fact)), detail))
        }
    }

    /// Takes in a fact from a world that tells them in order, such as a simulation.
    package mutating func take(_ fact: Fact) {
        switch fact.what {
        case .node(let node, let what): note(what, of: node)
        case .faultStarted, .faultHealed, .faultFailed, .answered: break
        }
        queue.put(Sighting(fact))
    }

    private mutating func note(_ fact: Fact.NodeFact, of node: Int) {
        switch fact {
        case .healthy, .unhealthy: answering.insert(node)
        case .down, .unasked:
            answering.remove(node)
            snapshots[node] = nil
        case .snapshot(let snapshot): snapshots[node] = snapshot
        case .event, .gap: break
        }
    }

    /// Takes in what a query said, if it says something new.
    package mutating func take(answer: Bool?, to query: String, at now: Instant) {
        if let last = answers[query], last == answer { return }
        answers[query] = .some(answer)
        queue.put(Sighting(Fact(at: now, .answered(query: query, answer))))
    }

    /// What is new since the last step.
    package struct Step: Sendable {
        package var batch = Recording.Batch()
        /// Those decided for the first time.
        package var decided: [(number: Int, verdict: Verdict)] = []
    }

    /// Lets the network come to `horizon`.
    package mutating func proceed(to horizon: Instant) -> Step {
        var step = Step()
        take(until: horizon, into: &step)
        judge.advance(to: horizon)
        conclude(at: horizon, into: &step)
        return step
    }

    /// Ends the run at `end`; every expectation is decided then.
    package mutating func finish(at end: Instant, isComplete: Bool) -> Step {
        var step = Step()
        take(until: end, into: &step)
        judge.finish(at: end, isComplete: isComplete)
        conclude(at: end, into: &step)
        return step
    }

    private mutating func take(until horizon: Instant, into step: inout Step) {
        for var sighting in queue.release(until: horizon) {
            let fact = sighting.fact
            if case .node(let node, let what) = fact.what,
                judge.network.nodes.indices.contains(node)
            {
                touched.insert(node)
                if case .snapshot(let snapshot) = what {
                    if !mustKeep(snapshot, of: node, at: fact.at) { sighting.detail = .countsOnly }
                }
            }
            judge.take(fact)
            step.batch.sightings.append(sighting)
        }
    }

    /// Whether a snapshot tells more than the events before it did.
    private mutating func mustKeep(_ snapshot: Snapshot, of node: Int, at now: Instant) -> Bool {
        let state = judge.network.nodes[node]
        let isNews =
            state.isInDoubt || state.targets == nil
            || state.incarnation != snapshot.node.incarnation.number
            || state.peers.contains(where: \.isSilent)
            || snapshot.hasSilence(longerThan: liveness)
            || !state.contradictions(in: snapshot).isEmpty
            || state.tipContradiction(in: snapshot) != nil
        guard isNews || isDue[node] <= now else { return false }
        isDue[node] = now.advanced(by: Self.bodyInterval)
        return true
    }

    private mutating func conclude(at now: Instant, into step: inout Step) {
        step.batch.flaws = flaws
        flaws = []
        let network = judge.network
        for found in network.contradictions.dropFirst(contradictionCount) {
            let flaw = Flaw.contradiction(found.peer)
            step.batch.flaws.append(NodeFlaw(at: found.at, node: found.node, flaw))
        }
        contradictionCount = network.contradictions.count
        for found in network.tipContradictions.dropFirst(tipContradictionCount) {
            let flaw = Flaw.tipContradiction(found.tip)
            step.batch.flaws.append(NodeFlaw(at: found.at, node: found.node, flaw))
        }
        tipContradictionCount = network.tipContradictions.count
        for found in network.excesses.dropFirst(excessCount) {
            let flaw = Flaw.excess(of: found.what.rawValue, limit: NodeState.claimLimit)
            step.batch.flaws.append(NodeFlaw(at: found.at, node: found.node, flaw))
        }
        excessCount = network.excesses.count
        for found in network.missteps.dropFirst(misstepCount) {
            let flaw = Flaw.misstep(found.words)
            step.batch.flaws.append(NodeFlaw(at: found.at, node: found.node, flaw))
        }
        misstepCount = network.missteps.count
        for node in touched.sorted() { compare(node, network.nodes[node], into: &step.batch) }
        touched = []
        if !hasZero, let zero = network.zero {
            hasZero = true
            step.batch.zero = zero
        }
        for (number, verdict) in judge.verdicts.enumerated() where verdict != verdicts[number] {
            if verdicts[number] == nil, let verdict { step.decided.append((number, verdict)) }
            verdicts[number] = verdict
            let line = Recording.VerdictLine(number, judge.expectations[number], verdict, at: now)
            step.batch.verdicts.append(line)
        }
    }

    /// Notes which peers of a node are not as they were recorded.
    private mutating func compare(
        _ node: Int,
        _ state: NodeState,
        into batch: inout Recording.Batch
    ) {
        var now: [PeerID: PeerState] = [:]
        for peer in state.peers { now[peer.reference.peer] = peer }
        for peer in recorded[node].keys.sorted() where now[peer] == nil {
            batch.peers.append(.init(node: node, peer: peer, state: nil))
        }
        for peer in state.peers where recorded[node][peer.reference.peer] != peer {
            batch.peers.append(.init(node: node, peer: peer.reference.peer, state: peer))
        }
        recorded[node] = now
    }
}

extension Snapshot {
    fileprivate func hasSilence(longerThan limit: Duration) -> Bool {
        peers.contains { row in
            row.heardAt.map { $0.duration(to: takenAt) > limit } ?? false
        }
    }
}

import WarrenPrimitives

/// One expectation before the judge.
struct Trial: Sendable {
    let expectation: Expectation
    var verdict: Verdict?
    /// What the claim says of each of its nodes; one lane for a claim about the network.
    var subject: Subject
    var lanes: [Lane]
    var yesCount = 0
    var noCount = 0
    var doubtCount = 0
    /// The claim as a whole, and since when it is so.
    var whole = Lane()
    /// Something in the window could not be known, and what.
    var doubt: String?
    /// Lanes that break the promise or are in doubt; the others need no look.
    var suspects: Set<Int> = []
    /// The claim began to hold in the window, and must go on.
    var isHolding = false
    /// When the signals may change by time alone.
    private(set) var deadline: Instant?
    /// The window has begun, for a claim about what happens in it.
    private var isOpen = false
    private var due = DueQueue()
    /// The lane that broke the promise; nil for the claim as a whole.
    var culprit: Int?

    /// How one signal stands: its value and since when.
    struct Lane: Sendable {
        var truth = Truth.unknown
        var since = Instant(nanoseconds: .min)
        /// Nothing is known of it because there was nothing to know, yet.
        var isSilent = true
        /// It was true or false once.
        var hasSpoken = false
        var memory = LaneMemory()
        /// What the violation that is going on looked like when it began.
        var evidence: Verdict.Broken?
    }

    enum Subject: Sendable {
        case nodes(Expectation.Quantifier, [Int], BoundPredicate)
        case same(Agreement)
        case network
        case graph(GraphGauge)
        case spread(SpreadGauge)
        case query(String)
    }

    init(
        _ expectation: Expectation,
        of population: Population,
        faults: [String]
    ) throws(ExpectationError) {
        self.expectation = expectation
        switch expectation.anchor {
        case .afterFault(let name), .duringFault(let name):
            guard faults.contains(name) else {
                throw .noFault(name: name, nearest: nearest(to: name, among: faults))
            }
        case .after, .none: break
        }
        switch expectation.claim {
        case .nodes(let quantifier, let selector, let predicate):
            let members = try selector.members(of: population)
            let bound = try BoundPredicate(predicate, of: population)
            subject = .nodes(quantifier, members, bound)
            lanes = Array(repeating: Lane(), count: members.count)
        case .same(let sameness, let selector):
            subject = .same(Agreement(sameness, of: try selector.members(of: population)))
            lanes = []
        case .network:
            subject = .network
            lanes = []
        case .graph(let measure, let comparison, let number):
            let limit = Expectation.Measure.nodeLimit
            guard population.count <= limit else {
                throw .tooLarge(measure: measure.rawValue, count: population.count, limit: limit)
            }
            subject = .graph(GraphGauge(measure, comparison, number))
            lanes = []
        case .spread(let spread):
            subject = .spread(SpreadGauge(spread))
            lanes = []
        case .query(let text):
            subject = .query(text)
            lanes = []
        }
    }
}

// MARK: Signals

extension Trial {
    /// Recomputes what may have changed in the state at `now`; `isEnd` says that the run is over.
    mutating func settle(
        _ touches: [Touch],
        in network: NetworkState,
        at now: Instant,
        isEnd: Bool = false
    ) {
        deadline = nil
        guard needsSignal else { return }
        switch subject {
        case .nodes(let quantifier, let members, let predicate):
            if predicate.isTimed {
                guard let start = start(in: network, at: now) else { return }
                follow(touches, members, predicate, in: network, at: now, since: start)
                deadline = due.soonest
            } else {
                for touch in touches {
                    guard let lane = members.place(of: touch.number) else { continue }
                    read(lane, touch, predicate, in: network, at: now, since: nil)
                }
            }
            let truth = claim(quantifier)
            whole.set(truth == .unknown && doubtCount == 0 ? .silence : Reading(truth), at: now)
        case .same(var agreement):
            subject = .network
            agreement.take(touches, in: network, at: now)
            subject = .same(agreement)
            whole.set(agreement.reading, at: now)
        case .network:
            let isDoubtful = network.isDoubtful(touches.map(\.number), at: now)
            whole.set(network.isConnected ? .yes : isDoubtful ? .doubt : .no, at: now)
        case .graph(var gauge):
            guard isEnd || expectation.mode != .finally, start(in: network, at: now) != nil else {
                return
            }
            let holds = gauge.holds(in: network.graph)
            subject = .graph(gauge)
            let isDoubtful = network.isDoubtful(touches.map(\.number), at: now)
            whole.set(isDoubtful ? .doubt : Reading(holds), at: now)
        case .spread(var gauge):
            guard isEnd || expectation.mode != .finally,
                let start = start(in: network, at: now)
            else { return }
            whole.set(gauge.read(in: network.chain, at: now, since: start), at: now)
            deadline = gauge.due
            subject = .spread(gauge)
        case .query(let text):
            whole.set(network.answers[text].map(Reading.init) ?? .silence, at: now)
        }
    }

    /// Where the window began, if it has; if it is known to begin later, that is a deadline.
    private mutating func start(in network: NetworkState, at now: Instant) -> Instant? {
        guard let start = Window(expectation, in: network)?.start else { return nil }
        if now < start { deadline = start }
        return start <= now ? start : nil
    }

    /// Reads the lanes of a claim about what happens in the window.
    private mutating func follow(
        _ touches: [Touch],
        _ members: [Int],
        _ predicate: BoundPredicate,
        in network: NetworkState,
        at now: Instant,
        since start: Instant
    ) {
        if !isOpen {
            isOpen = true
            for lane in members.indices {
                let touch = Touch(members[lane])
                read(lane, touch, predicate, in: network, at: now, since: start)
            }
        }
        for touch in touches {
            guard let lane = members.place(of: touch.number) else { continue }
            read(lane, touch, predicate, in: network, at: now, since: start)
        }
        while let (at, lane) = due.take(at: now) {
            guard lanes[lane].memory.due == at else { continue }
            read(lane, Touch(members[lane]), predicate, in: network, at: now, since: start)
        }
    }

    private mutating func read(
        _ lane: Int,
        _ touch: Touch,
        _ predicate: BoundPredicate,
        in network: NetworkState,
        at now: Instant,
        since start: Instant?
    ) {
        let dueBefore = lanes[lane].memory.due
        let reading = lanes[lane].memory.read(predicate, touch, in: network, at: now, since: start)
        if let instant = lanes[lane].memory.due, instant != dueBefore { due.put(lane, at: instant) }
        count(lanes[lane], -1)
        lanes[lane].set(reading, at: now)
        count(lanes[lane], 1)
        if reading == .doubt || reading.truth == violation(lane) {
            suspects.insert(lane)
        } else {
            suspects.remove(lane)
        }
    }

    /// A broken promise is followed until the violation ends; nothing else is once it is decided.
    var needsSignal: Bool {
        if case .broken(let broken) = verdict { return broken.to == nil }
        return verdict == nil
    }

    private mutating func count(_ lane: Lane, _ step: Int) {
        switch lane.truth {
        case .yes: yesCount += step
        case .no: noCount += step
        case .unknown: doubtCount += lane.isSilent ? 0 : step
        }
    }

    private func claim(_ quantifier: Expectation.Quantifier) -> Truth {
        switch quantifier {
        case .every: noCount > 0 ? .no : yesCount == lanes.count ? .yes : .unknown
        case .any: yesCount > 0 ? .yes : noCount == lanes.count ? .no : .unknown
        case .no: yesCount > 0 ? .no : noCount == lanes.count ? .yes : .unknown
        }
    }
}

extension Trial.Lane {
    mutating func set(_ reading: Reading, at now: Instant) {
        let truth = reading.truth
        isSilent = reading == .silence
        hasSpoken = hasSpoken || truth != .unknown
        guard truth != self.truth else { return }
        self.truth = truth
        since = now
        evidence = nil
    }
}

extension [Int] {
    /// Where `number` stands in this sorted array.
    func place(of number: Int) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == number ? low : nil
    }
}

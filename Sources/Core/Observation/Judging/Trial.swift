import WarrenPrimitives

/// One expectation before the judge.
struct Trial: Sendable {
    let expectation: Expectation
    var verdict: Verdict?
    /// What the claim says of each of its nodes; one lane for a claim about the network.
    let subject: Subject
    var lanes: [Lane]
    var yesCount = 0
    var noCount = 0
    /// The claim as a whole, and since when it is so.
    var whole = Lane()
    /// Something in the window could not be known, and what.
    var doubt: String?
    /// Lanes that break the promise or cannot be known; the others need no look.
    var suspects: Set<Int> = []
    /// The claim began to hold in the window, and must go on.
    var isHolding = false
    /// The lane that broke the promise; nil for the claim as a whole.
    var culprit: Int?

    /// How one signal stands: its value and since when.
    struct Lane: Sendable {
        var truth = Truth.unknown
        var since = Instant(nanoseconds: .min)
        /// What the violation that is going on looked like when it began.
        var evidence: Verdict.Broken?
    }

    enum Subject: Sendable {
        case nodes(Expectation.Quantifier, [Int], BoundPredicate)
        case network
        case query(String)
        case chain
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
        case .same(_, let selector):
            _ = try selector.members(of: population)
            subject = .chain
            lanes = []
        case .network:
            subject = .network
            lanes = []
        case .query(let text):
            subject = .query(text)
            lanes = []
        }
    }
}

// MARK: Signals

extension Trial {
    /// Recomputes what may have changed in the state at `now`.
    mutating func settle(_ touched: [Int], in network: NetworkState, at now: Instant) {
        guard needsSignal else { return }
        switch subject {
        case .nodes(let quantifier, let members, let predicate):
            for number in touched {
                guard let index = members.place(of: number) else { continue }
                let truth = predicate.holds(of: number, in: network, at: now)
                count(lanes[index].truth, -1)
                count(truth, 1)
                lanes[index].set(truth, at: now)
                if truth == .unknown || truth == violation(index) {
                    suspects.insert(index)
                } else {
                    suspects.remove(index)
                }
            }
            whole.set(claim(quantifier), at: now)
        case .network:
            let isDoubtful = network.isDoubtful(touched, at: now)
            whole.set(network.isConnected ? .yes : isDoubtful ? .unknown : .no, at: now)
        case .query(let text):
            whole.set(network.answers[text] ?? .unknown, at: now)
        case .chain: whole.set(.unknown, at: now)
        }
    }

    /// A broken promise is followed until the violation ends; nothing else is once it is decided.
    var needsSignal: Bool {
        if case .broken(let broken) = verdict { return broken.to == nil }
        return verdict == nil
    }

    private mutating func count(_ truth: Truth, _ step: Int) {
        switch truth {
        case .yes: yesCount += step
        case .no: noCount += step
        case .unknown: break
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
    mutating func set(_ truth: Truth, at now: Instant) {
        guard truth != self.truth else { return }
        self.truth = truth
        since = now
        evidence = nil
    }
}

extension [Int] {
    /// Where `number` stands in this sorted array.
    fileprivate func place(of number: Int) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == number ? low : nil
    }
}

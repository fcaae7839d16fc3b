import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// Verdicts straight from the words of design §9, all signals worked out for all instants.
struct Definition {
    /// States by the instant from which they last, to the next one; doubt lasts a nanosecond.
    private var states: [(at: Instant, network: NetworkState)] = []
    private let end: Instant
    private let isComplete: Bool
    private static let ids = (0..<4).map { nodeID(UInt8($0)) }
    private let network: NetworkState

    init(_ facts: [Fact], end: Instant, isComplete: Bool) {
        self.end = end
        self.isComplete = isComplete
        let seen = facts.filter { $0.at <= end }
        var instants = Set(seen.flatMap { [$0.at, $0.at.advanced(by: .nanoseconds(1))] })
        instants = instants.filter { $0 <= end }
        instants.insert(end)
        var network = NetworkState(History.population)
        var next = 0
        for instant in instants.sorted() {
            while next < seen.count, seen[next].at <= instant {
                network.take(seen[next])
                next += 1
            }
            states.append((instant, network))
        }
        self.network = network
    }

    /// The value of a claim, or of one node's part in it, over time.
    private typealias Signal = [(at: Instant, truth: Truth)]

    func word(for expectation: Expectation) throws -> String {
        guard let zero = network.zero else { return "unknown" }
        var start = zero
        var isOpen = false
        var stop: Instant?
        switch expectation.anchor {
        case .none: break
        case .after(let duration): start = zero.advanced(by: duration)
        case .afterFault(let name):
            guard let healed = network.faults[name]?.healedAt else { return "unknown" }
            start = max(zero, healed)
        case .duringFault(let name):
            guard let fault = network.faults[name] else { return "unknown" }
            start = max(zero, fault.startedAt)
            stop = fault.healedAt.map { max($0, zero) }
            isOpen = stop == nil
        }
        if let within = expectation.within {
            stop = min(stop ?? .distantFuture, start.advanced(by: within))
            isOpen = false
        }
        guard start <= end else { return "unknown" }
        let hold = expectation.hold ?? .zero
        let span = (start, stop ?? .distantFuture)
        let isCut = isOpen || (stop == nil && !isComplete)
        switch expectation.mode {
        case .finally:
            return isComplete
                ? words(try whole(expectation, until: end).last?.truth ?? .unknown) : "unknown"
        case .eventually, .sometimes:
            return reach(try whole(expectation, until: span.1), span, hold, isCut)
        case .always, .never:
            let words = try promises(expectation, span.1).map { guarded($0, span, hold, isCut) }
            return words.contains("broken")
                ? "broken" : words.contains("unknown") ? "unknown" : "held"
        }
    }

    private func words(_ truth: Truth) -> String {
        switch truth {
        case .yes: "held"
        case .no: "broken"
        case .unknown: "unknown"
        }
    }

    /// The runs of one value, to the instant at which the next begins or to the end.
    private func runs(_ signal: Signal) -> [(from: Instant, to: Instant, truth: Truth)] {
        var runs: [(from: Instant, to: Instant, truth: Truth)] = []
        for (index, piece) in signal.enumerated() {
            let to = index + 1 < signal.count ? signal[index + 1].at : end
            if runs.last?.truth == piece.truth, !runs.isEmpty {
                runs[runs.count - 1].to = to
            } else {
                runs.append((piece.at, to, piece.truth))
            }
        }
        return runs
    }

    private func reach(
        _ signal: Signal,
        _ span: (start: Instant, end: Instant),
        _ hold: Duration,
        _ isCut: Bool
    ) -> String {
        let runs = runs(signal)
        var isUnknown = span.end > end && (isCut || span.end != .distantFuture)
        for (index, run) in runs.enumerated() {
            let from = max(run.from, span.start)
            let isLast = index + 1 == runs.count
            guard from <= span.end, from < run.to || (isLast && from <= end) else { continue }
            switch run.truth {
            case .no: break
            case .unknown: isUnknown = true
            case .yes:
                if from.duration(to: run.to) >= hold { return "held" }
                if isLast || runs[index + 1].truth == .unknown { isUnknown = true }
            }
        }
        return isUnknown ? "unknown" : "broken"
    }

    private func guarded(
        _ signal: Signal,
        _ span: (start: Instant, end: Instant),
        _ hold: Duration,
        _ isCut: Bool
    ) -> String {
        let runs = runs(signal)
        var isUnknown = span.end > end && (isCut || span.end != .distantFuture)
        for (index, run) in runs.enumerated() {
            let from = max(run.from, span.start)
            let isLast = index + 1 == runs.count
            guard from <= span.end, from < run.to || (isLast && from <= end) else { continue }
            switch run.truth {
            case .yes: break
            case .unknown: isUnknown = true
            case .no:
                if from.duration(to: min(run.to, span.end)) >= hold { return "broken" }
                if isLast, span.end == .distantFuture { isUnknown = true }
            }
        }
        return isUnknown ? "unknown" : "held"
    }

    /// What must never be `.no`: each node's part where the claim is about each, else the claim.
    private func promises(
        _ expectation: Expectation,
        _ last: Instant
    ) throws -> [Signal] {
        let isNever = expectation.mode == .never
        if case .nodes(let quantifier, let selector, let predicate) = expectation.claim,
            isNever ? quantifier == .any : quantifier != .any
        {
            let isBad = isNever || quantifier == .no
            let others = try others(predicate)
            return try selector.members(of: History.population).map { number in
                states.map { state in
                    let truth = part(predicate, others, number, state)
                    return (state.at, isBad ? truth.opposite : truth)
                }
            }
        }
        return [
            try whole(expectation, until: last).map {
                ($0.at, isNever ? $0.truth.opposite : $0.truth)
            }
        ]
    }

    private func whole(_ expectation: Expectation, until last: Instant) throws -> Signal {
        let claim = expectation.claim
        var members: [Int] = []
        var others: [Int] = []
        if case .nodes(_, let selector, let predicate) = claim {
            members = try selector.members(of: History.population)
            others = try self.others(predicate)
        }
        let signal: Signal = states.map { state in
            switch claim {
            case .nodes(let quantifier, _, let predicate):
                let parts = members.map { part(predicate, others, $0, state) }
                let all: Truth =
                    parts.contains(.no) ? .no : parts.contains(.unknown) ? .unknown : .yes
                let any: Truth =
                    parts.contains(.yes) ? .yes : parts.contains(.unknown) ? .unknown : .no
                switch quantifier {
                case .every: return (state.at, all)
                case .any: return (state.at, any)
                case .no: return (state.at, any.opposite)
                }
            case .network: return (state.at, connected(state))
            case .graph(.diameter, _, _): return (state.at, isMesh(state, within: 2))
            case .graph(.minCut, _, _): return (state.at, isMesh(state, within: 3, least: 2))
            case .spread: return (state.at, .unknown)
            case .query(let text): return (state.at, state.network.answers[text] ?? .unknown)
            case .same(let sameness, let selector):
                let members = (try? selector.members(of: History.population)) ?? []
                return (state.at, same(sameness, members, state))
            }
        }
        // A query says nothing before it is first asked.
        guard case .query = claim, let first = signal.firstIndex(where: { $0.truth != .unknown }),
            signal[first].at <= last
        else { return signal }
        let isGuard = expectation.mode == .always || expectation.mode == .never
        let before: Truth = (expectation.mode == .never) == isGuard && isGuard ? .no : .yes
        return signal.enumerated().map { index, piece in
            index < first ? (piece.at, isGuard ? before : .no) : piece
        }
    }

    private func isDoubtful(_ number: Int, _ state: (at: Instant, network: NetworkState)) -> Bool {
        let node = state.network.nodes[number]
        return node.isInDoubt || node.doubtedAt == state.at
    }

    private func others(_ predicate: Expectation.Predicate) throws -> [Int] {
        guard case .knows(_, let selector, _) = predicate else { return [] }
        return try selector.members(of: History.population)
    }

    /// Counts for itself what the claims of these tests count.
    private func part(
        _ predicate: Expectation.Predicate,
        _ others: [Int],
        _ number: Int,
        _ state: (at: Instant, network: NetworkState)
    ) -> Truth {
        let node = state.network.nodes[number]
        if isDoubtful(number, state) { return .unknown }
        let rows = node.isUp ? node.peers : []
        switch predicate {
        case .isHealthy: return Truth(node.health == .healthy)
        case .isUp: return Truth(node.isUp)
        case .hasHeight: return Truth(node.isUp && node.chain.tip?.height ?? 0 >= 3)
        case .hasRoundTrip, .makesProgress, .moves: return .unknown
        case .has(let counter, let comparison, let operand, _):
            let count = rows.count { row in
                switch counter {
                case .hot: row.temperature == .hot
                case .known: row.temperature != .unknown
                case .established: row.temperature == .hot || row.temperature == .warm
                case .inbound: row.direction == .inbound
                case _: false
                }
            }
            switch operand {
            case .number(let bound): return Truth(comparison.holds(count, bound))
            case .target:
                return node.targets.map { Truth(comparison.holds(count, $0.active)) } ?? .unknown
            }
        case .knows(let portion, _, let filters):
            let others = others.filter { $0 != number }
            let known = others.filter { other in
                rows.contains {
                    $0.reference.id == Self.ids[other] && $0.temperature != .unknown
                        && (filters.isEmpty || $0.source != .ledger)
                }
            }
            return Truth(portion == .all ? known.count == others.count : !known.isEmpty)
        }
    }

    private func same(
        _ sameness: Expectation.Sameness,
        _ members: [Int],
        _ state: (at: Instant, network: NetworkState)
    ) -> Truth {
        let sure = members.filter { !isDoubtful($0, state) }.map { state.network.nodes[$0] }
        let tips = sure.map { $0.isUp ? $0.chain.tip : nil }
        let first = tips.first ?? nil
        let differs = tips.contains {
            $0 == nil || (sameness == .tip ? $0 != first : $0?.height != first?.height)
        }
        return differs ? .no : sure.count == members.count ? .yes : .unknown
    }

    /// At most so many steps from each to each, by trying them.
    private func isMesh(
        _ state: (at: Instant, network: NetworkState),
        within steps: Int,
        least: Int = 1
    ) -> Truth {
        let nodes = state.network.nodes
        if nodes.indices.contains(where: { isDoubtful($0, state) }) { return .unknown }
        let up = nodes.indices.filter { nodes[$0].isUp }
        let holds = { (a: Int, b: Int) in
            nodes[a].peers.contains { $0.reference.id == Self.ids[b] && $0.direction != nil }
        }
        for start in up {
            var reached: Set = [start]
            for _ in 0..<steps {
                for a in reached.sorted() {
                    for b in up where holds(a, b) && holds(b, a) { reached.insert(b) }
                }
            }
            guard reached.count == up.count else { return .no }
        }
        return Truth(up.count >= least)
    }

    private func connected(_ state: (at: Instant, network: NetworkState)) -> Truth {
        let nodes = state.network.nodes
        let up = nodes.indices.filter { nodes[$0].isUp }
        let holds = { (a: Int, b: Int) in
            nodes[a].peers.contains { $0.reference.id == Self.ids[b] && $0.direction != nil }
        }
        var reached = Set(up.prefix(1))
        for _ in up {
            for a in up where reached.contains(a) {
                for b in up where holds(a, b) && holds(b, a) { reached.insert(b) }
            }
        }
        if !up.isEmpty, reached.count == up.count { return .yes }
        return nodes.indices.contains { isDoubtful($0, state) } ? .unknown : .no
    }
}

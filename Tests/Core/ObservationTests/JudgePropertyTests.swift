import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `Judging step by step` {
    private static let claims = [
        "every relay has hot >= 1", "any relay has known > 1", "no relay has hot > 1",
        "every * is healthy", "any relay knows producer-1 except from ledger",
        "every relay has established <= target.active", "network is connected",
        "any relay is up", "no relay knows all of *", "sql: q", "every relay-1 has inbound = 0",
    ]

    @Test(arguments: Seed.sweep())
    func `gives the verdict of the definition`(seed: Seed) throws {
        var random = seed.random
        let history = Self.history(&random)
        let end = 200 + Int64(random.below(60))
        let isComplete = random.chance(3, in: 4)
        var expectations: [Expectation] = []
        for claim in Self.claims {
            for _ in 0..<3 {
                expectations.append(try Expectation(Self.window(&random) + claim))
            }
        }
        var judge = try Judge(expectations, of: History.population, faults: ["split"])
        for fact in history.facts where fact.at <= .at(end) {
            judge.take(fact)
            // Asking in between, and for nothing, changes nothing.
            if random.chance(1, in: 3) { judge.advance(to: fact.at) }
        }
        judge.finish(at: .at(end), isComplete: isComplete)
        let definition = Definition(history.facts, end: .at(end), isComplete: isComplete)
        for (expectation, verdict) in zip(expectations, judge.verdicts) {
            let word = try definition.word(for: expectation)
            #expect(verdict?.word == word, "\(expectation): \(String(describing: verdict))")
        }
    }

    @Test(arguments: Seed.sweep())
    func `never takes back what it decided`(seed: Seed) throws {
        var random = seed.random
        let history = Self.history(&random)
        let expectations = try Self.claims.map { try Expectation(Self.window(&random) + $0) }
        var judge = try Judge(expectations, of: History.population, faults: ["split"])
        var last = judge.verdicts.map { $0?.word }
        for fact in history.facts {
            judge.take(fact)
            let words = judge.verdicts.map { $0?.word }
            for (before, after) in zip(last, words) where before != nil {
                #expect(before == after)
            }
            last = words
        }
    }

    private static func window(_ random: inout Random) -> String {
        let modes = [
            "eventually", "always", "never", "eventually", "always", "never", "sometimes",
            "finally",
        ]
        let mode = modes[random.below(modes.count)]
        var text = mode + " "
        if mode == "finally" { return text }
        if mode != "sometimes", random.chance(1, in: 2) {
            text += "within \(random.below(150))ms "
        }
        switch random.below(4) {
        case 0: text += "after \(random.below(200))ms "
        case 1: text += "after fault split "
        case 2: text += "during fault split "
        case _: break
        }
        if mode != "sometimes", random.chance(1, in: 2) { text += "for \(random.below(30))ms " }
        return text
    }

    private static func history(_ random: inout Random) -> History {
        var history = History(healthyAt: Int64(random.below(20)))
        var time: Int64 = 20
        var rows: [[Temperature]] = Array(
            repeating: [.unknown, .unknown, .unknown, .unknown],
            count: 4
        )
        for (number, _) in rows.enumerated() where random.chance(3, in: 4) {
            history.note(
                .targets(Targets(known: 3, established: 2, active: 1)),
                of: number,
                at: time
            )
        }
        while time < 220 {
            time += Int64(random.below(6))
            let a = random.below(4)
            let b = (a + 1 + random.below(3)) % 4
            switch random.below(24) {
            case 0:
                history.node(a, .down, at: time)
                rows[a] = Array(repeating: .unknown, count: 4)
            case 1, 2: history.node(a, .healthy, at: time)
            case 3: history.node(a, .unhealthy, at: time)
            case 4:
                let fact: Fact.NodeFact = random.chance(1, in: 2) ? .gap : .unasked
                history.node(a, fact, at: time)
                if random.chance(1, in: 2) { time += Int64(random.below(4)) }
                let peers = rows[a].indices.filter { rows[a][$0] != .unknown }.map { other in
                    var row = Snapshot.Peer(
                        peer: .init(rawValue: UInt32(other)),
                        source: .ledger,
                        temperature: rows[a][other]
                    )
                    row.id = nodeID(UInt8(other))
                    return row
                }
                let snapshot = history.snapshot(of: a, peers, at: time)
                history.node(a, .snapshot(snapshot), at: time)
            case 5: history.fact(.faultStarted("split"), at: time)
            case 6: history.fact(.faultHealed("split"), at: time)
            case 7: history.fact(.answered(query: "q", random.chance(1, in: 2)), at: time)
            case 8, 9, 10, 11: history.connect(a, b, at: time)
            case 12: history.disconnect(a, b, at: time)
            case _:
                let to = Temperature.allCases[random.below(4)]
                let sources: [PeerSource] = [.ledger, .addressBook]
                history.move(a, b, rows[a][b], to, source: sources[random.below(2)], at: time)
                rows[a][b] = to
            }
        }
        return history
    }
}

/// Verdicts straight from the words of design §9, all signals worked out for all instants.
private struct Definition {
    /// States by the instant from which they last, to the next one; doubt lasts a nanosecond.
    private var states: [(at: Instant, network: NetworkState)] = []
    private let end: Instant
    private let isComplete: Bool
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
            case .query(let text): return (state.at, state.network.answers[text] ?? .unknown)
            case .same: return (state.at, .unknown)
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
                    $0.reference.id == nodeID(UInt8(other)) && $0.temperature != .unknown
                        && (filters.isEmpty || $0.source != .ledger)
                }
            }
            return Truth(portion == .all ? known.count == others.count : !known.isEmpty)
        }
    }

    private func connected(_ state: (at: Instant, network: NetworkState)) -> Truth {
        let nodes = state.network.nodes
        let up = nodes.indices.filter { nodes[$0].isUp }
        let holds = { (a: Int, b: Int) in
            nodes[a].peers.contains { $0.reference.id == nodeID(UInt8(b)) && $0.direction != nil }
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

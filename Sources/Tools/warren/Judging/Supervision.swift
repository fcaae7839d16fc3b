import Foundation
import WarrenEngines
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Looks at a running network and judges it, until told to end or all is decided.
struct Supervision: Sendable {
    let run: Run
    let expectations: [Expectation]
    /// Since t = 0, the instant at which all nodes were healthy; nil: until cancelled.
    var until: Duration?
    var endsWhenDecided = false
    /// Whether being cancelled is the run's proper end, so that what was to hold to it has held.
    var endIsProper = false

    struct Outcome: Sendable {
        var verdicts: [Verdict]
        /// Not one node answers any more.
        var isLost = false
    }

    /// Between two looks at the network.
    private static let interval: Duration = .milliseconds(100)
    /// How long all nodes may be silent before the network counts as lost.
    private static let silence: Duration = .seconds(5)

    /// Judges; `each` hears of every verdict when it is decided, by the expectation's number.
    func judge(each: @Sendable (Int, Verdict) -> Void) async throws(ExpectationError) -> Outcome {
        var judge = try Judge(
            expectations,
            of: run.manifest.population,
            liveness: run.manifest.liveness
        )
        let clock = ContinuousClock()
        var told = [Bool](repeating: false, count: expectations.count)
        var heardAt = clock.now
        var isLost = false
        func tell() {
            for (number, verdict) in judge.verdicts.enumerated() where !told[number] {
                guard let verdict else { continue }
                told[number] = true
                each(number, verdict)
            }
        }
        let engine = run.engine
        var positions: [Int: EventPosition] = [:]
        while !Task.isCancelled {
            let looks = await look(at: await engine.adminAddresses(), from: positions)
            if looks.contains(where: { !$0.value.isEmpty }) { heardAt = clock.now }
            let now = Self.now
            for (number, facts) in looks.sorted(by: { $0.key < $1.key }) {
                if facts.isEmpty { judge.take(Fact(at: now, .node(number, .down))) }
                for fact in facts { judge.take(Fact(at: now, .node(number, fact))) }
                positions[number] = facts.reduce(positions[number]) { $1.position ?? $0 }
            }
            judge.advance(to: now)
            tell()
            if endsWhenDecided, judge.isDecided { break }
            isLost = clock.now - heardAt > Self.silence
            if isLost { break }
            if let until, let zero = judge.network.zero, zero.advanced(by: until) <= now { break }
            try? await Task.sleep(for: Self.interval)
        }
        judge.finish(at: Self.now, isComplete: !isLost && (endIsProper || !Task.isCancelled))
        tell()
        return Outcome(verdicts: judge.verdicts.compactMap(\.self), isLost: isLost)
    }

    /// What each node tells since last time, by its number; nothing if it does not answer.
    private func look(
        at addresses: [String: String],
        from positions: [Int: EventPosition]
    ) async -> [Int: [Fact.NodeFact]] {
        await withTaskGroup(of: (Int, [Fact.NodeFact]).self) { group in
            for (number, node) in run.manifest.nodes.enumerated() {
                group.addTask {
                    guard let address = addresses[node.name] else { return (number, []) }
                    let client = NodeClient(address: address)
                    return (number, await Self.look(at: client, from: positions[number]))
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private static func look(
        at client: NodeClient,
        from position: EventPosition?
    ) async -> [Fact.NodeFact] {
        guard let position else {
            guard let snapshot = try? await client.snapshot() else { return [] }
            return [.healthy, .snapshot(snapshot)]
        }
        guard let lines = try? await client.events(from: position) else { return [] }
        return [.healthy]
            + lines.map { line in
                switch line {
                case .event(let event): .event(event)
                case .gap: .gap
                }
            }
    }

    private static var now: Instant {
        Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
    }
}

extension Fact.NodeFact {
    /// Where to read on behind it.
    fileprivate var position: EventPosition? {
        switch self {
        case .event(let event): event.position.next
        case .snapshot(let snapshot):
            EventPosition(
                incarnation: snapshot.node.incarnation.number,
                sequence: snapshot.sequence + 1
            )
        case .healthy, .unhealthy, .down, .unasked, .gap: nil
        }
    }
}

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
        while !Task.isCancelled {
            let snapshots = await engine.adminAddresses().snapshots()
            if !snapshots.isEmpty { heardAt = clock.now }
            let now = Self.now
            for (number, node) in run.manifest.nodes.enumerated() {
                guard let snapshot = snapshots[node.name] else {
                    judge.take(Fact(at: now, .node(number, .down)))
                    continue
                }
                judge.take(Fact(at: now, .node(number, .healthy)))
                judge.take(Fact(at: now, .node(number, .snapshot(snapshot))))
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

    private static var now: Instant {
        Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
    }
}

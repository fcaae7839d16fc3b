import Foundation
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// One scenario under many seeds, as many at once as there are cores; nothing is recorded.
struct SeedSweep: Sendable {
    let loaded: LoadedScenario
    let fidelity: Simulation.Fidelity
    let duration: Duration?
    let seeds: ClosedRange<Int64>

    struct Row: Hashable, Sendable, Codable {
        var seed: Int64
        var digest: String
        var broken: [String]
        var unknown: [String]

        var exitCode: Int32 {
            broken.isEmpty ? (unknown.isEmpty ? 0 : Exit.unknown) : Exit.broken
        }
    }

    /// Seeds in one sweep.
    static let limit = 1_000_000

    /// Every seed's outcome, in the order of the seeds.
    func rows(progress: @escaping @Sendable (Int) -> Void) async throws -> [Row] {
        let width = ProcessInfo.processInfo.activeProcessorCount
        return try await withThrowingTaskGroup(of: Row.self) { group in
            var waiting = seeds.makeIterator()
            var rows: [Row] = []
            for _ in 0..<width {
                if let seed = waiting.next() { group.addTask { try row(seed) } }
            }
            while let row = try await group.next() {
                rows.append(row)
                progress(rows.count)
                if let seed = waiting.next() { group.addTask { try self.row(seed) } }
            }
            return rows.sorted { $0.seed < $1.seed }
        }
    }

    private func row(_ seed: Int64) throws -> Row {
        var scenario = loaded.scenario
        scenario.seed = seed
        let run = try SimulatedRun(scenario, fidelity: fidelity, duration: duration)
        let outcome = try run.run()
        guard !outcome.isInterrupted else { throw CancellationError() }
        let judged = zip(run.expectations, outcome.verdicts)
        return Row(
            seed: seed,
            digest: outcome.digest,
            broken: judged.filter { $1.isBroken }.map { "\($0.0)" }
                + outcome.conduct.offences.map { "\(run.name(of: $0)): \($0.words)" },
            unknown: judged.filter { $1.isUnknown }.map { "\($0.0)" }
        )
    }

    /// Runs that finding a smaller scenario may take.
    private static let shrinkBudget = 150

    /// A smaller scenario in which one of `broken` still breaks.
    static func shrink(
        _ scenario: Scenario,
        breaking broken: Set<String>,
        fidelity: Simulation.Fidelity,
        duration: Duration?
    ) -> Shrink.Result {
        Shrink.minimise(scenario, budget: shrinkBudget) { candidate in
            guard
                let run = try? SimulatedRun(candidate, fidelity: fidelity, duration: duration),
                let outcome = try? run.run()
            else { return false }
            guard !outcome.isInterrupted else { return false }
            return zip(run.expectations, outcome.verdicts).contains { expectation, verdict in
                verdict.isBroken && broken.contains("\(expectation)")
            }
        }
    }
}

extension SimulatedRun {
    fileprivate func name(of offence: Conduct.Offence) -> String {
        network.manifest.nodes[offence.node].name
    }

    /// A scenario with its own expectations, for `duration` or until every window, fault and load is over.
    init(_ scenario: Scenario, fidelity: Simulation.Fidelity, duration: Duration?) throws {
        var options = WarrenGenerator.Network.Options()
        options.engine = .simulator
        options.startTime = Simulation.Settings.epoch
        let expectations = try scenario.expectations.map { try Expectation($0.text) }
        let loads = scenario.loads.map { $0.at + ($0.duration ?? .zero) }.max() ?? .zero
        self.init(
            scenario: scenario,
            expectations: expectations,
            network: try WarrenGenerator.Network(scenario, options: options),
            fidelity: fidelity,
            duration: duration
                ?? max(Horizon(expectations, scenario.timetable).whole, loads)
        )
    }
}

extension Verdict {
    fileprivate var isBroken: Bool {
        switch self {
        case .broken: true
        case .held, .unknown: false
        }
    }

    fileprivate var isUnknown: Bool {
        switch self {
        case .unknown: true
        case .held, .broken: false
        }
    }
}

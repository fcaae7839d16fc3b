import ArgumentParser
import Foundation
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario
import WarrenSimulator

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a scenario in virtual time, and record and judge it as a real run.",
        discussion: """
            The same seed gives the same run, to the last event: the digest says so. With --seeds
            nothing is recorded but the first run in which something breaks; a smaller scenario in
            which it still does is written beside it, as shrunk.yaml.

            Examples:
              warren simulate testnets/starter.yaml --for 2h
              warren simulate testnets/starter.yaml --seeds 1..200
            """
    )

    @Argument(help: ArgumentHelp("The scenario.", valueName: "file"))
    var file: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "Virtual time from when all are healthy; else until every window, fault and load is over.",
            valueName: "duration"
        )
    )
    var duration: String?

    @Option(
        help: ArgumentHelp("Try every seed of a range, as 1..200.", valueName: "first..last"),
        transform: Self.range
    )
    var seeds: ClosedRange<Int64>?

    @Option(help: "What links carry: whole messages, or every byte through real connections.")
    var fidelity = Simulation.Fidelity.messages

    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        var schema = "warren/simulate/1"
        var run: String
        var seed: Int64
        var digest: String
        var virtualSeconds: Double
        var events: Int
        var exitCode: Int32
        var replay: String
        var verdicts: [VerdictRow]
        var conduct: ConductRow
        var loads: [LoadRow]?
        var shrunk: String?
    }

    private struct SweepReport: Encodable {
        var schema = "warren/sweep/1"
        var seeds: [SeedSweep.Row]
        var first: Report?
    }

    func run() async throws {
        let loaded = try scenario.load(file)
        let time = try duration.map(Test.duration)
        let code = try await interruptible {
            if let seeds { return try await sweep(seeds, loaded, time) }
            return try single(loaded, time)
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func single(_ loaded: LoadedScenario, _ time: Duration?) throws -> Int32 {
        let report = try record(loaded, time, shrinks: false)
        try output.json(report)
        return report.exitCode
    }

    private func sweep(
        _ seeds: ClosedRange<Int64>,
        _ loaded: LoadedScenario,
        _ time: Duration?
    ) async throws -> Int32 {
        guard !loaded.expectations.isEmpty else {
            throw Exit.fail(
                Exit.unknown,
                "\(loaded.file) expects nothing, so no seed can break it: expected at least one "
                    + "sentence under 'expect', or --set 'expect+=…'"
            )
        }
        let sweep = SeedSweep(loaded: loaded, fidelity: fidelity, duration: time, seeds: seeds)
        let rows: [SeedSweep.Row]
        do {
            rows = try await sweep.rows { Terminal.progress("\($0) of \(seeds.count) seeds") }
        } catch is CancellationError {
            throw Exit.fail(.interrupted)
        }
        let bad = rows.filter { $0.exitCode != 0 }
        for row in bad {
            for text in row.broken { output.text("  broken  seed \(row.seed): \(text)") }
            for text in row.unknown { output.text("  unknown seed \(row.seed): \(text)") }
        }
        output.text("  \(rows.count - bad.count) of \(rows.count) seeds held")
        var first: Report?
        if let worst = bad.first(where: { $0.exitCode == Exit.broken }) ?? bad.first {
            output.text("")
            first = try record(loaded.seeded(worst.seed), time, shrinks: true)
        }
        try output.json(SweepReport(seeds: rows, first: first))
        return bad.contains { $0.exitCode == Exit.broken }
            ? Exit.broken : bad.isEmpty ? 0 : Exit.unknown
    }

    /// Runs one seed with a recording, and says how to see it again.
    private func record(
        _ loaded: LoadedScenario,
        _ time: Duration?,
        shrinks: Bool
    ) throws -> Report {
        let simulated = try SimulatedRun(loaded.scenario, fidelity: fidelity, duration: time)
        let result = try RecordedSimulation(
            simulated: simulated,
            shelf: shelf.shelf,
            output: output
        ).run()
        let code = result.exitCode
        let replay = loaded.replaySimulation(for: simulated.duration, fidelity: fidelity)
        if code != 0 { output.text("  replay: \(replay)") }
        var shrunk: String?
        if shrinks, code == Exit.broken {
            shrunk = try shrink(loaded.scenario, time, result)
            guard !Task.isCancelled else { throw Exit.fail(.interrupted) }
        }
        if !result.outcome.hasBegun {
            Terminal.printError("warren: not every node became healthy, so there was no t = 0")
        }
        output.text("", "  run \(result.run.directory.shown)")
        return Report(
            run: result.run.directory.path,
            seed: loaded.scenario.seed,
            digest: result.outcome.digest,
            virtualSeconds: Double(result.outcome.virtualTime.wholeNanoseconds) / 1e9,
            events: result.outcome.statistics.eventCount,
            exitCode: code,
            replay: replay,
            verdicts: result.rows,
            conduct: result.conduct,
            loads: result.loads,
            shrunk: shrunk
        )
    }

    private func shrink(
        _ scenario: Scenario,
        _ time: Duration?,
        _ found: RecordedSimulation.Result
    ) throws -> String {
        Terminal.progress("looking for a smaller scenario that still breaks")
        let result = SeedSweep.shrink(
            scenario,
            breaking: Set(found.rows.filter { $0.verdict == "broken" }.map(\.expectation)),
            fidelity: fidelity,
            duration: time
        )
        let path = "\(found.run.directory.path)/shrunk.yaml"
        try result.scenario.document.yaml.write(toFile: path, atomically: true, encoding: .utf8)
        output.text(
            "  smaller: \(result.scenario.nodeCount) nodes, \(result.scenario.faults.count) "
                + "faults after \(result.runs) runs: warren simulate \(path)"
        )
        return path
    }

    private static func range(_ text: String) throws -> ClosedRange<Int64> {
        let ends = text.components(separatedBy: "..").map { Int64($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, first <= last,
            last - first < Int64(SeedSweep.limit)
        else {
            throw ValidationError(
                "'\(text)' is no range of seeds: expected one as 1..200, at most \(SeedSweep.limit) "
                    + "of them"
            )
        }
        return first...last
    }
}

extension Simulation.Fidelity: ExpressibleByArgument {}

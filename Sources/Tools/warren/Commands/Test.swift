import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario
import WarrenSimulator

struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Grow a network, judge it, report, and end it: the whole pipeline.",
        discussion: """
            Examples:
              warren test testnets/starter.yaml
              warren test testnets/*.yaml --seed 7 --set 'expect+=network is connected'
            """
    )

    @Argument(help: ArgumentHelp("Scenarios, one after the other.", valueName: "file"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "How long to look, from when all are healthy; else until every window is over.",
            valueName: "duration"
        )
    )
    var until: String?

    @Flag(help: "Leave a network running in which something broke.")
    var keepOnFailure = false

    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        var schema = "warren/test/1"
        var file: String
        var run: String
        var exitCode: Int32
        var replay: String
        var verdicts: [VerdictRow]
        var conduct: ConductRow
        var loads: [LoadRow]?
    }

    func run() async throws {
        let until = try until.map(Self.duration)
        try engine.demandStarts()
        // All files are read before anything starts.
        let loaded = try files.map(scenario.load)
        for scenario in loaded where scenario.expectations.isEmpty {
            throw Exit.fail(
                Exit.unknown,
                "\(scenario.file) expects nothing, so there is nothing to judge: expected at least "
                    + "one sentence under 'expect', or --set 'expect+=…'"
            )
        }
        var worst: Int32 = 0
        var reports: [Report] = []
        for scenario in loaded {
            let report = try await interruptible { try await test(scenario, until: until) }
            reports.append(report)
            worst = Exit.worse(worst, report.exitCode)
        }
        try output.json(reports)
        if worst != 0 { throw ExitCode(worst) }
    }

    static func duration(_ text: String) throws -> Duration {
        guard let duration = Quantity.duration(text), duration > .zero,
            duration <= Expectation.durationLimit
        else {
            throw ValidationError("'\(text)' is no duration: expected one as 15s, 2m or 500ms")
        }
        return duration
    }

    private func test(_ loaded: LoadedScenario, until: Duration?) async throws -> Report {
        if engine.engine == .simulator { return try simulate(loaded, until: until) }
        let launch = try Launch(loaded, engine: engine, shelf: shelf, output: output)
        let run = try await launch.startAnew(isLatest: true)
        let limit = until ?? loaded.horizon.wholeWithRecovery
        let book = VerdictBook(run: run.directory, expectations: loaded.expectations)
        book.write()
        let printer = VerdictPrinter(loaded.expectations, output: output)
        let supervision = Supervision(
            run: run,
            expectations: loaded.expectations,
            until: limit,
            endsWhenDecided: true,
            timetable: loaded.scenario.timetable
        )
        let outcome: Supervisor.Outcome
        do {
            outcome = try await supervision.judge { number, verdict in
                book.note(number, verdict)
                printer.print(number, verdict)
            }
        } catch {
            try await end(run)
            throw error
        }
        let addresses = await run.engine.adminAddresses()
        let snapshots = await addresses.snapshots()
        let rows = book.rows
        let code =
            outcome.isLost ? Exit.lost : Exit.worse(rows.exitCode, outcome.conduct.exitCode)
        let isKept = keepOnFailure && code != 0 && !Task.isCancelled
        if !isKept { try await end(run) }
        guard !Task.isCancelled else { throw Exit.fail(.interrupted) }
        output.loads(outcome.loads)
        output.conduct(outcome.conduct, of: run.manifest, zero: outcome.zero)
        let replay = loaded.replay(engine: engine, until: limit)
        if code != 0 {
            output.text("  replay: \(replay)", "")
            let table = NodeTable(manifest: run.manifest, snapshots: snapshots)
            for line in table.lines(paint: output.paint) { output.text(line) }
        }
        if outcome.isLost { Terminal.printError("warren: the network was lost: no node answers") }
        output.text(
            "",
            "  run \(run.directory.shown)" + (isKept ? " · still running: warren down ends it" : "")
        )
        return Report(
            file: loaded.file,
            run: run.directory.path,
            exitCode: code,
            replay: replay,
            verdicts: rows,
            conduct: ConductRow(outcome.conduct, names: run.manifest.nodes.map(\.name)),
            loads: outcome.loads.isEmpty ? nil : outcome.loads.map(LoadRow.init)
        )
    }

    private func simulate(_ loaded: LoadedScenario, until: Duration?) throws -> Report {
        let simulated = try SimulatedRun(loaded.scenario, fidelity: .messages, duration: until)
        let result = try RecordedSimulation(
            simulated: simulated,
            shelf: shelf.shelf,
            output: output
        ).run()
        let code = result.exitCode
        let replay = loaded.replay(engine: engine, until: simulated.duration)
        if code != 0 { output.text("  replay: \(replay)") }
        output.text("", "  run \(result.run.directory.shown)")
        return Report(
            file: loaded.file,
            run: result.run.directory.path,
            exitCode: code,
            replay: replay,
            verdicts: result.rows,
            conduct: result.conduct,
            loads: result.loads
        )
    }

    private func end(_ run: Run) async throws {
        do throws(EngineFailure) {
            try await run.end()
        } catch {
            throw Exit.fail(error)
        }
    }
}

import ArgumentParser
import Synchronization
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
              warren test testnets/starter.yaml --repeat 20 --until-fail --keep-on-failure
              warren test testnets/starter.yaml --junit results.xml

            On GitHub Actions what did not hold is annotated in the scenario, and the job's summary \
            gets a table of verdicts and a picture of the network.
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

    @Option(help: ArgumentHelp("Write the results there too, as JUnit's XML.", valueName: "file"))
    var junit: String?

    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp(
            "Run each scenario so often; in the simulator, where one seed is one run, with the next seeds.",
            valueName: "number"
        )
    )
    var repeats: Int?

    @Flag(
        help: "Run again until something does not hold: at most --repeat times, else without end."
    )
    var untilFail = false

    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        var schema = "warren/test/1"
        var file: String
        var seed: Int64
        var run: String
        var exitCode: Int32
        var replay: String
        var verdicts: [VerdictRow]
        var conduct: ConductRow
        var loads: [LoadRow]?
        /// The logs of nodes that had to do with what did not hold.
        var logs: [String]?
    }

    /// What came of one run, for people, for programs, and for those who did not watch.
    private struct Round {
        var report: Report
        var result: TestResult
        /// The network still runs, so no other can.
        var isKept = false
    }

    func validate() throws {
        if let repeats, repeats < 1 {
            throw ValidationError("--repeat is \(repeats): expected 1 or more")
        }
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
        let publisher = ResultPublisher(junit: junit, output: output)
        try publisher.write([])
        var rounds: [Round] = []
        do {
            for scenario in loaded {
                try await repeated(scenario, until: until, publisher, &rounds)
                if rounds.last?.isKept == true { break }
            }
        } catch {
            publisher.summarise(rounds.map(\.result))
            throw error
        }
        publisher.summarise(rounds.map(\.result))
        try output.json(rounds.map(\.report))
        let worst = rounds.reduce(0) { Exit.worse($0, $1.report.exitCode) }
        if worst != 0 { throw ExitCode(worst) }
    }

    /// Runs one scenario as often as wanted.
    private func repeated(
        _ loaded: LoadedScenario,
        until: Duration?,
        _ publisher: ResultPublisher,
        _ rounds: inout [Round]
    ) async throws {
        let count = repeats ?? (untilFail ? nil : 1)
        var number = 0
        while count.map({ number < $0 }) ?? true {
            number += 1
            // A simulated run with the same seed would be the same run.
            let isNewSeed = engine.engine == .simulator && number > 1
            let scenario =
                isNewSeed ? loaded.seeded(loaded.scenario.seed + Int64(number - 1)) : loaded
            let place = count == 1 ? nil : TestResult.Round(number: number, count: count)
            if let place {
                let total = place.count.map { " of \($0)" } ?? ""
                output.text((number == 1 ? "" : "\n") + "run \(number)\(total)")
            }
            let began = ContinuousClock.now
            var draft = TestResult(
                file: ResultPublisher.shown(scenario.file),
                name: scenario.scenario.name,
                seed: scenario.scenario.seed,
                engine: engine.engine.rawValue
            )
            draft.round = place
            let round: Round
            do {
                let blank = draft
                round = try await interruptible {
                    try await test(scenario, until: until, as: blank)
                }
            } catch {
                draft.failure = Exit.lastWords.withLock(\.self)
                draft.seconds = Self.seconds(since: began)
                draft.replay = scenario.replay(engine: engine, until: until)
                try publisher.write(rounds.map(\.result) + [draft])
                publisher.annotate(draft)
                throw error
            }
            rounds.append(round)
            rounds[rounds.count - 1].result.seconds = Self.seconds(since: began)
            try publisher.write(rounds.map(\.result))
            publisher.annotate(rounds[rounds.count - 1].result)
            if round.isKept || (untilFail && round.report.exitCode != 0) { break }
        }
    }

    private static func seconds(since began: ContinuousClock.Instant) -> Double {
        Double((ContinuousClock.now - began).wholeNanoseconds) / 1e9
    }

    static func duration(_ text: String) throws -> Duration {
        guard let duration = Quantity.duration(text), duration > .zero,
            duration <= Expectation.durationLimit
        else {
            throw ValidationError("'\(text)' is no duration: expected one as 15s, 2m or 500ms")
        }
        return duration
    }

    private func test(
        _ loaded: LoadedScenario,
        until: Duration?,
        as draft: TestResult
    ) async throws -> Round {
        if engine.engine == .simulator { return try simulate(loaded, until: until, as: draft) }
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
        let names = run.manifest.nodes.map(\.name)
        var result = draft
        result.cases = loaded.cases(rows)
        result.run = run.directory.shown
        result.offences = ConductRow(outcome.conduct, names: names).words
        if outcome.isLost { result.failure = "the network was lost: no node answers" }
        if code != 0 {
            // Before the network ends, and with it what containers wrote.
            let suspects = outcome.isLost ? names : result.culprits(among: names)
            for name in suspects.prefix(Self.logLimit) {
                guard let log = await run.engine.keptLog(of: name) else { continue }
                result.logs.append(ResultPublisher.shown(log))
            }
            if !outcome.isLost, !Task.isCancelled, let end = await run.engine.end(among: names) {
                for line in end.split(separator: "\n") { Terminal.printError("warren: \(line)") }
            }
        }
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
        for (number, log) in result.logs.enumerated() {
            output.text((number == 0 ? "\n  logs  " : "        ") + log)
        }
        if outcome.isLost { Terminal.printError("warren: the network was lost: no node answers") }
        output.text(
            "",
            "  run \(run.directory.shown)" + (isKept ? " · still running: warren down ends it" : "")
        )
        result.replay = replay
        result.graph = NetworkGraph(run.manifest, snapshots: snapshots).mermaid
        let report = Report(
            file: loaded.file,
            seed: loaded.scenario.seed,
            run: run.directory.path,
            exitCode: code,
            replay: replay,
            verdicts: rows,
            conduct: ConductRow(outcome.conduct, names: names),
            loads: outcome.loads.isEmpty ? nil : outcome.loads.map(LoadRow.init),
            logs: result.logs.isEmpty ? nil : result.logs
        )
        return Round(report: report, result: result, isKept: isKept)
    }

    /// Logs that are named one by one.
    private static let logLimit = 10

    private func simulate(
        _ loaded: LoadedScenario,
        until: Duration?,
        as draft: TestResult
    ) throws -> Round {
        let simulated = try SimulatedRun(loaded.scenario, fidelity: .messages, duration: until)
        let done = try RecordedSimulation(
            simulated: simulated,
            shelf: shelf.shelf,
            output: output
        ).run()
        let code = done.exitCode
        let replay = loaded.replay(engine: engine, until: simulated.duration)
        if code != 0 { output.text("  replay: \(replay)") }
        output.text("", "  run \(done.run.directory.shown)")
        var result = draft
        result.cases = loaded.cases(done.rows)
        result.run = done.run.directory.shown
        result.offences = done.conduct.words
        if !done.outcome.hasBegun { result.failure = "the nodes were never all healthy" }
        result.replay = replay
        result.graph = NetworkGraph(done.run.manifest, snapshots: done.outcome.snapshots).mermaid
        let report = Report(
            file: loaded.file,
            seed: loaded.scenario.seed,
            run: done.run.directory.path,
            exitCode: code,
            replay: replay,
            verdicts: done.rows,
            conduct: done.conduct,
            loads: done.loads,
            logs: nil
        )
        return Round(report: report, result: result)
    }

    private func end(_ run: Run) async throws {
        do throws(EngineFailure) {
            try await run.end()
        } catch {
            throw Exit.fail(error)
        }
    }
}

extension LoadedScenario {
    /// Each verdict with the line of the file that has its expectation.
    fileprivate func cases(_ rows: [VerdictRow]) -> [TestResult.Case] {
        let lines = scenario.expectations.map(\.line)
        return rows.enumerated().map { number, row in
            TestResult.Case(row, line: lines.indices.contains(number) ? lines[number] : 0)
        }
    }
}

extension ConductRow {
    /// Each offence after the node that did it.
    fileprivate var words: [String] { errors.map { "\($0.node): \($0.words)" } }
}

import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct Expect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge sentences on the running network, from now on.",
        discussion: """
            Examples:
              warren expect "every relay has hot >= 2" --within 10s
              warren expect -f checks.expect --run starter
            """
    )

    @Argument(help: ArgumentHelp("Expectations, one sentence each.", valueName: "sentence"))
    var sentences: [String] = []

    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp("A file with one sentence a line; # begins a remark.", valueName: "file")
    )
    var file: String?

    @Option(
        help: ArgumentHelp(
            "The window of sentences that name none; 10s unless given.",
            valueName: "duration"
        )
    )
    var within: String?

    @OptionGroup var run: RunOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        var schema = "warren/expect/1"
        var run: String
        var verdicts: [VerdictRow]
        var conduct: ConductRow
    }

    func run() async throws {
        let window = try within.map(Test.duration) ?? .seconds(10)
        let found = try await run.find()
        let expectations = try read(window: window, about: found)
        guard !expectations.isEmpty else {
            throw Exit.fail(Exit.usage, "nothing to judge: expected a sentence, or -f FILE")
        }
        let printer = VerdictPrinter(expectations, output: output)
        guard await !found.engine.aliveNames().isEmpty else {
            return try judgeRecording(of: found, expectations, printer)
        }
        let ahead = try FaultDesk(found).ahead(of: expectations)
        let healing = ahead.isEmpty ? .zero : Horizon(expectations, ahead).wholeWithRecovery
        let supervision = Supervision(
            run: found,
            expectations: expectations,
            until: max(Horizon(expectations, []).bounded, window, healing),
            endsWhenDecided: true,
            isRecorded: false
        )
        let outcome = try await interruptible {
            let outcome = try await supervision.judge { printer.print($0, $1) }
            guard !Task.isCancelled else { throw Exit.fail(Exit.interrupted, "interrupted") }
            return outcome
        }
        try report(found, expectations, outcome)
    }

    private func report(
        _ run: Run,
        _ expectations: [Expectation],
        _ outcome: Supervisor.Outcome
    ) throws {
        let rows = zip(expectations, outcome.verdicts).map { VerdictRow($0, $1) }
        output.conduct(outcome.conduct, of: run.manifest, zero: outcome.zero)
        let conduct = ConductRow(outcome.conduct, names: run.manifest.nodes.map(\.name))
        try output.json(Report(run: run.directory.path, verdicts: rows, conduct: conduct))
        let code =
            outcome.isLost ? Exit.lost : Exit.worse(rows.exitCode, outcome.conduct.exitCode)
        if code != 0 { throw ExitCode(code) }
    }

    /// Goes through a run that has ended, from its t = 0.
    private func judgeRecording(
        of run: Run,
        _ expectations: [Expectation],
        _ printer: VerdictPrinter
    ) throws {
        guard FilePresence.isFile(run.directory.recording) else {
            throw Exit.fail(
                Exit.lost,
                "\(run.manifest.name) is not running and has no recording: `warren up` first"
            )
        }
        do {
            var judge = try Judge(
                expectations,
                of: run.manifest.population,
                faults: run.faultNames ?? [],
                liveness: run.manifest.liveness
            )
            let recording = try Recording(path: run.directory.recording)
            defer { recording.close() }
            var end = Instant.epoch
            try recording.forEachFact { fact in
                judge.take(fact)
                end = max(end, fact.at)
            }
            if let span = try recording.span() { end = max(end, span.endsAt) }
            judge.finish(at: end)
            let verdicts = judge.verdicts.compactMap(\.self)
            for (number, verdict) in verdicts.enumerated() { printer.print(number, verdict) }
            let network = judge.network
            try report(
                run,
                expectations,
                .init(verdicts: verdicts, conduct: network.conduct, zero: network.zero)
            )
        } catch let flaw as RecordingFlaw {
            throw Exit.fail(Exit.lost, "\(flaw)")
        }
    }

    private func read(
        window: Duration,
        about run: Run
    ) throws -> [Expectation] {
        var read: [Expectation] = []
        var problems: [String] = []
        for (place, text) in try lines() {
            do throws(ExpectationError) {
                var expectation = try Expectation(text)
                switch expectation.mode {
                case .eventually, .always, .never, .sometimes:
                    if expectation.within == nil { expectation.within = window }
                // What is about the end of the run has no window.
                case .finally: break
                }
                _ = try Judge(
                    [expectation],
                    of: run.manifest.population,
                    faults: run.faultNames ?? []
                )
                read.append(expectation)
            } catch {
                problems.append("\(place)'\(Document.clipped(text, limit: 100))': \(error)")
            }
        }
        guard problems.isEmpty else {
            throw Exit.fail(Exit.usage, problems.joined(separator: "\n"))
        }
        return read
    }

    /// Every sentence, with its file and line in front of an error.
    private func lines() throws -> [(place: String, text: String)] {
        var found = sentences.map { (place: "", text: $0) }
        guard let file else { return found }
        let bytes: [UInt8]
        do {
            bytes = try FilePresence.read(file, limit: Document.fileByteLimit)
        } catch {
            throw Exit.fail(Exit.usage, "\(file): cannot be read: \(error.text)")
        }
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let text = line.trimmingPrefix(while: \.isWhitespace)
            guard !text.isEmpty, text.first != "#" else { continue }
            found.append(("\(file):\(number + 1): ", String(text)))
        }
        return found
    }
}

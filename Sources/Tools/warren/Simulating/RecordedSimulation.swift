import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenReport
import WarrenScenario
import WarrenSimulator

/// A simulated run with a directory of its own: the same files and recording as a real run's.
struct RecordedSimulation: Sendable {
    let simulated: SimulatedRun
    let shelf: RunShelf
    let output: OutputOptions

    struct Result: Sendable {
        var run: Run
        var outcome: SimulatedRun.Outcome
        var rows: [VerdictRow]

        var conduct: ConductRow {
            ConductRow(outcome.conduct, names: run.manifest.nodes.map(\.name))
        }

        var loads: [LoadRow]? {
            outcome.loads.isEmpty ? nil : outcome.loads.map(LoadRow.init)
        }

        /// By the verdicts, and by how the nodes carried themselves.
        var exitCode: Int32 {
            outcome.hasBegun ? Exit.worse(rows.exitCode, outcome.conduct.exitCode) : Exit.lost
        }
    }

    func run() throws -> Result {
        let manifest = simulated.network.manifest
        let run = Run(directory: shelf.newRun(of: manifest.name), manifest: manifest)
        let book = VerdictBook(run: run.directory, expectations: simulated.expectations)
        let printer = VerdictPrinter(simulated.expectations, output: output)
        output.text(Header.line(of: manifest))
        let outcome: SimulatedRun.Outcome
        do {
            try Disk.write(simulated.network, to: run.directory.path)
            try shelf.setLatest(run.directory, of: manifest.name)
            book.write()
            let recording = try Recording(path: run.directory.recording)
            defer { recording.close() }
            var decided: [(Int, Verdict)] = []
            let total = DurationText.span(simulated.duration)
            outcome = try simulated.run(recording: recording) { number, verdict in
                book.note(number, verdict)
                decided.append((number, verdict))
            } progress: { time in
                Terminal.progress("\(DurationText.span(time)) of \(total) of virtual time")
            }
            guard !outcome.isInterrupted else {
                let time = DurationText.span(outcome.virtualTime)
                output.text("  ended after \(time) of virtual time · run \(run.directory.shown)")
                throw Exit.fail(.interrupted)
            }
            output.text(Self.summary(of: outcome, manifest), "")
            let table = NodeTable(manifest: manifest, snapshots: outcome.snapshots)
            if manifest.nodes.count <= Self.tableLimit {
                for line in table.lines(paint: output.paint) { output.text(line) }
                output.text("")
            }
            for (number, verdict) in decided { printer.print(number, verdict) }
            output.loads(outcome.loads)
            output.conduct(outcome.conduct, of: manifest, zero: outcome.zero)
        } catch let failure as EngineFailure {
            throw Exit.fail(failure)
        } catch let flaw as RecordingFlaw {
            throw Exit.fail(Exit.lost, "\(flaw)")
        } catch let failure as SimulatedRun.Failure {
            throw Exit.fail(Exit.usage, "\(failure)")
        }
        return Result(run: run, outcome: outcome, rows: book.rows)
    }

    /// Nodes that are shown one by one.
    private static let tableLimit = 50

    private static func summary(
        of outcome: SimulatedRun.Outcome,
        _ manifest: NetworkManifest
    ) -> String {
        "  \(manifest.nodes.count) nodes · \(DurationText.span(outcome.virtualTime)) of virtual time · "
            + "\(outcome.statistics.eventCount) events · digest \(outcome.digest)"
    }
}

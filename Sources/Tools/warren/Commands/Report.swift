import ArgumentParser
import Foundation
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenReport
import WarrenScenario

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say and draw how a run went: its chain, how blocks spread, and its verdicts.",
        discussion: """
            Reads the recording, of a run that goes on as well. Besides what it prints it writes a page \
            for a browser, report.html in the run's directory, and with --picture the way of the block \
            as an SVG file.

            Examples:
              warren report
              warren report starter --block 12
              warren report --block a91f0c2 --picture spread.svg
            """
    )

    @Argument(help: ArgumentHelp("The network's name, or a run's directory.", valueName: "run"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The block whose way is shown; else the one whose last adoption is the median.",
            valueName: "height|hash"
        )
    )
    var block: String?

    @Option(help: ArgumentHelp("Where the page goes, else into the run.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("Where a picture of the block's way goes.", valueName: "file"))
    var picture: String?

    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let run = try await shelf.run(name)
        let isRunning = await !run.engine.aliveNames().isEmpty
        let report = try Self.report(of: run, block: block, isRunning: isRunning)
        let page = html ?? "\(run.directory.path)/report.html"
        try Self.write(RunPage(report).text, to: page)
        if let picture {
            guard let drawn = SpreadPicture(report) else {
                throw Exit.fail(Exit.unknown, "no block was made in \(run.manifest.name)")
            }
            try Self.write(drawn.standalone, to: picture)
        }
        try output.json(report.row)
        output.text(Header.line(of: run.manifest))
        for line in report.lines(paint: output.paint) { output.text(line) }
        output.text("", "  page \(page) · run \(run.directory.shown)")
    }

    /// Goes through all that is recorded of a run.
    static func report(of run: Run, block: String?, isRunning: Bool) throws -> RunReport {
        let path = run.directory.recording
        guard FilePresence.isFile(path) else {
            throw Exit.fail(Exit.lost, "\(run.manifest.name) has no recording: `warren up` first")
        }
        do {
            // Whoever runs it writes it too.
            let recording = isRunning ? try Recording(reading: path) : try Recording(path: path)
            defer { recording.close() }
            guard let span = try recording.span() else {
                throw Exit.fail(Exit.lost, "\(path): nothing was recorded yet")
            }
            var chronicle = Chronicle(
                run.manifest.population,
                liveness: run.manifest.liveness,
                from: span.beganAt,
                to: span.endsAt
            )
            var count = 0
            try recording.forEachFact { fact in
                chronicle.take(fact)
                count += 1
                if count % 100_000 == 0 { Terminal.progress("\(count) facts") }
            }
            chronicle.finish()
            let verdicts = VerdictFile(run.directory)?.verdicts ?? []
            return try RunReport(
                run.manifest,
                verdicts: verdicts,
                chronicle: chronicle,
                block: block
            )
        } catch let flaw as RecordingFlaw {
            throw Exit.fail(Exit.lost, "\(flaw)")
        } catch let unknown as RunReport.UnknownBlock {
            throw Exit.fail(Exit.usage, "\(unknown)")
        }
    }

    private static func write(_ text: String, to path: String) throws {
        do {
            try text.write(to: URL(filePath: path), atomically: true, encoding: .utf8)
        } catch {
            throw Exit.fail(Exit.lost, "\(path): cannot be written: \(error.localizedDescription)")
        }
    }
}

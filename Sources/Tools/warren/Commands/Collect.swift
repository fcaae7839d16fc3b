import ArgumentParser
import Foundation
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow a running network and judge it (`warren up` starts this by itself).",
        discussion: """
            Among the nodes, in a container or a pod of theirs, it is told so: it then asks them at \
            the addresses that they have for each other, and carries out no faults.

            Examples:
              warren collect --supervise testnets/out/starter/latest
              warren collect --supervise /etc/warren --into /var/lib/warren/run --inside --judge
            """
    )

    @Option(help: ArgumentHelp("The run to supervise.", valueName: "run"))
    var supervise: String

    @Option(
        help: ArgumentHelp(
            "Where to write, if the run's directory cannot be written.",
            valueName: "directory"
        )
    )
    var into: String?

    @Flag(help: "Ask nodes at their own addresses, as from within their network.")
    var inside = false

    @Flag(help: "End when all is decided, print the verdicts, and exit with what they come to.")
    var judge = false

    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let run = try written(try await shelf.run(supervise))
        let mark: SoleMark?
        do throws(EngineFailure) {
            mark = try SoleMark(run.directory.supervisorMark)
        } catch {
            throw Exit.fail(error)
        }
        guard let mark else {
            throw Exit.fail(Exit.usage, "another process supervises \(run.directory.path)")
        }
        mark.sign()
        let expectations = try run.expectations()
        let book = VerdictBook(run: run.directory, expectations: expectations)
        book.write()
        let timetable = try run.timetable()
        if inside, !timetable.isEmpty {
            Terminal.printError(
                "warren: from inside the network nobody kills or pauses nodes: what is expected "
                    + "after a fault stays unknown"
            )
        }
        var wanted = Supervision(
            run: run,
            expectations: expectations,
            endIsProper: !judge,
            timetable: inside ? [] : timetable,
            hearsRequests: !inside
        )
        wanted.isInside = inside
        if judge {
            wanted.until = Horizon(expectations, inside ? [] : timetable).wholeWithRecovery
            wanted.endsWhenDecided = true
        }
        let supervision = wanted
        let printer = judge ? VerdictPrinter(expectations, output: output) : nil
        let outcome = try await interruptible {
            try await supervision.judge {
                book.note($0, $1)
                printer?.print($0, $1)
            }
        }
        for line in LoadText(outcome.loads).lines() { Terminal.printError(line) }
        _ = mark
        guard judge else { return }
        let code =
            outcome.isLost
            ? Exit.lost : Exit.worse(book.rows.exitCode, outcome.conduct.exitCode)
        if code != 0 { throw ExitCode(code) }
    }

    /// The run, with its notes copied to where there may be more of them.
    private func written(_ run: Run) throws -> Run {
        guard let into else { return run }
        let directory = RunDirectory(path: into)
        do throws(EngineFailure) {
            try Disk.makeDirectory(into)
        } catch {
            throw Exit.fail(error)
        }
        let notes = [
            (run.directory.manifest, directory.manifest),
            (run.directory.scenario, directory.scenario),
        ]
        for (path, copy) in notes {
            // Read and written, for what is mounted may be a link.
            guard let bytes = FileManager.default.contents(atPath: path) else { continue }
            guard FileManager.default.createFile(atPath: copy, contents: bytes) else {
                throw Exit.fail(Exit.lost, "cannot write \(copy): expected a directory to write to")
            }
        }
        return Run(directory: directory, manifest: run.manifest)
    }
}

extension Run {
    /// What it was made from; nil of a network that was attached to.
    func scenario() throws -> Scenario? {
        guard let text = scenarioText else { return nil }
        do throws(DocumentErrors) {
            let document = try Document(yaml: Array(text.utf8), file: directory.scenario)
            return try Scenario.read(document, file: directory.scenario)
        } catch {
            throw Exit.fail(Exit.lost, "\(error)")
        }
    }

    /// The faults of its scenario; none of a network that was attached to.
    func timetable() throws -> [ResolvedFault] { try scenario()?.timetable ?? [] }

    /// What the manifest expects, read again.
    func expectations() throws -> [Expectation] {
        try manifest.expectations.map { sentence in
            do throws(ExpectationError) {
                return try Expectation(sentence.text)
            } catch {
                throw Exit.fail(
                    Exit.usage,
                    "\(directory.manifest): expectation '\(sentence.text)': \(error)"
                )
            }
        }
    }
}

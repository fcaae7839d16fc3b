import ArgumentParser
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
        discussion: "Example:\n  warren collect --supervise testnets/out/starter/latest"
    )

    @Option(help: ArgumentHelp("The run to supervise.", valueName: "run"))
    var supervise: String

    @OptionGroup var shelf: ShelfOptions

    func run() async throws {
        let run = try await shelf.run(supervise)
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
        let supervision = Supervision(
            run: run,
            expectations: expectations,
            endIsProper: true,
            timetable: try run.timetable(),
            hearsRequests: true
        )
        let outcome = try await interruptible {
            try await supervision.judge { book.note($0, $1) }
        }
        for line in LoadText(outcome.loads).lines() { Terminal.printError(line) }
        _ = mark
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

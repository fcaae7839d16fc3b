import ArgumentParser
import WarrenEngines
import WarrenGenerator
import WarrenScenario

struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End the running network: its supervisor and every node.",
        discussion: "Examples:\n  warren down\n  warren down starter\n  warren down --all"
    )

    @Argument(help: ArgumentHelp("The network's name, or a run's directory.", valueName: "run"))
    var name: String?

    @Flag(help: "End every network that runs.")
    var all = false

    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private struct Row: Encodable {
        var run: String
        var ended: Int
        var killed: [String]
    }

    func run() async throws {
        let runs: [Run]
        if name != nil {
            runs = [try await shelf.run(name)]
        } else {
            runs = await shelf.shelf.running()
            if runs.count > 1, !all { throw ShelfOptions.ambiguous(runs) }
        }
        var rows: [Row] = []
        for run in runs { rows.append(try await end(run)) }
        if runs.isEmpty { output.text("nothing is running under \(shelf.out)") }
        try output.json(rows)
    }

    private func end(_ run: Run) async throws -> Row {
        let alive = await run.engine.aliveNames()
        let killed: [String]
        do throws(EngineFailure) {
            killed = try await run.end()
        } catch {
            throw Exit.fail(error)
        }
        let left = await run.engine.aliveNames()
        guard left.isEmpty else {
            throw Exit.fail(Exit.lost, "still running: \(left.joined(separator: ", "))")
        }
        let note =
            killed.isEmpty ? "" : "; had to be killed: \(killed.joined(separator: ", "))"
        output.text(
            alive.isEmpty
                ? "\(run.manifest.name) is not running, and nothing is left of it"
                : "\(run.manifest.name): \(alive.count) nodes ended\(note)"
        )
        return Row(run: run.directory.path, ended: alive.count, killed: killed)
    }
}

extension Run {
    /// Ends the supervisor, then every node; nothing of the run is left alive.
    ///
    /// - Returns: The names of nodes that had to be killed.
    @discardableResult
    func end() async throws(EngineFailure) -> [String] {
        await endSupervisor()
        return try await engine.stop()
    }
}

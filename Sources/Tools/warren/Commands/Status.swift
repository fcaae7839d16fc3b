import ArgumentParser
import WarrenEngines
import WarrenGenerator
import WarrenReport
import WarrenScenario

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every node of the running network.",
        discussion: "Examples:\n  warren status\n  warren status starter --format json"
    )

    @Argument(help: ArgumentHelp("The network's name, or a run's directory.", valueName: "run"))
    var name: String?

    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let run = try await shelf.run(name)
        let addresses = await run.engine.adminAddresses()
        let snapshots = await addresses.snapshots()
        let found = run.conduct()
        let row = RunRow(run, snapshots, addresses, found?.conduct)
        try output.json(row)
        let state =
            row.isRunning
            ? "\(snapshots.count) of \(run.manifest.nodes.count) nodes answer" : "not running"
        output.text(
            Header.line(of: run.manifest),
            "  \(state)" + (row.supervisor.map { " · supervisor \($0)" } ?? ""),
            ""
        )
        if row.isRunning {
            let table = NodeTable(manifest: run.manifest, snapshots: snapshots)
            for line in table.lines(paint: output.paint) { output.text(line) }
            output.text("")
        }
        if let verdicts = row.verdicts {
            for verdict in verdicts {
                for line in verdict.lines(width: verdicts.width, paint: output.paint) {
                    output.text(line)
                }
            }
        }
        if let found {
            output.conduct(found.conduct, of: run.manifest, zero: found.zero)
        }
        output.text("", "  run \(run.directory.shown)")
    }
}

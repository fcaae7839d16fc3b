import ArgumentParser
import WarrenScenario

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether scenarios are sound, or what is wrong in which line.",
        discussion: "Example:\n  warren validate testnets/*.yaml"
    )

    @Argument(help: ArgumentHelp("Scenario files.", valueName: "file"))
    var files: [String]

    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var output: OutputOptions

    private struct Row: Encodable {
        var file: String
        var name: String
        var nodes: Int
        var expectations: Int
    }

    func run() throws {
        var rows: [Row] = []
        var failure: (any Error)?
        for file in files {
            do {
                let loaded = try scenario.load(file)
                let row = Row(
                    file: file,
                    name: loaded.scenario.name,
                    nodes: loaded.scenario.nodeCount,
                    expectations: loaded.expectations.count
                )
                rows.append(row)
                output.text(
                    "\(file): ok: \(row.nodes) nodes, \(row.expectations) expectations"
                )
            } catch {
                failure = failure ?? error
            }
        }
        try output.json(rows)
        if let failure { throw failure }
    }
}

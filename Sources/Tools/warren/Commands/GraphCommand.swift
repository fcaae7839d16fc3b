import ArgumentParser
import WarrenEngines
import WarrenReport
import WarrenScenario

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Print who is connected to whom, for a program that draws.",
        discussion: """
            Examples:
              warren graph | dot -Tsvg > starter.svg
              warren graph --format mermaid
            """
    )

    enum Form: String, ExpressibleByArgument, CaseIterable { case dot, graphml, mermaid }

    @Option(help: "The language of the graph.")
    var format = Form.dot

    @Argument(help: ArgumentHelp("The network's name, or a run's directory.", valueName: "run"))
    var name: String?

    @OptionGroup var shelf: ShelfOptions

    func run() async throws {
        let run = try await shelf.run(name)
        let snapshots = await run.engine.adminAddresses().snapshots()
        guard !snapshots.isEmpty else {
            throw Exit.fail(Exit.lost, "\(run.manifest.name) is not running: no node answers")
        }
        let graph = NetworkGraph(run.manifest, snapshots: snapshots)
        let text =
            switch format {
            case .dot: graph.dot
            case .graphml: graph.graphML
            case .mermaid: graph.mermaid
            }
        Terminal.printLine(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
}

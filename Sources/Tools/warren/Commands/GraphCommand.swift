import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
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
        var snapshots = await run.engine.adminAddresses().snapshots()
        if snapshots.isEmpty { snapshots = try recorded(run) }
        guard !snapshots.isEmpty else {
            throw Exit.fail(
                Exit.lost,
                "\(run.manifest.name) is not running, and its recording has no snapshots"
            )
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

    /// The last that is known of each node of a run that has ended.
    private func recorded(_ run: Run) throws -> [String: Snapshot] {
        guard FilePresence.isFile(run.directory.recording) else { return [:] }
        do throws(RecordingFlaw) {
            let recording = try Recording(path: run.directory.recording)
            defer { recording.close() }
            var snapshots: [String: Snapshot] = [:]
            try recording.forEachFact { fact in
                if case .node(let node, .snapshot(let snapshot)) = fact.what,
                    run.manifest.nodes.indices.contains(node)
                {
                    snapshots[run.manifest.nodes[node].name] = snapshot
                }
            }
            return snapshots
        } catch {
            throw Exit.fail(Exit.lost, "\(error)")
        }
    }
}

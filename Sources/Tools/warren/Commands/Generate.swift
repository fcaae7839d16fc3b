import ArgumentParser
import Foundation
import WarrenEngines
import WarrenGenerator
import WarrenScenario

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write every file of a network, and start nothing.",
        discussion: """
            Examples:
              warren generate testnets/starter.yaml
              warren generate testnets/starter.yaml --engine compose -o /tmp/starter
            """
    )

    @Argument(help: ArgumentHelp("The scenario.", valueName: "file"))
    var file: String

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Where to write; else a new run's directory.", valueName: "directory")
    )
    var directory: String?

    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private struct Row: Encodable {
        var directory: String
        var nodes: Int
        var files: [String]
    }

    func run() throws {
        let network = try scenario.load(file).network(engine)
        let path =
            directory ?? shelf.shelf.newRun(of: network.manifest.name).path
        if directory != nil, let found = try? FileManager.default.contentsOfDirectory(atPath: path),
            !found.isEmpty, !found.contains("network.json")
        {
            throw Exit.fail(
                Exit.usage,
                "\(path) holds other things than a network: expected a new or empty directory"
            )
        }
        do throws(EngineFailure) {
            try Disk.write(network, to: path)
        } catch {
            throw Exit.fail(error)
        }
        output.text("\(network.nodes.count) nodes generated in \(path)")
        try output.json(
            Row(
                directory: path,
                nodes: network.nodes.count,
                files: network.files.map(\.path)
            )
        )
    }
}

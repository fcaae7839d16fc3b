import ArgumentParser
import Foundation
import WarrenEngines
import WarrenGenerator
import WarrenPrimitives
import WarrenScenario

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write every file of a network, and start nothing.",
        discussion: """
            All files follow from the scenario, but for the time at which the chain begins.

            Examples:
              warren generate testnets/starter.yaml
              warren generate testnets/starter.yaml --start-time 2026-12-01T12:00:00Z
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

    @Option(
        help: ArgumentHelp("When slot 0 of the chain begins; else now.", valueName: "RFC 3339"),
        transform: Self.instant
    )
    var startTime: Instant?

    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private static func instant(_ text: String) throws -> Instant {
        guard let date = try? Date(text, strategy: .iso8601), date.timeIntervalSince1970 > 0 else {
            throw ValidationError("'\(text)' is no time: expected one as 2026-12-01T12:00:00Z")
        }
        return Instant(nanoseconds: Int64(date.timeIntervalSince1970) * 1_000_000_000)
    }

    private struct Row: Encodable {
        var directory: String
        var nodes: Int
        var files: [String]
    }

    func run() throws {
        let network = try scenario.load(file).network(engine, startTime: startTime)
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

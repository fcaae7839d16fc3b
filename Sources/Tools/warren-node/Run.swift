import ArgumentParser
import Logging
import WarrenNIO
import WarrenPrimitives

extension LineLog.Format: ExpressibleByArgument {}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a node (this is what happens without a subcommand).",
        discussion: """
            What is not named lies beside the configuration: topology.json, node_key.json, \
            genesis.json and the directory data. A key is made where there is none.

            Example:
              warren-node --config config.json --data-dir ./data
            """
    )

    @Option(help: ArgumentHelp("The configuration.", valueName: "path"))
    var config: String

    @Option(help: ArgumentHelp("Whom to know from the start.", valueName: "path"))
    var topology: String?

    @Option(help: ArgumentHelp("Who the node is.", valueName: "path"))
    var nodeKey: String?

    @Option(help: ArgumentHelp("What the network agrees on.", valueName: "path"))
    var genesis: String?

    @Option(help: ArgumentHelp("Where the node keeps what it learns.", valueName: "directory"))
    var dataDir: String?

    @Flag(help: "Warn of unknown keys in the configuration instead of refusing them.")
    var lenient = false

    @Option(help: "How lines on stderr look: text or json.")
    var logFormat = LineLog.Format.text

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    @Option(
        help: ArgumentHelp(
            "At the first start, wait this long for the names of peers to have addresses.",
            valueName: "seconds"
        )
    )
    var nameWait = 0

    @Flag(help: "Print the node's id and end.")
    var printId = false

    func validate() throws {
        guard (0...3600).contains(nameWait) else {
            throw ValidationError("--name-wait \(nameWait): expected 0 to 3600 seconds")
        }
    }

    func run() throws {
        guard let level = Logger.Level(rawValue: logLevel) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level '\(logLevel)': expected one of \(known)")
        }
        let files: NodeFiles
        do {
            files = try NodeFiles(
                .init(
                    config: config,
                    topology: topology,
                    nodeKey: nodeKey,
                    genesis: genesis,
                    data: dataDir
                ),
                lenient: lenient
            )
        } catch {
            throw fail(usageCode, "\(error)")
        }
        if printId {
            print(files.key.id)
            return
        }
        if nameWait > 0 {
            var wait = NameWait(files)
            let missing = wait.wait(seconds: nameWait)
            if !missing.isEmpty {
                printError("no address after \(nameWait) s: \(missing.joined(separator: ", "))")
            }
        }
        NodeLife.run(files, name: "warren-node", logFormat: logFormat, logLevel: level)
    }
}

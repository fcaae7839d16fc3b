import ArgumentParser
import Foundation
import Logging
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenSwitch

/// A node executable of one's own: what `warren-node` is, with more protocols.
///
/// It takes the options of `warren-node`, so whatever starts that can start this instead:
/// ``ProcessNetwork``, and `warren` if `WARREN_NODE` names its path.
///
/// ```swift
/// import WarrenKit
///
/// @main struct RumourNode {
///     static func main() { NodeProgram.run { _ in [RumourReactor()] } }
/// }
/// ```
public enum NodeProgram {
    /// Runs a node as the command line says until it is told to stop, and leaves the process.
    ///
    /// To be called first of all, on the main thread: signals are its business from then on.
    /// SIGTERM and SIGINT stop the node within 2 s, SIGHUP reads the topology again, SIGUSR1 logs a
    /// snapshot. Exit codes: 0 stopped as asked, 3 could not start or was lost, 64 wrong usage, a
    /// bad file, or reactors that cannot live together, 130 stopped by a second signal.
    public static func run(reactors make: ReactorMaker) -> Never {
        let arguments = Arguments.parseOrExit()
        let name = URL(filePath: CommandLine.arguments.first ?? "node").lastPathComponent
        let files: NodeFiles
        do {
            files = try NodeFiles(arguments.paths, lenient: arguments.lenient)
        } catch {
            refuse("\(name): \(error)")
        }
        let profile = NodeProfile(
            name: files.configuration.moniker,
            id: files.key.id,
            role: files.configuration.role,
            network: files.configuration.network
        )
        let reactors = make(profile)
        if let complaint = OwnChannels.complaint(about: reactors) {
            refuse("\(name): \(complaint)")
        }
        NodeLife.run(
            files,
            reactors: reactors,
            name: name,
            logFormat: arguments.logFormat,
            logLevel: arguments.level
        )
    }

    private static func refuse(_ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(64)
    }
}

/// The options that `warren-node` has for running a node.
private struct Arguments: ParsableArguments {
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

    /// What ``logLevel`` means, once it is checked.
    var level: Logger.Level { Logger.Level(rawValue: logLevel) ?? .info }

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) == nil else { return }
        let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--log-level '\(logLevel)': expected one of \(known)")
    }

    var paths: NodeFiles.Paths {
        NodeFiles.Paths(
            config: config,
            topology: topology,
            nodeKey: nodeKey,
            genesis: genesis,
            data: dataDir
        )
    }
}

extension LineLog.Format: ExpressibleByArgument {}

import ArgumentParser
import Glibc
import WarrenNIO

/// The command line of a node.
///
/// Source: design §6.
@main
struct WarrenNode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warren-node",
        abstract: "One node of a peer-to-peer network, which shows every peer as it is.",
        discussion: """
            Example:
              warren-node --config config.json --data-dir ./data
              curl http://127.0.0.1:3101/snapshot

            SIGTERM and SIGINT stop the node within 2 s, SIGHUP reads the topology again, SIGUSR1 \
            logs a snapshot. Exit codes: 0 stopped as asked, 3 could not start or was lost, 64 \
            wrong usage or a bad file.
            """,
        version: "warren-node \(Version.text)",
        subcommands: [
            Run.self, Health.self, ShowNodeID.self, GenNodeKey.self, StoreTrial.self,
            ChainTrial.self,
        ],
        defaultSubcommand: Run.self
    )
}

/// One line on stderr.
func printError(_ message: String) {
    var line = "warren-node: \(message)\n"
    line.withUTF8 { bytes in
        _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
}

/// Ends the process with a message that says what to do.
func fail(_ code: Int32, _ message: String) -> ExitCode {
    printError(message)
    return ExitCode(code)
}

/// What `sysexits.h` calls EX_USAGE: wrong usage, or a bad file.
let usageCode: Int32 = 64
/// The node could not be started, or was lost (design §13).
let lostCode = NodeLife.lostCode

import ArgumentParser
import Glibc
import WarrenNIO

/// Grows a chain in a store until it is killed: what the crash test kills.
///
/// Each life begins where the one before was cut off, with ``Restoration``. Whatever a batch is meant
/// to leave goes to stdout before it is handed over, and `safe NUMBER` once it is in the store.
struct ChainTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chain-trial",
        abstract: "Grow a chain in a store until killed (for tests).",
        shouldDisplay: false
    )

    @Option var dataDir: String
    @Option var seed: UInt64

    func run() throws {
        do {
            var grower = try ChainGrower(try Store(directory: dataDir), seed: seed)
            while true { try grower.grow() }
        } catch {
            throw fail(lostCode, "\(error)")
        }
    }
}

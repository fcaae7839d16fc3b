import ArgumentParser
import Glibc
import Synchronization
import WarrenNIO
import WarrenPrimitives

/// Writes numbered batches to a store until it is killed: what the crash test kills.
///
/// Batch `n` writes two rows and takes one away; the number of each batch that is safe goes to
/// stdout.
struct StoreTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store-trial",
        abstract: "Write to a store until killed (for tests).",
        shouldDisplay: false
    )

    @Option var dataDir: String

    /// Batches under way at once.
    private static let depth: UInt64 = 8

    func run() throws {
        let store: Store
        do {
            store = try Store(directory: dataDir)
        } catch {
            throw fail(lostCode, "\(error)")
        }
        let trial = Trial(store: store)
        for _ in 0..<Self.depth { trial.writeNext() }
        while true { pause() }
    }

    private final class Trial: Sendable {
        private let store: Store
        private let last = Atomic<UInt64>(0)

        init(store: Store) { self.store = store }

        func writeNext() {
            let number = last.add(1, ordering: .sequentiallyConsistent).newValue
            store.write(Self.batch(number)) { [self] flaw in
                if let flaw {
                    printError("\(flaw)")
                    Glibc.exit(lostCode)
                }
                print(number)
                fflush(nil)
                writeNext()
            }
        }

        private static func batch(_ number: UInt64) -> [StoreChange] {
            let key = number.bigEndianBytes
            var changes = [
                StoreChange(.meta, key: key, value: key), StoreChange(.book, key: key, value: []),
            ]
            if number > 1 {
                changes.append(
                    StoreChange(.book, key: (number - 1).bigEndianBytes, value: nil)
                )
            }
            return changes
        }
    }
}

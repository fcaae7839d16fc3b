import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives

/// A node's life in this process, steered by signals; it ends by leaving the process.
final class Life: Sendable {
    private let files: NodeFiles
    private let clock: SystemClock
    private let logger: Logger
    private let process = Mutex<NodeProcess?>(nil)
    /// One thread for all there is to do.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let executor: LoopTaskExecutor

    init(files: NodeFiles, clock: SystemClock, logger: Logger) {
        self.files = files
        self.clock = clock
        self.logger = logger
        executor = LoopTaskExecutor(group.next())
    }

    func begin() {
        Task(executorPreference: executor) { [self] in
            do {
                let node = try await NodeProcess.start(
                    .init(files),
                    on: group,
                    clock: clock,
                    logger: logger
                )
                process.withLock { $0 = node }
                let address = node.listenAddress
                logger.notice(
                    "listening",
                    metadata: [
                        "id": "\(files.key.id)",
                        "address": address.port == 0 ? "nowhere" : "\(address)",
                        "admin": "\(node.adminAddress)",
                        "network": "\(files.configuration.network)",
                    ]
                )
                leave(await node.finish())
            } catch {
                printError("\(error)")
                exit(lostCode)
            }
        }
    }

    /// The topology file as it now is; the old one stays where the new one is bad.
    func reload() {
        do {
            let file = try NodeFiles.topology(files.paths)
            for warning in file.warnings { logger.warning("\(warning)") }
            let snapshot = try NodeFiles.snapshot(of: file.topology, files.paths)
            for warning in snapshot?.warnings ?? [] { logger.warning("\(warning)") }
            withNode { await $0.take(.topology(file.topology, snapshot: snapshot?.snapshot)) }
            logger.notice("read the topology again")
        } catch {
            logger.error("the topology stays as it was: \(error)")
        }
    }

    func show() {
        withNode { [logger] shell in
            let text = EventLineText.text(of: await shell.snapshot())
            logger.notice("snapshot", metadata: ["snapshot": "\(text.dropLast())"])
        }
    }

    func stop() {
        logger.notice("stopping")
        let isUp = process.withLock { $0 != nil }
        if !isUp { exit(0) }
        withNode { await $0.stop() }
    }

    private func withNode(_ body: @escaping @Sendable (NodeShell) async -> Void) {
        guard let shell = process.withLock({ $0?.shell }) else { return }
        Task(executorPreference: executor) { await body(shell) }
    }

    private func leave(_ ending: NodeShell.Ending) {
        switch ending {
        case .asked:
            logger.notice("stopped")
            exit(0)
        case .storeFailed(let why):
            logger.critical("stopped: \(why)")
            exit(lostCode)
        case .failed:
            logger.critical("stopped by itself")
            exit(lostCode)
        }
    }
}

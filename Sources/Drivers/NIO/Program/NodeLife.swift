import Glibc
package import Logging
import NIOCore
import NIOPosix
import Synchronization
import WarrenNode
import WarrenObservation
import WarrenPrimitives
package import WarrenSwitch

/// A node's life as a whole program, steered by signals; what `warren-node` runs.
///
/// SIGTERM and SIGINT stop the node, SIGHUP reads the topology again, SIGUSR1 logs a snapshot. It
/// ends by leaving the process, so that nothing needs to be waited for. Source: design §6.
package final class NodeLife: Sendable {
    /// The process's code where the node could not be started, or was lost (design §13).
    package static let lostCode: Int32 = 3
    /// The process's code where a second signal ended it at once (design §13).
    package static let interruptedCode: Int32 = 130

    private let files: NodeFiles
    private let clock: SystemClock
    private let logger: Logger
    private let reactors: [any Reactor]
    private let process = Mutex<NodeProcess?>(nil)
    /// One thread for all there is to do.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let executor: LoopTaskExecutor

    private init(
        files: NodeFiles,
        reactors: [any Reactor],
        clock: SystemClock,
        logger: Logger
    ) {
        self.files = files
        self.reactors = reactors
        self.clock = clock
        self.logger = logger
        executor = LoopTaskExecutor(group.next())
    }

    /// Runs a node until it is told to stop or is lost, and leaves the process.
    ///
    /// To be called from the main thread while there is no other: signals are held back from then
    /// on. `name` is the program's, for the log and for errors.
    package static func run(
        _ files: NodeFiles,
        reactors: [any Reactor] = [],
        name: String,
        logFormat: LineLog.Format,
        logLevel: Logger.Level
    ) -> Never {
        // Before there are other threads, which inherit it.
        let signals = SignalQueue([SIGTERM, SIGINT, SIGHUP, SIGUSR1])
        let clock = SystemClock()
        let log = LineLog(format: logFormat, level: logLevel, clock: clock)
        let logger = Logger(label: name) { _ in log }
        for warning in files.warnings { logger.warning("\(warning)") }
        let life = NodeLife(files: files, reactors: reactors, clock: clock, logger: logger)
        life.begin(name)
        var isStopping = false
        while true {
            switch signals.next() {
            case SIGHUP: life.reload()
            case SIGUSR1: life.show()
            case _ where isStopping: exit(interruptedCode)
            case _:
                isStopping = true
                life.stop()
            }
        }
    }

    private func begin(_ name: String) {
        Task(executorPreference: executor) { [self] in
            do {
                var parts = NodeProcess.Parts(files)
                parts.reactors = reactors
                let node = try await NodeProcess.start(
                    parts,
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
                FilePresence.write(Array("\(name): \(error)\n".utf8), to: STDERR_FILENO)
                exit(Self.lostCode)
            }
        }
    }

    /// The topology file as it now is; the old one stays where the new one is bad.
    private func reload() {
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

    private func show() {
        withNode { [logger] shell in
            let text = EventLineText.text(of: await shell.snapshot())
            logger.notice("snapshot", metadata: ["snapshot": "\(text.dropLast())"])
        }
    }

    private func stop() {
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
            exit(Self.lostCode)
        case .failed:
            logger.critical("stopped by itself")
            exit(Self.lostCode)
        }
    }
}

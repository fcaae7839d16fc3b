package import Logging
import NIOCore
package import NIOPosix
package import WarrenNode
import WarrenObservation
package import WarrenPeering
package import WarrenPrimitives
package import WarrenSwitch

/// A whole node in one process: its thread, store, sockets and admin port, from start to end.
package final class NodeProcess: Sendable {
    package let shell: NodeShell
    /// With port 0 where the node only initiates.
    package let listenAddress: HostPort
    package let adminAddress: HostPort

    private let store: Store
    private let admin: Task<Void, Never>

    /// Why a node cannot start.
    package enum Flaw: Error, Sendable, CustomStringConvertible {
        case store(StoreFlaw)
        /// `what` is the name of the configuration's key.
        case address(HostPort, what: String, String)

        package var description: String {
            switch self {
            case .store(let flaw): flaw.description
            case .address(let address, let what, let why): "\(what) \(address): \(why)"
            }
        }
    }

    /// What a node is made of, besides chance.
    package struct Parts: Sendable {
        package var configuration: NodeConfiguration
        package var topology: Topology
        package var key: NodeKey
        package var dataDirectory: String
        package var genesis: Genesis?
        package var snapshot: LedgerSnapshot?
        package var adminLimits = AdminServer.Limits()
        /// Protocols besides Warren's own, and where what they report goes, by their places.
        package var reactors: [any Reactor] = []
        package var reportSink: (@Sendable (Int, any Sendable) -> Void)?

        package init(
            configuration: NodeConfiguration,
            topology: Topology,
            key: NodeKey,
            dataDirectory: String
        ) {
            self.configuration = configuration
            self.topology = topology
            self.key = key
            self.dataDirectory = dataDirectory
        }

        package init(_ files: NodeFiles) {
            self.init(
                configuration: files.configuration,
                topology: files.topology,
                key: files.key,
                dataDirectory: files.paths.dataPath
            )
            genesis = files.genesis
            snapshot = files.snapshot
        }
    }

    /// Starts a node; everything is up when this returns.
    ///
    /// The node lives on one thread of `group`, and so does its admin port. The caller's task should
    /// prefer it too, with ``LoopTaskExecutor``, lest the runtime make threads of its own.
    package static func start(
        _ parts: Parts,
        on group: MultiThreadedEventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) async throws(Flaw) -> NodeProcess {
        let store: Store
        let rows: [StoreChange]
        do {
            store = try Store(directory: parts.dataDirectory)
            rows = try store.load()
        } catch {
            throw .store(error)
        }
        let loop = group.next()
        var system = SystemRandomNumberGenerator()
        let birth = Node.Birth(
            configuration: parts.configuration,
            topology: parts.topology,
            ownID: parts.key.id,
            incarnation: system.next(),
            bookKey: Sodium.randomBytes(16),
            genesis: parts.genesis,
            snapshot: parts.snapshot,
            signer: parts.configuration.role == .blockProducer ? parts.key : nil
        )
        let shell = NodeShell(
            node: Node(birth: birth, reactors: parts.reactors),
            birth: birth,
            key: parts.key,
            store: store,
            random: Random(seed: system.next()),
            loop: loop,
            clock: clock,
            logger: logger
        )
        if let sink = parts.reportSink { await shell.sendReports(to: sink) }
        do throws(Flaw) {
            let (admin, adminAddress) = try await serve(shell, parts: parts, logger: logger)
            let listenAddress: HostPort
            do {
                listenAddress = try await shell.start(rows: rows)
            } catch {
                admin.cancel()
                let own = parts.configuration.listenAddress
                throw Flaw.address(own, what: "ListenAddress", why(error, own))
            }
            await shell.serve(admin: adminAddress)
            return NodeProcess(
                shell: shell,
                listenAddress: listenAddress,
                adminAddress: adminAddress,
                store: store,
                admin: admin
            )
        } catch {
            await shell.abandon()
            store.close()
            throw error
        }
    }

    private init(
        shell: NodeShell,
        listenAddress: HostPort,
        adminAddress: HostPort,
        store: Store,
        admin: Task<Void, Never>
    ) {
        self.shell = shell
        self.listenAddress = listenAddress
        self.adminAddress = adminAddress
        self.store = store
        self.admin = admin
    }

    private static func serve(
        _ shell: NodeShell,
        parts: Parts,
        logger: Logger
    ) async throws(Flaw) -> (Task<Void, Never>, HostPort) {
        let server = AdminServer(shell: shell, limits: parts.adminLimits, logger: logger)
        let running = shell.loop.makePromise(of: HostPort.self)
        let address = parts.configuration.adminAddress
        let task = Task(executorPreference: LoopTaskExecutor(shell.loop)) {
            await server.run(on: address, running: running)
        }
        do {
            return (task, try await running.futureResult.get())
        } catch {
            throw .address(address, what: "AdminAddress", why(error, address))
        }
    }

    /// What the system said, and what to do.
    private static func why(_ error: any Error, _ address: HostPort) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        switch error.errnoCode {
        case SystemFlaw.addressInUse:
            let holder = PortHolder.find(address).map { " by \($0)" } ?? ""
            return "the port is in use\(holder): stop whoever holds it, or name another port"
        case SystemFlaw.noPermission:
            return "not permitted: ports below 1024 need a right; name another port"
        case SystemFlaw.addressNotAvailable:
            return "not an address of this machine: expected one of its own, or 0.0.0.0"
        default: return SystemFlaw(code: error.errnoCode).text
        }
    }

    /// Waits for the node to end, and then for its store.
    package func finish() async -> NodeShell.Ending {
        let ending = (try? await shell.ending.get()) ?? .failed
        admin.cancel()
        await admin.value
        store.close()
        return ending
    }
}

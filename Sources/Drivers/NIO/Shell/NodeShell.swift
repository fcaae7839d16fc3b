package import Logging
package import NIOCore
package import WarrenChain
package import WarrenNode
package import WarrenObservation
import WarrenPeering
package import WarrenPrimitives
package import WarrenSwitch

/// Runs one node on one event loop.
///
/// Facts wait in an inbox; for each, the node is asked once and its effects are carried out in
/// order. Nothing enters the node while that goes on: what an effect brings about comes back
/// through the inbox. Handlers on the loop enter without a hop (style 15).
package actor NodeShell {
    package nonisolated let loop: any EventLoop
    package nonisolated let clock: SystemClock
    package nonisolated let key: NodeKey
    package nonisolated let configuration: NodeConfiguration

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    private var node: Node
    private var random: Random
    private var inbox: [Node.Input] = []
    private var effects: [Node.Effect] = []
    private var isThinking = false
    private var timer: Scheduled<Void>?
    private var timerAt: Instant?

    let sockets: Sockets
    let resolver: Resolver
    let store: Store
    let logger: Logger
    private var throttle = Throttle()
    var ring: EventRing
    var readers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var readerCount: UInt64 = 0
    var tally = Tally()
    var peers: [ConnectionID: ConnectedPeer] = [:]
    package internal(set) var stage = Stage.starting
    /// Where we listen, once that is known; nil for a node that only initiates.
    package var listenAddress: HostPort?
    package var adminAddress: HostPort?
    let startedAt: Instant
    private let ended: EventLoopPromise<Ending>

    package enum Stage: Hashable, Sendable {
        case starting
        case running
        case stopping
        case stopped
    }

    /// How a node's life ended.
    package enum Ending: Hashable, Sendable {
        case asked
        /// The store failed, for this reason.
        case storeFailed(String)
        case failed
    }

    /// Who is at the other end of an authenticated connection.
    struct ConnectedPeer: Sendable {
        var id: NodeID
        var info: NodeInfo
        var remote: HostPort
    }

    private var storeFlaw: StoreFlaw?
    private var reportSink: (@Sendable (Int, any Sendable) -> Void)?
    private var wasAsked = false

    package init(
        node: Node,
        birth: Node.Birth,
        key: NodeKey,
        store: Store,
        random: Random,
        loop: any EventLoop,
        clock: SystemClock,
        logger: Logger
    ) {
        self.node = node
        self.random = random
        self.loop = loop
        self.clock = clock
        self.key = key
        self.store = store
        self.logger = logger
        configuration = birth.configuration
        startedAt = clock.now
        ring = EventRing(incarnation: birth.incarnation)
        resolver = Resolver(
            loop: loop,
            settings: .init(
                servers: configuration.dnsServers,
                families: .init(boundTo: configuration.listenAddress.ip)
            )
        )
        ended = loop.makePromise()
        let info = NodeInfo(
            id: key.id,
            listenAddress: "",
            network: birth.configuration.network,
            version: Version.text,
            channels: node.channels.map(\.id),
            moniker: birth.configuration.moniker
        )
        sockets = Sockets(
            loop: loop,
            clock: clock,
            configuration: birth.configuration,
            terms: ConnectionTerms(
                wire: birth.configuration.wireTerms,
                key: key,
                info: info,
                channels: node.channels
            )
        )
    }

    /// Brings the node to life: what was stored, then the sockets.
    package func start(rows: [StoreChange]) async throws -> HostPort {
        sockets.report = { [weak self] fact in self?.assumeIsolated { $0.take(fact) } }
        sockets.linkEnded = { [logger] name in
            logger.info("link rule ended", metadata: ["name": "\(name)", "by": "its time"])
        }
        take(.loaded(rows))
        // Nobody may call on a node that only initiates, so it has no door either (O§1.1).
        let listens = configuration.diffusionMode == .initiatorAndResponder
        let address = try await listens ? sockets.listen().get() : sockets.hide()
        listenAddress = listens ? address : nil
        stage = .running
        take(.listening(address))
        return address
    }

    /// Where the admin port listens.
    package func serve(admin address: HostPort) { adminAddress = address }

    /// Completes when the node has stopped, by itself or because it was asked to.
    package nonisolated var ending: EventLoopFuture<Ending> { ended.futureResult }

    /// Asks the node to say goodbye and end.
    ///
    /// ``ending`` completes within ``stopLimit`` in any case.
    package func stop() {
        guard stage == .running || stage == .starting else { return }
        wasAsked = true
        stage = .stopping
        loop.assumeIsolated().scheduleTask(in: Self.stopLimit) {
            self.assumeIsolated { $0.finish() }
        }
        take(.stop)
    }

    /// How long a node may take for its goodbyes.
    package static let stopLimit: TimeAmount = .milliseconds(1500)

    /// Ends a node that could not start, without goodbyes.
    package func abandon() { finish() }

    // MARK: - The one door

    /// Gives the node a fact, now or, while it is thinking, next.
    package func take(_ input: Node.Input) {
        guard stage != .stopped else { return }
        inbox.append(input)
        guard !isThinking else { return }
        isThinking = true
        repeat {
            while !inbox.isEmpty {
                let inputs = inbox
                inbox = []
                for input in inputs { think(input) }
            }
            sockets.flush()
        } while !inbox.isEmpty
        isThinking = false
        wake(at: node.nextDeadline)
    }

    private func think(_ input: Node.Input) {
        notice(input)
        node.handle(input, now: clock.now, random: &random, into: &effects)
        for effect in effects { perform(effect) }
        effects.removeAll(keepingCapacity: true)
    }

    private func perform(_ effect: Node.Effect) {
        switch effect {
        case .dial(let id, let address, let expecting):
            sockets.dial(id, address, expecting: expecting)
        case .handshake(let id): sockets.handshake(id)
        case .send(let id, let channel, let message):
            tally.sent(channel, bytes: message.count)
            sockets.send(id, channel, message)
        case .close(let id, let reason, let flush): sockets.close(id, reason, flush: flush)
        case .resolve(let lookup, let host, let port):
            resolver.resolve(host: host, port: port) { [self] outcome in
                take(outcome.input(for: lookup))
            }
        case .persist(let batch, let changes): persist(batch, changes)
        case .load(let load, let range): read(load, range)
        case .emit(let event): emit(event)
        case .reported(let guest, let report): reportSink?(guest, report)
        case .stopped: finish()
        }
    }

    private func persist(_ batch: UInt64, _ changes: [StoreChange]) {
        store.write(changes) { [self] flaw in
            loop.execute { self.assumeIsolated { $0.wrote(batch, flaw) } }
        }
    }

    private func wrote(_ batch: UInt64, _ flaw: StoreFlaw?) {
        guard let flaw else { return take(.persisted(batch: batch)) }
        lose(flaw)
    }

    private func read(_ load: LoadID, _ range: StoreRange) {
        store.read(range) { [self] result in
            loop.execute {
                self.assumeIsolated { shell in
                    switch result {
                    case .success(let rows): shell.take(.loadedRange(load, rows))
                    case .failure(let flaw): shell.lose(flaw)
                    }
                }
            }
        }
    }

    /// The store is of no more use: the node is told, and stops.
    private func lose(_ flaw: StoreFlaw) {
        guard storeFlaw == nil else { return }
        storeFlaw = flaw
        logger.critical("\(flaw)")
        take(.storeFailed)
        // The node says goodbye and stops; if it does not, we do.
        loop.assumeIsolated().scheduleTask(in: Self.stopLimit) {
            self.assumeIsolated { $0.finish() }
        }
    }

    private func finish() {
        guard stage != .stopped else { return }
        stage = .stopped
        timer?.cancel()
        timer = nil
        sockets.close()
        for reader in readers.values { reader.finish() }
        readers = [:]
        let ending: Ending =
            if let storeFlaw { .storeFailed("\(storeFlaw)") } else { wasAsked ? .asked : .failed }
        resolver.stop().whenComplete { [ended] _ in ended.succeed(ending) }
    }

    // MARK: - Time

    /// Keeps the node's only timer; one that would fire too early looks again when it does.
    private func wake(at next: Instant?) {
        guard stage != .stopped, let next, next != .distantFuture else { return }
        if let timerAt, timerAt <= next { return }
        timer?.cancel()
        timerAt = next
        timer = loop.assumeIsolated().scheduleTask(deadline: clock.deadline(next)) {
            self.assumeIsolated { $0.ring(at: next) }
        }
    }

    private func ring(at instant: Instant) {
        timer = nil
        timerAt = nil
        if let next = node.nextDeadline, next <= clock.now {
            take(.deadline)
        } else {
            wake(at: node.nextDeadline)
        }
    }

    // MARK: - Guests

    /// Where reports of guests go, each with the guest's place; nowhere unless said.
    package func sendReports(to sink: @escaping @Sendable (Int, any Sendable) -> Void) {
        reportSink = sink
    }

    /// The first guest of this type as it is now; nil if there is none.
    package func guest<Guest: Reactor>(_ type: Guest.Type) -> Guest? { node.guest(type) }

    /// Gives the first guest of this type a command; nil if there is none, or while the node does
    /// not run.
    package func command<Guest: Reactor, Answer: Sendable>(
        _ type: Guest.Type,
        _ body: @Sendable (inout Guest, inout Outbox<Guest.Report>, Instant) -> Answer
    ) -> Answer? {
        guard stage == .running else { return nil }
        let now = clock.now
        let answer = node.command(type) { body(&$0, &$1, now) }
        take(.deadline)
        return answer
    }

    // MARK: - Transactions

    /// Gives the node a transaction; what follows of it is under way when this returns.
    package func submit(_ transaction: Transaction) -> SubmissionOutcome {
        guard node.hasChain else { return .noChain }
        guard stage == .running, let admission = node.submit(transaction) else {
            return .notRunning
        }
        // Effects wait for an input, and a deadline may always come early.
        take(.deadline)
        return .admitted(admission)
    }

    // MARK: - Looking in

    /// What was stored has not all been read.
    var isLoading: Bool { node.isLoading }

    /// The node as it is now.
    package func snapshot() -> Snapshot {
        var snapshot = node.snapshot(now: clock.now)
        snapshot.node.version = Version.text
        snapshot.node.listenAddress = listenAddress?.description
        snapshot.node.adminAddress = adminAddress?.description
        return snapshot
    }

    func log(_ note: Note) {
        let line = NoteLine(note)
        var fields = line.fields
        if let kind = line.kind, line.level >= logger.logLevel {
            switch throttle.admit(kind, now: clock.now) {
            case .write: break
            case .writeAfter(let count): fields["leftOut"] = "\(count)"
            case .drop: return
            }
        }
        logger.log(level: line.level, "\(line.message)", metadata: fields)
    }
}

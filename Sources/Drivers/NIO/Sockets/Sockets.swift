package import NIOCore
import NIOPosix
package import WarrenNode
package import WarrenObservation
package import WarrenPrimitives

/// A node's peer sockets: those it dials and those it accepts, each with its handler.
///
/// Used on its event loop only.
package final class Sockets {
    /// Connections that the kernel may hold for us until they are accepted.
    private static let backlog: Int32 = 1024
    /// Bytes asked of the kernel at once: small for an idle peer, large for a busy one.
    private static let readBuffer = AdaptiveRecvByteBufferAllocator(
        minimum: 2048,
        initial: 2048,
        maximum: 64 << 10
    )
    /// Linux: with a bound address, chooses the port at connect; so ports are not used up.
    private static let bindNoPort: CInt = 24

    let loop: any EventLoop
    let clock: SystemClock
    let configuration: NodeConfiguration
    private var terms: ConnectionTerms
    private(set) var handlers: [ConnectionID: ConnectionHandler] = [:]
    private var unflushed: [ConnectionHandler] = []
    private var acceptedCount: UInt64 = 0
    private var listener: (any Channel)?
    /// Where facts go.
    package var report: ((Node.Input) -> Void)?
    /// What disturbs the links to peers.
    package internal(set) var links: LinkRules
    /// Called with the name of a rule that has ended by itself.
    package var linkEnded: ((String) -> Void)?
    var linkTimer: Scheduled<Void>?
    var linkChance: Random

    package init(
        loop: any EventLoop,
        clock: SystemClock,
        configuration: NodeConfiguration,
        terms: ConnectionTerms
    ) {
        self.loop = loop
        self.clock = clock
        self.configuration = configuration
        self.terms = terms
        links = LinkRules(baseline: configuration.links)
        var system = SystemRandomNumberGenerator()
        linkChance = Random(seed: system.next())
    }

    /// How many sockets there are, dialing and refused ones included.
    package var count: Int { handlers.count }

    package subscript(_ id: ConnectionID) -> ConnectionHandler? { handlers[id] }

    // MARK: - Listening

    /// Listens where the configuration says; answers where that is.
    package func listen() -> EventLoopFuture<HostPort> {
        let this = NIOLoopBound(self, eventLoop: loop)
        let gate = NIOLoopBound(
            AcceptGate(limit: configuration.acceptedConnections),
            eventLoop: loop
        )
        return ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(gate.value)
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: Self.readBuffer)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try this.value.accept(channel) }
            }
            .bind(to: configuration.listenAddress.system)
            .flatMapThrowing { channel in
                this.value.listener = channel
                guard let address = channel.localAddress.flatMap(HostPort.init) else {
                    throw CloseReason.inputOutputError
                }
                this.value.announce(address)
                return address
            }
    }

    /// Listens nowhere: announces our IP with port 0, which nobody can dial.
    package func hide() -> HostPort {
        let address = HostPort(ip: configuration.listenAddress.ip, port: 0)
        terms.info.listenAddress = "tcp://\(address)"
        return address
    }

    /// What we say of where we are, in the form that CometBFT's own nodes use.
    private func announce(_ address: HostPort) {
        terms.info.listenAddress = configuration.externalAddress ?? "tcp://\(address)"
    }

    private func accept(_ channel: any Channel) throws {
        guard let remote = channel.remoteAddress.flatMap(HostPort.init) else {
            throw CloseReason.closedByPeer
        }
        if !links.isEmpty { try refuseCut(channel, remote) }
        acceptedCount += 1
        let handler = handler(.accepted(acceptedCount), remote: remote, expecting: nil)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    // MARK: - Dialing

    /// Dials from our own IP; the handshake follows by itself.
    package func dial(_ id: ConnectionID, _ address: HostPort, expecting: NodeID?) {
        let handler = handler(id, remote: address, expecting: expecting)
        if handler.link == nil {
            connect(handler, within: configuration.dialTimeout)
        } else {
            dialSlowly(handler)
        }
    }

    func connect(_ handler: ConnectionHandler, within limit: Duration) {
        let address = handler.remote
        let bound = NIOLoopBound(handler, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: Self.readBuffer)
            .connectTimeout(.init(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // It may have been called off before there was a socket.
                    if bound.value.isOver { throw CloseReason.notWanted }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        var own = configuration.listenAddress
        if !own.ip.isUnspecified, (own.ip.v4 == nil) == (address.ip.v4 == nil) {
            own.port = 0
            let option = ChannelOptions.Types.SocketOption(
                level: .ip,
                name: .init(rawValue: Self.bindNoPort)
            )
            bootstrap = bootstrap.channelOption(option, value: 1).bind(to: own.system)
        }
        bootstrap.connect(to: address.system).whenFailure { error in
            bound.value.dialFailed(error)
        }
    }

    // MARK: - Conversing

    /// What we say of ourselves.
    package var info: NodeInfo { terms.info }

    package func handshake(_ id: ConnectionID) { handlers[id]?.start() }

    package func send(_ id: ConnectionID, _ channel: ChannelID, _ message: [UInt8]) {
        handlers[id]?.send(channel, message)
    }

    package func close(_ id: ConnectionID, _ reason: CloseReason, flush: Bool) {
        handlers[id]?.close(reason, flush: flush)
    }

    /// Lets go what was sent since the last call; once a turn.
    package func flush() {
        let waiting = unflushed
        unflushed = []
        for handler in waiting { handler.flush() }
    }

    /// Takes no more sockets, and drops those that are left.
    package func close() {
        listener?.close(promise: nil)
        listener = nil
        linkTimer?.cancel()
        for handler in Array(handlers.values) { handler.close(.stopping, flush: false) }
    }

    private func handler(
        _ id: ConnectionID,
        remote: HostPort,
        expecting: NodeID?
    ) -> ConnectionHandler {
        let terms = terms
        let clock = clock
        let handler = ConnectionHandler(
            id: id,
            remote: remote,
            expecting: expecting,
            clock: clock,
            loop: loop
        ) {
            terms.connection(expecting: expecting, now: clock.now)
        }
        handlers[id] = handler
        if !links.isEmpty { link(handler) }
        // A socket may outlive its node by a moment.
        handler.wantsFlush = { [weak self] handler in
            guard let self else { return }
            if unflushed.last !== handler { unflushed.append(handler) }
        }
        handler.report = { [weak self] fact in
            guard let self else { return }
            switch fact {
            case .failed(let id, _, _), .closed(let id, _): handlers[id] = nil
            case .loaded, .listening, .accepted, .authenticated, .received, .sent, .resolved,
                .services, .unresolved, .persisted, .loadedRange, .storeFailed, .topology, .chain,
                .deadline,
                .stop:
                break
            }
            report?(fact)
            // Now its rules may go by its id.
            if case .authenticated(let id, _, _, _) = fact, !links.isEmpty { link(handlers[id]) }
        }
        return handler
    }
}

import NIOCore
import NIOPosix
import WarrenConnection
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives

/// One node's sockets without a node: facts come out as a stream, orders go in as calls.
final class Bench: Sendable {
    let loop: any EventLoop
    let key: NodeKey
    let facts: AsyncStream<Node.Input>
    let address: HostPort
    private let sockets: NIOLoopBound<Sockets>

    /// Listens on a port of 127.0.0.1 with channels 0x00 and 0x01.
    ///
    /// Accepted sockets go straight to the handshake, unless `admits` is false: then each is closed.
    init(
        key: NodeKey = .fresh,
        network: String = "bench",
        admits: Bool = true,
        _ adjust: (inout NodeConfiguration) -> Void = { _ in }
    ) async throws {
        self.key = key
        var configuration = NodeConfiguration()
        configuration.listenAddress = HostPort(ip: IPAddress(v4: 0x7F00_0001), port: 0)
        configuration.network = network
        adjust(&configuration)
        let settings = configuration
        loop = MultiThreadedEventLoopGroup.singleton.next()
        let (facts, sink) = AsyncStream.makeStream(of: Node.Input.self)
        self.facts = facts
        let channels = [ChannelDescriptor(id: 0x00), ChannelDescriptor(id: 0x01, priority: 5)]
        let terms = ConnectionTerms(
            wire: settings.wireTerms,
            key: key,
            info: NodeInfo(
                id: key.id,
                listenAddress: "",
                network: network,
                version: "test",
                channels: channels.map(\.id),
                moniker: "bench"
            ),
            channels: channels
        )
        let loop = loop
        sockets = try await loop.submit {
            let sockets = Sockets(
                loop: loop,
                clock: SystemClock(),
                configuration: settings,
                terms: terms
            )
            sockets.report = { [weak sockets] fact in
                if case .accepted(let id, _) = fact {
                    if admits {
                        sockets?.handshake(id)
                    } else {
                        sockets?.close(id, .inboundLimit, flush: false)
                    }
                }
                sink.yield(fact)
            }
            return NIOLoopBound(sockets, eventLoop: loop)
        }.get()
        let bound = sockets
        address = try await loop.flatSubmit { bound.value.listen() }.get()
    }

    /// Runs `body` with the sockets, on their loop, and lets go what it sent.
    func with<Result: Sendable>(
        _ body: @escaping @Sendable (Sockets) -> Result
    ) async throws -> Result {
        let bound = sockets
        return try await loop.submit {
            let result = body(bound.value)
            bound.value.flush()
            return result
        }.get()
    }

    func dial(_ other: HostPort, expecting id: NodeID? = nil, number: UInt64 = 1) async throws {
        try await with { $0.dial(.dialed(number), other, expecting: id) }
    }

    func close() async throws { try await with { $0.close() } }
}

extension AsyncStream<Node.Input>.Iterator {
    struct Ended: Error {}

    /// The first fact from here on that `pick` takes.
    mutating func first<Found>(_ pick: (Node.Input) -> Found?) async throws -> Found {
        while let fact = await next(isolation: #isolation) {
            if let found = pick(fact) { return found }
        }
        throw Ended()
    }

    mutating func authenticated() async throws -> (connection: ConnectionID, id: NodeID) {
        try await first { fact in
            if case .authenticated(let connection, let id, _, _) = fact {
                (connection, id)
            } else {
                nil
            }
        }
    }

    mutating func failed() async throws -> CloseReason {
        try await first { if case .failed(_, let reason, _) = $0 { reason } else { nil } }
    }

    mutating func closed() async throws -> CloseReason {
        try await first { if case .closed(_, let reason) = $0 { reason } else { nil } }
    }

    mutating func received() async throws -> [UInt8] {
        try await first { if case .received(_, _, let message) = $0 { message } else { nil } }
    }
}

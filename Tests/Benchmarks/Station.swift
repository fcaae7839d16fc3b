import NIOCore
import Synchronization
import WarrenConnection
import WarrenNIO
import WarrenNode
import WarrenPrimitives

/// A node's sockets without a node, on an event loop: what a connection costs by itself.
final class Station: Sendable {
    let key: NodeKey
    let address: HostPort
    private let loop: any EventLoop
    private let sockets: NIOLoopBound<Sockets>
    private let trips: NIOLoopBound<Trips>

    /// Round trips that are being measured.
    private final class Trips {
        var peer: ConnectionID?
        var waiting: EventLoopPromise<Void>?
        var left = 0
        var begin = ContinuousClock.now
        var times: [Double] = []
        var echoes = false
    }

    static let channel = ChannelDescriptor(id: 0x20)

    /// Listens on a port of 127.0.0.1, with default settings.
    init(on loop: any EventLoop, network: String = "bench", channels: [ChannelID] = []) async throws
    {
        let key = NodeKey.fresh
        self.key = key
        self.loop = loop
        var configuration = NodeConfiguration()
        configuration.listenAddress = HostPort(ip: IPAddress(v4: 0x7F00_0001), port: 0)
        let settings = configuration
        let descriptors = channels.isEmpty ? [Self.channel] : channels.map { .init(id: $0) }
        let terms = ConnectionTerms(
            wire: settings.wireTerms,
            key: key,
            info: NodeInfo(
                id: key.id,
                listenAddress: "",
                network: network,
                version: "1",
                channels: descriptors.map(\.id),
                moniker: "station"
            ),
            channels: descriptors
        )
        let (sockets, trips) = try await loop.submit {
            let trips = NIOLoopBound(Trips(), eventLoop: loop)
            let sockets = Sockets(
                loop: loop,
                clock: SystemClock(),
                configuration: settings,
                terms: terms
            )
            sockets.report = { [unowned sockets] fact in Self.take(fact, sockets, trips.value) }
            return (NIOLoopBound(sockets, eventLoop: loop), trips)
        }.get()
        self.sockets = sockets
        self.trips = trips
        address = try await loop.flatSubmit { sockets.value.listen() }.get()
    }

    private static func take(_ fact: Node.Input, _ sockets: Sockets, _ trips: Trips) {
        switch fact {
        case .accepted(let id, _): sockets.handshake(id)
        case .authenticated(let id, _, _, _):
            trips.peer = id
            trips.waiting?.succeed()
            trips.waiting = nil
        case .received(let id, let channel, let message):
            if trips.echoes {
                sockets.send(id, channel, message)
                sockets.flush()
            } else {
                trips.times.append(milliseconds(trips.begin.duration(to: .now)))
                again(message, sockets, trips)
            }
        case .failed(_, let reason, _), .closed(_, let reason):
            trips.waiting?.fail(reason)
            trips.waiting = nil
        case .loaded, .listening, .sent, .resolved, .services, .unresolved, .persisted,
            .loadedRange,
            .storeFailed, .topology, .chain,
            .deadline, .stop:
            break
        }
    }

    private static func again(_ message: [UInt8], _ sockets: Sockets, _ trips: Trips) {
        guard trips.left > 0, let peer = trips.peer else {
            trips.waiting?.succeed()
            trips.waiting = nil
            return
        }
        trips.left -= 1
        trips.begin = .now
        sockets.send(peer, channel.id, message)
        sockets.flush()
    }

    /// Sends back all that comes, from now on.
    func echo() async throws {
        let trips = trips
        try await loop.submit { trips.value.echoes = true }.get()
    }

    /// Returns when the connection is open.
    func dial(_ other: HostPort) async throws {
        try await wait { sockets, _ in sockets.dial(.dialed(1), other, expecting: nil) }
    }

    /// How long each of `count` round trips took, one after the other, in milliseconds.
    func roundTrips(_ count: Int, of message: [UInt8]) async throws -> [Double] {
        try await wait { sockets, trips in
            trips.left = count
            Self.again(message, sockets, trips)
        }
        let trips = trips
        return try await loop.submit { trips.value.times }.get()
    }

    func close() async throws {
        let sockets = sockets
        try await loop.submit { sockets.value.close() }.get()
    }

    /// Begins something on the loop, and waits until it has come about.
    private func wait(_ begin: @escaping @Sendable (Sockets, Trips) -> Void) async throws {
        let sockets = sockets
        let trips = trips
        let loop = loop
        try await loop.flatSubmit {
            let promise = loop.makePromise(of: Void.self)
            trips.value.waiting = promise
            begin(sockets.value, trips.value)
            return promise.futureResult
        }.get()
    }
}

import NIOCore
import NIOEmbedded
import Testing
import WarrenConnection
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives

/// A socket that ends while a cut keeps its connection from noticing, one step at a time.
@Suite struct OrphanTests {
    @Test(arguments: [false, true])
    func `who was reset over a cut hears of it when it heals`(isRemoved: Bool) throws {
        let loop = EmbeddedEventLoop()
        let key = NodeKey.fresh
        let settings = Connection.Settings(NodeConfiguration().wireTerms)
        let handler = ConnectionHandler(
            id: .dialed(1),
            remote: HostPort(ip: IPAddress(v4: 0x7F00_0001), port: 1),
            expecting: nil,
            clock: SystemClock(),
            loop: loop
        ) {
            Connection(
                settings: settings,
                key: key,
                ownInfo: NodeInfo(
                    id: key.id,
                    listenAddress: "",
                    network: "orphan",
                    version: "test",
                    channels: [0x00],
                    moniker: "orphan"
                ),
                channels: [ChannelDescriptor(id: 0x00)],
                expecting: nil,
                ephemeralSecret: [UInt8](repeating: 9, count: 32),
                now: .epoch
            )
        }
        var reasons: [CloseReason] = []
        handler.report = { if case .failed(_, let reason, _) = $0 { reasons.append(reason) } }
        let channel = EmbeddedChannel(handler: handler, loop: loop)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        let hang = LinkRule(peers: .everybody, cut: .init(.hang, .both))
        var links = LinkRules()
        let isLaid = links.lay(hang, as: "x", until: nil)
        #expect(isLaid)
        let random = { Random(seed: 1) }
        handler.follow(links.effect(on: handler.remote.ip, nil), random: random)
        // The socket ends at once; its handlers are removed in the loop's next turn.
        channel.close(promise: nil)
        if isRemoved { loop.run() }
        #expect(reasons.isEmpty)
        let isLifted = links.lift("x")
        #expect(isLifted)
        handler.follow(links.effect(on: handler.remote.ip, nil), random: random)
        loop.run()
        #expect(reasons == [.resetByPeer])
        #expect(handler.isOver)
    }
}

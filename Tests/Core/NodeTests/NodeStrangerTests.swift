import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// What strangers can and cannot do to a node.
struct NodeStrangerTests {
    private func root(_ points: [Topology.AccessPoint]) -> (inout Node.Birth) -> Void {
        { birth in
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: points, hotValency: 1)
            ]
        }
    }

    private func stranger(_ number: Int) -> (id: NodeID, address: SocketAddress) {
        var bytes = [UInt8](repeating: 9, count: NodeID.byteCount)
        for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        let ip = IPAddress(v4: 0x0A00_0000 + UInt32(number))
        return (NodeID(bytes) ?? World.id(1), SocketAddress(ip: ip, port: 3001))
    }

    @Test func `nobody takes a configured peer's address by saying that he listens there`() {
        var solo = Solo(root([World.point(2)]))
        #expect(solo.dials.map(\.address) == [World.address(2)])
        solo.feed(.failed(solo.dials[0].connection, .connectRefused, id: nil))
        let liar = stranger(1)
        _ = solo.guest(liar.id, from: liar.address, listening: World.address(2))
        solo.pass(.seconds(10))
        let dials = solo.dials.filter { $0.expecting == World.id(2) }
        #expect(dials.map(\.address) == [World.address(2), World.address(2)])
    }

    @Test func `our external address is ours, whoever says otherwise`() {
        let outside = SocketAddress(ip: IPAddress(v4: 0x0B00_0001), port: 9000)
        let id = World.id(9)
        func solo(external: String?) -> Solo {
            var solo = Solo(boots: false) { birth in
                birth.configuration.externalAddress = external
                birth.topology.localRoots = [
                    Topology.LocalRootGroup(
                        accessPoints: [
                            Topology.AccessPoint(host: .ip(outside.ip), port: outside.port)
                        ],
                        hotValency: 1
                    )
                ]
            }
            solo.feed(.loaded([]))
            solo.feed(.listening(World.address(1)))
            // A guest says that it listens there, which would put it into the book.
            _ = solo.guest(
                id,
                from: SocketAddress(ip: outside.ip, port: 50_000),
                listening: outside
            )
            return solo
        }
        let unaware = solo(external: nil)
        #expect(unaware.dials.map(\.address) == [outside])
        #expect(unaware.node.snapshot(now: unaware.now).book.total == 1)
        let aware = solo(external: "\(outside)")
        #expect(aware.dials.isEmpty)
        #expect(aware.node.snapshot(now: aware.now).book.total == 0)
    }

    @Test func `nobody becomes an unnamed local root from another IP`() {
        var solo = Solo(root([World.point(2, named: false)]))
        let liar = stranger(1)
        let connection = solo.guest(liar.id, from: liar.address, listening: World.address(2))
        solo.feed(.received(connection, .lifecycle, Solo.hello()))
        let roots = solo.node.snapshot(now: solo.now).peers.filter { $0.rootGroup == 0 }
        #expect(roots.count == 1)
        #expect(roots.first?.id == nil)
        #expect(roots.first?.temperature == .cold)
    }

    @Test func `an unnamed local root that dials us from its own IP is taken for it`() {
        var solo = Solo(root([World.point(2, named: false)]))
        var remote = World.address(2)
        remote.port = 50_000
        let connection = solo.guest(World.id(2), from: remote, listening: World.address(2))
        solo.feed(.received(connection, .lifecycle, Solo.hello()))
        let roots = solo.node.snapshot(now: solo.now).peers.filter { $0.rootGroup == 0 }
        #expect(roots.map(\.id) == [World.id(2)])
        #expect(roots.map(\.temperature) == [.hot])
        #expect(roots.map(\.heardAt) == [solo.now])
        // Believed, not proved: nothing of it is stored.
        for case .persist(_, let changes) in solo.effects {
            #expect(!changes.contains { $0.space == .pin })
        }
    }

    @Test func `who was believed to be an unnamed local root is not when another answers there`() {
        var solo = Solo(root([World.point(2, named: false)]))
        solo.feed(.failed(solo.dials[0].connection, .connectRefused, id: nil))
        var remote = World.address(2)
        remote.port = 50_000
        let liar = stranger(1).id
        let connection = solo.guest(liar, from: remote, listening: World.address(2))
        solo.feed(.closed(connection, .closedByPeer))
        solo.pass(.seconds(30))
        let second = solo.dials[1]
        #expect(second.expecting == liar)
        solo.feed(.failed(second.connection, .wrongID, id: World.id(2)))
        solo.pass(.seconds(30))
        #expect(solo.dials.dropFirst(2).contains { $0.expecting == nil })
    }

    @Test func `handles of strangers that come and go do not pile up`() {
        var solo = Solo()
        for number in 0..<3000 {
            let (id, address) = stranger(number)
            let connection = solo.guest(id, from: address, listening: address)
            solo.feed(.closed(connection, .closedByPeer))
        }
        #expect(solo.node.handleCount == 0)
    }

    @Test func `handles of those that are refused once authenticated are swept`() {
        var solo = Solo { $0.configuration.allowsDuplicateIP = true }
        let own = World.id(1)
        for number in 0..<3000 {
            let (_, address) = stranger(number)
            _ = solo.guest(own, from: address, listening: address)
        }
        #expect(solo.node.handleCount == 0)
        let limit = Node.strayLimit
        var most = 0
        for number in 0..<2 * limit {
            // The room for guests is taken by the first forty; the rest is turned away.
            let (id, address) = stranger(number)
            _ = solo.guest(id, from: address, listening: address)
            most = max(most, solo.node.handleCount)
        }
        #expect(most <= limit + 40)
        #expect(solo.node.invariantViolation() == nil)
    }

    @Test func `handles of those that an answer named are swept`() {
        var solo = Solo(root([World.point(2)]))
        let connection = solo.dials[0].connection
        solo.feed(
            .authenticated(
                connection,
                World.id(2),
                solo.info(World.id(2), listening: World.address(2)),
                remote: World.address(2)
            )
        )
        solo.feed(.received(connection, .lifecycle, Solo.hello()))
        var named = 0
        var most = 0
        var seen = 0
        for _ in 0..<600 where named < 3 * Node.strayLimit {
            solo.pass(.seconds(4))
            while seen < solo.effects.count {
                seen += 1
                switch solo.effects[seen - 1] {
                case .dial(let dialed, _, _) where dialed != connection:
                    solo.feed(.failed(dialed, .connectRefused, id: nil))
                case .send(let connection, .peerExchange, let message):
                    solo.feed(
                        .sent(connection, .peerExchange, messages: 1, bytes: message.count)
                    )
                    let told = (named..<named + 250).map {
                        PeerAddress(id: stranger($0).id, socket: stranger($0).address)
                    }
                    named += 250
                    solo.feed(
                        .received(connection, .peerExchange, ExchangeMessage.answer(told).bytes)
                    )
                case .send(let connection, let channel, let message):
                    solo.feed(.sent(connection, channel, messages: 1, bytes: message.count))
                    answer(message, on: connection, &solo)
                default: break
                }
                most = max(most, solo.node.handleCount)
            }
        }
        #expect(named >= 3 * Node.strayLimit)
        #expect(most <= 2 * Node.strayLimit)
        #expect(solo.node.invariantViolation() == nil)
    }

    private func answer(_ message: [UInt8], on connection: ConnectionID, _ solo: inout Solo) {
        switch try? LifecycleMessage(message.span) {
        case .keepAlive(let cookie):
            let reply = LifecycleMessage.keepAliveReply(cookie: cookie)
            solo.feed(.received(connection, .lifecycle, reply.bytes))
        case .use(let epoch, _):
            let reply = LifecycleMessage.useAck(epoch: epoch)
            solo.feed(.received(connection, .lifecycle, reply.bytes))
        case .hello, .keepAliveReply, .useAck, nil: break
        }
    }
}

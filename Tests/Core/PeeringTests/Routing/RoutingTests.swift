import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

@Suite struct RoutingTests {
    /// `count` members, none of them connected.
    private func net(_ count: Int, seed: UInt64 = 1) -> RoutingNet {
        let net = RoutingNet(seed: seed)
        for _ in 0..<count { net.add() }
        return net
    }

    @Test(arguments: Seed.sweep(1))
    func `lookups among 200 nodes find the true nearest`(_ seed: Seed) {
        let net = net(200, seed: seed.value)
        // Each joins by one that is there, and looks for itself.
        for number in 1..<200 {
            net.connect(number, net.random.below(number))
            _ = net.search(from: number, for: net.id(number))
        }
        var exactCount = 0
        for _ in 0..<30 {
            let from = net.random.below(200)
            let target = routingID(net.random.next(), high: UInt8(net.random.below(256)))
            let key = RoutingKey(target)
            let nearest = net.members.indices.filter { $0 != from }.map(net.id)
                .sorted { RoutingKey($0).distance(to: key) < RoutingKey($1).distance(to: key) }
            let found = net.search(from: from, for: target)
            #expect(found?.first == nearest.first)
            if found == Array(nearest.prefix(16)) { exactCount += 1 }
        }
        #expect(exactCount >= 29, "\(exactCount) of 30 found all sixteen")
        for member in net.members { #expect(member.reactor.table.complaint == nil) }
    }

    @Test func `a lookup for our own id begins with the first peer in use`() {
        let net = net(3)
        net.connect(1, 2)
        net.run(1, for: .zero) { false }
        net.connect(0, 1)
        net.run(0) { !net.members[0].found.isEmpty }
        #expect(net.members[0].found.first.map(Set.init) == [net.id(1), net.id(2)])
    }

    @Test func `nobody is asked who is not in use`() {
        let net = net(2)
        net.connect(0, 1)
        net.use(0, 1, false)
        net.use(1, 0, false)
        _ = net.lose()
        net.now = net.now.advanced(by: Routing.refreshPeriod * 2)
        net.tell(0, .deadline)
        #expect(net.lose() == 0)
        net.use(0, 1, true)
        #expect(net.lose() == 1)
    }

    @Test func `no more than three are asked at once`() {
        let net = net(10)
        for other in 1..<10 { net.connect(0, other) }
        net.run(0) { false }
        _ = net.lose()
        net.now = net.now.advanced(by: .seconds(5))
        let before = net.members[0].found.count
        net.look(0, for: routingID(1))
        #expect(net.lose() == 3)
        #expect(net.members[0].found.count == before)
    }

    @Test func `who does not answer in time has failed, and the lookup ends without it`() {
        let net = net(2)
        net.connect(0, 1)
        _ = net.lose()
        net.run(0, for: .seconds(15)) { !net.members[0].found.isEmpty }
        #expect(net.members[0].found == [[]])
    }

    @Test func `after three unanswered requests a peer is asked no more`() {
        let net = net(2)
        net.connect(0, 1)
        // One request of each end.
        #expect(net.lose() == 2)
        var askedCount = 1
        for _ in 0..<10 {
            net.now = net.now.advanced(by: .seconds(20))
            net.tell(0, .deadline)
            net.look(0, for: routingID(net.random.next()))
            askedCount += net.lose()
        }
        #expect(askedCount == Routing.unansweredLimit)
    }

    @Test func `buckets are looked into every hour, and an hour at pace 60 is a minute`() {
        for (pace, period) in [(1, 3600), (60, 60), (1_000_000, 10)] {
            let net = RoutingNet(seed: 1)
            for _ in 0..<2 { net.add { $0.pace = pace } }
            net.connect(0, 1)
            let start = net.now
            net.run(0, for: .zero) { false }
            let due = net.members[0].reactor.nextDeadline
            #expect(due == start.advanced(by: .seconds(period)))
            net.now = start.advanced(by: .seconds(period))
            net.tell(0, .deadline)
            #expect(net.lose() == 1)
        }
    }

    // MARK: Strangers

    @Test func `ten requests at once are answered, and the eleventh ends the connection`() {
        let net = net(2)
        net.connect(0, 1)
        net.run(0, for: .zero) { false }
        // The lookups of both ends were a request each.
        net.now = net.now.advanced(by: .seconds(60))
        let request = RoutingMessage.findNode(routingID(9)).bytes
        for _ in 0..<10 { net.tell(0, .receive(.routing, request, from: net.handle(1))) }
        #expect(net.members[0].stopped.isEmpty)
        #expect(net.lose() == 10)
        net.tell(0, .receive(.routing, request, from: net.handle(1)))
        #expect(net.members[0].stopped == [.requestTooSoon])
        #expect(!net.members[0].reactor.table.contains(net.id(1)))
        #expect(net.lose() == 0)
    }

    @Test func `an answer that nobody asked for ends the connection`() {
        let net = net(2)
        net.connect(0, 1)
        net.run(0, for: .zero) { false }
        net.tell(0, .receive(.routing, RoutingMessage.nodes([]).bytes, from: net.handle(1)))
        #expect(net.members[0].stopped == [.unsolicitedMessage])
    }

    @Test func `bytes that are no message end the connection`() {
        let net = net(2)
        net.connect(0, 1)
        net.run(0, for: .zero) { false }
        net.tell(0, .receive(.routing, [0xFF], from: net.handle(1)))
        #expect(net.members[0].stopped == [.badMessage])
    }

    @Test func `a private node is in no table, and its name is not believed`() {
        let net = RoutingNet(seed: 4)
        net.add()
        let hidden = net.id(0)
        for _ in 0..<3 { net.add { $0.privateIDs = [hidden] } }
        for number in 1..<4 { net.connect(number, 0) }
        net.connect(1, 2)
        net.connect(2, 3)
        for number in 1..<4 { net.run(number, for: .seconds(20)) { false } }
        for number in 1..<4 {
            #expect(!net.members[number].reactor.table.contains(hidden))
        }
        #expect(net.members[0].reactor.table.count == 3)
    }

    @Test func `who dials in is believed only the address it came from`() {
        let net = net(2)
        net.members[1].address.socket = socket("12.34.0.1", 3001)
        let peer = Peer(
            id: net.handle(1),
            nodeID: net.id(1),
            moniker: "",
            channels: [.routing],
            isOutbound: false,
            isPersistent: false,
            isUnconditional: false,
            connection: .accepted(1),
            remote: socket("11.1.0.1", 40_000),
            listenAddress: socket("12.34.0.1", 3001)
        )
        net.tell(0, .initPeer(peer))
        net.tell(0, .addPeer(peer))
        #expect(net.members[0].reactor.table.count == 0)
    }

    @Test func `a peer without the channel is as if it were not there`() {
        let net = RoutingNet(seed: 1)
        net.add()
        net.add { $0.isOn = false }
        net.connect(0, 1)
        #expect(net.lose() == 0)
        #expect(net.members[0].reactor.table.count == 0)
        #expect(net.members[1].reactor.channels.isEmpty)
    }

    @Test func `an asker is not told of itself`() {
        let net = net(2)
        net.connectsToNamed = false
        net.connect(0, 1)
        net.run(0) { !net.members[0].found.isEmpty }
        #expect(net.members[0].found.first == [net.id(1)])
    }
}

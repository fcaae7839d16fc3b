import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `Letting peers in` {
    @Test func `a socket is accepted, authenticated, and told to every reactor in order`() {
        var rig = SwitchRig()
        let (connection, accepted) = rig.accept(1)
        #expect(accepted == [.handshake(connection)])
        let effects = rig.acts(.authenticated(connection, SwitchRig.who(1)))
        let peer = rig.subject.peers[0]
        #expect(
            effects == [
                .tell(0, .initPeer(peer)), .tell(1, .initPeer(peer)),
                .tell(0, .addPeer(peer)), .tell(1, .addPeer(peer)),
                .connected(peer),
            ]
        )
        #expect(peer.moniker == "node 1")
        #expect(!peer.isOutbound && !peer.isPersistent && !peer.isUnconditional)
        #expect(peer.listenAddress == SwitchRig.address(1))
        #expect(rig.subject.counts == Switch.Counts(inbound: 1))
        #expect(rig.subject.connectedAt(peer.id) == rig.now)
    }

    @Test func `a second socket from the same IP is refused, also while the first is in handshake`()
    {
        var rig = SwitchRig()
        let first = rig.accept(1).connection
        #expect(rig.accept(1).effects.closes.values.first == .duplicateIP)
        _ = rig.handle(.authenticated(first, SwitchRig.who(1)))
        #expect(rig.accept(1).effects.closes.values.first == .duplicateIP)
        _ = rig.handle(.closed(first, .closedByPeer))
        #expect(rig.accept(1).effects.closes.isEmpty)
    }

    @Test func `the same IP may come twice where that is allowed`() {
        var rig = SwitchRig { $0.allowsDuplicateIP = true }
        rig.connectInbound(1)
        let connection = rig.accept(1).connection
        var other = SwitchRig.who(2)
        other.remote = SwitchRig.address(1, port: 5000)
        #expect(rig.acts(.authenticated(connection, other)).connected == [SwitchRig.peer(2)])
    }

    @Test func `a peer from an IP that got taken during its handshake is refused`() {
        var rig = SwitchRig()
        let connection = rig.accept(1).connection
        let dial = rig.acts(.dial(SwitchRig.peer(2), SwitchRig.address(1), expecting: nil)).dials
        var other = SwitchRig.who(2)
        other.remote = SwitchRig.address(1)
        _ = rig.handle(.authenticated(dial[0], other))
        let effects = rig.acts(.authenticated(connection, SwitchRig.who(1)))
        #expect(effects == [.close(connection, .duplicateIP, flush: false)])
    }

    @Test func `handshakes count against the inbound limit, with room for unconditional peers`() {
        var rig = SwitchRig {
            $0.inboundLimit = 2
            $0.unconditional = [SwitchRig.id(8), SwitchRig.id(9)]
        }
        let connections = (1...4).map { rig.accept($0).connection }
        #expect(rig.accept(5).effects.closes.values.first == .inboundLimit)
        #expect(rig.acts(.authenticated(connections[0], SwitchRig.who(1))).connected.count == 1)
        #expect(rig.acts(.authenticated(connections[1], SwitchRig.who(2))).connected.count == 1)
        let third = rig.acts(.authenticated(connections[2], SwitchRig.who(3)))
        #expect(third == [.close(connections[2], .inboundLimit, flush: false)])
        let fourth = rig.acts(.authenticated(connections[3], SwitchRig.who(8)))
        #expect(fourth.connected == [SwitchRig.peer(8)])
        #expect(rig.subject.counts == Switch.Counts(inbound: 2))
        #expect(rig.subject.peers.count == 3)
    }

    @Test func `at most 256 sockets are in handshake at once`() {
        var rig = SwitchRig { $0.inboundLimit = 1000 }
        for number in 1...Switch.handshakeLimit {
            #expect(rig.accept(number).effects.closes.isEmpty)
        }
        #expect(rig.subject.counts.handshaking == Switch.handshakeLimit)
        #expect(rig.accept(900).effects.closes.values.first == .inboundLimit)
        _ = rig.handle(.failed(.accepted(1), .handshakeTimeout))
        #expect(rig.accept(901).effects.closes.isEmpty)
    }

    @Test func `ourselves, banned nodes and wrong ids are closed`() throws {
        var rig = SwitchRig()
        _ = rig.handle(.ban(SwitchRig.id(2), until: rig.now.advanced(by: .seconds(10))))
        let own = rig.accept(1).connection
        #expect(rig.acts(.authenticated(own, SwitchRig.who(100))).closes == [own: .ownID])
        let banned = rig.accept(2).connection
        #expect(rig.acts(.authenticated(banned, SwitchRig.who(2))).closes == [banned: .banned])
        let dial = rig.acts(
            .dial(SwitchRig.peer(3), SwitchRig.address(3), expecting: SwitchRig.id(3))
        )
        let wrong = rig.acts(.authenticated(dial.dials[0], SwitchRig.who(4)))
        #expect(wrong.closes == [dial.dials[0]: .wrongID])
        #expect(wrong.dialFailures == [SwitchRig.peer(3): .wrongID])
        #expect(rig.subject.peers.isEmpty)
    }

    @Test func `a ban drops its peer, calls off its dial, and ends at its instant`() {
        var rig = SwitchRig()
        let connection = rig.connectInbound(1)
        let dial = rig.acts(
            .dial(SwitchRig.peer(2), SwitchRig.address(2), expecting: SwitchRig.id(2))
        )
        let until = rig.now.advanced(by: .seconds(10))
        let first = rig.acts(.ban(SwitchRig.id(1), until: until))
        #expect(first.closes == [connection: .banned])
        #expect(first.disconnected == [SwitchRig.peer(1): .banned])
        let second = rig.acts(.ban(SwitchRig.id(2), until: until))
        #expect(second.closes == [dial.dials[0]: .banned])
        #expect(second.dialFailures == [SwitchRig.peer(2): .banned])
        rig.now = until.advanced(by: .nanoseconds(-1))
        let early = rig.acts(
            .dial(SwitchRig.peer(1), SwitchRig.address(1), expecting: SwitchRig.id(1))
        )
        #expect(early.dialFailures == [SwitchRig.peer(1): .banned])
        rig.now = until
        rig.connectInbound(1)
        #expect(rig.subject.peers.count == 1)
        rig.connectOutbound(2)
        #expect(rig.subject.peers.count == 2)
    }

    @Test func `a lifted ban no longer refuses`() {
        var rig = SwitchRig()
        _ = rig.handle(.ban(SwitchRig.id(1), until: rig.now.advanced(by: .seconds(10))))
        #expect(rig.subject.isBanned(SwitchRig.id(1), now: rig.now))
        _ = rig.handle(.ban(SwitchRig.id(1), until: nil))
        rig.connectInbound(1)
        #expect(rig.subject.peers.count == 1)
    }

    @Test func `one ban past the limit pushes out the one that ends soonest`() {
        var rig = SwitchRig()
        for number in 1...Switch.banLimit {
            let until = rig.now.advanced(by: .seconds(number == 7 ? 1 : 100))
            _ = rig.handle(.ban(SwitchRig.id(number + 1000), until: until))
        }
        #expect(rig.subject.isBanned(SwitchRig.id(1007), now: rig.now))
        _ = rig.handle(.ban(SwitchRig.id(1), until: rig.now.advanced(by: .seconds(100))))
        #expect(!rig.subject.isBanned(SwitchRig.id(1007), now: rig.now))
        #expect(rig.subject.isBanned(SwitchRig.id(1), now: rig.now))
        #expect(rig.subject.isBanned(SwitchRig.id(1008), now: rig.now))
    }

    @Test(arguments: [
        ("0.0.0.0:26656", SwitchRig.address(1)),
        ("tcp://0.0.0.0:7", SwitchRig.address(1, port: 7)),
        ("tcp://10.0.0.9:26656", SwitchRig.address(9)),
        ("[::]:26656", SwitchRig.address(1)),
        ("10.0.0.9:0", nil),
        ("node.example:26656", nil),
        ("", nil),
        ("10.0.0.9", nil),
    ])
    func `a listen address is dialable only as an address with a port`(
        text: String,
        expected: SocketAddress?
    ) {
        var rig = SwitchRig()
        let connection = rig.accept(1).connection
        _ = rig.handle(.authenticated(connection, SwitchRig.who(1, listen: text)))
        #expect(rig.subject.peers.first?.listenAddress == expected)
    }

    @Test func `stopping closes everything, answers every dial, and lets nobody in`() {
        var rig = SwitchRig {
            $0.persistent = [
                .init(peer: SwitchRig.peer(5), id: SwitchRig.id(5), address: SwitchRig.address(5))
            ]
        }
        _ = rig.handle(.start)
        let up = rig.connectInbound(1)
        let pending = rig.accept(2).connection
        let dial = rig.acts(.dial(SwitchRig.peer(3), SwitchRig.address(3), expecting: nil)).dials[0]
        rig.connectInbound(5)
        let effects = rig.acts(.stopAll)
        #expect(effects.closes.count == 4)
        #expect(effects.closes[up] == .stopping)
        #expect(effects.closes[pending] == .stopping)
        #expect(effects.closes[dial] == .stopping)
        #expect(effects.dialFailures == [SwitchRig.peer(3): .stopping])
        #expect(
            effects.told(1) == [
                .removePeer(SwitchRig.peer(1), .stopping),
                .removePeer(SwitchRig.peer(5), .stopping),
            ]
        )
        #expect(rig.accept(4).effects.closes.values.first == .stopping)
        let late = rig.acts(.dial(SwitchRig.peer(4), SwitchRig.address(4), expecting: nil))
        #expect(late == [.dialFailed(SwitchRig.peer(4), .stopping)])
        #expect(rig.acts(.authenticated(pending, SwitchRig.who(2))).isEmpty)
        #expect(rig.acts(.stopAll).isEmpty)
        #expect(rig.subject.nextDeadline == nil)
        #expect(rig.subject.counts == Switch.Counts())
    }

    @Test func `notes say who was dialed, connected, refused and lost`() {
        var rig = SwitchRig()
        let dialing = rig.handle(.dial(SwitchRig.peer(1), SwitchRig.address(1), expecting: nil))
        let dial = dialing.dials[0]
        let target = PeerReference(peer: SwitchRig.peer(1), id: nil, address: "10.0.0.1:26656")
        #expect(dialing.notes == [.dialing(target, dial)])
        let up = rig.handle(.authenticated(dial, SwitchRig.who(1)))
        let known = PeerReference(
            peer: SwitchRig.peer(1),
            id: SwitchRig.id(1),
            address: "10.0.0.1:5000"
        )
        #expect(up.notes == [.connected(known, dial, .outbound)])
        let down = rig.handle(.closed(dial, .resetByPeer))
        #expect(down.notes == [.disconnected(known, dial, .resetByPeer)])
        let socket = rig.accept(2).connection
        let failed = rig.handle(.failed(socket, .badSignature))
        #expect(failed.notes == [.refused(socket, address: "10.0.0.2:5000", .badSignature)])
    }
}

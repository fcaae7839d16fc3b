import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `Dialing` {
    let one = SwitchRig.peer(1)

    @Test func `a dial ends in connected, or in dialFailed with the reason`() {
        var rig = SwitchRig()
        let first = rig.acts(.dial(one, SwitchRig.address(1), expecting: SwitchRig.id(1)))
        #expect(
            first == [.dial(.dialed(0), SwitchRig.address(1), expecting: SwitchRig.id(1))]
        )
        #expect(rig.subject.counts == Switch.Counts(dialing: 1))
        let failed = rig.acts(.failed(.dialed(0), .connectRefused))
        #expect(failed == [.dialFailed(one, .connectRefused)])
        let second = rig.acts(.dial(one, SwitchRig.address(1), expecting: SwitchRig.id(1)))
        #expect(second.dials == [.dialed(1)])
        #expect(rig.acts(.authenticated(.dialed(1), SwitchRig.who(1))).connected == [one])
        #expect(rig.subject.counts == Switch.Counts(outbound: 1))
    }

    @Test func `nobody is dialed twice, by handle or by id`() {
        var rig = SwitchRig()
        _ = rig.handle(.dial(one, SwitchRig.address(1), expecting: SwitchRig.id(1)))
        let byHandle = rig.acts(.dial(one, SwitchRig.address(7), expecting: nil))
        #expect(byHandle == [.dialFailed(one, .duplicateConnection)])
        let other = SwitchRig.peer(2)
        let byID = rig.acts(.dial(other, SwitchRig.address(7), expecting: SwitchRig.id(1)))
        #expect(byID == [.dialFailed(other, .duplicateConnection)])
        _ = rig.handle(.authenticated(.dialed(0), SwitchRig.who(1)))
        let connected = rig.acts(.dial(other, SwitchRig.address(7), expecting: SwitchRig.id(1)))
        #expect(connected == [.dialFailed(other, .duplicateConnection)])
    }

    @Test func `an IP that has a peer is dialed again only where that is allowed`() {
        var rig = SwitchRig()
        rig.connectInbound(1)
        let other = SwitchRig.peer(2)
        let refused = rig.acts(.dial(other, SwitchRig.address(1), expecting: nil))
        #expect(refused == [.dialFailed(other, .duplicateIP)])
        var lax = SwitchRig { $0.allowsDuplicateIP = true }
        lax.connectInbound(1)
        #expect(lax.acts(.dial(other, SwitchRig.address(1), expecting: nil)).dials.count == 1)
    }

    @Test func `our own id is not dialed`() {
        var rig = SwitchRig()
        let effects = rig.acts(.dial(one, SwitchRig.address(1), expecting: SwitchRig.own))
        #expect(effects == [.dialFailed(one, .ownID)])
    }

    @Test func `a dial is answered by the connection that its target opened meanwhile`() {
        // 1 < 100: the other end's connection stays, so the dial is called off.
        var rig = SwitchRig()
        let dial = rig.acts(.dial(one, SwitchRig.address(1), expecting: SwitchRig.id(1))).dials[0]
        let socket = rig.accept(1).connection
        let effects = rig.acts(.authenticated(socket, SwitchRig.who(1)))
        #expect(effects.connected == [one])
        #expect(effects.closes == [dial: .lostSimultaneousDial])
        #expect(effects.dialFailures.isEmpty)
        #expect(rig.acts(.authenticated(dial, SwitchRig.who(1))).isEmpty)
        #expect(rig.acts(.failed(dial, .connectRefused)).isEmpty)
    }

    @Test func `the lower node's own dial replaces the connection that it had accepted`() {
        // 200 > 100: our own connection stays, once it is there.
        let peer = SwitchRig.peer(200)
        var rig = SwitchRig()
        let dial = rig.acts(.dial(peer, SwitchRig.address(200), expecting: SwitchRig.id(200)))
            .dials[0]
        let socket = rig.connectInbound(200)
        #expect(rig.subject.peers.map(\.connection) == [socket])
        let effects = rig.acts(.authenticated(dial, SwitchRig.who(200)))
        #expect(effects.closes == [socket: .lostSimultaneousDial])
        #expect(effects.disconnected == [peer: .lostSimultaneousDial])
        #expect(effects.connected == [peer])
        let told = effects.told(0)
        #expect(told.first == .removePeer(peer, .lostSimultaneousDial))
        #expect(told.count == 3)
        #expect(rig.subject.peers.map(\.connection) == [dial])
    }

    @Test func `the lower node keeps its own connection against a later one`() {
        var rig = SwitchRig { $0.allowsDuplicateIP = true }
        let kept = rig.connectOutbound(200)
        let socket = rig.accept(200).connection
        let effects = rig.acts(.authenticated(socket, SwitchRig.who(200)))
        #expect(effects == [.close(socket, .lostSimultaneousDial, flush: false)])
        #expect(rig.subject.peers.first?.connection == kept)
    }

    @Test func `a dial that fails after its answer is not answered again`() {
        let peer = SwitchRig.peer(200)
        var rig = SwitchRig()
        let dial = rig.acts(.dial(peer, SwitchRig.address(200), expecting: SwitchRig.id(200)))
            .dials[0]
        rig.connectInbound(200)
        #expect(rig.acts(.failed(dial, .connectTimeout)).isEmpty)
        #expect(rig.subject.peers.count == 1)
    }

    @Test func `two addresses of one node end in one connection, the older`() {
        var rig = SwitchRig { $0.allowsDuplicateIP = true }
        let two = SwitchRig.peer(2)
        let first = rig.acts(.dial(one, SwitchRig.address(1), expecting: nil)).dials[0]
        let second = rig.acts(.dial(two, SwitchRig.address(2), expecting: nil)).dials[0]
        _ = rig.handle(.authenticated(first, SwitchRig.who(7, handle: 1)))
        _ = rig.handle(.merge(one, other: two))
        let effects = rig.acts(.authenticated(second, SwitchRig.who(7, handle: 1)))
        #expect(effects.closes == [second: .duplicateConnection])
        #expect(rig.subject.peers.map(\.connection) == [first])
    }

    @Test func `a dial whose target has another handle fails, and the peer is up under that`() {
        var rig = SwitchRig()
        let dial = rig.acts(.dial(one, SwitchRig.address(1), expecting: nil)).dials[0]
        let effects = rig.acts(.authenticated(dial, SwitchRig.who(7, handle: 3)))
        #expect(effects.dialFailures == [one: .duplicateConnection])
        #expect(effects.connected == [SwitchRig.peer(3)])
    }

    @Test func `a wanted node is let in past the inbound limit`() {
        var rig = SwitchRig {
            $0.inboundLimit = 1
            $0.unconditional = [SwitchRig.id(9)]
        }
        rig.connectInbound(2)
        _ = rig.handle(.dial(one, SwitchRig.address(1), expecting: SwitchRig.id(1)))
        rig.connectInbound(1)
        #expect(rig.subject.peer(one) != nil)
        let unwanted = rig.accept(3)
        #expect(unwanted.effects.closes.values.first == .inboundLimit)
    }
}

@Suite struct `A second connection of one dialer` {
    private var rig: SwitchRig
    private let first: ConnectionID
    private let second: ConnectionID
    private let peer = SwitchRig.peer(1)

    init() {
        rig = SwitchRig { $0.allowsDuplicateIP = true }
        first = rig.connectInbound(1)
        second = rig.accept(1).connection
    }

    @Test mutating func `is on standby, and told to nobody`() {
        #expect(rig.acts(.authenticated(second, SwitchRig.who(1))).isEmpty)
        #expect(rig.subject.peers.map(\.connection) == [first])
    }

    @Test mutating func `takes over when its dialer speaks on it`() {
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        let effects = rig.acts(.received(second, 0x10, [7]))
        #expect(effects.closes == [first: .duplicateConnection])
        let told = effects.told(0)
        #expect(told.count == 4)
        #expect(told.first == .removePeer(peer, .duplicateConnection))
        #expect(told.last == .receive(0x10, [7], from: peer))
        #expect(rig.subject.peers.map(\.connection) == [second])
    }

    @Test mutating func `takes over when the first one ends`() {
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        let effects = rig.acts(.closed(first, .closedByPeer))
        #expect(effects.disconnected == [peer: .closedByPeer])
        #expect(effects.connected == [peer])
        #expect(rig.subject.peers.map(\.connection) == [second])
    }

    @Test mutating func `is forgotten when its dialer hangs up`() {
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        #expect(rig.acts(.closed(second, .closedByPeer)).isEmpty)
        #expect(rig.subject.peers.map(\.connection) == [first])
        #expect(rig.subject.nextDeadline == nil)
    }

    @Test mutating func `takes over after three seconds of silence, and not before`() throws {
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        let due = rig.now.advanced(by: Switch.standbyTimeout)
        #expect(rig.subject.nextDeadline == due)
        rig.now = due.advanced(by: .nanoseconds(-1))
        #expect(rig.acts(.deadline).isEmpty)
        rig.now = due
        #expect(rig.acts(.deadline).closes == [first: .duplicateConnection])
        #expect(rig.subject.peers.map(\.connection) == [second])
    }

    @Test mutating func `leaves no room for a third`() {
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        let third = rig.accept(1).connection
        let effects = rig.acts(.authenticated(third, SwitchRig.who(1)))
        #expect(effects == [.close(third, .duplicateConnection, flush: false)])
    }

    @Test mutating func `ends with the peer when that is stopped`() {
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        let effects = rig.acts(.stop(peer, .badMessage, flush: false))
        #expect(effects.closes == [first: .badMessage, second: .badMessage])
        #expect(rig.subject.counts == Switch.Counts())
    }
}

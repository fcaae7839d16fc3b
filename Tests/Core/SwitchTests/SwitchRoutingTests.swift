import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `Routing` {
    private var rig = SwitchRig()
    private let connection: ConnectionID
    private let peer = SwitchRig.peer(1)

    init() { connection = rig.connectInbound(1) }

    @Test mutating func `a message goes to the reactor that owns its channel`() {
        let first = rig.acts(.received(connection, 0x10, [1]))
        #expect(first == [.tell(0, .receive(0x10, [1], from: peer))])
        let second = rig.acts(.received(connection, 0x21, [2]))
        #expect(second == [.tell(1, .receive(0x21, [2], from: peer))])
    }

    @Test mutating func `a message on nobody's channel ends the connection`() {
        #expect(rig.acts(.received(connection, 0x66, [1])).closes == [connection: .unknownChannel])
        #expect(rig.acts(.received(connection, 0x10, [1])).isEmpty)
    }

    @Test mutating func `a message on the channel's limit passes, one past it does not`() {
        let whole = [UInt8](repeating: 0, count: 100)
        #expect(rig.acts(.received(connection, 0x10, whole)).closes.isEmpty)
        let effects = rig.acts(.received(connection, 0x10, whole + [0]))
        #expect(effects.closes == [connection: .messageTooLong])
    }

    @Test mutating func `a send goes to the peer's connection, or nowhere once it is gone`() {
        #expect(rig.acts(.send(peer, 0x10, [1])) == [.send(connection, 0x10, [1])])
        _ = rig.handle(.closed(connection, .closedByPeer))
        #expect(rig.acts(.send(peer, 0x10, [1])).isEmpty)
        #expect(rig.acts(.stop(peer, .badMessage, flush: false)).isEmpty)
    }

    @Test mutating func `a stop tells every reactor, then closes, flushing if asked`() {
        let face = rig.subject.peers[0]
        let effects = rig.acts(.stop(peer, .seedAnswered, flush: true))
        #expect(
            effects == [
                .tell(0, .removePeer(peer, .seedAnswered)),
                .tell(1, .removePeer(peer, .seedAnswered)),
                .close(connection, .seedAnswered, flush: true),
                .disconnected(face, .seedAnswered),
            ]
        )
    }

    @Test mutating func `what the driver says of a closed connection is ignored`() {
        _ = rig.handle(.stop(peer, .demoted, flush: false))
        #expect(rig.acts(.closed(connection, .closedByPeer)).isEmpty)
        #expect(rig.acts(.received(connection, 0x10, [1])).isEmpty)
        #expect(rig.acts(.sent(connection, 0x10, messages: 1, bytes: 1)).isEmpty)
        #expect(rig.acts(.authenticated(connection, SwitchRig.who(1))).isEmpty)
    }

    @Test mutating func `credit is spent by sends, comes back with sent, and wakes the refused`() {
        let effects: [Outbox<Never>.Effect] = rig.subject.withOutbox { outbox in
            let taken = (1...3).map { outbox.send([$0], on: 0x10, to: SwitchRig.peer(1)) }
            #expect(taken == [true, true, false])
            #expect(!outbox.canSend(on: 0x10, to: SwitchRig.peer(1)))
        }
        #expect(effects.count == 2)
        #expect(!rig.subject.credit.allows(peer, 0x10))
        let back = rig.acts(.sent(connection, 0x10, messages: 1, bytes: 1))
        #expect(back == [.tell(0, .sendable(0x10, peer))])
        #expect(rig.acts(.sent(connection, 0x10, messages: 1, bytes: 1)).isEmpty)
    }

    @Test mutating func `only channels that the peer listed have credit, and only while it is up`()
    {
        let other = rig.accept(2).connection
        _ = rig.handle(.authenticated(other, SwitchRig.who(2, channels: [0x21, 0x44])))
        let two = SwitchRig.peer(2)
        #expect(rig.subject.credit.allows(two, 0x21))
        #expect(!rig.subject.credit.allows(two, 0x10))
        #expect(!rig.subject.credit.allows(two, 0x44))
        _ = rig.handle(.closed(other, .closedByPeer))
        #expect(!rig.subject.credit.allows(two, 0x21))
    }

    @Test mutating func `a reactor sends from addPeer on`() {
        struct Eager: Reactor {
            let name = "eager"
            let channels = SwitchRig.channels[0]
            mutating func handle(
                _ event: ReactorEvent,
                now: Instant,
                random: inout Random,
                into outbox: inout Outbox<Never>
            ) {
                outbox.send([1], on: 0x10, to: PeerID(rawValue: 1))
            }
        }
        var eager = Eager()
        let face = rig.subject.peers[0]
        let now = rig.now
        let early = rig.subject.deliver(.initPeer(face), to: &eager, now: now, random: &rig.random)
        #expect(early.isEmpty)
        let later = rig.subject.deliver(.addPeer(face), to: &eager, now: now, random: &rig.random)
        #expect(later.count == 1)
        #expect(eager.nextDeadline == nil)
    }
}

@Suite struct `Merging handles` {
    @Test func `a connected peer answers to both handles, and reactors keep the one they know`() {
        var rig = SwitchRig()
        let connection = rig.connectInbound(1)
        let new = SwitchRig.peer(50)
        #expect(rig.acts(.merge(new, other: SwitchRig.peer(1))).isEmpty)
        #expect(rig.subject.peers.map(\.id) == [new])
        #expect(rig.subject.peer(SwitchRig.peer(1))?.id == new)
        #expect(rig.subject.reactorHandle(new) == SwitchRig.peer(1))
        #expect(rig.acts(.send(new, 0x10, [1])) == [.send(connection, 0x10, [1])])
        #expect(rig.acts(.send(SwitchRig.peer(1), 0x10, [1])) == [.send(connection, 0x10, [1])])
        let busy = rig.acts(.dial(new, SwitchRig.address(9), expecting: nil))
        #expect(busy.dialFailures == [new: .duplicateConnection])
        let effects = rig.acts(.stop(new, .demoted, flush: false))
        #expect(effects.told(0) == [.removePeer(SwitchRig.peer(1), .demoted)])
        #expect(effects.disconnected == [new: .demoted])
        #expect(rig.subject.peer(new) == nil)
        _ = rig.connectInbound(1, handle: 50)
        #expect(rig.subject.reactorHandle(new) == new)
    }

    @Test func `merging back and forth leaves one name`() {
        var rig = SwitchRig()
        rig.connectInbound(1)
        _ = rig.handle(.merge(SwitchRig.peer(50), other: SwitchRig.peer(1)))
        _ = rig.handle(.merge(SwitchRig.peer(60), other: SwitchRig.peer(50)))
        #expect(rig.subject.peers.map(\.id) == [SwitchRig.peer(60)])
        #expect(rig.subject.peer(SwitchRig.peer(50)) == nil)
        #expect(rig.acts(.stop(SwitchRig.peer(60), .demoted, flush: false)).disconnected.count == 1)
    }

    @Test func `a dial is answered under the handle that it was merged into`() {
        var rig = SwitchRig()
        let dial = rig.acts(.dial(SwitchRig.peer(1), SwitchRig.address(1), expecting: nil)).dials[0]
        _ = rig.handle(.merge(SwitchRig.peer(2), other: SwitchRig.peer(1)))
        let effects = rig.acts(.failed(dial, .connectRefused))
        #expect(effects == [.dialFailed(SwitchRig.peer(2), .connectRefused)])
    }
}

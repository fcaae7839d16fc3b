import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// The tests of CometBFT's `switch_test.go`, `peer_set_test.go` and `transport_test.go` that a
/// machine without sockets can hold.
///
/// Source: C§13. What they show of sockets and filters is shown by the drivers' tests.
@Suite struct `As upstream tests it` {
    private let one = SwitchRig.peer(1)

    @Test func `Switches: what is sent on three channels reaches the right reactors`() {
        var rig = SwitchRig()
        let connection = rig.connectInbound(1)
        for (channel, reactor) in [(0x10, 0), (0x20, 1), (0x21, 1)] as [(UInt8, Int)] {
            let id = ChannelID(rawValue: channel)
            #expect(rig.acts(.received(connection, id, [channel])).told(reactor).count == 1)
        }
    }

    @Test func `SwitchFiltersOutItself, TransportMultiplexRejectSelf`() {
        var rig = SwitchRig()
        let dial = rig.acts(.dial(one, SwitchRig.address(1), expecting: nil)).dials[0]
        let effects = rig.acts(.authenticated(dial, SwitchRig.who(100, handle: 1)))
        #expect(effects.dialFailures == [one: .ownID])
        #expect(effects.closes == [dial: .ownID])
    }

    @Test func `SwitchPeerFilterDuplicate, PeerSetAddDuplicate`() {
        var rig = SwitchRig { $0.allowsDuplicateIP = true }
        rig.connectOutbound(1)
        #expect(rig.acts(.dial(one, SwitchRig.address(1), expecting: nil)).dialFailures.count == 1)
        #expect(rig.subject.peers.count == 1)
    }

    @Test func `SwitchStopsNonPersistentPeerOnError`() throws {
        var rig = SwitchRig()
        let dialed = rig.connectOutbound(1)
        let connection = try #require(dialed)
        #expect(rig.acts(.closed(connection, .inputOutputError)).disconnected.count == 1)
        #expect(rig.subject.peers.isEmpty)
        #expect(rig.subject.nextDeadline == nil)
    }

    @Test func `SwitchStopPeerForError: stopped twice, gone once`() {
        var rig = SwitchRig()
        rig.connectInbound(1)
        #expect(rig.acts(.stop(one, .badMessage, flush: false)).disconnected.count == 1)
        #expect(rig.acts(.stop(one, .badMessage, flush: false)).isEmpty)
    }

    @Test func `SwitchReconnectsToOutboundPersistentPeer, after a close and after a failed dial`()
        throws
    {
        var rig = persistent()
        let first = try rig.passDeadline().dials[0]
        _ = rig.handle(.failed(first, .connectTimeout))
        let second = try rig.passDeadline().dials[0]
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        _ = rig.handle(.closed(second, .resetByPeer))
        let third = try rig.passDeadline().dials[0]
        #expect(rig.acts(.authenticated(third, SwitchRig.who(1))).connected == [one])
    }

    @Test func `SwitchReconnectsToInboundPersistentPeer`() throws {
        var rig = persistent()
        let connection = rig.connectInbound(1)
        _ = rig.handle(.closed(connection, .resetByPeer))
        let dial = try rig.passDeadline().dials[0]
        #expect(rig.acts(.authenticated(dial, SwitchRig.who(1))).connected == [one])
    }

    @Test func `SwitchDialPeersAsync: all persistent peers within three seconds`() throws {
        var rig = SwitchRig { settings in
            settings.persistent = (1...9).map {
                .init(
                    peer: SwitchRig.peer($0),
                    id: SwitchRig.id($0),
                    address: SwitchRig.address($0)
                )
            }
        }
        _ = rig.handle(.start)
        rig.now = rig.now.advanced(by: .seconds(3))
        #expect(rig.acts(.deadline).dials.count == 9)
    }

    @Test func `SwitchAcceptRoutine: five of limit five, not the sixth, and two unconditional`() {
        var rig = SwitchRig {
            $0.inboundLimit = 5
            $0.unconditional = [SwitchRig.id(6), SwitchRig.id(7)]
        }
        for number in 1...5 { rig.connectInbound(number) }
        #expect(rig.subject.peers.count == 5)
        let sixth = rig.accept(8).connection
        let refused = rig.acts(.authenticated(sixth, SwitchRig.who(8)))
        #expect(refused == [.close(sixth, .inboundLimit, flush: false)])
        for number in 6...7 { rig.connectInbound(number) }
        #expect(rig.subject.peers.count == 7)
    }

    @Test func `SwitchAcceptRoutineErrorCases: a failed handshake harms nobody`() {
        var rig = SwitchRig()
        for reason in [CloseReason.handshakeTimeout, .badNodeInfo, .resetByPeer] {
            let connection = rig.accept(1).connection
            #expect(rig.acts(.failed(connection, reason)).isEmpty)
        }
        rig.connectInbound(1)
        #expect(rig.subject.peers.count == 1)
    }

    @Test func `SwitchInitPeerIsNotCalledBeforeRemovePeer`() {
        var rig = SwitchRig { $0.allowsDuplicateIP = true }
        rig.connectInbound(1)
        let second = rig.connectInbound(1)
        let told = rig.acts(.received(second, 0x10, [])).told(0)
        guard case .removePeer(one, _) = told[0], case .initPeer = told[1] else {
            Issue.record("\(told)")
            return
        }
    }

    @Test func `SwitchRemovalErr: a peer that died in its handshake cannot be added`() {
        var rig = SwitchRig()
        let connection = rig.accept(1).connection
        _ = rig.handle(.failed(connection, .resetByPeer))
        #expect(rig.acts(.authenticated(connection, SwitchRig.who(1))).isEmpty)
    }

    @Test func `TransportMultiplexDialRejectWrongID`() {
        var rig = SwitchRig()
        let dial = rig.acts(.dial(one, SwitchRig.address(1), expecting: SwitchRig.id(1))).dials[0]
        #expect(rig.acts(.authenticated(dial, SwitchRig.who(2))).closes == [dial: .wrongID])
    }

    @Test func `TransportMultiplexAcceptMultiple: 127 handshakes at once all go on`() {
        var rig = SwitchRig { $0.inboundLimit = 127 }
        let sockets =
            (1...99).map { ($0, rig.accept($0)) } + (101...128).map { ($0, rig.accept($0)) }
        #expect(!sockets.contains { !$0.1.effects.closes.isEmpty })
        for (number, socket) in sockets.reversed() {
            _ = rig.handle(.authenticated(socket.connection, SwitchRig.who(number)))
        }
        #expect(rig.subject.counts.inbound == 127)
    }

    @Test func `TransportMultiplexAcceptNonBlocking: a slow peer does not delay a fast one`() {
        var rig = SwitchRig()
        let slow = rig.accept(1).connection
        rig.connectInbound(2)
        #expect(rig.subject.peers.map(\.id) == [SwitchRig.peer(2)])
        #expect(rig.acts(.authenticated(slow, SwitchRig.who(1))).connected == [one])
    }

    @Test func `PeerSetAddRemoveOne, AddRemoveMany, Get: sizes and order after any removal`() {
        for victim in 1...5 {
            var rig = SwitchRig()
            for number in (1...5).reversed() { rig.connectInbound(number) }
            _ = rig.handle(.stop(SwitchRig.peer(victim), .demoted, flush: false))
            let left = (1...5).filter { $0 != victim }.map(SwitchRig.peer)
            #expect(rig.subject.peers.map(\.id) == left)
            #expect(rig.subject.peer(of: SwitchRig.id(victim)) == nil)
        }
    }

    private func persistent() -> SwitchRig {
        var rig = SwitchRig {
            $0.persistent = [.init(peer: one, id: SwitchRig.id(1), address: SwitchRig.address(1))]
        }
        _ = rig.handle(.start)
        return rig
    }
}

import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// One of two connections between the same nodes is hung up before the other one has come up here.
@Suite struct `A connection that another one takes the place of` {
    /// Node 1 has the lower id than ours, which is 100, so that it keeps the one that it dialed.
    private static let peer = SwitchRig.peer(1)

    /// We dial node 1 while it dials us.
    private func dials() throws -> (rig: SwitchRig, ours: ConnectionID, theirs: ConnectionID) {
        var rig = SwitchRig()
        let dials = rig.acts(
            .dial(Self.peer, SwitchRig.address(1), expecting: SwitchRig.id(1))
        ).dials
        let ours = try #require(dials.first)
        let theirs = rig.accept(1).connection
        return (rig, ours, theirs)
    }

    @Test(arguments: [CloseReason.closedByPeer, .resetByPeer])
    func `answers the dial that the other end gave up in handshake`(_ reason: CloseReason) throws {
        var (rig, ours, theirs) = try dials()
        #expect(rig.acts(.failed(ours, reason)).isEmpty)
        #expect(rig.subject.owesAnswer(Self.peer) && rig.subject.awaitsRival(Self.peer))
        let effects = rig.acts(.authenticated(theirs, SwitchRig.who(1)))
        #expect(effects.connected == [Self.peer])
        #expect(effects.dialFailures.isEmpty)
        #expect(!rig.subject.owesAnswer(Self.peer) && !rig.subject.awaitsRival(Self.peer))
        #expect(rig.subject.nextDeadline == nil)
    }

    @Test func `is waited for after one that was up, and answers whoever dials meanwhile`() throws {
        var (rig, ours, theirs) = try dials()
        _ = rig.handle(.authenticated(ours, SwitchRig.who(1)))
        #expect(rig.acts(.closed(ours, .closedByPeer)).disconnected == [Self.peer: .closedByPeer])
        #expect(rig.subject.awaitsRival(Self.peer) && !rig.subject.owesAnswer(Self.peer))
        let redial = Switch.Input.dial(
            Self.peer,
            SwitchRig.address(1),
            expecting: SwitchRig.id(1)
        )
        #expect(rig.acts(redial).isEmpty)
        #expect(rig.acts(.authenticated(theirs, SwitchRig.who(1))).connected == [Self.peer])
    }

    @Test func `the dial has failed if it comes to nothing`() throws {
        var (rig, ours, theirs) = try dials()
        _ = rig.handle(.failed(ours, .closedByPeer))
        let failures = rig.acts(.failed(theirs, .badSignature)).dialFailures
        #expect(failures == [Self.peer: .closedByPeer])
    }

    @Test func `the dial has failed if it is somebody else's`() throws {
        var (rig, ours, theirs) = try dials()
        _ = rig.handle(.failed(ours, .closedByPeer))
        var other = SwitchRig.who(2)
        other.remote = SwitchRig.address(1, port: 5000)
        let effects = rig.acts(.authenticated(theirs, other))
        #expect(effects.connected == [SwitchRig.peer(2)])
        #expect(effects.dialFailures == [Self.peer: .closedByPeer])
    }

    @Test func `the dial has failed if it is silent for three seconds`() throws {
        var (rig, ours, _) = try dials()
        _ = rig.handle(.failed(ours, .closedByPeer))
        #expect(try rig.waitToDeadline() == Switch.standbyTimeout)
        #expect(try rig.passDeadline().dialFailures == [Self.peer: .closedByPeer])
    }

    @Test func `the dial has failed at once where nobody from there is in handshake`() throws {
        var (rig, ours, theirs) = try dials()
        _ = rig.handle(.failed(theirs, .closedByPeer))
        _ = rig.accept(2)
        #expect(rig.acts(.failed(ours, .closedByPeer)).dialFailures == [Self.peer: .closedByPeer])
    }

    @Test func `the dial has failed at once where it was not hung up on`() throws {
        var (rig, ours, _) = try dials()
        #expect(rig.acts(.failed(ours, .badSignature)).dialFailures == [Self.peer: .badSignature])
    }

    @Test func `a persistent peer's back-off does not count it`() throws {
        var rig = SwitchRig {
            $0.persistent = [
                .init(peer: Self.peer, id: SwitchRig.id(1), address: SwitchRig.address(1))
            ]
        }
        _ = rig.handle(.start)
        let ours = try #require(try rig.passDeadline().dials.first)
        let theirs = rig.accept(1).connection
        _ = rig.handle(.failed(ours, .closedByPeer))
        #expect(rig.subject.nextDial(of: SwitchRig.id(1)) == nil)
        _ = rig.handle(.failed(theirs, .closedByPeer))
        #expect(rig.subject.nextDial(of: SwitchRig.id(1)) != nil)
    }
}

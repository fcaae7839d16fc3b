import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Two nodes that have each other as local roots dial each other at once (design §4, §17.3).
struct NodeRivalTests {
    /// How far our own dial is when the other end gives it up.
    enum Stage: CaseIterable {
        case inHandshake, silent, hot
    }

    private func root(_ number: Int) -> (inout Node.Birth) -> Void {
        { birth in
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [World.point(number)], hotValency: 1)
            ]
        }
    }

    @Test(arguments: Stage.allCases, NodeConfiguration.PeerManagerKind.allCases)
    private func `the connection that stays is taken over at once, and no failure is counted`(
        _ stage: Stage,
        _ kind: NodeConfiguration.PeerManagerKind
    ) throws {
        var solo = Solo { birth in
            root(2)(&birth)
            birth.configuration.peerManager = kind
            birth.configuration.allowsDuplicateIP = true
        }
        solo.pass(.seconds(4))
        let address = World.address(2)
        let info = solo.info(World.id(2), listening: address)
        let ours = try #require(solo.dials.first?.connection)
        if stage != .inHandshake {
            solo.feed(.authenticated(ours, World.id(2), info, remote: address))
        }
        if stage == .hot { solo.feed(.received(ours, .lifecycle, Solo.hello())) }
        let theirs = ConnectionID.accepted(50)
        var remote = address
        remote.port = 40_001
        solo.feed(.accepted(theirs, from: remote))
        solo.now = solo.now.advanced(by: .milliseconds(1))
        solo.feed(
            stage == .inHandshake
                ? .failed(ours, .closedByPeer, id: nil) : .closed(ours, .closedByPeer)
        )
        #expect(solo.node.invariantViolation() == nil)
        #expect(solo.node.snapshot(now: solo.now).counts.hot == 0)
        solo.now = solo.now.advanced(by: .milliseconds(1))
        solo.feed(.authenticated(theirs, World.id(2), info, remote: address))
        solo.feed(.received(theirs, .lifecycle, Solo.hello()))
        let row = try #require(solo.node.snapshot(now: solo.now).peers.first)
        #expect(row.temperature == .hot)
        #expect(row.failCount == 0)
        #expect(solo.dials.count == 1)
        #expect(solo.node.invariantViolation() == nil)
    }

    @Test func `a hang-up that no other connection follows is a failure, three seconds later`()
        throws
    {
        var solo = Solo(root(2))
        let ours = try #require(solo.dials.first?.connection)
        var remote = World.address(2)
        remote.port = 40_001
        solo.feed(.accepted(.accepted(50), from: remote))
        solo.feed(.failed(ours, .closedByPeer, id: nil))
        #expect(solo.node.snapshot(now: solo.now).peers.map(\.failCount) == [0])
        solo.pass(.seconds(3))
        #expect(solo.node.snapshot(now: solo.now).peers.map(\.failCount) == [1])
        #expect(solo.node.invariantViolation() == nil)
    }
}

import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// What a node's snapshot says keeps its peers where they are.
struct NodeHoldsTests {
    private func solo() -> Solo {
        Solo { birth in
            birth.topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: [World.point(2), World.point(3)],
                    hotValency: 1,
                    warmValency: 2
                )
            ]
        }
    }

    @Test func `a local root that is dialed shows the job and both valencies`() {
        let solo = solo()
        let rows = solo.node.snapshot(now: solo.now).peers
        #expect(rows.count == 2)
        for row in rows {
            #expect(
                row.holds == [
                    .underway(to: .warm, .belowValency(group: 0)),
                    .quota(.warmValency(group: 0), count: 0, wanted: 2),
                    .quota(.hotValency(group: 0), count: 0, wanted: 1),
                ]
            )
        }
    }

    @Test func `a failed dial shows the wait until the next`() {
        var solo = solo()
        guard let dial = solo.dials.first else {
            Issue.record("nobody is dialed")
            return
        }
        solo.feed(.failed(dial.connection, .connectRefused, id: nil))
        let waits = solo.node.snapshot(now: solo.now).peers.compactMap { row in
            row.nextAttemptAt.map { (row.holds?.first, Snapshot.Hold.waits(until: $0)) }
        }
        #expect(waits.count == 1)
        #expect(waits.allSatisfy { $0.0 == $0.1 })
    }

    @Test func `a guest that the governor does not know, and the peers of a seed, show nothing`() {
        var solo = Solo { $0.configuration.role = .seed }
        _ = solo.guest(World.id(9), from: World.address(9), listening: World.address(9))
        let rows = solo.node.snapshot(now: solo.now).peers
        #expect(!rows.isEmpty)
        for row in rows { #expect(row.holds == nil) }
    }

    private func circle(
        _ kind: NodeConfiguration.PeerManagerKind = .ensurePeers,
        enablesP2P: Bool = true
    ) -> Solo {
        var solo = Solo { birth in
            birth.configuration.peerManager = kind
            birth.configuration.enablesP2P = enablesP2P
            birth.configuration.outboundLimit = 3
            birth.topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: [World.point(2), World.point(3)],
                    hotValency: 1
                )
            ]
        }
        solo.pass(.seconds(4))
        return solo
    }

    private func holds(_ solo: Solo, _ number: Int) -> [Snapshot.Hold]? {
        solo.node.snapshot(now: solo.now).peers.first { $0.id == World.id(number) }?.holds
    }

    @Test(arguments: [true, false])
    func `ensure-peers and the static topology say what moves and keeps a local root`(
        _ enablesP2P: Bool
    ) throws {
        var solo = circle(enablesP2P: enablesP2P)
        let none = Snapshot.Hold.quota(.hotValency(group: 0), count: 0, wanted: 2)
        let dials = solo.dials
        #expect(dials.count == 2)
        for number in 2...3 {
            #expect(holds(solo, number) == [.underway(to: .warm, .configured), none])
        }
        let first = dials[0].expecting == World.id(2) ? dials[0] : dials[1]
        let second = dials[0].expecting == World.id(2) ? dials[1] : dials[0]
        solo.feed(.failed(first.connection, .connectRefused, id: nil))
        let row = try #require(
            solo.node.snapshot(now: solo.now).peers.first { $0.id == World.id(2) }
        )
        let next = try #require(row.nextAttemptAt)
        #expect(row.holds == [.waits(until: next), none])
        let info = solo.info(World.id(3), listening: second.address)
        solo.feed(.authenticated(second.connection, World.id(3), info, remote: second.address))
        solo.feed(.received(second.connection, .lifecycle, Solo.hello()))
        let one = Snapshot.Hold.quota(.hotValency(group: 0), count: 1, wanted: 2)
        #expect(holds(solo, 3) == [one])
        #expect(holds(solo, 2) == [.waits(until: next), one])
    }

    @Test func `ensure-peers says when a stranger is dialed, and that nobody is let go`() throws {
        var solo = circle()
        let guest = solo.guest(World.id(4), from: World.address(4), listening: World.address(4))
        solo.feed(.received(guest, .lifecycle, Solo.hello()))
        #expect(holds(solo, 4) == [.kept])
        solo.feed(.closed(guest, .closedByPeer))
        // Two are dialed for ever; of three outbound connections none stands.
        let none = Snapshot.Hold.quota(.target(.established), count: 0, wanted: 3)
        #expect(holds(solo, 4) == [none])
        solo.pass(.milliseconds(600))
        let dial = try #require(solo.dials.last { $0.expecting == World.id(4) })
        #expect(holds(solo, 4)?.last == none)
        solo.feed(.failed(dial.connection, .connectRefused, id: nil))
        let row = try #require(
            solo.node.snapshot(now: solo.now).peers.first { $0.id == World.id(4) }
        )
        let next = try #require(row.nextAttemptAt)
        #expect(next > solo.now)
        #expect(row.holds == [.waits(until: next), .failures(1, limit: 16), none])
    }

    @Test func `a persistent peer shows when the switch dials it`() throws {
        var solo = Solo { birth in
            birth.configuration.peerManager = .ensurePeers
            birth.configuration.persistentPeers = [
                PeerAddress(id: World.id(2), socket: World.address(2))
            ]
        }
        solo.pass(.seconds(4))
        let dial = try #require(solo.dials.last)
        solo.feed(.failed(dial.connection, .connectRefused, id: nil))
        let row = try #require(solo.node.snapshot(now: solo.now).peers.first)
        let next = try #require(row.nextAttemptAt)
        #expect(row.holds == [.waits(until: next)])
        solo.pass(solo.now.duration(to: next))
        _ = Companion(answering: &solo, 2)
        #expect(holds(solo, 2) == [.kept])
    }

    @Test func `what is shown explains a peer without any history`() {
        let solo = solo()
        var explainer = PeerExplainer(PeerSubject(id: World.id(2)))
        explainer.take(.snapshot(solo.node.snapshot(now: solo.now)), at: solo.now)
        let found = explainer.explanation(of: "relay-1", at: solo.now)
        #expect(found.basis == .snapshot && found.temperature == .cold)
        #expect(found.source == .localRoot && found.rootGroup == 0)
        #expect(found.forces.map(\.effect) == [.moves, .raises, .raises])
        #expect(found.lastTransition?.reason == .learnt)
    }
}

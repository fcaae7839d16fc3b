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

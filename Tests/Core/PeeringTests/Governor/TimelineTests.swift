import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// The worked timeline of O§3.16, as far as it needs neither churn nor ledger peers.
struct TimelineTests {
    @Test(arguments: [1, 60])
    func `a relay finds its roots at once, the rest at 3 s, and asks them 300 s later`(pace: Int) {
        var rig = Rig(pace: pace)
        rig.take(.localRoots([.of(0..<3, hot: 2, warm: 3)]))
        // The root target waits, so that local roots have a head start.
        var effects = rig.settle(
            .targets(Targets(known: 150, established: 30, active: 20)),
            sharing: true
        )
        #expect(Set(effects.dialed) == Set([PeerID].numbered(0..<3)))
        #expect(rig.peers(.hot).count == 2)
        #expect(!effects.contains { if case .requestPublicRoots = $0 { true } else { false } })

        rig.now = rig.now.advanced(by: .seconds(3))
        effects = rig.take(.targets(Targets(root: 60, known: 150, established: 30, active: 20)))
        #expect(effects.contains(.requestPublicRoots(57)))
        let roots = [PeerID].numbered(10..<67).map { Governor.Root(peer: $0, advertise: true) }
        rig.settle(.publicRoots(roots, retryAfter: .seconds(5)), sharing: true)
        #expect(rig.governor.counters.rootCount == 60)
        #expect(rig.governor.counters.peers.established == 30)
        #expect(rig.governor.counters.peers.active == 20)

        // The first three were warm 3 s before the others.
        let first = Duration.seconds(300) / pace
        #expect(rig.wait(first - .seconds(3) - .nanoseconds(1)).asked.isEmpty)
        effects = rig.wait(.nanoseconds(1))
        #expect(effects.asked.count == 2)
        #expect(effects.asked.allSatisfy { $0 < .number(3) })
        #expect(effects.contains(.ask(effects.asked[0], amount: 45)))
        for (index, peer) in effects.asked.enumerated() {
            let start = 100 + 10 * index
            rig.take(.shared(by: peer, .numbered(start..<start + 10)))
        }
        #expect(rig.governor.counters.peers.known == 80)
        #expect(rig.governor.counters.shareRequests == 1)
    }
}

import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct RootsInUseTests {
    @Test(arguments: Seed.sweep(200))
    func `prop_governor_target_established_public: some public root is connected in the end`(
        seed: Seed
    ) {
        var rig = Rig(Targets(root: 3, known: 10, established: 6))
        rig.random = seed.random
        rig.settle(.drawn(.numbered(10..<17)))
        let roots = [PeerID].numbered(0..<3).map { Governor.Root(peer: $0, advertise: true) }
        rig.settle(.publicRoots(roots, retryAfter: .seconds(60)))
        for _ in 0..<200 {
            if rig.peers(.warm).contains(where: { $0 < .number(3) }) { return }
            rig.settle(.targets(Targets(root: 3, known: 10)))
            rig.settle(.targets(Targets(root: 3, known: 10, established: 6)))
        }
        Issue.record("no public root was ever warm")
    }

    @Test(arguments: Seed.sweep(200))
    func `prop_governor_uses_ledger_peers: whoever need not be careful ends up with them`(
        seed: Seed
    ) {
        var rig = Rig()
        rig.random = seed.random
        rig.take(.bootstrapPeers(count: seed.value.isMultiple(of: 2) ? 3 : nil))
        rig.take(.ledgerState(.youngEnough))
        var effects = rig.settle(.targets(Targets(root: 4, known: 8, established: 8, active: 4)))
        #expect(effects.contains(.requestPublicRoots(4)))
        for _ in 0..<4 {
            rig.take(.publicRootsFailed)
            effects = rig.wait(.seconds(32))
            #expect(effects.contains(.requestPublicRoots(4)))
        }
        let roots = [PeerID].numbered(0..<4).map {
            Governor.Root(peer: $0, advertise: false, kind: .ledger)
        }
        rig.settle(.publicRoots(roots, retryAfter: .seconds(5)))
        #expect(rig.governor.known.ids.allSatisfy { rig.governor.known[$0]?.source == .ledger })
        #expect(rig.peers(.hot).count == 4)
    }

    @Test(arguments: Seed.sweep(200))
    func `prop_governor_target_active_public: some public root is hot in the end`(seed: Seed) {
        var rig = Rig(Targets(root: 3, known: 10, established: 6, active: 4))
        rig.random = seed.random
        rig.settle(.drawn(.numbered(10..<17)))
        let roots = [PeerID].numbered(0..<3).map { Governor.Root(peer: $0, advertise: true) }
        rig.settle(.publicRoots(roots, retryAfter: .seconds(60)))
        for _ in 0..<200 where rig.governor.counters.rootCount > 0 {
            let hot = rig.peers(.hot)
            if hot.contains(where: { $0 < .number(3) }) { return }
            // Churn, as it will come: all down, all up.
            rig.settle(.targets(Targets(root: 3, known: 10)))
            rig.settle(.targets(Targets(root: 3, known: 10, established: 6, active: 4)))
        }
        Issue.record("no public root was ever hot")
    }

    @Test(arguments: Seed.sweep(200))
    func `prop_governor_peershare_1hr: sharing finds the reachable graph and nothing else`(
        seed: Seed
    ) {
        var chance = seed.random
        let count = 12
        let graph = (0..<2 * count).map { node in
            let half = node < count ? 0..<count : count..<2 * count
            return chance.sample(2, of: [PeerID].numbered(half))
        }
        var reachable: Set<PeerID> = [.number(0)]
        while true {
            let next = reachable.union(reachable.flatMap { graph[Int($0.rawValue)] })
            if next == reachable { break }
            reachable = next
        }
        var rig = Rig(Targets(known: 30, established: 30))
        rig.random = seed.random
        var effects = rig.settle(
            .localRoots([.of(0..<1, hot: 1, warm: 1)]),
            sharing: true
        )
        let end = rig.now.advanced(by: .seconds(3 * 3600))
        while let next = rig.governor.nextDeadline, next <= end {
            rig.now = next
            effects = rig.carryOut(rig.take(.deadline), sharing: true)
            while !effects.draws.isEmpty || effects.contains(.askSeed) || !effects.asked.isEmpty {
                var more: [Governor.Effect] = []
                for peer in effects.asked {
                    let answer = Governor.Input.shared(by: peer, graph[Int(peer.rawValue)])
                    more += rig.settle(answer, sharing: true)
                }
                if !effects.draws.isEmpty { more += rig.settle(.drawn([]), sharing: true) }
                if effects.contains(.askSeed) {
                    more += rig.settle(.seedAnswered(newCount: 0), sharing: true)
                }
                effects = more
            }
        }
        #expect(Set(rig.governor.known.ids) == reachable)
    }
}

import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Properties of a governor in a faulty world, named as upstream names them (O§11.1).
struct WorldTests {
    /// Each world runs once, whatever it is judged for.
    private static let worlds: [(seed: Seed, world: World)] = Seed.sweep(200).map { seed in
        var world = World(seed: seed)
        world.run()
        return (seed, world)
    }

    private func judge(_ rows: Row...) {
        for (seed, world) in Self.worlds {
            for row in rows {
                #expect(world.violations[row] == nil, "\(seed.testDescription) \(row.rawValue)")
            }
        }
    }

    @Test func `prop_governor_hasoutput: a run decides something`() {
        #expect(Self.worlds.allSatisfy { $0.world.effectCount > 0 })
    }

    @Test func `prop_governor_events_coverage: every effect occurs`() {
        let seen = Self.worlds.reduce(into: Set<String>()) { $0.formUnion($1.world.effectKinds) }
        let all: Set = [
            "promoteCold", "promoteWarm", "demoteHot", "demoteWarm", "requestPublicRoots",
            "drawFromBook", "askSeed", "ask", "transition", "targetsChanged",
        ]
        #expect(seen == all)
    }

    @Test func `prop_governor_nofail: the invariants of O§2.2 hold after every step`() {
        judge(.nofail)
    }

    @Test func `prop_governor_nolivelock: one instant brings few decisions`() { judge(.nolivelock) }

    @Test func `prop_governor_nobusyness: at rest it wakes for its timers only`() {
        judge(.nobusyness)
    }

    @Test func `prop_governor_connstatus: what it thinks connected is connected`() {
        judge(.connstatus)
    }

    @Test func `transitions of a peer follow on each other and lead to what it is`() {
        judge(.contiguous)
    }

    @Test func `prop_governor_target_known_below: whoever can be asked is asked`() {
        judge(.knownBelow)
    }

    @Test func `prop_governor_target_known_above: excess peers are forgotten at once`() {
        judge(.knownAbove)
    }

    @Test func `prop_governor_target_root_below: something is always done about missing roots`() {
        judge(.rootBelow)
    }

    @Test func `prop_governor_target_established_below and above: taken at once`() {
        judge(.establishedBelow, .establishedAbove)
    }

    @Test func `prop_governor_target_active_below and above: taken at once`() {
        judge(.activeBelow, .activeAbove)
    }

    @Test func `prop_governor_target_established_local: taken at once`() {
        judge(.establishedLocal)
    }

    @Test func `prop_governor_target_active_local_below and above: taken at once`() {
        judge(.activeLocalBelow, .activeLocalAbove)
    }

    @Test func `prop_governor_repromote_delay: a lost peer waits its delay and some fuzz`() {
        judge(.repromoteDelay)
    }

    @Test func `prop_peerSelectionView_sizes: counters agree with the peers`() { judge(.viewSizes) }

    @Test func `never more jobs or requests under way than allowed`() { judge(.inProgressLimits) }

    @Test func `with faults stopped, targets and valencies are reached from below and above`() {
        judge(.convergence)
    }

    @Test func `prop_governor_target_established_public and active_public: some root is used`() {
        var rig = Rig(Targets(root: 3, known: 10, established: 6, active: 4))
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

    @Test(arguments: Seed.sweep())
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

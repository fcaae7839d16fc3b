import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct EstablishedPeersTests {
    @Test(arguments: [(0, 0), (1, 1), (4, 4), (6, 6)])
    func `connects to as many cold peers as are wanted`(target: Int, dialed: Int) {
        var rig = Rig(knowing: 6, then: Targets(known: 6))
        guard target > 0 else {
            #expect(rig.take(.deadline).dialed.isEmpty)
            return
        }
        let effects = rig.take(.targets(Targets(known: 6, established: target)))
        #expect(effects.dialed.count == dialed)
        #expect(Set(effects.dialed).count == dialed)
        #expect(
            effects.jobs.allSatisfy {
                if case .promoteCold(_, .initiatorAndResponder, dials: true) = $0 {
                    true
                } else {
                    false
                }
            }
        )
        // Those under way count.
        #expect(rig.take(.deadline).dialed.isEmpty)
        #expect(rig.governor.counters.peers.coldPromotions == dialed)
    }

    @Test func `a connected peer is warm, tells whether it shares, and is no more tepid`() {
        var rig = Rig(knowing: 2, then: Targets(known: 2, established: 2))
        let effects = rig.take(.promotedCold(.number(0), sharesPeers: true))
        #expect(
            effects == [
                .transition(
                    .number(0),
                    from: .cold,
                    to: .warm,
                    .belowTarget(.established, 2),
                    .addressBook
                )
            ]
        )
        #expect(rig.row(0)?.sharing == .enabled)
        #expect(rig.row(0)?.hasConnected == true)
        rig.take(.promotedCold(.number(1), sharesPeers: false))
        #expect(rig.row(1)?.sharing == .disabled)
        #expect(rig.row(1)?.asking == .never)
    }

    @Test func `every group gets its warm valency, whatever the targets say`() {
        var rig = Rig(Targets(known: 9))
        var effects = rig.take(
            .localRoots([.of(0..<4, hot: 1, warm: 2), .of(4..<6, hot: 1, warm: 1)])
        )
        #expect(effects.dialed.filter { $0 < .number(4) }.count == 2)
        #expect(effects.dialed.filter { $0 >= .number(4) }.count == 1)
        effects = rig.carryOut(effects)
        #expect(
            effects.transitions.contains {
                if case .transition(_, .cold, .warm, .belowValency(group: 1), .localRoot) = $0 {
                    true
                } else {
                    false
                }
            }
        )
        #expect(effects.dialed.count == 3)
        #expect(rig.peers(.hot).count == 2)
        #expect(rig.governor.counters.localRoots.established == 3)
    }

    @Test func `local roots count towards the established target, and are not dialed for it`() {
        var rig = Rig(Targets(known: 9))
        rig.settle(.localRoots([.of(0..<4, hot: 1, warm: 2)]))
        rig.take(.drawn(.numbered(10..<15)))
        let effects = rig.take(.targets(Targets(known: 9, established: 4)))
        #expect(effects.dialed.count == 2)
        #expect(effects.dialed.allSatisfy { $0 >= .number(10) })
    }

    @Test(arguments: [(4, 0), (3, 1), (2, 2), (0, 4)])
    func `closes as many warm peers as are above the target`(target: Int, closed: Int) {
        var rig = Rig(knowing: 4, then: Targets(known: 9))
        rig.settle(.targets(Targets(known: 4, established: 4)))
        let effects = rig.take(.targets(Targets(known: 5, established: target)))
        #expect(effects.closed.count == closed)
        #expect(rig.take(.deadline).closed.isEmpty)
        let done = rig.carryOut(effects)
        for case .transition(_, from: .warm, let to, let reason, _) in done {
            #expect(to == .cold)
            #expect(reason == .aboveTarget(.established, target))
        }
        #expect(rig.peers(.cold).count == closed)
    }

    @Test func `never closes local roots, nor hot peers`() {
        var rig = Rig(Targets(known: 9, established: 6, active: 3))
        rig.settle(.localRoots([.of(0..<3, hot: 1, warm: 3)]))
        rig.settle(.drawn(.numbered(10..<16)))
        #expect(rig.governor.counters.peers.established == 6)
        #expect(rig.governor.counters.peers.active == 3)
        let effects = rig.take(.targets(Targets(known: 9, established: 3, active: 3)))
        // Three above, one of the others warm.
        #expect(effects.closed.count == 1)
        #expect(effects.closed.allSatisfy { $0 >= .number(10) })
    }

    @Test func `those being made hot, and those already closing, count as gone`() {
        var rig = Rig(knowing: 4, then: Targets(known: 4))
        rig.settle(.targets(Targets(known: 4, established: 4)))
        let hot = rig.take(.targets(Targets(known: 4, established: 4, active: 1))).madeHot
        #expect(hot.count == 1)
        let effects = rig.take(.targets(Targets(known: 4, established: 2, active: 1)))
        // Two too many, one of them excused by the promotion under way.
        #expect(effects.closed.count == 1)
        #expect(rig.take(.promotedWarm(hot[0])).closed.count == 1)
        #expect(rig.take(.deadline).closed.isEmpty)
    }

    @Test func `a peer that would not close stays warm, and is let go again`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1))
        rig.settle(.targets(Targets(known: 1, established: 1)))
        rig.take(.targets(Targets(known: 1)))
        #expect(rig.temperature(0) == .warm)
        #expect(rig.take(.demoteWarmFailed(.number(0))).closed == [.number(0)])
        #expect(rig.temperature(0) == .warm)
    }

    @Test func `a peer let go may be connected at once`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1))
        rig.settle(.targets(Targets(known: 1, established: 1)))
        rig.settle(.targets(Targets(known: 1)))
        #expect(rig.temperature(0) == .cold)
        #expect(rig.row(0)?.failCount == 0)
        #expect(rig.take(.targets(Targets(known: 1, established: 1))).dialed == [.number(0)])
    }

    @Test func `big ledger peers have targets of their own`() {
        var rig = Rig(Targets(root: 4, known: 2, knownBigLedger: 4))
        #expect(rig.governor.targets == .none)
        rig = Rig(
            Targets(
                root: 5,
                known: 5,
                established: 1,
                knownBigLedger: 4,
                establishedBigLedger: 3,
                activeBigLedger: 2
            )
        )
        let roots = [PeerID].numbered(0..<5).map {
            Governor.Root(peer: $0, advertise: false, kind: $0 == .number(4) ? .ledger : .bigLedger)
        }
        let effects = rig.settle(.publicRoots(roots, retryAfter: .seconds(60)))
        #expect(rig.governor.counters.bigLedger.established == 3)
        #expect(rig.governor.counters.bigLedger.active == 2)
        #expect(rig.temperature(4) == .warm)
        #expect(
            effects.transitions.contains {
                if case .transition(_, .warm, .hot, .belowTarget(.activeBigLedger, 2), .bigLedger) =
                    $0
                {
                    true
                } else {
                    false
                }
            }
        )
        rig.settle(.targets(Targets(root: 5, known: 5, knownBigLedger: 1, establishedBigLedger: 1)))
        #expect(rig.governor.counters.bigLedger.known == 1)
        #expect(rig.governor.counters.bigLedger.established == 1)
        #expect(rig.governor.counters.bigLedger.active == 0)
        #expect(rig.temperature(4) == .cold)
    }
}

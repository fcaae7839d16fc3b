import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct ActivePeersTests {
    private func rig(warm count: Int) -> Rig {
        var rig = Rig(knowing: count, then: Targets(known: count))
        rig.settle(.targets(Targets(known: count, established: count)))
        return rig
    }

    @Test(arguments: [(1, 1), (3, 3), (4, 4)])
    func `makes as many warm peers hot as are wanted`(target: Int, count: Int) {
        var rig = rig(warm: 4)
        let effects = rig.take(.targets(Targets(known: 4, established: 4, active: target)))
        #expect(effects.madeHot.count == count)
        #expect(rig.take(.deadline).madeHot.isEmpty)
        let done = rig.carryOut(effects)
        #expect(done.transitions.count == count)
        for case .transition(_, let from, let to, let reason, _) in done {
            #expect((from, to) == (.warm, .hot))
            #expect(reason == .belowTarget(.active, target))
        }
    }

    @Test(arguments: [(4, 0), (3, 1), (1, 3), (0, 4)])
    func `takes as many hot peers out of use as are above the target`(target: Int, count: Int) {
        var rig = rig(warm: 4)
        rig.settle(.targets(Targets(known: 4, established: 4, active: 4)))
        let effects = rig.take(.targets(Targets(known: 5, established: 4, active: target)))
        #expect(effects.cooled.count == count)
        #expect(rig.take(.deadline).cooled.isEmpty)
        let done = rig.carryOut(effects)
        for case .transition(let peer, from: .hot, let to, let reason, _) in done {
            #expect(to == .warm)
            #expect(reason == .aboveTarget(.active, target))
            #expect(rig.governor.known[peer]?.isTepid == true)
        }
        #expect(rig.peers(.warm).count == count)
    }

    @Test func `local roots are made hot up to their valency and no further`() {
        var rig = Rig(Targets(known: 9, established: 9, active: 9))
        rig.settle(.localRoots([.of(0..<4, hot: 2, warm: 4)]))
        #expect(rig.peers(.hot).count == 2)
        #expect(rig.peers(.warm).count == 2)
        let effects = rig.settle(.localRoots([.of(0..<4, hot: 1, warm: 4)]))
        #expect(effects.cooled.count == 1)
        #expect(
            effects.transitions.contains {
                if case .transition(_, .hot, .warm, .aboveValency(group: 0), .localRoot) = $0 {
                    true
                } else {
                    false
                }
            }
        )
        #expect(rig.peers(.hot).count == 1)
        #expect(rig.peers(.warm).count == 3)
    }

    @Test func `local roots are not taken out of use for the general target`() {
        var rig = Rig(Targets(known: 9, established: 5, active: 4))
        rig.settle(.localRoots([.of(0..<3, hot: 3, warm: 3)]))
        rig.settle(.drawn(.numbered(10..<16)))
        #expect(rig.governor.counters.peers.active == 4)
        let effects = rig.settle(.targets(Targets(known: 9, established: 5, active: 1)))
        #expect(effects.cooled.count == 1)
        #expect(rig.governor.counters.localRoots.active == 3)
        #expect(rig.governor.counters.peers.active == 3)
    }

    @Test func `hot demotions of any peer hold back those of every group`() {
        var rig = Rig(Targets(known: 9, established: 5, active: 5))
        rig.settle(.localRoots([.of(0..<2, hot: 2, warm: 2)]))
        rig.settle(.drawn(.numbered(10..<16)))
        #expect(rig.governor.counters.peers.active == 5)
        let first = rig.take(.targets(Targets(known: 9, established: 5, active: 4)))
        #expect(first.cooled.count == 1)
        #expect(rig.take(.localRoots([.of(0..<2, hot: 1, warm: 2)])).cooled.isEmpty)
        #expect(rig.take(.demotedHot(first.cooled[0])).cooled.count == 1)
    }

    @Test func `a peer that will not stop is disconnected`() {
        var rig = rig(warm: 1)
        rig.settle(.targets(Targets(known: 1, established: 1, active: 1)))
        rig.take(.targets(Targets(known: 1, established: 1)))
        let effects = rig.take(.demoteHotFailed(.number(0)))
        #expect(
            effects.transitions == [
                .transition(.number(0), from: .hot, to: .cold, .closed(.useTimeout), .addressBook)
            ]
        )
        #expect(effects.dialed == [.number(0)])
        #expect(rig.row(0)?.isTepid == true)
        #expect(rig.row(0)?.failCount == 0)
    }

    @Test func `the lowest score goes first, then whoever joined first`() {
        var rig = rig(warm: 4)
        rig.settle(.targets(Targets(known: 4, established: 4, active: 4)))
        rig.take(.scored(.number(0), .init(value: 5, joinedSlot: 1)))
        rig.take(.scored(.number(1), .init(value: 0, joinedSlot: 7)))
        rig.take(.scored(.number(2), .init(value: 0, joinedSlot: 6)))
        for (target, expected) in [(3, 3), (2, 2), (1, 1), (0, 0)] {
            let effects = rig.settle(
                .targets(Targets(known: 5, established: 4, active: target))
            )
            #expect(effects.cooled == [.number(UInt32(expected))])
        }
    }

    @Test func `tepid peers are let go about twice as often`() {
        var tepidCount = 0
        let runs = 400
        for seed in 1...runs {
            var rig = rig(warm: 2)
            rig.random = Random(seed: UInt64(seed))
            rig.settle(.targets(Targets(known: 2, established: 2, active: 1)))
            let hot = rig.peers(.hot)
            rig.settle(.targets(Targets(known: 2, established: 2)))
            if rig.take(.targets(Targets(known: 2, established: 1))).closed == hot {
                tepidCount += 1
            }
        }
        // r/2 < r' with probability 3/4.
        #expect((270...330).contains(tepidCount))
    }

    @Test func `peers that failed are forgotten first`() {
        var forgottenCount = 0
        let runs = 400
        for seed in 1...runs {
            var rig = Rig(knowing: 2, then: Targets(known: 2, established: 1))
            rig.random = Random(seed: UInt64(seed))
            let failed = rig.peers(.cold).first { rig.governor.known[$0]?.phase.destination != nil }
            guard let failed else { continue }
            rig.take(.promoteColdFailed(failed, .unreachable))
            // The other one is being dialed now; let that end.
            let other: PeerID = failed == .number(0) ? .number(1) : .number(0)
            rig.settle(.promotedCold(other, sharesPeers: false))
            rig.settle(.targets(Targets(known: 2)))
            rig.take(.targets(Targets(known: 1)))
            if rig.governor.known[failed] == nil { forgottenCount += 1 }
        }
        // r/2 < r' with probability 3/4.
        #expect((270...330).contains(forgottenCount))
    }
}

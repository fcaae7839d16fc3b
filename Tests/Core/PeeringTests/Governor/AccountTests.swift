import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct AccountTests {
    private func forces(_ rig: Rig, _ number: UInt32) -> [Governor.Force]? {
        rig.governor.account(of: .number(number))?.forces
    }

    @Test func `nobody has an account who is not known`() {
        #expect(Rig().governor.account(of: .number(0)) == nil)
    }

    @Test func `a peer tells where it came from, what it is, and what it counts for`() {
        var rig = Rig(knowing: 3, then: Targets(known: 3, established: 1, active: 1))
        let peer = rig.governor.known.ids.first {
            rig.governor.known[$0]?.phase.destination == .warm
        }
        guard let peer, let account = rig.governor.account(of: peer) else {
            Issue.record("nobody is dialed")
            return
        }
        #expect(account.source == .addressBook)
        #expect(account.standing == .nonRoot && account.group == nil)
        #expect(account.advertise == .advertised)
        #expect(account.temperature == .cold)
        #expect(account.lastReason == .learnt && account.changedAt == rig.now)
        #expect(
            account.forces == [
                .underway(to: .warm, .belowTarget(.established, 1)),
                .quota(.target(.known), count: 3, wanted: 3),
                .quota(.target(.established), count: 0, wanted: 1),
            ]
        )
        rig.take(.promotedCold(peer, sharesPeers: false))
        #expect(
            rig.governor.account(of: peer)?.forces == [
                .underway(to: .hot, .belowTarget(.active, 1)),
                .quota(.target(.established), count: 1, wanted: 1),
                .quota(.target(.active), count: 0, wanted: 1),
            ]
        )
        rig.take(.promotedWarm(peer))
        #expect(
            rig.governor.account(of: peer)?.forces == [
                .quota(.target(.active), count: 1, wanted: 1)
            ]
        )
    }

    @Test func `a local root counts for the valencies of its group`() {
        var rig = Rig(Targets(known: 9))
        rig.take(.localRoots([.of(9..<10, hot: 1, warm: 1), .of(0..<3, hot: 1, warm: 2)]))
        let account = rig.governor.account(of: .number(0))
        #expect(account?.source == .localRoot)
        #expect(account?.group == 1)
        #expect(account?.advertise == .withheld)
        let hot = Governor.Force.quota(.hotValency(group: 1), count: 0, wanted: 1)
        for number in UInt32(0)..<3 {
            #expect(forces(rig, number)?.last == hot)
        }
    }

    @Test func `failures, waits and forgiveness show`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        rig.take(.promoteColdFailed(.number(0), .connectRefused))
        let account = rig.governor.account(of: .number(0))
        #expect(account?.failCount == 1)
        guard let next = account?.nextAttemptAt else {
            Issue.record("it does not wait")
            return
        }
        #expect(account?.forces.first == .waits(until: next))
        #expect(account?.forces.contains(.failures(1, limit: 5)) == true)
        rig.carryOut(rig.wait(rig.now.duration(to: next)))
        #expect(
            rig.governor.account(of: .number(0))?.forgivenAt
                == rig.now.advanced(by: .seconds(120))
        )
    }

    @Test func `roots name their target, big ledger peers theirs, and neither that of the others`()
    {
        var rig = Rig(Targets(root: 2, known: 3, knownBigLedger: 2))
        let roots = [
            Governor.Root(peer: .number(0), advertise: true),
            Governor.Root(peer: .number(1), advertise: true, kind: .bigLedger),
        ]
        rig.take(.publicRoots(roots, retryAfter: .seconds(60)))
        #expect(
            forces(rig, 0) == [
                .quota(.roots, count: 2, wanted: 2),
                .quota(.target(.known), count: 1, wanted: 3),
                .quota(.target(.established), count: 0, wanted: 0),
            ]
        )
        #expect(
            forces(rig, 1) == [
                .quota(.target(.knownBigLedger), count: 1, wanted: 2),
                .quota(.target(.establishedBigLedger), count: 0, wanted: 0),
            ]
        )
    }

    @Test func `a peer that cannot be hot, and one that cools, say so`() {
        var rig = Rig(knowing: 2, then: Targets(known: 2, established: 2, active: 2))
        rig.take(.promotedCold(.number(0), sharesPeers: false, canBeHot: false))
        #expect(forces(rig, 0)?.first == .cannotBeHot)
        rig.take(.promotedCold(.number(1), sharesPeers: false))
        rig.take(.observed(.number(1), .cooling, delay: nil))
        #expect(forces(rig, 1)?.first == .cooling)
    }

    @Test func `the gate of the sensitive state shows`() {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 1))
        rig.take(.ledgerState(.youngEnough))
        rig.take(.targets(Targets(known: 1, established: 1)))
        rig.take(.drawn([.number(0)]))
        #expect(forces(rig, 0)?.contains(.gate(.draining)) == false)
        rig.take(.ledgerState(.tooOld))
        #expect(forces(rig, 0)?.contains(.gate(.draining)) == true)
        #expect(forces(rig, 0)?.first == .underway(to: .warm, .belowTarget(.established, 1)))
    }

    @Test func `a score shows`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1))
        let score = Governor.Score(value: 3, joinedSlot: 7)
        rig.take(.scored(.number(0), score))
        #expect(rig.governor.account(of: .number(0))?.score == score)
    }
}

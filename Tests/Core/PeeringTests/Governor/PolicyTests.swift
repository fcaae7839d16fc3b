import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Properties that upstream does not test, of single policies (O§11.5).
struct PolicyTests {
    @Test(arguments: Seed.sweep(200))
    func `P9: only connected, advertised peers without failures may be shared`(seed: Seed) {
        var rig = Rig(Targets(root: 4, known: 20, established: 10))
        rig.random = seed.random
        var chance = seed.random.fork(1)
        let roots = [PeerID].numbered(0..<4).map {
            Governor.Root(peer: $0, advertise: chance.chance(1, in: 2))
        }
        rig.take(.publicRoots(roots, retryAfter: .seconds(60)))
        rig.take(.drawn(.numbered(4..<20)))
        var met: Set<PeerID> = []
        var failed: Set<PeerID> = []
        var unwilling: Set<PeerID> = []
        for _ in 0..<30 {
            let peer = PeerID.number(UInt32(chance.below(20)))
            guard case .cold(.promoting) = rig.governor.known[peer]?.phase else {
                if rig.governor.known[peer]?.phase == .warm(.idle) {
                    rig.take(.observed(peer, .cold(.resetByPeer), delay: .seconds(10)))
                    failed.insert(peer)
                }
                continue
            }
            if chance.chance(1, in: 2) {
                let isWilling = chance.chance(2, in: 3)
                rig.take(.promotedCold(peer, sharesPeers: isWilling))
                met.insert(peer)
                if isWilling { unwilling.remove(peer) } else { unwilling.insert(peer) }
            } else {
                rig.take(.promoteColdFailed(peer, .unreachable))
                failed.insert(peer)
            }
        }
        let hidden = Set(roots.filter { !$0.advertise }.map(\.peer))
        let expected = met.subtracting(failed).subtracting(hidden).subtracting(unwilling)
        #expect(Set(rig.governor.shareable) == expected)
    }

    @Test(arguments: Seed.sweep(200))
    func `P11: the n-th failure of a root costs 5·2^n s, 160 s at most, give or take 2`(
        seed: Seed
    ) {
        var rig = Rig(Targets(root: 1, known: 1, established: 1))
        rig.random = seed.random
        rig.take(.publicRoots([.init(peer: .number(0), advertise: true)], retryAfter: .seconds(60)))
        for seconds in [5, 10, 20, 40, 80, 160, 160, 160] {
            rig.take(.promoteColdFailed(.number(0), .connectRefused))
            guard let next = rig.row(0)?.nextAttemptAt else {
                Issue.record("it does not wait")
                return
            }
            let delay = rig.now.duration(to: next)
            #expect(delay >= .seconds(seconds - 2) && delay <= .seconds(seconds + 2))
            #expect(rig.wait(delay).dialed == [.number(0)])
        }
    }

    @Test(arguments: Seed.sweep(200))
    func `P15: hot demotions take those with the lowest score, then the earliest slot`(
        seed: Seed
    ) {
        var chance = seed.random.fork(1)
        let count = 4 + chance.below(12)
        var rig = Rig(Targets(known: count, established: count, active: count))
        rig.random = seed.random
        rig.settle(.drawn(.numbered(0..<count)))
        #expect(rig.peers(.hot).count == count)
        for number in 0..<count where chance.chance(4, in: 5) {
            let slot = chance.chance(3, in: 4) ? UInt64(chance.below(4)) : nil
            let score = Governor.Score(value: chance.below(3), joinedSlot: slot)
            rig.take(.scored(.number(UInt32(number)), score))
        }
        func key(_ peer: PeerID) -> (Int, Int, UInt64) {
            let score = rig.governor.known[peer]?.score ?? .init()
            return (score.value, score.joinedSlot == nil ? 0 : 1, score.joinedSlot ?? 0)
        }
        let left = chance.below(count)
        let down = rig.take(.targets(Targets(known: count, established: count, active: left)))
            .cooled
        #expect(down.count == count - left)
        let kept = rig.governor.known.ids.filter { !down.contains($0) }
        for gone in down {
            for stayed in kept { #expect(key(gone) <= key(stayed)) }
        }
    }

    @Test(arguments: Seed.sweep(200))
    func `P15: big ledger peers are picked like others`(seed: Seed) {
        var rig = Rig(
            Targets(known: 1, knownBigLedger: 6, establishedBigLedger: 6, activeBigLedger: 6)
        )
        rig.random = seed.random
        let roots = [PeerID].numbered(0..<6).map {
            Governor.Root(peer: $0, advertise: false, kind: .bigLedger)
        }
        rig.settle(.bigLedgerPeers(roots, retryAfter: .seconds(5)))
        for number in 0..<6 {
            rig.take(.scored(.number(UInt32(number)), .init(value: number)))
        }
        let targets = Targets(
            known: 1,
            knownBigLedger: 6,
            establishedBigLedger: 6,
            activeBigLedger: 4
        )
        #expect(rig.take(.targets(targets)).cooled == .numbered(0..<2))
    }

    @Test(arguments: Seed.sweep())
    func `roots above their target are forgotten as far as they are to spare`(seed: Seed) {
        var rig = Rig(Targets(root: 6, known: 20))
        rig.random = seed.random
        let roots = [PeerID].numbered(0..<6).map { Governor.Root(peer: $0, advertise: true) }
        rig.take(.publicRoots(roots, retryAfter: .seconds(60)))
        rig.take(.drawn(.numbered(6..<20)))
        rig.take(.targets(Targets(root: 4, known: 8)))
        #expect(rig.governor.known.count == 8)
        #expect(rig.governor.counters.rootCount >= 4)
    }

    @Test func `two handles of one node are not asked within the time for one`() {
        var rig = Rig(Targets(known: 9, established: 2, active: 1), pace: 60)
        rig.take(.drawn(.numbered(0..<2)))
        rig.take(.promotedCold(.number(0), sharesPeers: true, canBeHot: false))
        rig.wait(.seconds(3))
        rig.carryOut(rig.take(.promotedCold(.number(1), sharesPeers: true)))
        #expect(rig.wait(.seconds(2)).asked == [.number(0)])
        rig.take(.shared(by: .number(0), []))
        rig.take(.merged(.number(0), other: .number(1)))
        #expect(rig.temperature(0) == .hot)
        #expect(rig.wait(.seconds(15) - .nanoseconds(1)).asked.isEmpty)
        #expect(rig.wait(.nanoseconds(1)).asked == [.number(0)])
    }
}

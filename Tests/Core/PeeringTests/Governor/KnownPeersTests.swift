import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct KnownPeersTests {
    @Test(arguments: [(4, 0), (5, 0), (3, 1), (1, 3)])
    func `forgets cold peers above the target`(target: Int, forgotten: Int) {
        var rig = Rig(knowing: 4, then: Targets(known: 5))
        let effects = rig.take(.targets(Targets(known: target)))
        #expect(effects.transitions.count == forgotten)
        #expect(rig.governor.known.count == 4 - forgotten)
        for case .transition(_, let from, let to, let reason, let source) in effects {
            #expect((from, to) == (.cold, .unknown))
            #expect(reason == .forgotten)
            #expect(source == .addressBook)
        }
    }

    @Test func `forgets neither established peers nor those being connected`() {
        var rig = Rig(knowing: 4, then: Targets(known: 4))
        let dialed = rig.take(.targets(Targets(known: 4, established: 2))).dialed
        rig.take(.promotedCold(dialed[0], sharesPeers: false))
        rig.take(.targets(Targets(known: 1, established: 1)))
        #expect(Set(rig.governor.known.ids) == Set(dialed))
    }

    @Test func `keeps local roots, and public roots up to their target`() {
        var rig = Rig(Targets(root: 5, known: 8))
        rig.take(.localRoots([.of(0..<2, hot: 1, warm: 1)]))
        rig.take(.promoteColdFailed(.number(0), .unreachable))
        rig.take(.promoteColdFailed(.number(1), .unreachable))
        let roots = [PeerID].numbered(2..<5).map { Governor.Root(peer: $0, advertise: true) }
        rig.take(.publicRoots(roots, retryAfter: .seconds(60)))
        rig.take(.drawn(.numbered(5..<8)))
        #expect(rig.governor.known.count == 8)

        // Roots are at their target, so only the others go.
        rig.take(.targets(Targets(root: 5, known: 6)))
        #expect(rig.governor.known.ids.allSatisfy { $0 < .number(8) })
        #expect(rig.governor.counters.rootCount == 5)
        #expect(rig.governor.counters.nonRoots.known == 1)

        // Two roots are to spare now; no more than those may go.
        rig.take(.targets(Targets(root: 3, known: 3)))
        #expect(rig.governor.counters.rootCount == 3)
        #expect(rig.governor.known.count == 3)
        #expect(rig.row(0) != nil && rig.row(1) != nil)
    }

    @Test func `all that remain above the target may be roots that must stay`() {
        var rig = Rig(Targets(root: 3, known: 3))
        let roots = [PeerID].numbered(0..<5).map { Governor.Root(peer: $0, advertise: true) }
        rig.take(.publicRoots(roots, retryAfter: .seconds(60)))
        #expect(rig.governor.known.count == 3)
    }

    @Test func `learns at most ten inbound peers, then waits a minute`() {
        var rig = Rig(Targets(known: 30))
        rig.take(.drawn([]))
        let inbound = Dictionary(uniqueKeysWithValues: [PeerID].numbered(0..<25).map { ($0, true) })
        let effects = rig.take(.inbound(inbound))
        #expect(effects.transitions.count == 10)
        for case .transition(_, _, _, let reason, let source) in effects {
            #expect(reason == .learnt)
            #expect(source == .inbound)
        }
        #expect(rig.governor.known.rows.allSatisfy { $0.sharing == .enabled && $0.isShareable })
        rig.wait(.seconds(59))
        #expect(rig.governor.known.count == 10)
        rig.wait(.seconds(1))
        #expect(rig.governor.known.count == 20)
        rig.wait(.seconds(60))
        #expect(rig.governor.known.count == 25)
    }

    @Test(arguments: [(1, 60_000), (6, 10_000), (60, 1_000)])
    func `the minute between two looks at inbound peers follows the pace`(
        pace: Int,
        milliseconds: Int
    ) {
        var rig = Rig(Targets(known: 20), pace: pace)
        let inbound = Dictionary(uniqueKeysWithValues: [PeerID].numbered(0..<20).map { ($0, true) })
        rig.take(.inbound(inbound))
        rig.wait(.milliseconds(milliseconds - 1))
        #expect(rig.governor.known.count == 10)
        rig.wait(.milliseconds(1))
        #expect(rig.governor.known.count == 20)
    }

    @Test func `learns only as many inbound peers as are missing`() {
        var rig = Rig(Targets(known: 3))
        let inbound = Dictionary(uniqueKeysWithValues: [PeerID].numbered(0..<9).map { ($0, false) })
        rig.take(.inbound(inbound))
        #expect(rig.governor.known.count == 3)
        #expect(rig.governor.known.rows.allSatisfy { $0.sharing == .disabled })
    }

    @Test func `learns no inbound peers without peer sharing of its own`() {
        var rig = Rig(Targets(known: 3), sharesPeers: false)
        rig.take(.inbound([.number(0): true]))
        #expect(rig.governor.known.isEmpty)
    }

    @Test func `insane, zero and repeated targets are ignored`() {
        var rig = Rig(Targets(known: 5, established: 3, active: 2))
        let sane = rig.governor.targets
        let ignored = [
            Targets(known: 5, established: 3, active: 4), Targets(known: 5, established: 6),
            Targets(root: 6, known: 5), Targets(known: 10_001), Targets(known: 200, active: -1),
            .none, sane,
        ]
        for targets in ignored {
            #expect(rig.take(.targets(targets)).isEmpty)
            #expect(rig.governor.targets == sane)
        }
        let new = Targets(known: 6)
        #expect(rig.take(.targets(new)).contains(.targetsChanged(new)))
    }

    @Test func `only peers that are advertised, were connected and did not fail are shareable`() {
        var rig = Rig(knowing: 3, then: Targets(known: 3, established: 3))
        #expect(rig.governor.shareable.isEmpty)
        rig.take(.promotedCold(.number(0), sharesPeers: true))
        rig.take(.promotedCold(.number(1), sharesPeers: true))
        rig.take(.promoteColdFailed(.number(2), .unreachable))
        #expect(rig.governor.shareable == .numbered(0..<2))
        rig.take(.observed(.number(0), .cold(.resetByPeer), delay: .seconds(10)))
        #expect(rig.governor.shareable == [.number(1)])
    }

    @Test func `no_peershare_unwilling: who does not share is neither asked nor told of`() {
        var rig = Rig(knowing: 2, then: Targets(known: 9, established: 2), pace: 60)
        rig.take(.promotedCold(.number(0), sharesPeers: true))
        rig.take(.promotedCold(.number(1), sharesPeers: false))
        #expect(rig.governor.shareable == [.number(0)])
        #expect(Set(rig.wait(.seconds(600)).asked) == [.number(0)])
        // It stays so after its connection is gone, and until it says otherwise.
        rig.take(.observed(.number(1), .cold(.resetByPeer), delay: nil))
        #expect(rig.governor.shareable == [.number(0)])
    }

    @Test func `an inbound peer that does not share is not told of`() {
        var rig = Rig(Targets(known: 9))
        rig.take(.inbound([.number(0): true, .number(1): false]))
        #expect(rig.governor.known.count == 2)
        #expect(rig.governor.shareable == [.number(0)])
    }
}

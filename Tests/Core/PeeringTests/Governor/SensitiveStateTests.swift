import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct SensitiveStateTests {
    private static let targets = Targets(
        root: 4,
        known: 12,
        established: 8,
        active: 4,
        knownBigLedger: 3,
        establishedBigLedger: 2,
        activeBigLedger: 1
    )

    private func roots(_ range: Range<Int>, _ kind: Governor.Root.Kind) -> [Governor.Root] {
        [PeerID].numbered(range).map { .init(peer: $0, advertise: false, kind: kind) }
    }

    private func group(_ range: Range<Int>, trustable: Bool) -> Governor.LocalRootGroup {
        var group = Governor.LocalRootGroup.of(range, hot: 1, warm: range.count)
        group.trustable = trustable
        return group
    }

    /// Caught up, with an untrusted (20) and a trustable (21) local root and all kinds of peers.
    private func caughtUp() -> Rig {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.ledgerState(.youngEnough))
        rig.settle(
            .localRoots([group(20..<21, trustable: false), group(21..<22, trustable: true)])
        )
        rig.settle(.targets(Self.targets), sharing: true)
        rig.settle(.publicRoots(roots(0..<4, .ledger), retryAfter: .seconds(5)), sharing: true)
        rig.settle(.bigLedgerPeers(roots(30..<33, .bigLedger), retryAfter: .seconds(5)))
        rig.settle(.drawn(.numbered(4..<10)), sharing: true)
        return rig
    }

    /// In the sensitive state, everybody let go, with its three bootstrap peers 50..<53.
    private func clean() -> Rig {
        var rig = caughtUp()
        rig.settle(.ledgerState(.tooOld))
        rig.settle(
            .publicRoots(roots(50..<53, .bootstrap), retryAfter: .seconds(60)),
            sharing: true
        )
        return rig
    }

    @Test func `without bootstrap peers an old ledger changes nothing`() {
        var rig = Rig(Self.targets)
        rig.take(.ledgerState(.tooOld))
        rig.take(.snapshotChanged)
        #expect(rig.governor.trust == .unrestricted)
        #expect(rig.governor.targets == Self.targets)
    }

    @Test func `at the start nobody is known, so only bootstrap peers are asked for at once`() {
        var rig = Rig()
        #expect(
            rig.take(.bootstrapPeers(count: 3)) == [
                .trustChanged(.draining), .trustChanged(.onlyTrusted),
            ]
        )
        rig.take(.localRoots([group(0..<2, trustable: true), group(2..<4, trustable: false)]))
        let effects = rig.take(.targets(Self.targets))
        #expect(rig.governor.known.ids.sorted() == .numbered(0..<2))
        #expect(effects.jobs.contains(.requestPublicRoots(2)))
        #expect(!effects.contains(.requestBigLedgerPeers(3)))
        #expect(effects.draws.isEmpty)
    }

    @Test func `targets fall to zero, everybody is let go, then only trusted peers come back`() {
        var rig = caughtUp()
        #expect(rig.governor.counters.bigLedger.active == 1)
        let effects = rig.settle(.ledgerState(.tooOld))
        let changes = effects.filter {
            switch $0 {
            case .trustChanged, .targetsChanged: true
            case .promoteCold, .promoteWarm, .demoteHot, .demoteWarm, .requestPublicRoots,
                .requestBigLedgerPeers, .drawFromBook, .askSeed, .ask, .transition,
                .bootstrapTimedOut:
                false
            }
        }
        #expect(
            changes == [
                .trustChanged(.draining), .targetsChanged(.none), .trustChanged(.onlyTrusted),
                .targetsChanged(Self.targets),
            ]
        )
        #expect(rig.governor.known.ids == [.number(21)])
        #expect(rig.governor.localRootGroups.map(\.members) == [[], [.number(21)]])
        #expect(effects.contains(.requestPublicRoots(3)))

        rig.settle(.publicRoots(roots(50..<53, .bootstrap), retryAfter: .seconds(60)))
        #expect(rig.peers(.hot).count == 4)
        #expect(rig.governor.counters.bootstrap.active == 3)
    }

    @Test func `promotions under way hold up the clean state`() {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.ledgerState(.youngEnough))
        rig.take(.targets(Targets(known: 2, established: 1)))
        let dialed = rig.take(.drawn([.number(0)])).dialed
        rig.take(.ledgerState(.tooOld))
        #expect(rig.governor.trust == .draining)
        #expect(dialed == [.number(0)])
        let effects = rig.take(.promotedCold(.number(0), sharesPeers: false))
        #expect(effects.closed == [.number(0)])
        rig.take(.demotedWarm(.number(0)))
        #expect(rig.governor.trust == .onlyTrusted)
        #expect(rig.governor.known.isEmpty)
    }

    @Test(arguments: [Governor.Input.publicRootsFailed, .bigLedgerPeersFailed])
    func `requests under way hold up the clean state`(last: Governor.Input) {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.ledgerState(.youngEnough))
        rig.take(.targets(Targets(root: 1, known: 1, knownBigLedger: 1)))
        rig.take(.ledgerState(.tooOld))
        #expect(rig.governor.trust == .draining)
        rig.take(last == .publicRootsFailed ? .bigLedgerPeersFailed : .publicRootsFailed)
        #expect(rig.governor.trust == .draining)
        rig.take(last)
        #expect(rig.governor.trust == .onlyTrusted)
    }

    @Test(arguments: [1, 60])
    func `P13: who is not let go within 900 s at any pace ends the node`(pace: Int) {
        var rig = Rig(pace: pace)
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.ledgerState(.youngEnough))
        rig.take(.targets(Targets(known: 1, established: 1)))
        rig.take(.drawn([.number(0)]))
        rig.take(.ledgerState(.tooOld))
        #expect(rig.wait(.seconds(900) - .nanoseconds(1)).isEmpty)
        #expect(rig.wait(.nanoseconds(1)) == [.bootstrapTimedOut])
        #expect(rig.wait(.seconds(1000)).isEmpty)
    }

    @Test func `the time is up even if the last one goes in the same instant`() {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.ledgerState(.youngEnough))
        rig.take(.targets(Targets(known: 1, established: 1)))
        rig.take(.drawn([.number(0)]))
        rig.take(.ledgerState(.tooOld))
        rig.now = rig.now.advanced(by: .seconds(900))
        let effects = rig.take(.promoteColdFailed(.number(0), .unreachable))
        #expect(effects.first == .bootstrapTimedOut)
    }

    @Test func `a clean node is not ended`() {
        var rig = clean()
        #expect(!rig.wait(.seconds(2000)).contains(.bootstrapTimedOut))
    }

    @Test func `what is wanted meanwhile is taken when all are gone, the latest of it`() {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.ledgerState(.youngEnough))
        rig.take(.targets(Targets(known: 1, established: 1)))
        rig.take(.drawn([.number(0)]))
        rig.take(.ledgerState(.tooOld))
        let latest = Targets(known: 7, established: 2)
        rig.take(.localRoots([group(1..<2, trustable: true)]))
        rig.take(.localRoots([group(2..<3, trustable: true)]))
        for targets in [Targets(known: 5), latest, .none, Targets(known: 1, established: 2)] {
            #expect(rig.take(.targets(targets)).isEmpty)
        }
        #expect(rig.governor.localRootGroups.isEmpty)
        rig.take(.promoteColdFailed(.number(0), .unreachable))
        #expect(rig.governor.targets == latest)
        #expect(rig.governor.known.ids == [.number(2)])
    }

    @Test func `root back-offs start anew on the way in and out`() {
        var rig = caughtUp()
        rig.settle(.targets(Targets(root: 10, known: 12)))
        for _ in 1...3 {
            rig.take(.publicRootsFailed)
            rig.wait(.seconds(9))
        }
        rig.settle(.publicRootsFailed)
        let effects = rig.settle(.ledgerState(.tooOld))
        #expect(effects.contains(.requestPublicRoots(9)))
        rig.take(.publicRootsFailed)
        #expect(rig.governor.nextDeadline == rig.now.advanced(by: .seconds(2)))
        #expect(rig.settle(.ledgerState(.youngEnough)).contains(.requestPublicRoots(8)))
    }

    @Test func `P13: the gate holds back inbound peers, asking, the book, seeds and big peers`() {
        var rig = clean()
        let effects =
            rig.take(.inbound([.number(90): true])) + rig.wait(.seconds(5000))
            + rig.settle(.bigLedgerPeers(roots(30..<33, .bigLedger), retryAfter: .seconds(5)))
            + rig.settle(.publicRoots(roots(0..<4, .ledger), retryAfter: .seconds(5)))
            + rig.settle(.shared(by: .number(50), [.number(91)]))
            + rig.settle(.drawn([.number(92)]))
        #expect(effects.asked.isEmpty && effects.draws.isEmpty)
        #expect(!effects.contains(.askSeed))
        #expect(!effects.contains(.requestBigLedgerPeers(3)))
        #expect(rig.governor.known.ids.sorted() == [.number(21)] + .numbered(50..<53))
    }

    @Test func `a young ledger brings all back, and drops bootstrap peers that are not in use`() {
        var rig = clean()
        rig.settle(.targets(Targets(root: 4, known: 12, established: 2, active: 1)))
        #expect(rig.governor.counters.bootstrap.cold == 2)
        let effects = rig.take(.ledgerState(.youngEnough))
        #expect(effects.first == .trustChanged(.unrestricted))
        #expect(rig.governor.counters.bootstrap.known == 1)
        #expect(rig.governor.localRootGroups.map(\.members.count) == [1, 1])
        #expect(effects.contains(.requestPublicRoots(1)))
        // One that comes too late is not learnt.
        rig.take(.publicRoots(roots(51..<53, .bootstrap), retryAfter: .seconds(60)))
        #expect(rig.governor.counters.bootstrap.known == 1)
    }

    @Test func `a bootstrap peer being connected when the ledger turns young stays`() {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.targets(Targets(root: 2, known: 2, established: 1)))
        let dialed = rig.take(.publicRoots(roots(0..<2, .bootstrap), retryAfter: .seconds(60)))
            .dialed
        rig.take(.ledgerState(.youngEnough))
        #expect(rig.governor.known.ids == dialed)
    }

    @Test func `switching bootstrap peers off ends the sensitive state`() {
        var rig = clean()
        rig.wait(.seconds(5))
        let effects = rig.settle(.bootstrapPeers(count: nil))
        #expect(effects.contains(.trustChanged(.unrestricted)))
        #expect(rig.governor.targets == Self.targets)
        #expect(rig.governor.localRootGroups.map(\.members.count) == [1, 1])
        #expect(effects.contains(.requestBigLedgerPeers(3)))
        #expect(rig.take(.ledgerState(.youngEnough)).isEmpty)
    }

    @Test func `another number of bootstrap peers starts over, the same does not`() {
        var rig = clean()
        #expect(rig.take(.bootstrapPeers(count: 3)).isEmpty)
        let effects = rig.settle(.bootstrapPeers(count: 4))
        #expect(effects.contains(.targetsChanged(.none)))
        #expect(rig.governor.trust == .onlyTrusted)
    }

    @Test func `another list of as many bootstrap peers starts over`() {
        var rig = clean()
        #expect(rig.take(.bootstrapPeers(count: 3, edition: 0)).isEmpty)
        let effects = rig.settle(.bootstrapPeers(count: 3, edition: 1))
        #expect(effects.contains(.targetsChanged(.none)))
        #expect(rig.governor.trust == .onlyTrusted)
    }

    @Test func `another snapshot is nothing to a Praos node, sensitive or draining`() {
        var rig = clean()
        #expect(rig.settle(.snapshotChanged).isEmpty)
        #expect(rig.governor.trust == .onlyTrusted)
        #expect(rig.governor.targets == Self.targets)

        var draining = Rig(Targets(known: 4, established: 2))
        draining.take(.ledgerState(.youngEnough))
        draining.take(.drawn(.numbered(0..<4)))
        draining.take(.bootstrapPeers(count: 3))
        draining.take(.ledgerState(.tooOld))
        #expect(draining.governor.trust == .draining)
        let before = draining.governor
        draining.now = draining.now.advanced(by: .seconds(60))
        #expect(draining.take(.snapshotChanged).isEmpty)
        #expect(draining.governor.nextDeadline == before.nextDeadline)
    }

    @Test func `a trustable local root that is taken away starts over`() {
        var rig = clean()
        rig.settle(.localRoots([group(21..<22, trustable: true)]))
        #expect(rig.governor.trust == .onlyTrusted)
        let effects = rig.settle(.localRoots([group(21..<22, trustable: false)]))
        #expect(effects.contains(.trustChanged(.draining)))
        #expect(rig.governor.trust == .onlyTrusted)
        #expect(rig.row(21) == nil)
        #expect(effects.closed.contains(.number(21)))
    }

    @Test(arguments: Seed.sweep())
    func `prop_governor_stops_using_bootstrap_peers: churn lets go of those still in use`(
        seed: Seed
    ) {
        var rig = clean()
        rig.random = seed.random
        rig.settle(.ledgerState(.youngEnough))
        #expect(rig.governor.counters.bootstrap.established == 3)
        for round in 0..<100 where rig.governor.counters.bootstrap.known > 0 {
            let some = [PeerID].numbered(100 + 20 * round..<120 + 20 * round)
            let ledger = some.map { Governor.Root(peer: $0, advertise: false, kind: .ledger) }
            rig.carryOut(rig.wait(.seconds(300)))
            rig.settle(.publicRoots(ledger, retryAfter: .seconds(5)))
            // As churn does it: active, established and known fall one after the other.
            rig.settle(.targets(Targets(root: 4, known: 12, established: 8, active: 2)))
            rig.settle(.targets(Targets(root: 4, known: 12, established: 2, active: 2)))
            rig.settle(.targets(Targets(root: 2, known: 4, established: 2, active: 2)))
            rig.settle(.targets(Self.targets))
        }
        #expect(rig.governor.counters.bootstrap.known == 0)
    }
}

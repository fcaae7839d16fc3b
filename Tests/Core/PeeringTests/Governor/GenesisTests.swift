import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct GenesisTests {
    private func rig() -> Rig {
        var settings = Governor.Settings()
        settings.consensusMode = .genesis
        var rig = Rig()
        rig.governor = Governor(settings: settings)
        return rig
    }

    @Test func `the defaults are the targets of O§13`() {
        let settings = Governor.Settings()
        #expect(settings.consensusMode == .praos)
        let sync = settings.syncTargets
        #expect((sync.root, sync.known, sync.established, sync.active) == (0, 150, 10, 5))
        #expect((sync.knownBigLedger, sync.establishedBigLedger) == (100, 40))
        #expect(sync.activeBigLedger == 30)
        let deadline = settings.deadlineTargets
        #expect((deadline.root, deadline.known) == (60, 150))
        #expect((deadline.established, deadline.active) == (30, 20))
        #expect((deadline.knownBigLedger, deadline.establishedBigLedger) == (15, 10))
        #expect(deadline.activeBigLedger == 5)
        #expect(settings.minBigLedgerPeersForTrustedState == 5)
        #expect(sync.complaint == nil && deadline.complaint == nil)
    }

    @Test func `a ledger that changes its age changes the targets at once`() {
        var rig = rig()
        let settings = rig.governor.settings
        rig.take(.targets(settings.deadlineTargets))
        #expect(rig.governor.targets == settings.syncTargets)
        rig.take(.ledgerState(.youngEnough))
        #expect(rig.governor.targets == settings.deadlineTargets)
        rig.take(.targets(settings.syncTargets))
        #expect(rig.governor.targets == settings.deadlineTargets)
        #expect(
            rig.take(.ledgerState(.tooOld)).contains(.targetsChanged(settings.syncTargets))
        )
    }

    @Test func `other targets are taken as they are`() {
        var rig = rig()
        let targets = Targets(root: 1, known: 2)
        rig.take(.targets(targets))
        rig.take(.ledgerState(.youngEnough))
        #expect(rig.governor.targets == targets)
    }

    @Test func `Praos never puts one set for the other`() {
        var rig = Rig(Governor.Settings().syncTargets)
        rig.take(.ledgerState(.youngEnough))
        #expect(rig.governor.targets == rig.governor.settings.syncTargets)
    }

    @Test func `Genesis is never sensitive, whatever bootstrap peers there are`() {
        var rig = rig()
        rig.take(.bootstrapPeers(count: 3))
        rig.take(.targets(Targets(known: 5)))
        for state in [LedgerState.tooOld, .youngEnough, .tooOld] {
            rig.take(.ledgerState(state))
            rig.take(.snapshotChanged)
            #expect(rig.governor.trust == .unrestricted)
            #expect(rig.governor.ledgerState == state)
            #expect(rig.governor.targets == Targets(known: 5))
        }
    }

    @Test(arguments: [4, 5])
    func `in Genesis five active big ledger peers make company to be trusted`(active: Int) {
        var rig = rig()
        rig.take(
            .targets(
                Targets(
                    known: 1,
                    knownBigLedger: 9,
                    establishedBigLedger: 9,
                    activeBigLedger: active
                )
            )
        )
        let roots = [PeerID].numbered(0..<9).map {
            Governor.Root(peer: $0, advertise: false, kind: .bigLedger)
        }
        rig.settle(.bigLedgerPeers(roots, retryAfter: .seconds(5)))
        #expect(rig.governor.isTrustedState(in: .unrestricted) == (active == 5))
        #expect(!rig.governor.isTrustedState(in: .localRootsOnly))
    }
}

struct AssociationTests {
    @Test(arguments: [false, true], [false, true])
    func `prop_governor_association_mode: local roots only where nobody else can be met`(
        ledger: Bool,
        sharing: Bool
    ) {
        for count in [nil, 0, 1] {
            var rig = Rig()
            rig.take(.bootstrapPeers(count: count))
            for state in LedgerState.allCases {
                rig.take(.ledgerState(state))
                let mode = rig.governor.associationMode(ledgerPeers: ledger, sharing: sharing)
                let isAlone = !ledger && !sharing && count != 1
                #expect(mode == (isAlone ? .localRootsOnly : .unrestricted))
            }
        }
    }

    @Test(arguments: [false, true])
    func `with local roots only, all that are connected must be trustable`(isTrustable: Bool) {
        var rig = Rig(Targets(known: 9, established: 2))
        #expect(rig.governor.isTrustedState(in: .localRootsOnly))
        var group = Governor.LocalRootGroup.of(0..<2, hot: 1, warm: 2)
        group.trustable = isTrustable
        rig.settle(.localRoots([group]))
        #expect(rig.governor.isTrustedState(in: .localRootsOnly) == isTrustable)
        rig.settle(.drawn(.numbered(5..<7)))
        rig.settle(.targets(Targets(known: 9, established: 4)))
        #expect(!rig.governor.isTrustedState(in: .localRootsOnly))
    }

    @Test func `with bootstrap peers, one of them must be active and no stranger connected`() {
        var rig = Rig()
        rig.take(.bootstrapPeers(count: 2))
        #expect(!rig.governor.isTrustedState(in: .unrestricted))
        rig.settle(.targets(Targets(root: 2, known: 9, established: 2)))
        let roots = [PeerID].numbered(0..<2).map {
            Governor.Root(peer: $0, advertise: false, kind: .bootstrap)
        }
        rig.settle(.publicRoots(roots, retryAfter: .seconds(60)))
        #expect(!rig.governor.isTrustedState(in: .unrestricted))
        rig.settle(.targets(Targets(root: 2, known: 9, established: 2, active: 1)))
        #expect(rig.governor.isTrustedState(in: .unrestricted))
        rig.settle(.ledgerState(.youngEnough))
        rig.settle(.targets(Targets(root: 2, known: 9, established: 3, active: 1)))
        rig.settle(.drawn([.number(8)]))
        #expect(!rig.governor.isTrustedState(in: .unrestricted))
    }

    @Test func `Praos without bootstrap peers trusts nobody unknown`() {
        let rig = Rig(Targets(known: 9))
        #expect(!rig.governor.isTrustedState(in: .unrestricted))
    }
}

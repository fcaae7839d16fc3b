import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Rows churn_notimeouts, churn_steps, churn_targets_bounds of O§11.2, and P12 of O§11.5.
@Suite struct `Churn, whatever happens,` {
    private static var paths: [WritableKeyPath<Targets, Int>] {
        [
            \.root, \.known, \.established, \.active, \.knownBigLedger, \.establishedBigLedger,
            \.activeBigLedger,
        ]
    }

    private func sane(_ random: inout Random) -> Targets {
        var targets = Targets()
        targets.known = random.below(400)
        targets.root = random.below(targets.known + 1)
        targets.established = random.below(min(targets.known, 100) + 1)
        targets.active = random.below(targets.established + 1)
        targets.knownBigLedger = random.below(100)
        targets.establishedBigLedger = random.below(targets.knownBigLedger + 1)
        targets.activeBigLedger = random.below(targets.establishedBigLedger + 1)
        return targets
    }

    @Test(arguments: Seed.sweep(200))
    func `ends no step in time-out while the governor obeys`(seed: Seed) {
        var random = seed.random
        var rig = ChurnRig(sane(&random), random: random.fork(1))
        rig.delay = random.duration(from: .milliseconds(1), to: .seconds(50))
        rig.take(.start)
        rig.runSteps(36)
        #expect(rig.steps.count == 36)
        #expect(rig.steps.allSatisfy { $0.step.outcome == .done })
        #expect(rig.steps.map(\.step.action) == (0..<36).map { ChurnAction.allCases[$0 % 12] })
    }

    @Test(arguments: Seed.sweep(200))
    func `never wants more than the base, and lowers by a fifth or one`(seed: Seed) {
        var random = seed.random
        var rig = ChurnRig(sane(&random), random: random.fork(1))
        rig.take(.start)
        rig.runSteps(12)
        let base = rig.churn.base
        for (_, targets) in rig.written {
            for path in Self.paths {
                #expect(targets[keyPath: path] <= base[keyPath: path])
            }
        }
        // What a lowering step gave up: a fifth of what may go, at least one, at least what the
        // step before gave up; never more than there was.
        let spares: [(ChurnAction, Int)] = [
            (.decreasedActiveBigLedgerPeers, base.activeBigLedger),
            (.decreasedEstablishedBigLedgerPeers, base.establishedBigLedger - base.activeBigLedger),
            (.decreasedKnownBigLedgerPeers, base.knownBigLedger - base.establishedBigLedger),
            (.decreasedActivePeers, base.active),
            (.decreasedEstablishedPeers, base.established - base.active),
            (.decreasedKnownPeers, base.known - base.established),
        ]
        var before = 0
        for (action, spare) in spares {
            if action == .decreasedActivePeers { before = 0 }
            guard let row = rig.steps.first(where: { $0.step.action == action }) else {
                Issue.record("no \(action)")
                return
            }
            let lost = base[keyPath: action.quantity] - row.targets[keyPath: action.quantity]
            #expect(lost == min(spare, max(spare / 5, 1, before)), "\(action) of \(spare)")
            before = lost
        }
    }

    @Test(arguments: Seed.sweep(200))
    func `writes sane targets, and comes back to the base when things are calm`(seed: Seed) {
        var random = seed.random
        let mode: ConsensusMode = random.chance(1, in: 2) ? .genesis : .praos
        var rig = ChurnRig(sane(&random), mode: mode, random: random.fork(1))
        rig.world = sane(&random)
        rig.take(.start)
        for _ in 0..<60 {
            rig.delay =
                random.chance(1, in: 4)
                ? nil
                : random.duration(
                    from: .milliseconds(1),
                    to: .seconds(200)
                )
            rig.run(random.duration(from: .zero, to: .seconds(600)))
            switch random.below(5) {
            case 0: rig.take(.fetchMode(random.chance(1, in: 2) ? .bulkSync : .deadline))
            case 1: rig.take(.ledgerState(random.chance(1, in: 2) ? .tooOld : .youngEnough))
            case 2: rig.take(.localHotTarget(random.below(10)))
            case 3: rig.take(.bootstrap(isEnabled: random.chance(1, in: 2)))
            default: rig.take(.deadline)
            }
        }
        rig.take(.fetchMode(.deadline))
        rig.delay = .seconds(1)
        let bases = [rig.churn.settings.deadlineTargets, rig.churn.settings.syncTargets]
        for (_, targets) in rig.written {
            for path in Self.paths {
                #expect(bases.contains { targets[keyPath: path] <= $0[keyPath: path] })
            }
        }
        let done = rig.steps.count
        rig.runSteps(24 - done % 12)
        #expect(rig.churn.targets == rig.churn.base)
    }
}

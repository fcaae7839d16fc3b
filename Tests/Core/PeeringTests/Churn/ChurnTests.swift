import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct `Churn, step by step,` {
    // MARK: Arithmetic

    @Test(arguments: [
        (20, 1, 16), (5, 1, 4), (4, 1, 3), (1, 1, 0), (0, 1, 0), (-7, 1, 0), (120, 4, 96),
        (10, 4, 6), (10, 11, 0), (30, 0, 24), (9, 1, 8), (10, 1, 8),
    ])
    func `gives up a fifth, and at least so many`(count: Int, least: Int, rest: Int) {
        #expect(Churn.lessened(count, byAtLeast: least) == rest)
    }

    /// A row of the table of O§4.4: what one cycle writes, step by step.
    struct Worked: Sendable {
        var name: String
        var rig: ChurnRig
        /// After each lowering step: the quantity that it is about.
        var lowered: [Int]
        var lowestRoot: Int
    }

    static var worked: [Worked] {
        var sync = ChurnRig(mode: .genesis)
        sync.take(.ledgerState(.tooOld))
        var young = ChurnRig()
        young.take(.ledgerState(.youngEnough))
        var producer = ChurnRig(ChurnRig.producer)
        producer.take(.ledgerState(.youngEnough))
        return [
            Worked(
                name: "relay",
                rig: young,
                lowered: [4, 9, 14, 16, 26, 126],
                lowestRoot: 54
            ),
            Worked(
                name: "block producer",
                rig: producer,
                lowered: [4, 9, 14, 16, 26, 86],
                lowestRoot: 86
            ),
            Worked(
                name: "Genesis sync",
                rig: sync,
                lowered: [24, 34, 88, 4, 9, 122],
                lowestRoot: 0
            ),
        ]
    }

    @Test(arguments: worked)
    func `writes the worked values of the specification`(row: Worked) {
        var rig = row.rig
        rig.take(.start)
        rig.runSteps(12)
        let lowering = rig.steps.filter { $0.step.action.decreases }
        #expect(
            lowering.map { $0.targets[keyPath: $0.step.action.quantity] } == row.lowered,
            "\(row.name)"
        )
        #expect(lowering.last?.targets.root == row.lowestRoot)
        #expect(rig.steps.map(\.step.outcome) == Array(repeating: .done, count: 12))
        // Counts moved by as much as the targets.
        #expect(
            lowering.map { $0.step.change }
                == zip(row.lowered, lowering).map {
                    $0 - rig.churn.base[keyPath: $1.step.action.quantity]
                }
        )
        #expect(rig.churn.targets == rig.churn.base)
    }

    @Test func `takes its twelve steps in order, restoring what it lowered`() {
        var rig = ChurnRig()
        rig.take(.start)
        rig.runSteps(24)
        #expect(rig.steps.map(\.step.action) == ChurnAction.allCases + ChurnAction.allCases)
        // Each restores only its own: known big ledger peers before the established ones.
        let restored = rig.steps[4].targets
        #expect(restored.knownBigLedger == 15)
        #expect(restored.establishedBigLedger == 9)
        #expect(rig.steps[10].targets.established == 26)
        #expect(rig.steps[10].targets.root == 60)
    }

    @Test(arguments: [
        (ChurnAction.decreasedActiveBigLedgerPeers, 300), (.increasedActiveBigLedgerPeers, 60),
        (.decreasedEstablishedBigLedgerPeers, 121), (.decreasedKnownBigLedgerPeers, 60),
        (.increasedKnownBigLedgerPeers, 80), (.increasedEstablishedBigLedgerPeers, 60),
        (.decreasedActivePeers, 300), (.increasedActivePeers, 60),
        (.decreasedEstablishedPeers, 121), (.decreasedKnownPeers, 60), (.increasedKnownPeers, 80),
        (.increasedEstablishedPeers, 60),
    ])
    func `has a time limit for each step`(action: ChurnAction, seconds: Int) {
        #expect(action.timeLimit == .seconds(seconds))
    }

    /// Idle 5 s at any pace, and what is left of 60 s of time-wait (design §17.5).
    @Test(arguments: [(1, 121_000), (10, 12_100), (17, 9_529), (60, 7_000), (1_000_000, 6_000)])
    func `always leaves the time for a connection to idle and be closed`(
        pace: Int,
        milliseconds: Int
    ) {
        var settings = Churn.Settings(
            deadlineTargets: ChurnRig.relay,
            syncTargets: ChurnRig.sync
        )
        settings.pace = pace
        settings.closeDuration = .seconds(5) + .seconds(60) / pace
        for action in [
            ChurnAction.decreasedEstablishedPeers, .decreasedEstablishedBigLedgerPeers,
        ] {
            let limit = settings.timeLimit(of: action)
            #expect(limit >= .milliseconds(milliseconds))
            #expect(limit < .milliseconds(milliseconds + 1))
            #expect(limit > settings.closeDuration)
        }
        #expect(settings.timeLimit(of: .decreasedKnownPeers) == .seconds(60) / pace)
        #expect(settings.timeLimit(of: .decreasedActivePeers) == .seconds(300) / pace)
    }

    @Test(arguments: [1, 10])
    func `goes on when the governor never gets there`(pace: Int) {
        var rig = ChurnRig(pace: pace)
        rig.take(.counted(ChurnRig.relay))
        rig.take(.start)
        rig.delay = nil
        rig.runSteps(12)
        let lowering = rig.steps.filter { $0.step.action.decreases }
        #expect(lowering.allSatisfy { $0.step.outcome == .timedOut && $0.step.change == 0 })
        for (_, step, _) in lowering {
            #expect(step.duration == rig.churn.settings.timeLimit(of: step.action))
        }
        // Nothing was given up, so that the next step asks for the least only.
        #expect(rig.steps[2].targets.establishedBigLedger == 9)
        #expect(rig.steps[8].targets.established == 28)
        #expect(rig.churn.targets == ChurnRig.relay)
    }

    @Test func `waits for roots before known peers count as restored`() {
        var rig = ChurnRig()
        rig.take(.start)
        rig.runSteps(10)
        rig.delay = nil
        var counts = ChurnRig.relay
        counts.root = 59
        rig.take(.counted(counts))
        #expect(rig.steps.count == 10)
        counts.root = 60
        rig.take(.counted(counts))
        #expect(rig.steps.count >= 11)
    }

    // MARK: Start

    @Test func `asks for no roots in the first three seconds`() {
        var rig = ChurnRig()
        rig.take(.start)
        var first = ChurnRig.relay
        first.root = 0
        #expect(rig.written.map(\.targets) == [first])
        rig.run(.seconds(3) - .nanoseconds(1))
        #expect(rig.churn.targets == first)
        rig.run(.nanoseconds(1))
        #expect(rig.churn.targets == ChurnRig.relay)
    }

    @Test func `begins in bulk sync from bootstrap peers with few hot peers, and stays so`() {
        var rig = ChurnRig()
        rig.take(.fetchMode(.bulkSync))
        rig.take(.bootstrap(isEnabled: true))
        rig.take(.localHotTarget(3))
        rig.take(.start)
        var first = ChurnRig.relay
        first.active = 4
        first.activeBigLedger = 1
        #expect(rig.churn.targets == first)
        rig.run(.seconds(10))
        #expect(rig.churn.targets == first)
    }

    @Test func `begins in Genesis with everything`() {
        var rig = ChurnRig(mode: .genesis)
        rig.take(.start)
        #expect(rig.churn.targets == ChurnRig.sync)
    }

    @Test func `starts once`() {
        var rig = ChurnRig()
        rig.take(.deadline)
        #expect(rig.churn.nextDeadline == nil)
        rig.take(.start)
        let churn = rig.churn
        rig.now = rig.now.advanced(by: .seconds(1))
        rig.take(.start)
        rig.take(.deadline)
        #expect(rig.churn == churn)
    }

    // MARK: Regimes

    @Test(arguments: [
        (ConsensusMode.praos, FetchMode.deadline, false, Churn.Regime.normal),
        (.praos, .deadline, true, .normal), (.praos, .bulkSync, false, .praosSync),
        (.praos, .bulkSync, true, .bootstrapSync), (.genesis, .deadline, false, .normal),
        (.genesis, .bulkSync, true, .normal),
    ])
    func `has its regime from modes and bootstrap peers`(
        mode: ConsensusMode,
        fetchMode: FetchMode,
        isEnabled: Bool,
        regime: Churn.Regime
    ) {
        var rig = ChurnRig(mode: mode)
        rig.take(.fetchMode(fetchMode))
        rig.take(.bootstrap(isEnabled: isEnabled))
        #expect(rig.churn.regime == regime)
    }

    @Test(arguments: [
        (0, [1, 1, 9, 14, 1, 2]), (3, [1, 1, 9, 14, 3, 4]), (40, [1, 1, 9, 14, 19, 20]),
    ])
    func `keeps few hot peers while syncing in bulk`(localHotTarget: Int, values: [Int]) {
        var rig = ChurnRig()
        rig.take(.fetchMode(.bulkSync))
        rig.take(.localHotTarget(localHotTarget))
        rig.take(.start)
        rig.runSteps(12)
        let written = [0, 1, 2, 3, 6, 7].map { place in
            rig.steps[place].targets[keyPath: rig.steps[place].step.action.quantity]
        }
        // Big ledger peers fall from 5 to 1 in the first cycle, so that more established ones go.
        let first = localHotTarget
        #expect(written[0...1] == values[0...1], "\(first)")
        #expect(written[4...5] == values[4...5], "\(first)")
        rig.runSteps(12)
        let later = [12, 13, 14, 15].map { place in
            rig.steps[place].targets[keyPath: rig.steps[place].step.action.quantity]
        }
        #expect(Array(later) == Array(values[0...3]), "nothing fell in the second")
    }

    @Test func `keeps few established peers while syncing from bootstrap peers`() {
        var rig = ChurnRig()
        rig.take(.fetchMode(.bulkSync))
        rig.take(.bootstrap(isEnabled: true))
        rig.take(.localHotTarget(3))
        rig.take(.start)
        rig.runSteps(12)
        #expect(rig.steps[6].targets.active == 3)
        #expect(rig.steps[7].targets.active == 4)
        #expect(rig.steps[8].targets.established == 4)
        #expect(rig.steps[11].targets.established == 5)
        #expect(rig.churn.targets.known == 150)
    }

    @Test func `looks at its regime anew at every step`() {
        var rig = ChurnRig()
        rig.take(.start)
        rig.runSteps(6)
        rig.take(.fetchMode(.bulkSync))
        // The step that is under way stays as it was written.
        #expect(rig.churn.targets.active == 16)
        rig.runSteps(2)
        #expect(rig.steps[7].targets.active == 2)
    }

    @Test func `swaps all targets in Genesis when the ledger state changes`() {
        var rig = ChurnRig(mode: .genesis)
        rig.take(.start)
        rig.run(.seconds(100))
        #expect(rig.churn.targets == ChurnRig.sync)
        rig.take(.ledgerState(.youngEnough))
        #expect(rig.churn.targets == ChurnRig.relay)
        rig.runSteps(7)
        rig.take(.ledgerState(.tooOld))
        var now = ChurnRig.sync
        // Step 8 has what it wants at once; step 9 gives up the four that step 7 did.
        now.established = 6
        #expect(rig.churn.targets == now)
        var praos = ChurnRig()
        praos.take(.start)
        praos.run(.seconds(100))
        praos.take(.ledgerState(.youngEnough))
        #expect(praos.churn.targets == ChurnRig.relay)
    }

    // MARK: Delays

    @Test(arguments: Seed.sweep())
    func `rests for about an hour, less what the cycle took`(seed: Seed) {
        for pace in [1, 60] {
            var rig = ChurnRig(pace: pace, random: seed.random)
            rig.delay = .milliseconds(1)
            rig.take(.start)
            rig.run(.seconds(4000)) { $0.written.count > 2 }
            let first = ChurnRig.start.duration(to: rig.now)
            #expect(first >= .seconds(3300) / pace || first == .seconds(3))
            #expect(first <= .seconds(3900) / pace)
            rig.runSteps(12)
            let cycleStart = rig.written[2].at
            rig.run(.seconds(4000)) { $0.steps.count > 12 }
            let second = cycleStart.duration(to: rig.steps[12].at)
            #expect(second >= .seconds(3300) / pace)
            #expect(second <= .seconds(3901) / pace)
        }
    }

    @Test(arguments: Seed.sweep())
    func `rests for a quarter of an hour while syncing in bulk, or not at all`(seed: Seed) {
        var rig = ChurnRig(random: seed.random)
        rig.take(.fetchMode(.bulkSync))
        rig.take(.start)
        rig.runSteps(1)
        let first = ChurnRig.start.duration(to: rig.now)
        #expect(first >= .seconds(900) && first <= .seconds(961))
        // A cycle that took longer than the delay is followed by the next at once.
        rig.runSteps(11)
        rig.delay = nil
        rig.take(.counted(Targets.none))
        rig.runSteps(1)
        let begun = rig.now
        rig.runSteps(11)
        #expect(begun.duration(to: rig.now) > .zero)
        var genesis = ChurnRig(mode: .genesis, random: seed.random)
        genesis.take(.fetchMode(.bulkSync))
        genesis.take(.start)
        genesis.runSteps(1)
        #expect(ChurnRig.start.duration(to: genesis.now) >= .seconds(3300))
    }
}

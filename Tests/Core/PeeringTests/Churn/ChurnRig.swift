import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Churn with a governor that obeys, a clock and chance.
struct ChurnRig {
    static let start = Instant(nanoseconds: 1_000_000_000_000)
    static let relay = Targets(
        root: 60,
        known: 150,
        established: 30,
        active: 20,
        knownBigLedger: 15,
        establishedBigLedger: 10,
        activeBigLedger: 5
    )
    static let producer = Targets(
        root: 100,
        known: 100,
        established: 30,
        active: 20,
        knownBigLedger: 15,
        establishedBigLedger: 10,
        activeBigLedger: 5
    )
    static let sync = Targets(
        root: 0,
        known: 150,
        established: 10,
        active: 5,
        knownBigLedger: 100,
        establishedBigLedger: 40,
        activeBigLedger: 30
    )

    var churn: Churn
    var random: Random
    var now = Self.start
    /// What the governor has reached.
    var counts = Targets.none
    /// How long it takes to reach new targets; nil: it never does.
    var delay: Duration? = .seconds(1)
    /// The most peers of each kind that can be had.
    var world = Targets(
        root: 10_000,
        known: 10_000,
        established: 10_000,
        active: 10_000,
        knownBigLedger: 10_000,
        establishedBigLedger: 10_000,
        activeBigLedger: 10_000
    )
    private var obeysAt: Instant?
    var written: [(at: Instant, targets: Targets)] = []
    var steps: [(at: Instant, step: ChurnStep, targets: Targets)] = []

    init(
        _ targets: Targets = Self.relay,
        mode: ConsensusMode = .praos,
        pace: Int = 1,
        random: Random = Random(seed: 11)
    ) {
        var settings = Churn.Settings(deadlineTargets: targets, syncTargets: Self.sync)
        settings.consensusMode = mode
        settings.pace = pace
        churn = Churn(settings: settings)
        self.random = random
    }

    mutating func take(_ input: Churn.Input) {
        let before = churn.targets
        var effects: [Churn.Effect] = []
        churn.handle(input, now: now, random: &random, into: &effects)
        var shown = before
        for effect in effects {
            switch effect {
            case .targets(let targets):
                #expect(targets != shown, "the same targets twice")
                shown = targets
                written.append((now, targets))
                if let delay { obeysAt = now.advanced(by: delay) }
            case .stepped(let step): steps.append((now, step, shown))
            }
        }
        #expect(shown == churn.targets)
        #expect(shown.complaint == nil)
        #expect(churn.nextDeadline.map { $0 > now } ?? true)
    }

    /// The governor has done what it can.
    private mutating func obey() {
        obeysAt = nil
        var reached = churn.targets
        // The root target is a lower bound only.
        reached.root = max(reached.root, counts.root)
        for path: WritableKeyPath<Targets, Int> in [
            \.root, \.known, \.established, \.active, \.knownBigLedger, \.establishedBigLedger,
            \.activeBigLedger,
        ] {
            reached[keyPath: path] = min(reached[keyPath: path], world[keyPath: path])
        }
        reached.root = min(reached.root, reached.known)
        guard reached != counts else { return }
        counts = reached
        take(.counted(counts))
    }

    mutating func run(_ duration: Duration, until isOver: (ChurnRig) -> Bool = { _ in false }) {
        let end = now.advanced(by: duration)
        while !isOver(self), let next = soonest(obeysAt, churn.nextDeadline), next <= end {
            now = next
            if obeysAt == now { obey() } else { take(.deadline) }
        }
        if !isOver(self) { now = end }
    }

    /// Runs until so many steps are over.
    mutating func runSteps(_ count: Int) {
        let goal = steps.count + count
        run(.seconds(100_000)) { $0.steps.count >= goal }
    }
}

package import WarrenObservation
package import WarrenPrimitives

/// Replaces a fifth of the peers every hour or so, by lowering and restoring the targets.
///
/// It never touches a peer: it writes targets, waits until the governor has met them or the step's
/// time is over, and goes on to the next of twelve steps. So the worst hot peers become warm, those
/// cold, and failed ones are forgotten, which resists being surrounded by one party.
///
/// ```
///         start              3 s                     one delay
///   idle ───────▶ head start ────▶ waiting ─────────────────────▶ step 1 … step 12
///                                     ▲                                       │
///                                     └───────────────────────────────────────┘
/// ```
///
/// Every target it writes is sane (O§3.2) as long as the settings are, and none is above the one
/// that the settings give for the ledger state of the moment. Sources: O§4, design §17.5.
package struct Churn: Sendable, Equatable {
    package let settings: Settings
    /// What the governor was told last.
    package private(set) var targets = Targets.none
    var phase = Phase.idle
    /// How many peers there are of each kind, in the shape of the targets that ask for them.
    var counts = Targets.none
    var fetchMode = FetchMode.deadline
    var ledgerState = LedgerState.tooOld
    var isBootstrapEnabled = false
    /// The sum of the local root groups' hot valencies: L of O§4.2.
    var localHotTarget = 0

    enum Phase: Hashable, Sendable {
        case idle
        /// Roots are not asked for yet, so that local roots and big ledger peers come first.
        case headStart(since: Instant, until: Instant)
        case waiting(until: Instant)
        case stepping(Step, cycleStartedAt: Instant)
    }

    /// The step under way.
    struct Step: Hashable, Sendable {
        var action: ChurnAction
        var startedAt: Instant
        var until: Instant
        var startCount: Int
        /// By how much the last lowering before this one really lowered: Δ of O§4.3.
        var decrease: Int
    }

    package enum Input: Hashable, Sendable {
        case start
        /// The governor's counts changed.
        case counted(Targets)
        case fetchMode(FetchMode)
        case ledgerState(LedgerState)
        /// The sum of the hot valencies of all local root groups.
        case localHotTarget(Int)
        case bootstrap(isEnabled: Bool)
        case deadline
    }

    package enum Effect: Hashable, Sendable {
        case targets(Targets)
        case stepped(ChurnStep)
    }

    package init(settings: Settings) {
        precondition(settings.pace > 0, "pace \(settings.pace) must be at least 1")
        self.settings = settings
    }

    package var nextDeadline: Instant? {
        switch phase {
        case .idle: nil
        case .headStart(_, let until), .waiting(let until): until
        case .stepping(let step, _): step.until
        }
    }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        let oldBase = base
        absorb(input, now: now, into: &effects)
        if base != oldBase { swapBase(into: &effects) }
        while advance(now: now, random: &random, into: &effects) {}
        assert(targets.complaint == nil, targets.complaint ?? "")
    }

    private mutating func absorb(_ input: Input, now: Instant, into effects: inout [Effect]) {
        switch input {
        case .start:
            guard phase == .idle else { return }
            phase = .headStart(since: now, until: now.advanced(by: Settings.headStart))
            write(firstTargets, into: &effects)
        case .counted(let counts): self.counts = counts
        case .fetchMode(let mode): fetchMode = mode
        case .ledgerState(let state): ledgerState = state
        case .localHotTarget(let count): localHotTarget = count
        case .bootstrap(let isEnabled): isBootstrapEnabled = isEnabled
        case .deadline: break
        }
    }

    /// Goes on to the next phase if this one is over; false when it is not.
    private mutating func advance(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        switch phase {
        case .idle: return false
        case .headStart(let since, let until):
            guard until <= now else { return false }
            if regime != .bootstrapSync { write(base, into: &effects) }
            wait(since: since, now: now, random: &random)
        case .waiting(let until):
            guard until <= now else { return false }
            begin(
                .decreasedActiveBigLedgerPeers,
                decrease: 0,
                cycleStartedAt: now,
                now: now,
                into: &effects
            )
        case .stepping(let step, let cycleStartedAt):
            let isDone = isReached(step.action)
            guard isDone || step.until <= now else { return false }
            let change = count(of: step.action) - step.startCount
            effects.append(
                .stepped(
                    ChurnStep(
                        action: step.action,
                        outcome: isDone ? .done : .timedOut,
                        duration: step.startedAt.duration(to: now),
                        change: change
                    )
                )
            )
            guard let next = step.action.next else {
                wait(since: cycleStartedAt, now: now, random: &random)
                return true
            }
            begin(
                next,
                decrease: step.action.decreases ? abs(change) : step.decrease,
                cycleStartedAt: cycleStartedAt,
                now: now,
                into: &effects
            )
        }
        return true
    }

    private mutating func begin(
        _ action: ChurnAction,
        decrease: Int,
        cycleStartedAt: Instant,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let step = Step(
            action: action,
            startedAt: now,
            until: now.advanced(by: settings.timeLimit(of: action)),
            startCount: count(of: action),
            decrease: decrease
        )
        phase = .stepping(step, cycleStartedAt: cycleStartedAt)
        write(lowered(targets, by: step), into: &effects)
    }

    /// Rests until the next cycle, counted from when this one began.
    ///
    /// Source: O§4.5.
    private mutating func wait(since start: Instant, now: Instant, random: inout Random) {
        let isSlow = fetchMode == .deadline || settings.consensusMode == .genesis
        let (least, spread) = isSlow ? Settings.slowDelay : Settings.fastDelay
        let delay = (least + random.duration(from: .zero, to: spread)) / settings.pace
        phase = .waiting(until: max(now, start.advanced(by: delay)))
    }

    /// The targets that the settings give changed with the ledger state: all of them change at once.
    ///
    /// Upstream's governor does this for targets that nobody lowered (O§3.4, `targetPeers`), and
    /// refuses the mixture that a cycle under way would write; here the step under way is done again
    /// with the new ones, in the time that it has left.
    private mutating func swapBase(into effects: inout [Effect]) {
        switch phase {
        case .idle: break
        case .headStart: write(firstTargets, into: &effects)
        case .waiting: write(base, into: &effects)
        case .stepping(let step, _): write(lowered(base, by: step), into: &effects)
        }
    }

    private mutating func write(_ new: Targets, into effects: inout [Effect]) {
        guard new != targets else { return }
        targets = new
        effects.append(.targets(new))
    }
}

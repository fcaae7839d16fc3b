package import WarrenObservation

// MARK: - How far each step lowers its target

extension Churn {
    /// `count` less a fifth, and less at least `least` and one; never below nothing.
    ///
    /// Source: O§4.3.
    package static func lessened(_ count: Int, byAtLeast least: Int = 1) -> Int {
        max(0, count - max(least, max(1, count / 5)))
    }

    /// The targets of the first moments.
    ///
    /// Source: O§4.2.
    var firstTargets: Targets {
        var first = base
        switch (settings.consensusMode, regime) {
        case (.genesis, _): break
        case (.praos, .normal), (.praos, .praosSync): first.root = 0
        case (.praos, .bootstrapSync):
            first.active = min(fewHot + 1, first.active)
            first.activeBigLedger = min(1, first.activeBigLedger)
        }
        return first
    }

    /// As many hot peers as local roots ask for, and one at least: max(1, L) of O§4.3.
    private var fewHot: Int { max(1, localHotTarget) }

    /// `targets` as a step changes them; only what it is about is changed.
    ///
    /// The guards at the end are ours. They matter where a cycle crosses regimes or much more was
    /// given up than asked: upstream's governor refuses the insane targets that come of it (O§3.2),
    /// and the step's time passes in vain.
    func lowered(_ targets: Targets, by step: Step) -> Targets {
        var new = targets
        let base = base
        let isNormal = regime == .normal
        switch step.action {
        case .decreasedActiveBigLedgerPeers:
            new.activeBigLedger =
                isNormal ? Self.lessened(base.activeBigLedger) : min(1, base.activeBigLedger)
        case .increasedActiveBigLedgerPeers:
            new.activeBigLedger = isNormal ? base.activeBigLedger : min(1, base.activeBigLedger)
        case .decreasedEstablishedBigLedgerPeers:
            let spare = base.establishedBigLedger - base.activeBigLedger
            new.establishedBigLedger =
                Self.lessened(spare, byAtLeast: step.decrease) + base.activeBigLedger
        case .decreasedKnownBigLedgerPeers:
            let spare = base.knownBigLedger - base.establishedBigLedger
            new.knownBigLedger =
                Self.lessened(spare, byAtLeast: step.decrease) + base.establishedBigLedger
        case .increasedKnownBigLedgerPeers: new.knownBigLedger = base.knownBigLedger
        case .increasedEstablishedBigLedgerPeers:
            new.establishedBigLedger = base.establishedBigLedger
        case .decreasedActivePeers:
            new.active =
                isNormal ? Self.lessened(base.active) : max(0, min(fewHot, base.active - 1))
        case .increasedActivePeers:
            new.active = isNormal ? base.active : min(fewHot + 1, base.active)
        case .decreasedEstablishedPeers:
            new.established = lessEstablished(targets, by: step)
        case .decreasedKnownPeers:
            let spare = base.known - base.established
            new.known = Self.lessened(spare, byAtLeast: step.decrease) + base.established
            new.root = min(
                base.root,
                Self.lessened(base.root - base.established) + base.established
            )
        case .increasedKnownPeers:
            new.known = base.known
            new.root = base.root
        case .increasedEstablishedPeers:
            new.established =
                regime == .bootstrapSync
                ? min(targets.active + 1, base.established) : base.established
        }
        new.established = max(new.established, new.active)
        new.known = max(new.known, new.established)
        new.root = min(new.root, new.known)
        new.establishedBigLedger = max(new.establishedBigLedger, new.activeBigLedger)
        new.knownBigLedger = max(new.knownBigLedger, new.establishedBigLedger)
        return new
    }

    private func lessEstablished(_ targets: Targets, by step: Step) -> Int {
        switch regime {
        case .normal, .praosSync:
            Self.lessened(base.established - base.active, byAtLeast: step.decrease) + base.active
        case .bootstrapSync: min(targets.active, base.established - 1)
        }
    }

    func count(of action: ChurnAction) -> Int { counts[keyPath: action.quantity] }

    /// Whether the governor has met the target that the step wrote.
    ///
    /// Restoring the known peers waits for roots, too. Source: O§4.3.
    func isReached(_ action: ChurnAction) -> Bool {
        let count = count(of: action)
        let target = targets[keyPath: action.quantity]
        if action.decreases { return count <= target }
        if action == .increasedKnownPeers, counts.root < targets.root { return false }
        return count >= target
    }
}

extension Governor.Counters {
    /// How many peers there are of each kind that has a target.
    package var asTargets: Targets {
        Targets(
            root: rootCount,
            known: peers.known,
            established: peers.established,
            active: peers.active,
            knownBigLedger: bigLedger.known,
            establishedBigLedger: bigLedger.established,
            activeBigLedger: bigLedger.active
        )
    }
}

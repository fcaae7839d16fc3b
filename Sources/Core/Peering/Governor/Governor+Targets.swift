import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Notes what is wanted, unless it is insane or all zero, which means "not said yet" upstream.
    ///
    /// Source: O§3.2, O§3.4 (4).
    mutating func want(_ targets: Targets) {
        guard targets != .none, targets.complaint == nil else { return }
        wantedTargets = targets
    }

    /// What is wanted, in Genesis with the other set where the ledger's state asks for it.
    ///
    /// So a change of the ledger's state takes effect without waiting for churn. Source: O§3.4.
    var effectiveTargets: Targets {
        guard settings.consensusMode == .genesis else { return wantedTargets }
        switch vigilance.judgement {
        case .youngEnough where wantedTargets == settings.syncTargets:
            return settings.deadlineTargets
        case .tooOld where wantedTargets == settings.deadlineTargets:
            return settings.syncTargets
        case .youngEnough, .tooOld:
            return wantedTargets
        }
    }

    /// Decisions 4 and 5: takes the latest targets and local roots, as soon as the node may use
    /// anybody.
    mutating func adoptConfiguration(now: Instant, into effects: inout [Effect]) -> Bool {
        guard canProgress else { return false }
        let wanted = effectiveTargets
        if wanted != targets, wanted != .none, wanted.complaint == nil {
            targets = wanted
            effects.append(.targetsChanged(wanted))
            regroup(demotesRemoved: false, now: now, into: &effects)
            return true
        }
        guard isRegroupDue else { return false }
        regroup(demotesRemoved: true, now: now, into: &effects)
        return true
    }
}

import WarrenObservation
import WarrenPrimitives

/// The rules of O§2.4, O§3.4 (0a-0c, 3-5) and O§3.11 that hold whenever nothing is left to decide.
extension Governor {
    func trustViolation() -> String? {
        if vigilance.announced != trust {
            return "it is \(trust), but \(vigilance.announced) was said"
        }
        if settings.consensusMode == .genesis, trust != .unrestricted {
            return "sensitive in Genesis"
        }
        let heedsLedger = usesBootstrapPeers || settings.consensusMode == .genesis
        if heedsLedger, vigilance.judgement != vigilance.reported {
            return "the ledger is \(vigilance.reported), taken for \(vigilance.judgement)"
        }
        switch (trust, vigilance.cleaning) {
        case (.unrestricted, .none): return nil
        case (.unrestricted, .underway), (.unrestricted, .done), (.draining, .none),
            (.draining, .done), (.onlyTrusted, .none), (.onlyTrusted, .underway):
            return "\(trust), but cleaning is \(vigilance.cleaning)"
        case (.draining, .underway): return drainViolation()
        case (.onlyTrusted, .done):
            guard knowsOnlyTrusted else { return "knows others than trusted peers" }
            let strangers = localRootGroups.filter { !$0.trustable && !$0.members.isEmpty }
            return strangers.isEmpty ? nil : "untrusted local roots in force: \(strangers)"
        }
    }

    private func drainViolation() -> String? {
        if targets != .none { return "draining, but wants \(targets)" }
        if !localRootGroups.isEmpty { return "draining, but has \(localRootGroups)" }
        if let until = bootstrapTimeoutAt, nextDeadline.map({ until < $0 }) ?? true {
            return "gives up at \(until), but wakes at \(nextDeadline ?? .epoch)"
        }
        return nil
    }

    /// What is wanted is in force, unless everybody is being let go.
    func wantViolation() -> String? {
        guard canProgress else { return nil }
        if isRegroupDue { return "local roots were not looked at" }
        guard effectiveTargets != .none, effectiveTargets.complaint == nil else { return nil }
        return effectiveTargets == targets
            ? nil : "\(targets) are in force, \(effectiveTargets) wanted"
    }
}

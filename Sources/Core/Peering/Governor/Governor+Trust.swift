package import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Whom the node may use at present.
    ///
    /// Source: O§2.4, O§3.11.
    package enum Trust: Hashable, Sendable {
        /// Not sensitive: everybody.
        case unrestricted
        /// Sensitive, and everybody is being let go first.
        case draining
        /// Sensitive, and nobody but bootstrap peers and trustable local roots is known.
        case onlyTrusted
    }

    /// What the sensitive state is decided from.
    struct Vigilance: Hashable, Sendable {
        /// Nil while bootstrap peers are not used; zero is "used, but there are none".
        var bootstrapCount: Int?
        /// Which list of them it is.
        var bootstrapEdition = 0
        /// What the node said last.
        var reported = LedgerState.tooOld
        /// The governor's own copy, set back to `youngEnough` to make it look again.
        var judgement = LedgerState.tooOld
        var cleaning = Cleaning.none
        /// What was last said by an effect.
        var announced = Trust.unrestricted
    }

    /// How far the sensitive state is from knowing only trusted peers.
    enum Cleaning: Hashable, Sendable {
        case none
        /// The instant is when the node gives up; nil once it was told.
        case underway(until: Instant?)
        case done
    }

    /// Bootstrap peers are a matter of Praos; in Genesis the flag is never read.
    package var usesBootstrapPeers: Bool {
        settings.consensusMode == .praos && vigilance.bootstrapCount != nil
    }

    /// The sensitive state: bootstrap peers are in use and the ledger is too old (O§2.4).
    package var requiresBootstrapPeers: Bool {
        usesBootstrapPeers && vigilance.judgement == .tooOld
    }

    package var hasOnlyBootstrapPeers: Bool { vigilance.cleaning == .done }

    package var trust: Trust {
        guard requiresBootstrapPeers else { return .unrestricted }
        return hasOnlyBootstrapPeers ? .onlyTrusted : .draining
    }

    /// The ledger's state as the governor last took it in.
    package var ledgerState: LedgerState { vigilance.judgement }

    /// The gate of O§2.4: what needs other peers than trusted ones waits.
    package var permitsProgress: Bool { !requiresBootstrapPeers }

    /// Upstream's `isNodeAbleToMakeProgress`: targets and local roots may change.
    var canProgress: Bool { trust != .draining }

    /// Local roots in force whose groups are trustable, counted.
    var trustableTally: Tally {
        var tally = Tally()
        for (index, group) in localRootGroups.enumerated() where group.trustable {
            tally.add(census.groups[index])
        }
        return tally
    }

    var knowsOnlyTrusted: Bool {
        known.count == census.bootstrap.known + trustableTally.known
    }

    /// Whether a root of this kind may be learnt now.
    func isWelcome(_ kind: Root.Kind) -> Bool {
        (kind == .bootstrap) == requiresBootstrapPeers
    }
}

// MARK: - Decisions 0a, 0b, 0c and 3

extension Governor {
    /// Decision 0a: bootstrap peers are used, or no longer, or others.
    ///
    /// Source: O§3.11.
    mutating func adoptBootstrap(count: Int?, edition: Int, into effects: inout [Effect]) {
        guard settings.consensusMode == .praos,
            (count, edition) != (vigilance.bootstrapCount, vigilance.bootstrapEdition)
        else { return }
        (vigilance.bootstrapCount, vigilance.bootstrapEdition) = (count, edition)
        vigilance.judgement = .youngEnough
        vigilance.cleaning = .none
        isRegroupDue = true
        dropIdleBootstrapPeers(into: &effects)
    }

    /// Decision 3: makes decision 0b look at the ledger's state again.
    ///
    /// Comparing the snapshot with the chain is left to whoever has the chain. That is a matter of
    /// Genesis; in Praos, where big ledger peers are not what is trusted, another snapshot would only
    /// make a sensitive node let go of all that it has and start over, which upstream's does (O§3.4).
    mutating func heedSnapshot() {
        switch settings.consensusMode {
        case .genesis: vigilance.judgement = .youngEnough
        case .praos: break
        }
    }

    mutating func decideTrust(now: Instant, into effects: inout [Effect]) -> Bool {
        heedLedgerState(now: now, into: &effects) || confirmOnlyTrusted(into: &effects)
    }

    /// Decision 0b: takes in whether the ledger is too old.
    ///
    /// Source: O§3.11.
    private mutating func heedLedgerState(now: Instant, into effects: inout [Effect]) -> Bool {
        guard vigilance.judgement != vigilance.reported else { return false }
        switch (settings.consensusMode, vigilance.reported) {
        case (.praos, _) where !usesBootstrapPeers: return false
        case (.genesis, _): vigilance.judgement = vigilance.reported
        case (.praos, .tooOld): enterSensitiveState(now: now, into: &effects)
        case (.praos, .youngEnough): leaveSensitiveState(into: &effects)
        }
        return true
    }

    private mutating func enterSensitiveState(now: Instant, into effects: inout [Effect]) {
        vigilance.judgement = .tooOld
        vigilance.cleaning = .underway(until: now.advanced(by: Policy.bootstrapTimeout))
        announceTrust(into: &effects)
        install([], now: now, into: &effects)
        isRegroupDue = true
        rootRequest.reset()
        guard targets != .none else { return }
        targets = .none
        effects.append(.targetsChanged(.none))
    }

    private mutating func leaveSensitiveState(into effects: inout [Effect]) {
        vigilance.judgement = .youngEnough
        vigilance.cleaning = .none
        isRegroupDue = true
        rootRequest.reset()
        announceTrust(into: &effects)
        dropIdleBootstrapPeers(into: &effects)
    }

    /// Decision 0c: nobody else is known any more, and nothing under way could change that.
    private mutating func confirmOnlyTrusted(into effects: inout [Effect]) -> Bool {
        guard trust == .draining, isQuiet, knowsOnlyTrusted else { return false }
        guard localRootGroups.allSatisfy({ $0.trustable || $0.members.isEmpty }) else {
            return false
        }
        vigilance.cleaning = .done
        announceTrust(into: &effects)
        return true
    }

    /// Nobody is being promoted and nobody was asked for peers.
    private var isQuiet: Bool {
        let promotions =
            census.ordinary.coldPromotions + census.ordinary.warmPromotions
            + census.bigLedger.coldPromotions + census.bigLedger.warmPromotions
        return promotions == 0 && shareRequestCount == 0 && !rootRequest.isUnderway
            && !bigLedgerRequest.isUnderway
    }

    /// After local roots changed in the sensitive state: starts over if strangers remain known.
    ///
    /// Source: O§3.7.
    mutating func recheckTrust() {
        guard trust == .onlyTrusted, !knowsOnlyTrusted else { return }
        vigilance.judgement = .youngEnough
        vigilance.cleaning = .none
    }

    private mutating func dropIdleBootstrapPeers(into effects: inout [Effect]) {
        guard census.bootstrap.idleCold > 0 else { return }
        for peer in peers(where: { $0.standing == .root(.bootstrap) && $0.isIdleCold }) {
            drop(peer, .forgotten, into: &effects)
        }
    }

    /// Gives up once the sensitive state could not be reached in time.
    ///
    /// Looked at before anything else that is due at the same instant, as upstream does (O§3.3).
    mutating func checkBootstrapTimeout(now: Instant, into effects: inout [Effect]) {
        guard let timeoutAt = bootstrapTimeoutAt, timeoutAt <= now else { return }
        vigilance.cleaning = .underway(until: nil)
        effects.append(.bootstrapTimedOut)
    }

    var bootstrapTimeoutAt: Instant? {
        if case .underway(let until) = vigilance.cleaning { until } else { nil }
    }

    mutating func announceTrust(into effects: inout [Effect]) {
        guard trust != vigilance.announced else { return }
        vigilance.announced = trust
        effects.append(.trustChanged(trust))
    }
}

package import WarrenObservation

extension Churn {
    package struct Settings: Hashable, Sendable {
        /// How much faster than upstream delays and step limits run; 1 is upstream.
        package var pace = 1
        package var consensusMode = ConsensusMode.praos
        /// What is wanted by a node that is caught up.
        package var deadlineTargets: Targets
        /// What is wanted while the ledger is too old, in Genesis mode.
        package var syncTargets: Targets

        /// How long a connection that our side let go may take to be closed, at this pace: idle, then
        /// in time-wait.
        ///
        /// The idle time is no timer of the governor's, and is not paced (design §17.5), so that a
        /// step that waits for connections to close must not be either.
        package var closeDuration: Duration = .seconds(5 + 60)

        package init(deadlineTargets: Targets, syncTargets: Targets) {
            self.deadlineTargets = deadlineTargets
            self.syncTargets = syncTargets
        }

        /// How long local roots and big ledger peers have before others are asked for; not paced, as
        /// it is about dials, which are not either.
        ///
        /// Source: O§4.2.
        package static let headStart: Duration = .seconds(3)
        /// Between two cycles of a node that is caught up, and how far chance lengthens it; paced.
        ///
        /// Source: O§4.5.
        package static let slowDelay: (least: Duration, spread: Duration) = (
            .seconds(3300), .seconds(600)
        )
        /// The same while blocks are fetched in bulk.
        package static let fastDelay: (least: Duration, spread: Duration) = (
            .seconds(900), .seconds(60)
        )
    }

    /// How boldly the node replaces peers.
    ///
    /// Source: O§4.1.
    package enum Regime: Hashable, Sendable, CaseIterable {
        /// A fifth of each kind.
        case normal
        /// While fetching in bulk: all active peers but those that local roots ask for.
        case praosSync
        /// The same from bootstrap peers alone: of established peers, too.
        case bootstrapSync
    }

    package var regime: Regime {
        switch (settings.consensusMode, fetchMode) {
        case (.genesis, .bulkSync), (.genesis, .deadline), (.praos, .deadline): .normal
        case (.praos, .bulkSync): isBootstrapEnabled ? .bootstrapSync : .praosSync
        }
    }

    /// What is wanted when nothing is lowered.
    ///
    /// Source: O§4.1.
    package var base: Targets {
        switch (settings.consensusMode, ledgerState) {
        case (.genesis, .tooOld): settings.syncTargets
        case (.genesis, .youngEnough), (.praos, .tooOld), (.praos, .youngEnough):
            settings.deadlineTargets
        }
    }
}

extension Churn.Settings {
    /// What a step that closes connections has over what closing takes.
    ///
    /// Upstream's limit is a second more than its own (O§4.3).
    package static let closeMargin: Duration = .seconds(1)

    /// How long the step waits for the governor at this pace.
    ///
    /// Steps that make established peers cold always have the time for one connection to idle and be
    /// closed: at a high pace the paced limit alone would be over before the first one is.
    package func timeLimit(of action: ChurnAction) -> Duration {
        let limit = action.timeLimit / pace
        switch action {
        case .decreasedEstablishedPeers, .decreasedEstablishedBigLedgerPeers:
            return max(limit, min(closeDuration + Self.closeMargin, action.timeLimit))
        case .decreasedActiveBigLedgerPeers, .increasedActiveBigLedgerPeers,
            .decreasedKnownBigLedgerPeers, .increasedKnownBigLedgerPeers,
            .increasedEstablishedBigLedgerPeers, .decreasedActivePeers, .increasedActivePeers,
            .decreasedKnownPeers, .increasedKnownPeers, .increasedEstablishedPeers:
            return limit
        }
    }
}

extension ChurnAction {
    /// The next step of the cycle; nil after the last.
    var next: ChurnAction? {
        switch self {
        case .decreasedActiveBigLedgerPeers: .increasedActiveBigLedgerPeers
        case .increasedActiveBigLedgerPeers: .decreasedEstablishedBigLedgerPeers
        case .decreasedEstablishedBigLedgerPeers: .decreasedKnownBigLedgerPeers
        case .decreasedKnownBigLedgerPeers: .increasedKnownBigLedgerPeers
        case .increasedKnownBigLedgerPeers: .increasedEstablishedBigLedgerPeers
        case .increasedEstablishedBigLedgerPeers: .decreasedActivePeers
        case .decreasedActivePeers: .increasedActivePeers
        case .increasedActivePeers: .decreasedEstablishedPeers
        case .decreasedEstablishedPeers: .decreasedKnownPeers
        case .decreasedKnownPeers: .increasedKnownPeers
        case .increasedKnownPeers: .increasedEstablishedPeers
        case .increasedEstablishedPeers: nil
        }
    }

    /// How long the step waits for the governor at pace 1; see ``Churn/Settings/timeLimit(of:)``.
    ///
    /// A demotion to warm may take 300 s, one to cold 120 s and one more, two rounds of peer sharing
    /// 80 s, and the rest 60 s. Source: O§4.3.
    package var timeLimit: Duration {
        switch self {
        case .decreasedActiveBigLedgerPeers, .decreasedActivePeers: .seconds(300)
        case .decreasedEstablishedBigLedgerPeers, .decreasedEstablishedPeers: .seconds(121)
        case .increasedKnownBigLedgerPeers, .increasedKnownPeers: .seconds(80)
        case .increasedActiveBigLedgerPeers, .decreasedKnownBigLedgerPeers,
            .increasedEstablishedBigLedgerPeers, .increasedActivePeers, .decreasedKnownPeers,
            .increasedEstablishedPeers:
            .seconds(60)
        }
    }

    /// The count that the step is about.
    package var quantity: KeyPath<Targets, Int> {
        switch self {
        case .decreasedActiveBigLedgerPeers, .increasedActiveBigLedgerPeers: \.activeBigLedger
        case .decreasedEstablishedBigLedgerPeers, .increasedEstablishedBigLedgerPeers:
            \.establishedBigLedger
        case .decreasedKnownBigLedgerPeers, .increasedKnownBigLedgerPeers: \.knownBigLedger
        case .decreasedActivePeers, .increasedActivePeers: \.active
        case .decreasedEstablishedPeers, .increasedEstablishedPeers: \.established
        case .decreasedKnownPeers, .increasedKnownPeers: \.known
        }
    }
}

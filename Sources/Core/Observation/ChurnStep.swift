/// One step of churn's cycle, in the order in which they come.
///
/// Source: O§4.3.
package enum ChurnAction: String, Hashable, Sendable, Codable, CaseIterable {
    case decreasedActiveBigLedgerPeers
    case increasedActiveBigLedgerPeers
    case decreasedEstablishedBigLedgerPeers
    case decreasedKnownBigLedgerPeers
    case increasedKnownBigLedgerPeers
    case increasedEstablishedBigLedgerPeers
    case decreasedActivePeers
    case increasedActivePeers
    case decreasedEstablishedPeers
    case decreasedKnownPeers
    case increasedKnownPeers
    case increasedEstablishedPeers

    /// True for a step that lowers a target, and waits for peers to go.
    package var decreases: Bool {
        switch self {
        case .decreasedActiveBigLedgerPeers, .decreasedEstablishedBigLedgerPeers,
            .decreasedKnownBigLedgerPeers, .decreasedActivePeers, .decreasedEstablishedPeers,
            .decreasedKnownPeers:
            true
        case .increasedActiveBigLedgerPeers, .increasedKnownBigLedgerPeers,
            .increasedEstablishedBigLedgerPeers, .increasedActivePeers, .increasedKnownPeers,
            .increasedEstablishedPeers:
            false
        }
    }
}

/// What came of one step of churn.
package struct ChurnStep: Hashable, Sendable {
    package var action: ChurnAction
    package var outcome: Outcome
    package var duration: Duration
    /// By how much the count that the step is about changed meanwhile.
    package var change: Int

    package init(action: ChurnAction, outcome: Outcome, duration: Duration, change: Int) {
        self.action = action
        self.outcome = outcome
        self.duration = duration
        self.change = change
    }

    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// The count reached its target.
        case done
        /// It did not, in the time that the step has; the cycle went on without.
        case timedOut
    }
}

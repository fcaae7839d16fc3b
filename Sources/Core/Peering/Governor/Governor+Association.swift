import WarrenObservation

/// What peer selection tells consensus of the company that the node keeps.
///
/// Source: O§3.12.
extension Governor {
    package enum AssociationMode: String, Hashable, Sendable, CaseIterable {
        case localRootsOnly
        case unrestricted
    }

    /// Whether anybody but local roots can ever be met.
    package func associationMode(ledgerPeers: Bool, sharing: Bool) -> AssociationMode {
        let hasBootstrapPeers = usesBootstrapPeers && vigilance.bootstrapCount != 0
        return ledgerPeers || sharing || hasBootstrapPeers ? .unrestricted : .localRootsOnly
    }

    /// Upstream's `TrustedStateWithExternalPeers`: those connected can be believed.
    package func isTrustedState(in mode: AssociationMode) -> Bool {
        let establishedCount = census.ordinary.established + census.bigLedger.established
        let trustableCount = trustableTally.established
        switch mode {
        case .localRootsOnly:
            return establishedCount == trustableCount
        case .unrestricted where settings.consensusMode == .genesis:
            return census.bigLedger.active >= settings.minBigLedgerPeersForTrustedState
        case .unrestricted:
            return usesBootstrapPeers && census.bootstrap.active > 0
                && establishedCount == census.bootstrap.established + trustableCount
        }
    }
}

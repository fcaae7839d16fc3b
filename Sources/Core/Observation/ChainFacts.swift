package import WarrenPrimitives

/// Whether the node's ledger is recent enough to be trusted; upstream's ledger state judgement.
///
/// Source: O§3.11, O§9.6.
package enum LedgerState: String, Hashable, Sendable, Codable, CaseIterable {
    case tooOld
    case youngEnough
}

/// How block bodies are fetched: many while syncing, few and fast when caught up.
///
/// Source: O§4.1.
package enum FetchMode: String, Hashable, Sendable, Codable, CaseIterable {
    case bulkSync
    case deadline
}

/// Which sync method a node follows; it selects targets and the trusted state.
///
/// Source: O§1.7, O§9.4.
package enum ConsensusMode: String, Hashable, Sendable, Codable, CaseIterable {
    case praos = "PraosMode"
    case genesis = "GenesisMode"
}

/// What peer selection has to know of the chain, whoever says it.
///
/// Scripted as long as there is no chain. Source: design §17.13.
package enum ChainFact: Hashable, Sendable {
    case ledgerState(LedgerState)
    case fetchMode(FetchMode)
    /// The slot that the node's ledger has come to.
    case slot(UInt64)
    /// A hot peer announced the header of a slot.
    case headerSeen(by: NodeID, slot: UInt64)
    /// A hot peer delivered the body of a slot's block.
    case bodySeen(by: NodeID, slot: UInt64, bytes: Int)
}

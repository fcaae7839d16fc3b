/// The big pools of a network as they were at one slot: what a node goes by until its own ledger
/// is as far.
///
/// Source: O§9.3.
package struct LedgerSnapshot: Hashable, Sendable {
    /// Of which network; upstream's number, which ours do not have.
    package var networkMagic: UInt32
    package var slot: UInt64
    /// The hash of the block at that slot.
    package var blockHash: [UInt8]
    /// With most stake first; each stake a share of ``wholeStake``.
    package var pools: [LedgerPeers.Pool]

    /// All stake of the network: stakes in a snapshot are shares with 18 digits.
    package static let wholeStake: UInt64 = 1_000_000_000_000_000_000
    package static let blockHashLength = 32
    /// Pools in one file; mainnet's has a thousand.
    package static let poolLimit = 10_000
    /// Relays of one pool; upstream's ledger allows some tens.
    package static let relayLimit = 64

    package init(
        networkMagic: UInt32,
        slot: UInt64,
        blockHash: [UInt8],
        pools: [LedgerPeers.Pool]
    ) {
        self.networkMagic = networkMagic
        self.slot = slot
        self.blockHash = blockHash
        self.pools = pools
    }
}

extension Topology.AccessPoint {
    /// What is to be looked up for a relay in the ledger: SRV names have their service put before.
    ///
    /// Source: O§1.2 (CIP-0155).
    package var asLedgerRelay: Self {
        let service = "_cardano._tcp."
        guard port == nil, case .name(let name) = host, !name.hasPrefix("_") else { return self }
        var point = self
        point.host = .name(service + name)
        return point
    }
}

import WarrenNode
package import WarrenPeering
package import WarrenPrimitives

extension Network {
    /// What the snapshot file says that a node's topology names, as the node would read it; nil
    /// where it names none.
    package func ledgerSnapshot(of node: Node) throws(DocumentErrors) -> LedgerSnapshot? {
        guard let file = node.topology.peerSnapshotFile else { return nil }
        let slot = node.topology.useLedgerAfterSlot
        return try LedgerSnapshot.read(
            genesis.peerSnapshot(slot: slot ?? 0),
            file: file,
            useAfterSlot: slot
        ).snapshot
    }
}

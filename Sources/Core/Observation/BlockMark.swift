package import WarrenPrimitives

/// Which block a note is about.
package struct BlockMark: Hashable, Sendable, Codable {
    /// 1 for the first block; 0 stands for the origin.
    package var height: UInt64
    package var slot: UInt64
    /// The block's id; the genesis' at the origin.
    package var hash: Hash

    package init(height: UInt64, slot: UInt64, hash: Hash) {
        self.height = height
        self.slot = slot
        self.hash = hash
    }
}

/// A fact about the chain that a node puts on record.
///
/// From production to the last adoption, these facts are what propagation is computed of.
package enum ChainNote: Hashable, Sendable {
    /// This node made a block of a body of so many bytes, with these transactions.
    case made(BlockMark, bytes: Int, transactions: [Hash])
    /// A peer showed a valid header.
    ///
    /// The first to do so is always told; a further one only of a header of the last minutes, and
    /// at most once for a height.
    case announced(BlockMark, by: PeerReference)
    /// A peer delivered its body; told again when a second one does.
    case fetched(BlockMark, from: PeerReference, bytes: Int)
    /// The block is on this node's chain now.
    case adopted(BlockMark)
    /// The node left so many blocks of its chain behind and went back to this one.
    case rolledBack(to: BlockMark, depth: Int)
    /// A transaction's first sight: from a peer, or submitted here (nil).
    case sighted(transaction: Hash, from: PeerReference?)
    /// One producer made two blocks for one slot.
    case equivocation(producer: NodeID, slot: UInt64, first: Hash, second: Hash)
}

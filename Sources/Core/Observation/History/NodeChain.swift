package import WarrenPrimitives

/// Where the chain of one node ends, as it told.
package struct NodeChain: Hashable, Sendable {
    /// Nil before it told in this life; a node that is down has none.
    package private(set) var tip: BlockMark?
    /// The greatest height that it ever had, in whichever life; nil before it first told.
    package private(set) var highest: UInt64?
    /// When it came to that height, if that was seen.
    package private(set) var roseAt: Instant?

    init() {}

    /// The life is over, or its events are not known: where it is now nobody can say.
    mutating func forget() { tip = nil }

    mutating func take(_ note: ChainNote, at now: Instant) {
        switch note {
        case .adopted(let block): move(to: block, at: now)
        case .rolledBack(let block, _): tip = block
        case .made, .announced, .fetched, .sighted, .equivocation: break
        }
    }

    private mutating func move(to block: BlockMark, at now: Instant) {
        tip = block
        if let highest, block.height <= highest { return }
        highest = block.height
        roseAt = now
    }

    /// Learns the tip of a snapshot; the first that is heard of a chain is not progress.
    mutating func learn(_ told: Snapshot.Tip?, at now: Instant) {
        guard let told, let hash = Hash(told.hash) else { return }
        let block = BlockMark(height: told.height, slot: told.slot, hash: hash)
        if highest == nil { highest = block.height }
        move(to: block, at: now)
    }
}

extension NodeState {
    /// A snapshot and the events before it disagree on the tip: an error of the node.
    package struct TipContradiction: Hashable, Sendable {
        package var events: BlockMark
        package var snapshot: Snapshot.Tip
    }
}

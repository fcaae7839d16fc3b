import WarrenPrimitives

/// What became of the blocks and transactions of a network.
///
/// A block counts while it is on the chain of more than half of the nodes that follow one: all but
/// the seeds. So a block that was made and lost to a fork counts for nothing. A transaction counts
/// from where it was submitted.
package struct ChainHistory: Sendable {
    package private(set) var blocks = SpreadLog()
    package private(set) var transactions = SpreadLog()
    /// Of each node the blocks on its chain that are remembered, from below.
    private var chains: [[Link]]
    /// How many nodes a block must be held by to count.
    package let majority: Int

    /// Grows with everything that may change what is counted.
    private(set) var version = 0

    private struct Link: Sendable {
        var height: UInt64
        var serial: Int
    }

    /// Who there is when something is made.
    struct Audience {
        /// Up, and known.
        var followed: Set<Int>
        /// Up, and nobody knows what they have.
        var unsure: Set<Int>
    }

    init(nodeCount: Int, followerCount: Int) {
        chains = Array(repeating: [], count: nodeCount)
        majority = followerCount / 2 + 1
    }

    /// `audience` is asked for only when something is made.
    mutating func take(
        _ note: ChainNote,
        of node: Int,
        at now: Instant,
        audience: () -> Audience
    ) {
        version += note.mayChangeCount ? 1 : 0
        switch note {
        case .made(let block, _, let carried): make(block, carried, by: node, at: now, audience())
        case .announced(let block, _): blocks.note(block.hash, announcedTo: node, at: now)
        case .fetched(let block, _, _): blocks.note(block.hash, fetchedBy: node, at: now)
        case .adopted(let block): adopt(block, node, at: now)
        case .rolledBack(let block, _): cut(node, above: block.height)
        case .sighted(let transaction, from: nil):
            let audience = audience()
            let known = transactions.make(
                transaction,
                by: node,
                at: now,
                for: audience.followed.subtracting([node]),
                unsure: audience.unsure.subtracting([node])
            )
            // Submitted here as well, later: here it is.
            if known == nil {
                transactions.reach(transaction, node, at: now)
            } else {
                transactions.count(transaction)
            }
        case .sighted(let transaction, from: .some): transactions.reach(transaction, node, at: now)
        case .equivocation: break
        }
    }

    private mutating func make(
        _ block: BlockMark,
        _ carried: [Hash],
        by node: Int,
        at now: Instant,
        _ audience: Audience
    ) {
        let holders = blocks.make(
            block.hash,
            height: block.height,
            by: node,
            at: now,
            for: audience.followed.subtracting([node]),
            unsure: audience.unsure.subtracting([node])
        )
        guard let holders else { return }
        // Those that are followed themselves are few, whatever a block claims to carry.
        let followed = carried.filter { transactions.item($0) != nil }
        blocks.carry(followed, in: block.hash)
        for holder in holders { adopt(block, holder, at: now) }
    }

    private mutating func adopt(_ block: BlockMark, _ node: Int, at now: Instant) {
        if let last = chains[node].last, last.height >= block.height {
            cut(node, above: block.height == 0 ? 0 : block.height - 1)
        }
        blocks.reach(block.hash, node, at: now)
        for transaction in blocks.transactions(in: block.hash) {
            transactions.reach(transaction, node, at: now)
        }
        guard let serial = blocks.hold(block.hash, node, majority: majority) else { return }
        chains[node].append(Link(height: block.height, serial: serial))
        let excess = chains[node].count - Expectation.Spread.memory
        if excess > 0 { chains[node].removeFirst(excess) }
    }

    /// The node's chain ends at `height` now.
    private mutating func cut(_ node: Int, above height: UInt64) {
        while let last = chains[node].last, last.height > height {
            chains[node].removeLast()
            blocks.release(last.serial, node, majority: majority)
        }
    }

    mutating func lose(_ node: Int, at now: Instant) {
        version += 1
        blocks.lose(node, at: now)
        transactions.lose(node, at: now)
    }

    mutating func doubt(_ node: Int, at now: Instant) {
        version += 1
        blocks.doubt(node, at: now)
        transactions.doubt(node, at: now)
    }
}

extension ChainNote {
    /// Whether it may change what is counted, or who has it.
    fileprivate var mayChangeCount: Bool {
        switch self {
        case .made, .adopted, .rolledBack, .sighted: true
        case .announced, .fetched, .equivocation: false
        }
    }
}

package import WarrenPrimitives

/// Who gave each node which block, when, and how often.
///
/// What ``ChainHistory`` keeps tells how late a block was; this tells which way it came. Of the
/// blocks that were told of last so many are kept as there are at most to be reported, twice.
package struct ReceiptLog: Sendable {
    /// Blocks that are remembered.
    package static let limit = 2 * Expectation.Spread.memory

    private var entries: [Hash: Entry] = [:]
    /// Those remembered, in the order in which they were first told of, from `first` on.
    private var order: [Hash] = []
    private var first = 0

    package init() {}

    /// One block, and what became of it at every node that told of it.
    package struct Entry: Hashable, Sendable {
        package var block: BlockMark
        /// Nil if nobody told to have made it.
        package internal(set) var making: Making?
        /// By the number of the node; only looked up in.
        package internal(set) var receipts: [Int: Receipt] = [:]
    }

    package struct Making: Hashable, Sendable {
        package var node: Int
        package var at: Instant
        /// Of its body.
        package var bytes: Int
        package var transactionCount: Int
    }

    /// What one node told of one block.
    package struct Receipt: Hashable, Sendable {
        package internal(set) var announcedAt: Instant?
        /// Who showed its header first; nil for a stranger as well.
        package internal(set) var announcer: Int?
        /// Peers that showed its header, as far as the node tells of them.
        package internal(set) var announcementCount = 0
        package internal(set) var fetchedAt: Instant?
        /// Who delivered its body first; nil for a stranger as well.
        package internal(set) var deliverer: Int?
        package internal(set) var deliveryCount = 0
        /// Of its body, over all deliveries.
        package internal(set) var byteCount = 0
        /// The first time that the block was on the node's chain.
        package internal(set) var adoptedAt: Instant?
    }

    package var count: Int { entries.count }

    package subscript(id: Hash) -> Entry? { entries[id] }

    /// Every block that is remembered, in the order in which they were first told of.
    package var all: [Entry] { order[first...].compactMap { entries[$0] } }

    /// Takes in what `node` told; `peer` is the number of the node that the note is about.
    package mutating func take(_ note: ChainNote, of node: Int, from peer: Int?, at now: Instant) {
        switch note {
        case .made(let block, let bytes, let transactions):
            open(block)
            guard entries[block.hash]?.making == nil else { return }
            entries[block.hash]?.making = Making(
                node: node,
                at: now,
                bytes: bytes,
                transactionCount: transactions.count
            )
        case .announced(let block, _):
            update(block, node) { receipt in
                receipt.announcementCount += 1
                guard receipt.announcedAt == nil else { return }
                receipt.announcedAt = now
                receipt.announcer = peer
            }
        case .fetched(let block, _, let bytes):
            update(block, node) { receipt in
                receipt.deliveryCount += 1
                receipt.byteCount += bytes
                guard receipt.fetchedAt == nil else { return }
                receipt.fetchedAt = now
                receipt.deliverer = peer
            }
        case .adopted(let block):
            update(block, node) { receipt in
                if receipt.adoptedAt == nil { receipt.adoptedAt = now }
            }
        case .rolledBack, .sighted, .equivocation: break
        }
    }

    private mutating func update(
        _ block: BlockMark,
        _ node: Int,
        _ change: (inout Receipt) -> Void
    ) {
        open(block)
        change(
            &entries[block.hash, default: Entry(block: block)].receipts[node, default: Receipt()]
        )
    }

    private mutating func open(_ block: BlockMark) {
        guard entries[block.hash] == nil else { return }
        entries[block.hash] = Entry(block: block)
        order.append(block.hash)
        guard entries.count > Self.limit else { return }
        entries[order[first]] = nil
        first += 1
        guard first >= Self.limit else { return }
        order.removeFirst(first)
        first = 0
    }
}

package import WarrenPrimitives

/// How the blocks and transactions of a run spread: by the same pairs that expectations go by.
///
/// Blocks count that were made since `start` and are on most nodes' chain, at most the last
/// ``Expectation/Spread/memory``; transactions that were submitted since, at most as many.
package struct Propagation: Sendable {
    /// Those that count, in the order in which they were made.
    package let blocks: [SpreadLog.Item]
    package let transactionCount: Int
    /// From the making of a block to its adoption.
    package private(set) var blockDelays: Delays
    /// From the submission of a transaction to its first sight.
    package private(set) var transactionDelays: Delays
    /// From the submission of a transaction to the adoption of the block that it is in, by the pairs
    /// of that block; one in no such block is late at every node that it is to come to.
    package private(set) var inclusionDelays = Delays()
    /// Transactions that are in a block that counts.
    package private(set) var includedCount = 0
    /// How many nodes were so many hops from the producer, over the blocks; its place is the hops.
    package private(set) var hopCounts: [Int] = []
    /// Nodes that a block came to with no known way from its producer.
    package private(set) var strayCount = 0
    package private(set) var cost = Cost()

    /// What arrived at the nodes for these blocks, and how much of that was needed.
    package struct Cost: Hashable, Sendable {
        /// Headers that peers showed, and the first of each block and node among them.
        package var announcementCount = 0
        package var firstAnnouncementCount = 0
        /// Bodies that peers delivered, and the first of each block and node among them.
        package var deliveryCount = 0
        package var firstDeliveryCount = 0
        /// Of all bodies that came, those of blocks that were lost to a fork included.
        package var receivedBytes = 0
        /// Of the bodies of blocks that count, once for each node that got and adopted one.
        package var usefulBytes = 0

        package init() {}

        package var duplicateAnnouncementCount: Int { announcementCount - firstAnnouncementCount }
        package var duplicateDeliveryCount: Int { deliveryCount - firstDeliveryCount }
    }

    package init(_ chain: ChainHistory, _ receipts: ReceiptLog, since start: Instant) {
        blocks = chain.blocks.latest(nil, since: start)
        let transactions = chain.transactions.latest(nil, since: start)
        transactionCount = transactions.count
        blockDelays = Delays(blocks)
        transactionDelays = Delays(transactions)
        include(transactions)
        let counted = Set(blocks.map(\.id))
        for entry in receipts.all {
            // What was made before, nodes had before.
            if let making = entry.making, making.at < start { continue }
            take(entry, isCounted: counted.contains(entry.block.hash))
        }
    }

    private mutating func include(_ transactions: [SpreadLog.Item]) {
        var carriers: [Hash: Int] = [:]
        for (place, block) in blocks.enumerated() {
            for id in block.transactions where carriers[id] == nil { carriers[id] = place }
        }
        for transaction in transactions {
            if let place = carriers[transaction.id] {
                includedCount += 1
                inclusionDelays.append(blocks[place], since: { _ in transaction.bornAt })
            } else {
                inclusionDelays.appendMissing(transaction.pairCount)
            }
        }
        inclusionDelays.sort()
    }

    private mutating func take(_ entry: ReceiptLog.Entry, isCounted: Bool) {
        for (node, receipt) in entry.receipts {
            cost.receivedBytes += receipt.byteCount
            guard isCounted else { continue }
            cost.announcementCount += receipt.announcementCount
            // Its producer needs no header of it.
            if node != entry.making?.node {
                cost.firstAnnouncementCount += min(1, receipt.announcementCount)
            }
            cost.deliveryCount += receipt.deliveryCount
            cost.firstDeliveryCount += min(1, receipt.deliveryCount)
            if receipt.adoptedAt != nil, receipt.deliveryCount > 0 {
                cost.usefulBytes += receipt.byteCount / receipt.deliveryCount
            }
        }
        guard isCounted, let spread = BlockSpread(entry) else { return }
        for stop in spread.stops.dropFirst() {
            guard let hops = stop.hops else {
                strayCount += 1
                continue
            }
            while hopCounts.count <= hops { hopCounts.append(0) }
            hopCounts[hops] += 1
        }
    }

    /// The block that says most of the run: of those that came to everybody the one whose last
    /// adoption is the median, the earlier of two; if there is none, the last that was made.
    package var typical: (id: Hash, isMedian: Bool)? {
        let whole = blocks.filter { $0.pairCount > 0 && $0.arrivals.count == $0.pairCount }
            .map { (time: $0.bornAt.duration(to: $0.arrivals.last?.at ?? $0.bornAt), item: $0) }
            .sorted { ($0.time, $0.item.height) < ($1.time, $1.item.height) }
        guard whole.isEmpty else { return (whole[(whole.count - 1) / 2].item.id, true) }
        return blocks.last.map { ($0.id, false) }
    }
}

package import WarrenPrimitives

/// The way of one block through a network: a tree whose root is its producer.
///
/// A node hangs below the one that gave it the body first, or, where nobody told of the body, below
/// the one that showed it the header first. Who got it from a stranger, or from nobody known, stands
/// beside the tree. Only what came within ``Expectation/Spread/patience`` of the making belongs to
/// it: later, nodes catch up.
package struct BlockSpread: Hashable, Sendable {
    package let block: BlockMark
    package let producer: Int
    package let madeAt: Instant
    /// Of the body.
    package let bytes: Int
    package let transactionCount: Int
    /// Whom it came to: the producer first, then by the time of adoption, then of the body.
    package let stops: [Stop]
    /// Nodes that were to have it and have not, and those of which nobody can tell.
    package let missing: [Int]

    /// One node on the way.
    package struct Stop: Hashable, Sendable {
        package var node: Int
        /// Who gave it; nil for the producer, and where no declared node did.
        package var parent: Int?
        /// Steps from the producer; nil beside the tree.
        package var hops: Int?
        /// From the making of the block, never less than zero.
        package var announced: Duration?
        package var fetched: Duration?
        package var adopted: Duration?
        /// Headers and bodies that came, those that were not needed included.
        package var announcementCount: Int
        package var deliveryCount: Int

        /// When it had the block: adopted it, or got the body at least.
        package var reached: Duration { adopted ?? fetched ?? .zero }
    }

    /// Nil if nobody told to have made it; `item` tells who was waited for.
    package init?(_ entry: ReceiptLog.Entry, item: SpreadLog.Item? = nil) {
        guard let making = entry.making else { return nil }
        block = entry.block
        producer = making.node
        madeAt = making.at
        bytes = making.bytes
        transactionCount = making.transactionCount
        missing = item.map { $0.waiting.union($0.unsure).sorted() } ?? []
        var stops = [Self.root(making, entry.receipts[making.node])]
        for (node, receipt) in entry.receipts.sorted(by: { $0.key < $1.key }) {
            guard node != making.node, let stop = Self.stop(node, receipt, since: making.at) else {
                continue
            }
            stops.append(stop)
        }
        stops[1...].sort { ($0.reached, $0.node) < ($1.reached, $1.node) }
        Self.count(&stops)
        self.stops = stops
    }

    private static func root(_ making: ReceiptLog.Making, _ receipt: ReceiptLog.Receipt?) -> Stop {
        Stop(
            node: making.node,
            hops: 0,
            adopted: receipt?.adoptedAt.map { max(.zero, making.at.duration(to: $0)) },
            announcementCount: receipt?.announcementCount ?? 0,
            deliveryCount: receipt?.deliveryCount ?? 0
        )
    }

    private static func stop(
        _ node: Int,
        _ receipt: ReceiptLog.Receipt,
        since start: Instant
    ) -> Stop? {
        func delay(_ at: Instant?) -> Duration? {
            guard let at, start.duration(to: at) <= Expectation.Spread.patience else { return nil }
            return max(.zero, start.duration(to: at))
        }
        let (fetched, adopted) = (delay(receipt.fetchedAt), delay(receipt.adoptedAt))
        guard fetched != nil || adopted != nil else { return nil }
        return Stop(
            node: node,
            parent: fetched == nil ? receipt.announcer : receipt.deliverer,
            announced: delay(receipt.announcedAt),
            fetched: fetched,
            adopted: adopted,
            announcementCount: receipt.announcementCount,
            deliveryCount: receipt.deliveryCount
        )
    }

    /// Counts the steps from the root; whoever cannot be reached from it has no parent afterwards.
    private static func count(_ stops: inout [Stop]) {
        var children: [Int: [Int]] = [:]
        for place in stops.indices.dropFirst() {
            if let parent = stops[place].parent { children[parent, default: []].append(place) }
        }
        var next = [0]
        while let place = next.popLast() {
            for child in children[stops[place].node] ?? [] where stops[child].hops == nil {
                stops[child].hops = (stops[place].hops ?? 0) + 1
                next.append(child)
            }
        }
        for place in stops.indices where stops[place].hops == nil { stops[place].parent = nil }
    }

    /// When the last of those came that have it.
    package var lastAdoption: Duration? { stops.compactMap(\.adopted).max() }

    /// Steps from the producer to the farthest node.
    package var depth: Int { stops.compactMap(\.hops).max() ?? 0 }

    /// The places in `stops` of those that hang below each, the soonest first.
    package var children: [[Int]] {
        var places: [Int: Int] = [:]
        for (place, stop) in stops.enumerated() { places[stop.node] = place }
        var children = [[Int]](repeating: [], count: stops.count)
        for (place, stop) in stops.enumerated() {
            if let parent = stop.parent.flatMap({ places[$0] }) { children[parent].append(place) }
        }
        return children
    }

    /// The places in `stops` from the producer to the node of the tree that was last.
    package var slowestWay: [Int] {
        var places: [Int: Int] = [:]
        for (place, stop) in stops.enumerated() { places[stop.node] = place }
        var last = 0
        for place in stops.indices
        where stops[place].hops != nil && stops[place].reached > stops[last].reached {
            last = place
        }
        var way = [last]
        while let parent = stops[way[way.count - 1]].parent.flatMap({ places[$0] }) {
            way.append(parent)
        }
        return way.reversed()
    }
}

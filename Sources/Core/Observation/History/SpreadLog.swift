package import WarrenPrimitives

/// How things spread over a network: from where each was made to every node that is to have it.
///
/// A thing is a block or a transaction. Followed are the nodes that were up when it was made; one
/// that goes down before it has the thing is let go, and one whose events are lost meanwhile can
/// never be told of. Only things that count are kept for long, ``Expectation/Spread/memory`` of
/// them; of the others each maker has a few, so that nobody can fill the observer's memory.
package struct SpreadLog: Sendable {
    /// Things of one maker that do not count yet: the oldest is dropped for one more.
    package static let uncountedLimit = 100
    /// Arrivals remembered of things that nobody is known to have made.
    static let earlyLimit = 256

    private var items: [Int: Item] = [:]
    private var serials: [Hash: Int] = [:]
    private var nextSerial = 0
    /// Those that count, in the order in which they were made.
    private var counted: [Int] = []
    /// Those of each maker that do not; only looked up in.
    private var uncounted: [Int: [Int]] = [:]
    /// Those made less than ``Expectation/Spread/patience`` ago.
    private var recent: [Int] = []
    private var early: [(id: Hash, node: Int)] = []

    package struct Item: Sendable {
        package var id: Hash
        /// 0 for a transaction.
        package var height: UInt64
        package var maker: Int
        package var bornAt: Instant
        /// Who has it and since when, in the order of the instants.
        package fileprivate(set) var arrivals: [Arrival] = []
        /// Who is still to get it.
        package fileprivate(set) var waiting: Set<Int> = []
        /// Nodes of which nobody can tell whether they have it.
        package fileprivate(set) var unsure: Set<Int> = []
        /// Nodes on whose chain it is.
        fileprivate(set) var holders: Set<Int> = []
        package fileprivate(set) var isCounted = false
        /// When each node first saw the header, and had the body; only looked up in.
        package fileprivate(set) var announcedAt: [Int: Instant] = [:]
        package fileprivate(set) var fetchedAt: [Int: Instant] = [:]
        /// Transactions of the block that are followed themselves.
        fileprivate(set) var transactions: [Hash] = []

        package var pairCount: Int { arrivals.count + waiting.count + unsure.count }

        /// How many had it before `limit`, or at `limit` if that counts.
        func arrivalCount(before limit: Instant, orAt isIncluded: Bool) -> Int {
            var low = 0
            var high = arrivals.count
            while low < high {
                let middle = (low + high) / 2
                let at = arrivals[middle].at
                if at < limit || (isIncluded && at == limit) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }
    }

    package struct Arrival: Hashable, Sendable {
        package var node: Int
        package var at: Instant

        package init(node: Int, at: Instant) {
            self.node = node
            self.at = at
        }
    }

    package var count: Int { items.count }

    package func item(_ id: Hash) -> Item? { serials[id].flatMap { items[$0] } }

    /// Those that count and were made from `start` on, the latest `last` of them if that is given,
    /// in the order in which they were made.
    func latest(_ last: Int?, since start: Instant) -> [Item] {
        var found: [Item] = []
        for serial in counted.reversed() {
            guard let item = items[serial], item.bornAt >= start, found.count < last ?? .max
            else { break }
            found.append(item)
        }
        return found.reversed()
    }
}

// MARK: What happens to them

extension SpreadLog {
    /// Something was made; nil if it is known already, else who was told to have it before.
    mutating func make(
        _ id: Hash,
        height: UInt64 = 0,
        by maker: Int,
        at now: Instant,
        for others: Set<Int>,
        unsure: Set<Int>
    ) -> [Int]? {
        guard serials[id] == nil else { return nil }
        let serial = nextSerial
        nextSerial += 1
        var item = Item(id: id, height: height, maker: maker, bornAt: now)
        item.waiting = others
        item.unsure = unsure
        items[serial] = item
        serials[id] = serial
        forgetOld(at: now)
        recent.append(serial)
        uncounted[maker, default: []].append(serial)
        if let list = uncounted[maker], list.count > Self.uncountedLimit { remove(list[0]) }
        let arrived = early.filter { $0.id == id }.map(\.node)
        early.removeAll { $0.id == id }
        for node in arrived { reach(id, node, at: now) }
        return arrived
    }

    /// A node has it now; told of before its making, it took no time.
    mutating func reach(_ id: Hash, _ node: Int, at now: Instant) {
        guard let serial = serials[id] else {
            if early.count >= Self.earlyLimit { early.removeFirst() }
            early.append((id, node))
            return
        }
        guard items[serial]?.waiting.remove(node) != nil else { return }
        items[serial]?.arrivals.append(Arrival(node: node, at: now))
    }

    mutating func note(_ id: Hash, announcedTo node: Int, at now: Instant) {
        guard let serial = serials[id], items[serial]?.announcedAt[node] == nil else { return }
        items[serial]?.announcedAt[node] = now
    }

    mutating func note(_ id: Hash, fetchedBy node: Int, at now: Instant) {
        guard let serial = serials[id], items[serial]?.fetchedAt[node] == nil else { return }
        items[serial]?.fetchedAt[node] = now
    }

    mutating func carry(_ transactions: [Hash], in id: Hash) {
        if let serial = serials[id] { items[serial]?.transactions = transactions }
    }

    package func transactions(in id: Hash) -> [Hash] { item(id)?.transactions ?? [] }

    /// A node went down: what it did not have it is not expected to get.
    mutating func lose(_ node: Int, at now: Instant) {
        forgetOld(at: now)
        for serial in recent { items[serial]?.waiting.remove(node) }
    }

    /// Events of a node are lost: whether it has what it lacked nobody can tell.
    mutating func doubt(_ node: Int, at now: Instant) {
        forgetOld(at: now)
        for serial in recent where items[serial]?.waiting.remove(node) != nil {
            items[serial]?.unsure.insert(node)
        }
    }

    private mutating func forgetOld(at now: Instant) {
        let patience = Expectation.Spread.patience
        let old = recent.prefix { serial in
            items[serial].map { $0.bornAt.advanced(by: patience) < now } ?? true
        }
        recent.removeFirst(old.count)
    }
}

// MARK: What counts

extension SpreadLog {
    /// Counts it from now on.
    mutating func count(_ id: Hash) {
        guard let serial = serials[id] else { return }
        setCounted(serial, true)
    }

    /// A node has a block on its chain; it counts once `majority` do.
    mutating func hold(_ id: Hash, _ node: Int, majority: Int) -> Int? {
        guard let serial = serials[id] else { return nil }
        items[serial]?.holders.insert(node)
        setCounted(serial, (items[serial]?.holders.count ?? 0) >= majority)
        return serial
    }

    /// A node left the block behind.
    mutating func release(_ serial: Int, _ node: Int, majority: Int) {
        guard items[serial]?.holders.remove(node) != nil else { return }
        setCounted(serial, (items[serial]?.holders.count ?? 0) >= majority)
    }

    private mutating func setCounted(_ serial: Int, _ isCounted: Bool) {
        guard let item = items[serial], item.isCounted != isCounted else { return }
        items[serial]?.isCounted = isCounted
        if isCounted {
            uncounted[item.maker]?.removeAll { $0 == serial }
            let place = counted.lastIndex { $0 < serial }.map { $0 + 1 } ?? 0
            counted.insert(serial, at: place)
            if counted.count > Expectation.Spread.memory { remove(counted[0]) }
        } else {
            counted.removeAll { $0 == serial }
            uncounted[item.maker, default: []].append(serial)
            if let list = uncounted[item.maker], list.count > Self.uncountedLimit {
                remove(list[0])
            }
        }
    }

    private mutating func remove(_ serial: Int) {
        guard let item = items.removeValue(forKey: serial) else { return }
        serials[item.id] = nil
        if item.isCounted {
            counted.removeAll { $0 == serial }
        } else {
            uncounted[item.maker]?.removeAll { $0 == serial }
        }
        recent.removeAll { $0 == serial }
    }
}

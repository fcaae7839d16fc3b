package import WarrenPrimitives

/// Nodes that this one was connected to, in buckets by their distance: Kademlia's table.
///
/// ```
///            seen, room in bucket and group            fails: 3 times, or once
///  (none) ──────────────────────────────▶ entry ──── while another waits ───▶ (none)
///     │                                     ▲ │ seen again: to the back
///     └─ bucket full ──▶ waiting (newest 8) ─┘ an entry went
/// ```
///
/// Only nodes that proved their id and their address enter, so that words cost nothing here. Who
/// has been there for longest stays as long as it does not fail, for it is the likeliest to stay
/// on. Ids are free and address groups are not: one group has at most ``groupBucketLimit`` entries
/// of a bucket and ``groupTableLimit`` of the table, those waiting held to the first as well.
/// Sources: Kademlia §2.2, §2.4, §4.1; design §17.15; C§6.3 for groups.
package struct RoutingTable: Sendable, Equatable {
    /// k: entries of one bucket, and how many a lookup finds.
    package static let bucketLimit = 16
    /// Nodes that wait for a place in one bucket.
    package static let waitingLimit = 8
    /// Entries of one address group in one bucket, and in the whole table.
    package static let groupBucketLimit = 2
    package static let groupTableLimit = 10
    /// Failures in a row after which an entry goes though nobody waits for its place.
    package static let failureLimit = 3

    package let own: RoutingKey
    private let isStrict: Bool
    /// The farthest first, as far as any was ever of use: a hundred near ones would be empty in
    /// every node of a network of millions.
    private var buckets: [Bucket] = []
    /// Only looked up in.
    private var groupCounts: [AddressGroup: Int] = [:]
    package private(set) var count = 0

    package struct Entry: Hashable, Sendable {
        package var address: PeerAddress
        package var seenAt: Instant
        package fileprivate(set) var failureCount = 0
        let key: RoutingKey
        /// Nil for an address whose group says nothing: one of a private network.
        let group: AddressGroup?
    }

    private struct Bucket: Sendable, Equatable {
        /// Least recently seen first.
        var entries: [Entry] = []
        /// Newest last.
        var waiting: [Entry] = []
        /// When a lookup last went here.
        var touchedAt: Instant?
    }

    /// What came of seeing a node.
    package enum Outcome: Hashable, Sendable {
        case entered
        case refreshed
        /// Its bucket is full; it waits for a place.
        case waiting
        /// Its address group has as many entries as it may have.
        case groupFull
        case own
    }

    /// `isStrict` as the address book is: if not, addresses that cannot be routed are those of a
    /// private network, whose groups tell nobody apart, and are not counted.
    package init(ownID: NodeID, isStrict: Bool) {
        own = RoutingKey(ownID)
        self.isStrict = isStrict
    }

    private static func place(of number: Int) -> Int { RoutingKey.bitCount - 1 - number }

    private subscript(number: Int) -> Bucket {
        get {
            let place = Self.place(of: number)
            return place < buckets.count ? buckets[place] : Bucket()
        }
        _modify {
            let place = Self.place(of: number)
            while buckets.count <= place { buckets.append(Bucket()) }
            yield &buckets[place]
        }
    }

    /// The number of the bucket that an id belongs to; nil for our own.
    package func bucket(of id: NodeID) -> Int? { own.distance(to: RoutingKey(id)).highestBit }

    package func contains(_ id: NodeID) -> Bool {
        guard let number = bucket(of: id) else { return false }
        return self[number].entries.contains { $0.address.id == id }
    }

    /// Everybody in the table, by bucket.
    package var ids: [NodeID] { buckets.reversed().flatMap { $0.entries.map(\.address.id) } }

    /// Entries of a bucket, least recently seen first, and those that wait, oldest first.
    package func entries(ofBucket number: Int) -> [Entry] { self[number].entries }
    package func waiting(forBucket number: Int) -> [Entry] { self[number].waiting }

    /// The entries nearest to `target` that `isWanted` lets through, nearest first.
    package func closest(
        to target: RoutingKey,
        _ count: Int = RoutingTable.bucketLimit,
        where isWanted: (NodeID) -> Bool = { _ in true }
    ) -> [PeerAddress] {
        guard count > 0 else { return [] }
        var found: [PeerAddress] = []
        found.reserveCapacity(min(count, self.count) + 1)
        // Who is in the target's bucket is nearer to it than anybody else; then come all nearer to us
        // than that bucket is, and then one bucket after the other outwards.
        let home = own.distance(to: target).highestBit.map(Self.place) ?? buckets.count
        if home < buckets.count {
            gather(count, of: home..<home + 1, nearest: target, where: isWanted, into: &found)
            if found.count < count {
                let nearer = home + 1..<buckets.count
                gather(count, of: nearer, nearest: target, where: isWanted, into: &found)
            }
        }
        for place in (0..<min(home, buckets.count)).reversed() where found.count < count {
            gather(count, of: place..<place + 1, nearest: target, where: isWanted, into: &found)
        }
        return found
    }

    /// Appends the entries of some buckets, nearest first, until there are `count`.
    private func gather(
        _ count: Int,
        of places: Range<Int>,
        nearest target: RoutingKey,
        where isWanted: (NodeID) -> Bool,
        into found: inout [PeerAddress]
    ) {
        let start = found.count
        for bucket in places {
            for entry in buckets[bucket].entries {
                let distance = entry.key.distance(to: target)
                func isNearer(than other: PeerAddress) -> Bool {
                    distance < RoutingKey(other.id).distance(to: target)
                }
                if found.count == count, !isNearer(than: found[count - 1]) { continue }
                guard isWanted(entry.address.id) else { continue }
                var place = found.count
                while place > start, isNearer(than: found[place - 1]) { place -= 1 }
                found.insert(entry.address, at: place)
                if found.count > count { found.removeLast() }
            }
        }
    }

    /// The first rule that does not hold, for tests; nil when all is well.
    package var complaint: String? {
        var groups: [AddressGroup: Int] = [:]
        for (place, bucket) in buckets.enumerated() {
            let number = Self.place(of: place)
            if bucket.entries.count > Self.bucketLimit { return "bucket \(number) overflows" }
            if bucket.waiting.count > Self.waitingLimit { return "too many wait for \(number)" }
            for entry in bucket.entries {
                if self.bucket(of: entry.address.id) != number { return "\(entry) is misplaced" }
                guard let group = entry.group else { continue }
                groups[group, default: 0] += 1
                if Self.count(group, in: bucket.entries) > Self.groupBucketLimit {
                    return "\(group) has too much of bucket \(number)"
                }
            }
        }
        if groups != groupCounts { return "groups are miscounted" }
        if groups.values.contains(where: { $0 > Self.groupTableLimit }) { return "a group is over" }
        return count == buckets.reduce(0) { $0 + $1.entries.count } ? nil : "\(count) miscounted"
    }
}

// MARK: - Seeing and failing

extension RoutingTable {
    /// A node proved that it is there.
    @discardableResult
    package mutating func see(_ address: PeerAddress, now: Instant) -> Outcome {
        guard let number = bucket(of: address.id) else { return .own }
        if let place = self[number].entries.firstIndex(where: { $0.address.id == address.id }) {
            var entry = self[number].entries[place]
            if entry.address == address {
                self[number].entries.remove(at: place)
                entry.seenAt = now
                entry.failureCount = 0
                self[number].entries.append(entry)
                return .refreshed
            }
            // It moved, and counts for its new group from here on.
            take(place, outOf: number)
        }
        self[number].waiting.removeAll { $0.address.id == address.id }
        let entry = Entry(
            address: address,
            seenAt: now,
            key: RoutingKey(address.id),
            group: group(of: address)
        )
        guard hasRoom(for: entry, in: number) else { return .groupFull }
        guard self[number].entries.count < Self.bucketLimit else {
            return wait(entry, for: number)
        }
        put(entry, in: number)
        return .entered
    }

    /// A node did not answer, or could not be reached.
    package mutating func markFailed(_ id: NodeID) {
        guard let number = bucket(of: id) else { return }
        self[number].waiting.removeAll { $0.address.id == id }
        guard let place = self[number].entries.firstIndex(where: { $0.address.id == id }) else {
            return
        }
        self[number].entries[place].failureCount += 1
        let failureCount = self[number].entries[place].failureCount
        guard failureCount >= Self.failureLimit || !self[number].waiting.isEmpty else { return }
        take(place, outOf: number)
        refill(number)
    }

    /// The node is to be spoken of no more.
    package mutating func remove(_ id: NodeID) {
        guard let number = bucket(of: id) else { return }
        self[number].waiting.removeAll { $0.address.id == id }
        guard let place = self[number].entries.firstIndex(where: { $0.address.id == id }) else {
            return
        }
        take(place, outOf: number)
        refill(number)
    }

    private mutating func wait(_ entry: Entry, for number: Int) -> Outcome {
        if let group = entry.group,
            Self.count(group, in: self[number].waiting) >= Self.groupBucketLimit
        {
            return .groupFull
        }
        self[number].waiting.append(entry)
        if self[number].waiting.count > Self.waitingLimit {
            self[number].waiting.removeFirst()
        }
        return .waiting
    }

    /// Gives a free place to the newest of those that wait and may have it.
    private mutating func refill(_ number: Int) {
        guard self[number].entries.count < Self.bucketLimit,
            let place = self[number].waiting.lastIndex(where: { hasRoom(for: $0, in: number) })
        else { return }
        put(self[number].waiting.remove(at: place), in: number)
    }

    private mutating func put(_ entry: Entry, in number: Int) {
        self[number].entries.append(entry)
        count += 1
        if let group = entry.group { groupCounts[group, default: 0] += 1 }
    }

    private mutating func take(_ place: Int, outOf number: Int) {
        let entry = self[number].entries.remove(at: place)
        count -= 1
        guard let group = entry.group, let held = groupCounts[group] else { return }
        groupCounts[group] = held > 1 ? held - 1 : nil
    }

    private func hasRoom(for entry: Entry, in number: Int) -> Bool {
        guard let group = entry.group else { return true }
        return groupCounts[group, default: 0] < Self.groupTableLimit
            && Self.count(group, in: self[number].entries) < Self.groupBucketLimit
    }

    private func group(of address: PeerAddress) -> AddressGroup? {
        guard isStrict || address.isRoutable else { return nil }
        return address.groupKey(strict: isStrict)
    }

    private static func count(_ group: AddressGroup, in entries: [Entry]) -> Int {
        entries.count { $0.group == group }
    }
}

// MARK: - Keeping it fresh

extension RoutingTable {
    /// A lookup for `target` begins: its bucket counts as fresh.
    package mutating func touch(_ target: RoutingKey, now: Instant) {
        if let number = own.distance(to: target).highestBit { self[number].touchedAt = now }
    }

    /// Where to look so that every bucket has been looked into since `since`.
    ///
    /// A random place in each bucket from that of the nearest neighbour outwards; nearer ones are
    /// all but surely empty everywhere.
    package func staleTargets(since: Instant, random: inout Random) -> [RoutingKey] {
        guard let nearest = buckets.lastIndex(where: { !$0.entries.isEmpty }) else { return [] }
        var targets: [RoutingKey] = []
        for number in Self.place(of: nearest)..<RoutingKey.bitCount {
            if let touchedAt = self[number].touchedAt, touchedAt > since { continue }
            let offset = RoutingKey.random(highestBit: number, random: &random)
            targets.append(own.distance(to: offset))
        }
        return targets
    }
}

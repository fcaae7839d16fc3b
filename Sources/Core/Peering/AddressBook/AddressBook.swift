package import WarrenPrimitives

/// What a node has heard about others, from whom, and what came of it: its long-term memory.
///
/// ```
///            add (from whom?)        markGood
///   unknown ────────────────▶ new ────────────▶ old (vetted)
///      ▲  ▲                   ▲ │ ◀─ demoted ──── │
///      │  └─ room is needed ──┼─┘                 │
///      └── reinstated as new ─┴── banned ◀────────┘ markBad, or 17 failed dials in a row
/// ```
///
/// New entries stand in one to four of 256 buckets, chosen by a keyed hash over the groups of the
/// address and of its source, so that whoever speaks for few address groups reaches few buckets;
/// old ones in one of 64. Every change appends rows for the store; a book is rebuilt from them, and
/// any prefix of them is a book too.
///
/// What differs from CometBFT, on purpose (C§12): buckets hold 64, not 65; an entry demoted for
/// want of room goes back to new instead of getting lost; bans and the hash key persist, bans end
/// when they are due whatever the size of the book and need no entry; a node may change its
/// address (see ``add(_:from:now:random:into:)``); our own address never enters.
///
/// Sources: C§6, design §5 "Memory", §17.9, §17.16.
package struct AddressBook: Sendable {
    package private(set) var settings: Settings
    var shelves = Shelves()
    let hash: KeyedHash
    var bans = Roster<NodeID, Ban>()
    /// No ban ends before this; nil when there is none.
    package internal(set) var firstBanEndsAt: Instant?
    /// Where this node itself can be dialed.
    ///
    /// A few, which are looked through for every address that is told.
    private(set) var ownSockets: [SocketAddress] = []
    /// Rows that were passed over when the book was rebuilt, as they could not be read.
    package internal(set) var unreadableRowCount = 0

    package struct Settings: Hashable, Sendable {
        package var ownID: NodeID
        /// Whether only addresses that can be routed enter.
        package var isStrict = true
        /// How many entries the book holds at most: `AddrBookMax`.
        package var entryLimit = 10_000
        /// Never stored, nor anything they tell (C§5.8).
        package var privateIDs: Set<NodeID> = []

        package init(ownID: NodeID) { self.ownID = ownID }
    }

    package enum Tier: Int, Hashable, Sendable, CaseIterable {
        /// Heard of, not vetted.
        case new = 1
        /// Vetted: it was of use to us.
        case old = 2
    }

    /// Why an address did not enter.
    ///
    /// In the order in which they are checked. Source: C§6.4.
    package enum Refusal: Error, Hashable, Sendable, CaseIterable {
        /// An address that can name no peer, or port 0.
        case invalid
        case banned
        case privateID
        case privateSource
        /// Our own id or a socket of ours.
        case ours
        /// The book is strict and the address is not routable.
        case notRoutable
        /// No room, and nothing new that could go.
        case full
    }

    /// One entry as others see it.
    package struct Entry: Hashable, Sendable {
        package var record: BookRecord
        /// In ascending order: 0 to 255 are new, 256 to 319 old.
        package var buckets: [Int]
    }

    /// Below this many entries a node asks its peers for more (C§6.1).
    package static let wantedCount = 1000

    /// An empty book; ``init(settings:newKey:rows:now:random:into:)`` rebuilds one.
    init(settings: Settings, hash: KeyedHash) {
        precondition(settings.entryLimit > 0, "a book needs room for an entry")
        self.settings = settings
        self.hash = hash
    }

    package var count: Int { shelves.count }
    package var newCount: Int { shelves.new.count }
    package var oldCount: Int { shelves.old.count }
    package var isEmpty: Bool { shelves.count == 0 }

    /// True while it is worth asking peers for addresses.
    package var needsMore: Bool { count < min(Self.wantedCount, settings.entryLimit) }

    /// When ``reinstate(now:random:into:)`` has something to do; early calls do no harm.
    package var nextDeadline: Instant? { firstBanEndsAt }

    package func contains(_ id: NodeID) -> Bool { shelves.slot(of: id) != nil }

    package subscript(_ id: NodeID) -> BookRecord? { shelves.slot(of: id).map { shelves[$0] } }

    /// Whether the node was vetted; nil if the book does not know it.
    package func isGood(_ id: NodeID) -> Bool? { self[id].map { $0.tier == .old } }

    /// Every entry, by ascending node id.
    package var entries: [Entry] {
        (shelves.new.list + shelves.old.list)
            .map {
                let slot = shelves.slots[Int($0)]
                return Entry(record: slot.record, buckets: slot.memberships.numbers.sorted())
            }
            .sorted { $0.record.address < $1.record.address }
    }

    /// The first rule of the bookkeeping that does not hold, for tests; nil when all is well.
    package var complaint: String? {
        if count > settings.entryLimit { return "\(count) entries, \(settings.entryLimit) allowed" }
        if bans.count > Self.banLimit { return "\(bans.count) bans, \(Self.banLimit) allowed" }
        for id in bans.ids where contains(id) { return "\(id) is banned and in the book" }
        return shelves.complaint
    }

    /// Learns where this node itself can be dialed: such entries leave, and none comes in.
    ///
    /// Source: C§12 "own address in the book".
    package mutating func addOwn(_ socket: SocketAddress, into changes: inout [StoreChange]) {
        guard !ownSockets.contains(socket) else { return }
        ownSockets.append(socket)
        let slots = (shelves.new.list + shelves.old.list).map(Int.init)
        for slot in slots where shelves[slot].address.socket == socket {
            forget(slot, into: &changes)
        }
    }

    package mutating func remove(_ id: NodeID, into changes: inout [StoreChange]) {
        if let slot = shelves.slot(of: id) { forget(slot, into: &changes) }
    }
}

// MARK: - Rows

extension AddressBook {
    mutating func forget(_ slot: Int, into changes: inout [StoreChange]) {
        shelves.takeOut(slot)
        let id = shelves[slot].address.id
        shelves.remove(slot)
        changes.append(StoreChange(.book, key: id.bytes, value: nil))
    }

    func persist(_ slot: Int, into changes: inout [StoreChange]) {
        let value = BookRow.encode(shelves[slot], in: shelves.memberships(of: slot))
        changes.append(StoreChange(.book, key: shelves[slot].address.id.bytes, value: value))
    }
}

// MARK: - Buckets

extension AddressBook {
    /// How many of the new buckets one group of sources reaches for one group of addresses' sake.
    ///
    /// So at most 32 × 64 entries owe their place to one group of sources. Source: C§6.1.
    package static let newBucketsPerSourceGroup = 32
    /// How many of the old buckets one group of addresses reaches.
    package static let oldBucketsPerGroup = 4

    func group(of address: PeerAddress) -> AddressGroup {
        address.groupKey(strict: settings.isStrict)
    }

    /// The new bucket for what `source` says of `address`.
    ///
    /// Source: C§6.2, over our own keyed hash: no other node sees the numbers.
    package func newBucket(of address: PeerAddress, from source: PeerAddress) -> Int {
        let told = group(of: source).words
        let inner = hash.value(group(of: address).words, told)
        let number = inner % UInt64(Self.newBucketsPerSourceGroup)
        return Int(hash.value(told, (number, Self.newMark)) % UInt64(Shelves.newBucketCount))
    }

    /// The old bucket of `address`, counted from 256.
    package func oldBucket(of address: PeerAddress) -> Int {
        let number = hash.value(of: address) % UInt64(Self.oldBucketsPerGroup)
        let index = hash.value(group(of: address).words, (number, Self.oldMark))
        return Shelves.newBucketCount + Int(index % UInt64(Shelves.oldBucketCount))
    }

    /// Keep the two kinds of outer hash apart.
    private static let newMark: UInt64 = 1
    private static let oldMark: UInt64 = 2

    /// Makes sure that a bucket can take one more, whatever stands in it.
    mutating func makeRoom(
        inBucket number: Int,
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        guard shelves.memberCount(ofBucket: number) >= Shelves.bucketLimit else { return }
        switch Shelves.tier(ofBucket: number) {
        case .new: expire(inBucket: number, now: now, into: &changes)
        case .old: demote(fromBucket: number, now: now, into: &changes)
        }
    }

    /// The first bad entry of a bucket, else the one whose last attempt is longest ago.
    private func worst(inBucket number: Int, now: Instant) -> Int {
        var oldest = shelves.member(0, ofBucket: number)
        for place in 0..<shelves.memberCount(ofBucket: number) {
            let slot = shelves.member(place, ofBucket: number)
            if shelves[slot].isBad(now: now) { return slot }
            if shelves[slot].lastAttemptAt < shelves[oldest].lastAttemptAt { oldest = slot }
        }
        return oldest
    }

    /// Takes the worst entry out of a new bucket, and out of the book if it stood in no other.
    private mutating func expire(
        inBucket number: Int,
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        let slot = worst(inBucket: number, now: now)
        if shelves.memberships(of: slot).count == 1 {
            forget(slot, into: &changes)
        } else {
            shelves.take(slot, outOfBucket: number)
            persist(slot, into: &changes)
        }
    }

    /// Sends the entry of an old bucket whose last attempt is longest ago back to new.
    private mutating func demote(
        fromBucket number: Int,
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        let slot = worst(inBucket: number, now: now)
        shelves.takeOut(slot)
        let record = shelves[slot]
        let home = newBucket(of: record.address, from: record.source)
        makeRoom(inBucket: home, now: now, into: &changes)
        shelves.change(slot, to: .new)
        shelves.put(slot, inBucket: home)
        persist(slot, into: &changes)
    }

    /// Makes sure that the book can take one more entry that will stand in bucket `number`.
    ///
    /// At the limit one goes from the fuller of that bucket and another drawn at random: who floods
    /// the book displaces mostly himself, and thin buckets can grow. False when nothing new is there
    /// to go, as a stranger's word must not displace a vetted entry.
    mutating func makeRoom(
        forEntryInBucket number: Int,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) -> Bool {
        guard count >= settings.entryLimit else { return true }
        guard newCount > 0 else { return false }
        let other = Int(shelves.new.occupied[random.below(shelves.new.occupied.count)])
        let isFuller =
            shelves.memberCount(ofBucket: number) >= shelves.memberCount(ofBucket: other)
        forget(worst(inBucket: isFuller ? number : other, now: now), into: &changes)
        return true
    }
}

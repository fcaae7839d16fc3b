import WarrenPrimitives

/// Where the entries of an address book stand: slots, an index by node id, buckets, and a list of
/// each tier.
///
/// Only bookkeeping; what goes where is the business of ``AddressBook``. Slots are dense and never
/// move, buckets and lists hold slot numbers and remove by swapping with the last, so every step
/// is O(1) and nothing depends on the order of a dictionary.
struct Shelves: Sendable {
    static let newBucketCount = 256
    static let oldBucketCount = 64
    static let bucketCount = newBucketCount + oldBucketCount
    /// Entries in a bucket; upstream lets a 65th in (C§6.1).
    static let bucketLimit = 64
    /// New buckets that one entry may stand in (C§6.1).
    static let bucketsPerEntryLimit = 4

    private(set) var slots: [Slot] = []
    private var vacant: [Int32] = []
    private var index: [NodeID: Int32] = [:]
    /// New buckets first, then old ones; empty until the first entry, as most books stay small.
    private var buckets: [Bucket] = []
    private(set) var new = Shelf()
    private(set) var old = Shelf()

    /// One tier as a whole.
    struct Shelf: Sendable {
        /// Its entries, in a defined order without meaning.
        fileprivate(set) var list: [Int32] = []
        /// Its buckets that hold something.
        fileprivate(set) var occupied: [UInt16] = []
        /// The square root of the entry count in 1/65536, for picking (C§6.6).
        fileprivate(set) var root: Int = 0

        var count: Int { list.count }
    }

    private struct Bucket: Sendable {
        var members: [Int32] = []
        /// Where it stands in ``Shelf/occupied``, while it holds something.
        var place: UInt16 = 0
    }

    struct Slot: Sendable {
        var record: BookRecord
        fileprivate(set) var memberships = Memberships()
        /// Where it stands in its tier's list.
        fileprivate var place: Int32 = 0
    }

    var count: Int { index.count }

    func slot(of id: NodeID) -> Int? { index[id].map(Int.init) }

    subscript(_ slot: Int) -> BookRecord {
        get { slots[slot].record }
        _modify { yield &slots[slot].record }
    }

    func address(of slot: Int) -> PeerAddress { slots[slot].record.address }

    func memberships(of slot: Int) -> Memberships { slots[slot].memberships }

    func memberCount(ofBucket number: Int) -> Int {
        buckets.isEmpty ? 0 : buckets[number].members.count
    }

    /// The slot at `place` of a bucket.
    func member(_ place: Int, ofBucket number: Int) -> Int { Int(buckets[number].members[place]) }

    /// A random entry of a random bucket that holds something; nil if the tier is empty.
    func randomMember(of tier: AddressBook.Tier, random: inout Random) -> Int? {
        let number: Int
        switch tier {
        case .new:
            guard !new.occupied.isEmpty else { return nil }
            number = Int(new.occupied[random.below(new.occupied.count)])
        case .old:
            guard !old.occupied.isEmpty else { return nil }
            number = Int(old.occupied[random.below(old.occupied.count)])
        }
        let place = random.below(buckets[number].members.count)
        return Int(buckets[number].members[place])
    }

    func isMember(_ slot: Int, ofBucket number: Int) -> Bool {
        slots[slot].memberships.contains(number)
    }

    func shelf(_ tier: AddressBook.Tier) -> Shelf {
        switch tier {
        case .new: new
        case .old: old
        }
    }

    static func tier(ofBucket number: Int) -> AddressBook.Tier {
        number < newBucketCount ? .new : .old
    }
}

// MARK: - Entries

extension Shelves {
    /// Takes a record in, into no bucket yet; its id must be new here.
    mutating func insert(_ record: BookRecord) -> Int {
        let slot: Int
        if let free = vacant.popLast() {
            slot = Int(free)
            slots[slot] = Slot(record: record)
        } else {
            slot = slots.count
            slots.append(Slot(record: record))
        }
        let former = index.updateValue(Int32(slot), forKey: record.address.id)
        precondition(former == nil, "\(record.address.id) stands here already")
        enlist(slot)
        return slot
    }

    /// Drops an entry that stands in no bucket any more.
    mutating func remove(_ slot: Int) {
        precondition(slots[slot].memberships.count == 0, "slot \(slot) still stands in a bucket")
        delist(slot)
        index[slots[slot].record.address.id] = nil
        vacant.append(Int32(slot))
    }

    /// Moves an entry that stands in no bucket to the other tier.
    mutating func change(_ slot: Int, to tier: AddressBook.Tier) {
        precondition(slots[slot].memberships.count == 0, "slot \(slot) still stands in a bucket")
        delist(slot)
        slots[slot].record.tier = tier
        enlist(slot)
    }

    private mutating func enlist(_ slot: Int) {
        switch slots[slot].record.tier {
        case .new: slots[slot].place = new.append(slot)
        case .old: slots[slot].place = old.append(slot)
        }
    }

    private mutating func delist(_ slot: Int) {
        let place = slots[slot].place
        let moved =
            switch slots[slot].record.tier {
            case .new: new.remove(at: place)
            case .old: old.remove(at: place)
            }
        if let moved { slots[moved].place = place }
    }

    /// Puts the entry at `other` of a tier's list at `place`, and the other way round; answers it.
    ///
    /// What random choice without replacement is made of.
    mutating func draw(_ other: Int, to place: Int, of tier: AddressBook.Tier) -> Int {
        let drawn: Int
        let displaced: Int
        switch tier {
        case .new: (drawn, displaced) = new.swap(place, other)
        case .old: (drawn, displaced) = old.swap(place, other)
        }
        slots[displaced].place = Int32(other)
        slots[drawn].place = Int32(place)
        return drawn
    }
}

extension Shelves.Shelf {
    fileprivate mutating func append(_ slot: Int) -> Int32 {
        list.append(Int32(slot))
        root = Self.root(of: list.count)
        return Int32(list.count - 1)
    }

    /// Removes by swapping with the last, and answers which slot came to stand at `place`.
    fileprivate mutating func remove(at place: Int32) -> Int? {
        let last = list.removeLast()
        root = Self.root(of: list.count)
        guard Int(place) < list.count else { return nil }
        list[Int(place)] = last
        return Int(last)
    }

    fileprivate mutating func swap(_ place: Int, _ other: Int) -> (drawn: Int, displaced: Int) {
        list.swapAt(place, other)
        return (Int(list[place]), Int(list[other]))
    }

    /// Newton's method over integers; 16 bits stand behind the point.
    static func root(of count: Int) -> Int {
        guard count > 0 else { return 0 }
        let square = count << 32
        var guess = 1 << ((Int.bitWidth - square.leadingZeroBitCount + 1) / 2)
        while true {
            let next = (guess + square / guess) >> 1
            if next >= guess { return guess }
            guess = next
        }
    }
}

// MARK: - Buckets

extension Shelves {
    /// Puts an entry in a bucket of its tier that has room and does not hold it.
    mutating func put(_ slot: Int, inBucket number: Int) {
        if buckets.isEmpty {
            buckets = Array(repeating: Bucket(), count: Self.bucketCount)
        }
        let place = buckets[number].members.count
        precondition(place < Self.bucketLimit, "bucket \(number) is full")
        precondition(Self.tier(ofBucket: number) == slots[slot].record.tier, "wrong tier")
        if place == 0 { occupy(number) }
        buckets[number].members.append(Int32(slot))
        slots[slot].memberships.append(number, place: place)
    }

    /// Takes an entry out of one bucket.
    mutating func take(_ slot: Int, outOfBucket number: Int) {
        guard let place = slots[slot].memberships.remove(number) else { return }
        let last = buckets[number].members.removeLast()
        if place < buckets[number].members.count {
            buckets[number].members[place] = last
            slots[Int(last)].memberships.move(number, to: place)
        }
        if buckets[number].members.isEmpty { vacate(number) }
    }

    /// Takes an entry out of every bucket it stands in.
    mutating func takeOut(_ slot: Int) {
        while let number = slots[slot].memberships.last { take(slot, outOfBucket: number) }
    }

    private mutating func occupy(_ number: Int) {
        switch Self.tier(ofBucket: number) {
        case .new:
            buckets[number].place = UInt16(new.occupied.count)
            new.occupied.append(UInt16(number))
        case .old:
            buckets[number].place = UInt16(old.occupied.count)
            old.occupied.append(UInt16(number))
        }
    }

    private mutating func vacate(_ number: Int) {
        let place = Int(buckets[number].place)
        switch Self.tier(ofBucket: number) {
        case .new:
            let last = new.occupied.removeLast()
            guard place < new.occupied.count else { return }
            new.occupied[place] = last
            buckets[Int(last)].place = UInt16(place)
        case .old:
            let last = old.occupied.removeLast()
            guard place < old.occupied.count else { return }
            old.occupied[place] = last
            buckets[Int(last)].place = UInt16(place)
        }
    }
}

// MARK: - Soundness

extension Shelves {
    /// The first rule of the bookkeeping that does not hold, in words; nil when all is well.
    ///
    /// For tests; it walks over everything.
    var complaint: String? {
        if new.count + old.count != index.count {
            return "\(new.count) new and \(old.count) old do not make \(index.count)"
        }
        for (id, slot) in index where slots[Int(slot)].record.address.id != id {
            return "the index takes \(id) to the slot of another"
        }
        for tier in AddressBook.Tier.allCases {
            if let complaint = complaint(of: tier) { return complaint }
        }
        for (number, bucket) in buckets.enumerated() {
            if bucket.members.count > Self.bucketLimit { return "bucket \(number) is overfull" }
            for (place, slot) in bucket.members.enumerated()
            where slots[Int(slot)].memberships.place(in: number) != place {
                return "slot \(slot) does not know that it stands in bucket \(number)"
            }
            let shelf = shelf(Self.tier(ofBucket: number))
            if bucket.members.isEmpty == shelf.occupied.contains(UInt16(number)) {
                return "bucket \(number) is listed wrongly as holding something or not"
            }
        }
        let members = buckets.reduce(0) { $0 + $1.members.count }
        let memberships = (new.list + old.list).reduce(0) {
            $0 + slots[Int($1)].memberships.count
        }
        return members == memberships ? nil : "\(members) members, \(memberships) memberships"
    }

    private func complaint(of tier: AddressBook.Tier) -> String? {
        for (place, slot) in shelf(tier).list.enumerated() {
            let held = slots[Int(slot)]
            if held.record.tier != tier || Int(held.place) != place {
                return "slot \(slot) stands in the wrong place of the \(tier) list"
            }
            let limit = tier == .new ? Self.bucketsPerEntryLimit : 1
            if !(1...limit).contains(held.memberships.count) {
                return "\(tier) slot \(slot) stands in \(held.memberships.count) buckets"
            }
            for number in held.memberships.numbers where Self.tier(ofBucket: number) != tier {
                return "\(tier) slot \(slot) stands in bucket \(number) of the other tier"
            }
        }
        return nil
    }
}

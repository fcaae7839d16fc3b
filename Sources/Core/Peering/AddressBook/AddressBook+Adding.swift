package import WarrenPrimitives

extension AddressBook {
    /// What an address did to the book.
    package enum Addition: Hashable, Sendable {
        /// A node we had not heard of.
        case new
        /// A known node in one more bucket.
        case spread
        /// A known node that is now elsewhere.
        case moved
        /// Nothing changed.
        case known
    }

    /// Takes in that `source` says that a node is at `address`.
    ///
    /// `source` must be who it claims to be: its id is the one that the handshake proved.
    ///
    /// A known node keeps its address, except:
    /// - when it speaks of itself (`source.id == address.id`): nobody else can, so it moves at
    ///   once, vetted or not;
    /// - when it was never vetted and ``BookRecord/retryLimit`` attempts failed in a row: then a
    ///   stranger's word is worth as much as the one that is not true any more;
    /// - when we dialed it there and it proved its id (``markDialed(_:now:random:into:)``).
    ///
    /// So no stranger can point a vetted entry elsewhere, nor one that still works.
    ///
    /// Source: C§6.4; C§12 "address book keeps old IP of an ID".
    @discardableResult
    package mutating func add(
        _ address: PeerAddress,
        from source: PeerAddress,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) throws(Refusal) -> Addition {
        let lifts = try admit(address, from: source, now: now)
        if lifts { lift(address.id, now: now, random: &random, into: &changes) }
        if let slot = shelves.slot(of: address.id) {
            return hear(
                of: slot,
                at: address,
                from: source,
                now: now,
                random: &random,
                into: &changes
            )
        }
        let record = BookRecord(address: address, source: source, lastAttemptAt: now)
        guard insert(record, now: now, random: &random, into: &changes) else { throw .full }
        return .new
    }

    /// Puts a record of a node that the book does not know in its new bucket.
    mutating func insert(
        _ record: BookRecord,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) -> Bool {
        let number = newBucket(of: record.address, from: record.source)
        guard makeRoom(forEntryInBucket: number, now: now, random: &random, into: &changes) else {
            return false
        }
        makeRoom(inBucket: number, now: now, into: &changes)
        let slot = shelves.insert(record)
        shelves.put(slot, inBucket: number)
        persist(slot, into: &changes)
        return true
    }

    /// Whether `address` may stand in the book as far as it alone is concerned.
    func check(_ address: PeerAddress) throws(Refusal) {
        guard address.isValid, address.socket.port != 0 else { throw .invalid }
        if settings.privateIDs.contains(address.id) { throw .privateID }
        if address.id == settings.ownID || ownSockets.contains(address.socket) { throw .ours }
        if settings.isStrict, !address.isRoutable { throw .notRoutable }
    }

    /// Throws unless the address may enter; true when a ban must be lifted first.
    private func admit(
        _ address: PeerAddress,
        from source: PeerAddress,
        now: Instant
    ) throws(Refusal) -> Bool {
        guard address.isValid, address.socket.port != 0 else { throw .invalid }
        var lifts = false
        if firstBanEndsAt != nil, let ban = bans[address.id] {
            lifts = ban.endsAt <= now || ban.isOver(whenAt: address, says: source.id)
            if !lifts { throw .banned }
        }
        if settings.privateIDs.contains(address.id) { throw .privateID }
        if settings.privateIDs.contains(source.id) { throw .privateSource }
        try check(address)
        return lifts
    }

    /// Takes in a word on a node that the book knows.
    private mutating func hear(
        of slot: Int,
        at address: PeerAddress,
        from source: PeerAddress,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) -> Addition {
        let tier = shelves[slot].tier
        if shelves[slot].address.socket != address.socket {
            let isOwnWord = source.id == address.id
            let isFailing =
                tier == .new && shelves[slot].attemptCount >= BookRecord.retryLimit
            if isOwnWord || isFailing {
                move(slot, to: address.socket, from: source, now: now, into: &changes)
                return .moved
            }
        }
        let count = shelves.memberships(of: slot).count
        guard tier == .new, count < Shelves.bucketsPerEntryLimit,
            random.chance(1, in: 2 * count)
        else { return .known }
        let number = newBucket(of: address, from: source)
        if shelves.isMember(slot, ofBucket: number) { return .known }
        makeRoom(inBucket: number, now: now, into: &changes)
        shelves.put(slot, inBucket: number)
        persist(slot, into: &changes)
        return .spread
    }

    /// Takes a known node to another address, into the one bucket that follows from it.
    mutating func move(
        _ slot: Int,
        to socket: SocketAddress,
        from source: PeerAddress,
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        shelves.takeOut(slot)
        shelves[slot].move(to: socket, now: now)
        shelves[slot].source = source
        let number: Int
        switch shelves[slot].tier {
        case .new: number = newBucket(of: shelves[slot].address, from: source)
        case .old: number = oldBucket(of: shelves[slot].address)
        }
        makeRoom(inBucket: number, now: now, into: &changes)
        shelves.put(slot, inBucket: number)
        persist(slot, into: &changes)
    }
}

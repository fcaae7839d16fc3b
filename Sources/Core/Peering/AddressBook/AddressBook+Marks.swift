package import WarrenPrimitives

extension AddressBook {
    /// Failed dials in a row after which a node is given up for a day (C§7.2).
    package static let dialLimit = 16
    /// How long a node that misbehaved, or that could not be reached, stays out (C§7.2).
    package static let banDuration: Duration = .seconds(86_400)

    /// The least wait after the `failureCount`th failed dial in a row; up to a second comes on top.
    ///
    /// Source: C§7.6.
    package static func dialWait(failureCount: Int) -> Duration {
        failureCount == 0 ? .zero : .seconds(1 << min(failureCount, dialLimit))
    }

    /// Whether the book knows the node and its dial back-off is over.
    package func isDialable(_ id: NodeID, now: Instant) -> Bool {
        self[id]?.isDialable(now: now) ?? false
    }

    /// A dial of `address` ended with the node proving its id.
    ///
    /// Its failures are forgotten, and an address that differs from the one we held takes its place.
    package mutating func markDialed(
        _ address: PeerAddress,
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        guard let slot = shelves.slot(of: address.id) else { return }
        if confirm(slot, at: address, now: now, into: &changes) { return }
        guard shelves[slot].address == address, shelves[slot].dialFailureCount > 0 else { return }
        shelves[slot].dialFailureCount = 0
        shelves[slot].dialWait = .zero
        persist(slot, into: &changes)
    }

    /// A dial of `address` failed; true when the node is given up for ``banDuration``.
    ///
    /// What fails elsewhere than at the address we hold says nothing about it.
    @discardableResult
    package mutating func markDialFailed(
        _ address: PeerAddress,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) -> Bool {
        guard let slot = shelves.slot(of: address.id), shelves[slot].address == address else {
            return false
        }
        let failureCount = shelves[slot].dialFailureCount + 1
        shelves[slot].attemptCount += 1
        shelves[slot].lastAttemptAt = now
        shelves[slot].dialFailureCount = failureCount
        guard failureCount <= Self.dialLimit else {
            markBad(
                address.id,
                for: Self.banDuration,
                because: .unreachable,
                now: now,
                into: &changes
            )
            return true
        }
        let jitter = Duration.nanoseconds(random.below(1_000_000_000))
        shelves[slot].dialWait = Self.dialWait(failureCount: failureCount) + jitter
        persist(slot, into: &changes)
        return false
    }

    /// Somebody else answered at `address`.
    ///
    /// A new entry was a lie or is out of date, and goes; a vetted one counts a failed dial. The id
    /// is not banned: anybody can name an honest node's id with an address of his own.
    /// Source: C§12 "wrong-ID peers are never banned".
    package mutating func markWrongID(
        _ address: PeerAddress,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) {
        guard let slot = shelves.slot(of: address.id), shelves[slot].address == address else {
            return
        }
        switch shelves[slot].tier {
        case .new: forget(slot, into: &changes)
        case .old: markDialFailed(address, now: now, random: &random, into: &changes)
        }
    }

    /// The node was of use: it is vetted now, and stands in an old bucket.
    ///
    /// With `socket`, that is where we dialed it. Source: C§6.5.
    package mutating func markGood(
        _ id: NodeID,
        at socket: SocketAddress? = nil,
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        guard let slot = shelves.slot(of: id) else { return }
        if let socket {
            let address = PeerAddress(id: id, socket: socket)
            _ = confirm(slot, at: address, now: now, into: &changes)
        }
        shelves[slot].attemptCount = 0
        shelves[slot].lastAttemptAt = now
        shelves[slot].lastSuccessAt = now
        shelves[slot].dialFailureCount = 0
        shelves[slot].dialWait = .zero
        switch shelves[slot].tier {
        case .old: break
        case .new:
            // Out of its new buckets first: whom it displaces may need that very room.
            shelves.takeOut(slot)
            shelves.change(slot, to: .old)
            let number = oldBucket(of: shelves[slot].address)
            makeRoom(inBucket: number, now: now, into: &changes)
            shelves.put(slot, inBucket: number)
        }
        persist(slot, into: &changes)
    }

    /// Moves an entry to an address that was proved to be its node's; false when nothing changed.
    private mutating func confirm(
        _ slot: Int,
        at address: PeerAddress,
        now: Instant,
        into changes: inout [StoreChange]
    ) -> Bool {
        guard shelves[slot].address != address, (try? check(address)) != nil else { return false }
        move(slot, to: address.socket, from: shelves[slot].source, now: now, into: &changes)
        return true
    }
}

package import WarrenPrimitives

extension AddressBook {
    /// How many bans are kept; ids are free to make, so strangers can earn any number of them.
    ///
    /// Past it the ban that ends first goes. Ours; upstream keeps only those of known ids.
    package static let banLimit = 10_000

    /// A node that is kept out of the book for a while, with what the book knew of it.
    package struct Ban: Hashable, Sendable {
        package var id: NodeID
        package var cause: Cause
        package var bannedAt: Instant
        package var duration: Duration
        /// What comes back, as new, when the ban ends; nil if the book did not know the node.
        package var record: BookRecord?

        package var endsAt: Instant { bannedAt.advanced(by: duration) }

        package enum Cause: Int, Hashable, Sendable, CaseIterable {
            /// It broke a rule: no connection with it, from either end (design §17.16).
            case misconduct = 1
            /// It could not be dialed; it may still come to us.
            case unreachable = 2
        }

        /// A node that we could not reach is welcome again once it says itself that it is
        /// elsewhere.
        func isOver(whenAt address: PeerAddress, says teller: NodeID) -> Bool {
            switch cause {
            case .misconduct: false
            case .unreachable:
                teller == address.id && record?.address.socket != address.socket
            }
        }
    }

    /// Every ban, in a defined order, ended or not; what a node tells its switch at start.
    package var banned: [Ban] { bans.rows }

    /// Whether a connection with the node must be refused.
    ///
    /// Nodes that only could not be reached are not banned in this sense.
    package func isBanned(_ id: NodeID, now: Instant) -> Bool {
        guard let ban = bans[id], now < ban.endsAt else { return false }
        return ban.cause == .misconduct
    }

    /// Bans a node, known or not, for `duration`; of two bans the one that ends later holds.
    ///
    /// Source: C§6.5 MarkBad; C§12 "ban does not stop inbound".
    package mutating func markBad(
        _ id: NodeID,
        for duration: Duration = AddressBook.banDuration,
        because cause: Ban.Cause = .misconduct,
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        guard id != settings.ownID else { return }
        let slot = shelves.slot(of: id)
        var ban = Ban(id: id, cause: cause, bannedAt: now, duration: duration)
        ban.record = slot.map { shelves[$0] } ?? bans[id]?.record
        ban.record?.tier = .new
        if let held = bans[id] {
            if held.cause == .misconduct { ban.cause = .misconduct }
            if held.endsAt > ban.endsAt {
                ban.bannedAt = held.bannedAt
                ban.duration = held.duration
            }
        } else if bans.count >= Self.banLimit {
            dropFirstBan(into: &changes)
        }
        bans[id] = ban
        firstBanEndsAt = soonest(firstBanEndsAt, ban.endsAt)
        // The ban's row before the entry's removal: no prefix of the rows knows neither.
        changes.append(StoreChange(.ban, key: id.bytes, value: BookRow.encode(ban)))
        if let slot { forget(slot, into: &changes) }
    }

    /// Ends what is due: such nodes come back as new entries.
    ///
    /// Answers who.
    ///
    /// Nodes whose ban began without an entry are just free again.
    /// Source: C§6.5 ReinstateBadPeers; C§12 "bans never end with > 1000 addresses".
    package mutating func reinstate(
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) -> [NodeID] {
        guard let firstBanEndsAt, firstBanEndsAt <= now else { return [] }
        let due = zip(bans.ids, bans.rows).filter { $0.1.endsAt <= now }.map(\.0)
        for id in due { lift(id, now: now, random: &random, into: &changes) }
        self.firstBanEndsAt = bans.rows.map(\.endsAt).min()
        return due
    }

    /// Ends one ban, due or not.
    mutating func lift(
        _ id: NodeID,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) {
        guard let ban = bans.remove(id) else { return }
        if var record = ban.record, (try? check(record.address)) != nil {
            record.dialFailureCount = 0
            record.dialWait = .zero
            // Where there is no room, the node is free but forgotten.
            _ = insert(record, now: now, random: &random, into: &changes)
        }
        // After the entry's row: a prefix with both is a ban that is ended again.
        changes.append(StoreChange(.ban, key: id.bytes, value: nil))
    }

    private mutating func dropFirstBan(into changes: inout [StoreChange]) {
        guard let first = bans.rows.min(by: { ($0.endsAt, $0.id) < ($1.endsAt, $1.id) }) else {
            return
        }
        bans.remove(first.id)
        changes.append(StoreChange(.ban, key: first.id.bytes, value: nil))
    }
}

package import WarrenPrimitives

extension AddressBook {
    /// The name of the hash key among the rows of ``StoreSpace/meta``.
    package static let keyName = Array("book-hash-key".utf8)

    /// Rebuilds the book that `rows` came from: rows of a store, or every change since its birth.
    ///
    /// - What cannot be read is passed over and counted, and stays in the store.
    /// - Instants after `now` become `now`, as clocks may have been set back (design §17.7).
    /// - Entries that the settings do not allow (any more), and those that break the limits, go.
    /// - `newKey`, 16 secret bytes, is used unless the rows hold a key.
    package init(
        settings: Settings,
        newKey: [UInt8],
        rows: [StoreChange],
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) {
        let latest = Self.latest(of: rows)
        let stored = latest.first { $0.space == .meta && $0.key == Self.keyName }?.value
        if let hash = stored.flatMap(KeyedHash.init) {
            self.init(settings: settings, hash: hash)
        } else {
            guard let hash = KeyedHash(key: newKey) else {
                preconditionFailure("a hash key has 16 bytes, not \(newKey.count)")
            }
            self.init(settings: settings, hash: hash)
            if stored != nil { unreadableRowCount += 1 }
            changes.append(StoreChange(.meta, key: Self.keyName, value: newKey))
        }
        loadBans(latest, now: now, into: &changes)
        var entries: [BookRow.Entry] = []
        for row in latest where row.space == .book {
            guard let value = row.value else { continue }
            do throws(BookRow.Flaw) {
                entries.append(try BookRow.entry(key: row.key, value: value))
            } catch {
                unreadableRowCount += 1
            }
        }
        // Vetted ones first, so that limits lowered since then cost new ones.
        for tier in [Tier.old, Tier.new] {
            for entry in entries where Shelves.tier(ofBucket: entry.buckets[0]) == tier {
                load(entry, tier: tier, now: now, random: &random, into: &changes)
            }
        }
    }

    /// The last word of `rows` on each key, in the order in which those were said.
    private static func latest(of rows: [StoreChange]) -> [StoreChange] {
        struct Key: Hashable {
            var space: StoreSpace
            var key: [UInt8]
        }
        var last: [Key: Int] = [:]
        for (number, row) in rows.enumerated() {
            last[Key(space: row.space, key: row.key)] = number
        }
        return rows.enumerated()
            .filter { $1.value != nil && last[Key(space: $1.space, key: $1.key)] == $0 }
            .map(\.element)
    }

    private mutating func loadBans(
        _ rows: [StoreChange],
        now: Instant,
        into changes: inout [StoreChange]
    ) {
        for row in rows where row.space == .ban {
            guard let value = row.value else { continue }
            do throws(BookRow.Flaw) {
                var ban = try BookRow.ban(key: row.key, value: value)
                ban.bannedAt = min(ban.bannedAt, now)
                ban.record?.clamp(to: now)
                if bans.count >= Self.banLimit {
                    changes.append(StoreChange(.ban, key: row.key, value: nil))
                    continue
                }
                bans[ban.id] = ban
                firstBanEndsAt = soonest(firstBanEndsAt, ban.endsAt)
            } catch {
                unreadableRowCount += 1
            }
        }
    }

    private mutating func load(
        _ entry: BookRow.Entry,
        tier: Tier,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) {
        var record = entry.record
        record.clamp(to: now)
        record.tier = tier
        let id = record.address.id
        guard bans[id] == nil, (try? check(record.address)) != nil,
            !settings.privateIDs.contains(record.source.id), !contains(id),
            makeRoom(
                forEntryInBucket: entry.buckets[0],
                now: now,
                random: &random,
                into: &changes
            )
        else {
            changes.append(StoreChange(.book, key: id.bytes, value: nil))
            return
        }
        for number in entry.buckets { makeRoom(inBucket: number, now: now, into: &changes) }
        let slot = shelves.insert(record)
        for number in entry.buckets { shelves.put(slot, inBucket: number) }
    }
}

extension BookRecord {
    /// Takes back what happened after `now`.
    fileprivate mutating func clamp(to now: Instant) {
        lastAttemptAt = min(lastAttemptAt, now)
        lastSuccessAt = lastSuccessAt.map { min($0, now) }
    }
}

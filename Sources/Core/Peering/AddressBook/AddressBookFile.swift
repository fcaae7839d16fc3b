package import WarrenPrimitives

/// CometBFT's `addrbook.json` as a value, so that books can be carried from and to its nodes.
///
/// Source: C§6.7.
package struct AddressBookFile: Hashable, Sendable, Codable {
    /// 24 hex digits; feeds CometBFT's bucket hash.
    package var key: String
    package var entries: [Entry]

    package init(key: String, entries: [Entry]) {
        self.key = key
        self.entries = entries
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case entries = "addrs"
    }

    package struct Entry: Hashable, Sendable, Codable {
        package var address: PeerAddress
        package var source: PeerAddress
        /// Numbers among the buckets of its tier.
        package var buckets: [Int]
        package var attemptCount: Int
        /// 1 for new, 2 for old.
        package var bucketType: Int
        package var lastAttemptAt: Timestamp
        package var lastSuccessAt: Timestamp
        package var lastBanAt: Timestamp

        package init(
            address: PeerAddress,
            source: PeerAddress,
            buckets: [Int],
            attemptCount: Int,
            bucketType: Int,
            lastAttemptAt: Timestamp,
            lastSuccessAt: Timestamp,
            lastBanAt: Timestamp
        ) {
            self.address = address
            self.source = source
            self.buckets = buckets
            self.attemptCount = attemptCount
            self.bucketType = bucketType
            self.lastAttemptAt = lastAttemptAt
            self.lastSuccessAt = lastSuccessAt
            self.lastBanAt = lastBanAt
        }

        private enum CodingKeys: String, CodingKey {
            case address = "addr"
            case source = "src"
            case buckets
            case attemptCount = "attempts"
            case bucketType = "bucket_type"
            case lastAttemptAt = "last_attempt"
            case lastSuccessAt = "last_success"
            case lastBanAt = "last_ban_time"
        }
    }
}

extension AddressBook {
    /// The book in CometBFT's form.
    ///
    /// The bucket numbers are those of our own hash; CometBFT takes any over as they are (C§6.2).
    package var file: AddressBookFile {
        AddressBookFile(
            key: exportKey,
            entries: entries.map { entry in
                let record = entry.record
                let first = record.tier == .old ? Shelves.newBucketCount : 0
                return AddressBookFile.Entry(
                    address: record.address,
                    source: record.source,
                    buckets: entry.buckets.map { $0 - first },
                    attemptCount: record.attemptCount,
                    bucketType: record.tier.rawValue,
                    lastAttemptAt: Timestamp(record.lastAttemptAt),
                    lastSuccessAt: record.lastSuccessAt.map(Timestamp.init) ?? .zero,
                    lastBanAt: .zero
                )
            }
        )
    }

    /// 96 bits that follow from our key but do not give it away.
    private var exportKey: String {
        let bits = [UInt64(1), 2].flatMap {
            hash.value((0, 0), ($0, Self.exportMark)).bigEndianBytes
        }
        return Hex.text(bits.prefix(12))
    }

    private static let exportMark: UInt64 = 3

    /// Takes in the entries of a file, under the same rules as what a peer says; answers how many
    /// were new.
    ///
    /// Numbers of buckets are passed over, as ours come of another hash; so each entry starts in
    /// one. Instants after `now` become `now`.
    package mutating func absorb(
        _ file: AddressBookFile,
        now: Instant,
        random: inout Random,
        into changes: inout [StoreChange]
    ) -> Int {
        var newCount = 0
        for entry in file.entries {
            let addition = try? add(
                entry.address,
                from: entry.source,
                now: now,
                random: &random,
                into: &changes
            )
            guard addition == .new, let slot = shelves.slot(of: entry.address.id) else { continue }
            newCount += 1
            if entry.bucketType == Tier.old.rawValue {
                markGood(entry.address.id, now: now, into: &changes)
            }
            shelves[slot].attemptCount = min(max(entry.attemptCount, 0), Int(Int32.max))
            shelves[slot].lastAttemptAt = min(entry.lastAttemptAt.instant ?? now, now)
            shelves[slot].lastSuccessAt = entry.lastSuccessAt.instant.map { min($0, now) }
            persist(slot, into: &changes)
        }
        return newCount
    }
}

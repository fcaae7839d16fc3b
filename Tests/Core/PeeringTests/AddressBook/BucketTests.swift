import Testing
import WarrenPeering
import WarrenPrimitives

/// The rows of `addrbook.json` on buckets.
///
/// Upstream's hash is HighwayHash under a key that is drawn anew at each start, and ours is SipHash
/// under a key that stays (C§6.2: any keyed 64-bit hash does, as no other node sees the numbers). So
/// the numbers themselves differ; what they depend on must not.
@Suite struct BucketTests {
    private struct Row {
        var vector: AddressBookVectors.Bucket
        var address: PeerAddress
        var source: PeerAddress
        var new: Int
        var old: Int
    }

    private static func rows() throws -> [Row] {
        try AddressBookVectors.load().buckets.map { vector in
            let shelf = Bookcase { $0.isStrict = vector.strict }
            let address = try #require(PeerAddress(vector.addr))
            let source = try #require(PeerAddress(vector.src))
            return Row(
                vector: vector,
                address: address,
                source: source,
                new: shelf.book.newBucket(of: address, from: source),
                old: shelf.book.oldBucket(of: address)
            )
        }
    }

    @Test func `the groups that go in are upstream's`() throws {
        for row in try Self.rows() {
            let group = row.address.groupKey(strict: row.vector.strict)
            #expect(group.description == row.vector.addr_group)
            let told = row.source.groupKey(strict: row.vector.strict)
            #expect(told.description == row.vector.src_group)
        }
    }

    @Test func `a new bucket follows from the two groups alone`() throws {
        let rows = try Self.rows()
        for row in rows {
            #expect((0..<256).contains(row.new))
            for other in rows
            where other.vector.addr_group == row.vector.addr_group
                && other.vector.src_group == row.vector.src_group
            {
                #expect(row.new == other.new)
                #expect(row.vector.new_bucket == other.vector.new_bucket)
            }
        }
        // Different pairs of groups: eight of them, which a sound hash keeps mostly apart.
        let pairs = Set(rows.map { [$0.vector.addr_group, $0.vector.src_group] })
        #expect(Set(rows.map(\.new)).count >= pairs.count - 2)
    }

    @Test func `an old bucket follows from the address and its group, not from who told us`() throws
    {
        let rows = try Self.rows()
        for row in rows {
            #expect((256..<320).contains(row.old))
            for other in rows
            where other.address == row.address
                && other.vector.addr_group == row.vector.addr_group
            {
                #expect(row.old == other.old)
                #expect(row.vector.old_bucket == other.vector.old_bucket)
            }
        }
    }

    @Test func `another key gives other buckets`() {
        let one = Bookcase()
        var random = Random(seed: 1)
        var rows: [StoreChange] = []
        let other = AddressBook(
            settings: one.book.settings,
            newKey: [UInt8](repeating: 1, count: 16),
            rows: [],
            now: one.now,
            random: &random,
            into: &rows
        )
        let same = (0..<200).filter {
            one.book.newBucket(of: spread($0), from: spread($0 + 1))
                == other.newBucket(of: spread($0), from: spread($0 + 1))
        }
        #expect(same.count < 10)
    }

    @Test func `what is bad is upstream's table`() throws {
        let now = Instant(nanoseconds: 1_700_000_000_000_000_000)
        func ago(_ seconds: Int) -> Instant { now.advanced(by: .seconds(-seconds)) }
        for row in try AddressBookVectors.load().is_bad {
            var record = BookRecord(
                address: place(1, "8.8.8.8"),
                source: place(2, "9.9.9.9"),
                lastAttemptAt: ago(row.last_attempt_age_s)
            )
            record.tier = row.bucket_type == 2 ? .old : .new
            record.attemptCount = row.attempts
            record.lastSuccessAt = row.last_success_age_s.map(ago)
            #expect(record.isBad(now: now) == row.is_bad, "\(row.case)")
        }
    }

    @Test func `a bad entry goes before an older one that is not`() throws {
        let shelf = Bookcase()
        let source = place(1, "159.89.121.174")
        for number in 0..<64 {
            try shelf.add(place(UInt32(number) + 100, "8.8.1.\(number + 1)"), from: source)
            shelf.wait(.seconds(1))
        }
        let bad = place(150, "8.8.1.51")
        for _ in 0..<BookRecord.retryLimit { shelf.markDialFailed(bad) }
        shelf.wait(.seconds(60))
        try shelf.add(place(500, "8.8.2.1"), from: source)
        #expect(!shelf.book.contains(bad.id))
        #expect(shelf.book.contains(nodeID(100)))
        #expect(shelf.book.count == 64)
    }
}

import Foundation
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct AddressBookFileTests {
    private struct Example: Decodable {
        var file_example: AddressBookFile
    }

    @Test func `a file of CometBFT is read and written field for field`() throws {
        let file = try Vectors.load("addrbook", as: Example.self).file_example
        #expect(file.key == "0123456789abcdef01234567")
        let entry = try #require(file.entries.first)
        #expect(file.entries.count == 1)
        #expect(entry.address == place(31, "10.30.0.31"))
        #expect(entry.buckets == [121])
        #expect(entry.bucketType == 1)
        #expect(entry.lastAttemptAt.description == "2026-11-21T03:14:04.923805362Z")
        #expect(entry.lastSuccessAt == .zero)
        let encoded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(file))
        let object = try #require(encoded as? NSDictionary)
        let source = try Data(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../../Vectors/addrbook.json")
        )
        let whole = try #require(
            try JSONSerialization.jsonObject(with: source) as? NSDictionary
        )
        #expect(object == whole["file_example"] as? NSDictionary)
    }

    @Test func `a book goes into a file and comes back with what it knew`() throws {
        let shelf = Bookcase()
        shelf.fill(40)
        for number in 1000..<1010 { shelf.markGood(spread(number).id) }
        shelf.markDialFailed(spread(1020))
        let file = shelf.book.file
        #expect(file.key.count == 24)
        #expect(
            file.entries.allSatisfy { entry in
                entry.buckets.allSatisfy { (0..<(entry.bucketType == 1 ? 256 : 64)).contains($0) }
            }
        )
        let other = Bookcase()
        let taken = other.book.absorb(
            file,
            now: other.now,
            random: &other.random,
            into: &other.rows
        )
        #expect(taken == 40)
        #expect(other.book.oldCount == 10)
        for entry in shelf.book.entries {
            let record = try #require(other.book[entry.record.address.id])
            #expect(record.address == entry.record.address)
            #expect(record.source == entry.record.source)
            #expect(record.attemptCount == entry.record.attemptCount)
            #expect(record.lastAttemptAt == entry.record.lastAttemptAt)
            #expect(record.lastSuccessAt == entry.record.lastSuccessAt)
        }
        #expect(other.book.complaint == nil)
        #expect(other.rebuilt().entries == other.book.entries)
    }

    @Test func `what a file says is judged like what a peer says`() throws {
        let file = try Vectors.load("addrbook", as: Example.self).file_example
        let strict = Bookcase()
        let none = strict.book.absorb(
            file,
            now: strict.now,
            random: &strict.random,
            into: &strict.rows
        )
        #expect(none == 0)
        let lenient = Bookcase { $0.isStrict = false }
        let one = lenient.book.absorb(
            file,
            now: lenient.now,
            random: &lenient.random,
            into: &lenient.rows
        )
        #expect(one == 1)
        // The file's last attempt lies after this clock's now.
        #expect(lenient.book[nodeID(31)]?.lastAttemptAt == lenient.now)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
        ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
        ("2026-11-21T03:14:04.923805362Z", 1_795_230_844_923_805_362),
        ("2262-01-01T00:00:00Z", nil),
        ("1678-01-01T00:00:00Z", -9_214_560_000_000_000_000),
        ("2100-02-28T23:59:59Z", 4_107_542_399_000_000_000),
    ])
    func `times are those of RFC 3339`(text: String, nanoseconds: Int64?) {
        #expect(Timestamp(text)?.instant?.nanoseconds == nanoseconds)
        if let nanoseconds {
            #expect(Timestamp(Instant(nanoseconds: nanoseconds)).description == text)
        }
    }

    @Test func `offsets from UTC are taken off, and Go's zero time is never`() {
        #expect(Timestamp("2000-01-01T01:00:00+01:00") == Timestamp("2000-01-01T00:00:00Z"))
        #expect(Timestamp("1999-12-31T23:30:00-00:30") == Timestamp("2000-01-01T00:00:00Z"))
        #expect(Timestamp("0001-01-01T00:00:00Z") == .zero)
        #expect(Timestamp.zero.description == "0001-01-01T00:00:00Z")
    }

    @Test(arguments: [
        "", "2000", "2000-13-01T00:00:00Z", "2000-00-01T00:00:00Z", "2001-02-29T00:00:00Z",
        "2000-01-01T24:00:00Z", "2000-01-01T00:60:00Z", "2000-01-01T00:00:00",
        "2000-01-01 00:00:00Z",
        "2000-01-01T00:00:00.Z", "2000-01-01T00:00:00ZZ", "2000-01-01T00:00:00+0100",
        "2000-1-01T00:00:00Z", "9999-01-01T00:00:00Z",
    ])
    func `what is no time is refused`(text: String) { #expect(Timestamp(text) == nil) }

    @Test(arguments: Seed.sweep())
    func `every instant is read back as it was written`(seed: Seed) {
        var random = seed.random
        for _ in 0..<200 {
            let nanoseconds = Int64(random.below(1 << 62)) * (random.chance(1, in: 2) ? 1 : -1)
            let timestamp = Timestamp(Instant(nanoseconds: nanoseconds))
            #expect(Timestamp(timestamp.description) == timestamp)
        }
    }
}

import Foundation
import SwiftProtobuf
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Rows of the address book against SwiftProtobuf, with code generated from `addressbook.proto`.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/PeeringTests/Generated
/// -I Sources/Core/Peering/AddressBook addressbook.proto`.
struct AddressBookOracleTests {
    /// A book with old, new, failed and banned entries.
    private static func shelf(_ seed: Seed) -> Bookcase {
        let shelf = Bookcase(seed: seed.value)
        var random = seed.random
        shelf.fill(60)
        for _ in 0..<80 {
            let address = spread(1000 + random.below(60))
            switch random.below(5) {
            case 0: shelf.markGood(address.id)
            case 1: for _ in 0..<1 + random.below(4) { shelf.markDialFailed(address) }
            case 2: shelf.markDialed(address)
            case 3 where random.chance(1, in: 3):
                shelf.markBad(address.id, for: .seconds(1 + random.below(10_000)))
            default: shelf.wait(.milliseconds(random.below(20_000)))
            }
        }
        shelf.markBad(nodeID(7))
        return shelf
    }

    /// The rows that a store would hold now.
    private static func stored(_ shelf: Bookcase) -> [StoreChange] {
        var last: [String: StoreChange] = [:]
        for row in shelf.rows { last["\(row.space) \(Hex.text(row.key))"] = row }
        return last.keys.sorted().compactMap { last[$0] }.filter { $0.value != nil }
    }

    @Test(arguments: Seed.sweep())
    func `the oracle reads in a row what the book says`(seed: Seed) throws {
        let shelf = Self.shelf(seed)
        var rows: [[UInt8]: Warren_Addressbook_Entry] = [:]
        var bans: [[UInt8]: Warren_Addressbook_Ban] = [:]
        for row in Self.stored(shelf) {
            guard let value = row.value else { continue }
            switch row.space {
            case .book: rows[row.key] = try Warren_Addressbook_Entry(serializedBytes: value)
            case .ban: bans[row.key] = try Warren_Addressbook_Ban(serializedBytes: value)
            case .meta, .pin, .header, .body, .ledger, .evidence: break
            }
        }
        #expect(rows.count == shelf.book.count)
        for entry in shelf.book.entries {
            let row = try #require(rows[entry.record.address.id.bytes])
            #expect(row == Warren_Addressbook_Entry(entry.record, packed: row.buckets))
            let buckets = stride(from: 0, to: 60, by: 10).map {
                Int(row.buckets >> UInt64($0) & 1023)
            }
            #expect(buckets.filter { $0 > 0 }.map { $0 - 1 }.sorted() == entry.buckets)
        }
        #expect(bans.count == shelf.book.banned.count)
        for ban in shelf.book.banned {
            let row = try #require(bans[ban.id.bytes])
            #expect(row.cause == UInt32(ban.cause.rawValue))
            #expect(row.bannedAt == ban.bannedAt.nanoseconds)
            #expect(row.duration == ban.duration.wholeNanoseconds)
            #expect(row.hasEntry == (ban.record != nil))
            if let record = ban.record {
                #expect(row.entry == Warren_Addressbook_Entry(record, packed: 0))
            }
        }
    }

    @Test(arguments: Seed.sweep())
    func `rows that the oracle writes make the same book, with fields of a later version too`(
        seed: Seed
    ) throws {
        let shelf = Self.shelf(seed)
        var random = seed.random
        var plain: [StoreChange] = []
        var later: [StoreChange] = []
        for row in Self.stored(shelf) {
            guard let value = row.value else { continue }
            var (same, more) = (row, row)
            switch row.space {
            case .book:
                let entry = try Warren_Addressbook_Entry(serializedBytes: value)
                same.value = try entry.serializedBytes()
                more.value = try entry.withUnknownFields(&random).serializedBytes()
            case .ban:
                var ban = try Warren_Addressbook_Ban(serializedBytes: value)
                same.value = try ban.serializedBytes()
                if ban.hasEntry { ban.entry = try ban.entry.withUnknownFields(&random) }
                more.value = try ban.withUnknownFields(&random).serializedBytes()
            case .meta, .pin, .header, .body, .ledger, .evidence: break
            }
            #expect(same.value == row.value, "the oracle writes row \(Hex.text(row.key)) otherwise")
            plain.append(same)
            later.append(more)
        }
        for rows in [plain, later] {
            let book = shelf.rebuilt(from: rows)
            #expect(book.unreadableRowCount == 0)
            #expect(book.entries == shelf.book.entries)
            #expect(
                book.banned.sorted { $0.id < $1.id } == shelf.book.banned.sorted { $0.id < $1.id }
            )
        }
    }

    @Test func `mutated rows that we read say what the oracle reads`() {
        let shelf = Self.shelf(Seed.sweep()[0])
        let valid = Self.stored(shelf).filter { $0.space == .book }.compactMap(\.value)
        var (accepted, refused) = (0, 0)
        mutations(of: valid, seed: 77) { bytes in
            let row = StoreChange(.book, key: nodeID(5).bytes, value: bytes)
            let book = shelf.rebuilt(from: [row])
            guard let entry = book.entries.first else {
                refused += 1
                return
            }
            accepted += 1
            guard let theirs = try? Warren_Addressbook_Entry(serializedBytes: bytes) else {
                let mayHaveGroup = bytes.contains { $0 & 7 == 3 }
                #expect(mayHaveGroup, "only we accept \(Hex.text(bytes))")
                return
            }
            // Instants in the future are now; the rest stands as it is written.
            #expect(entry.record.address.socket.port == UInt16(truncatingIfNeeded: theirs.port))
            #expect(
                entry.record.address.socket.ip == IPAddress(high: theirs.ipHigh, low: theirs.ipLow)
            )
            #expect(entry.record.source.id.bytes == Array(theirs.sourceID))
            #expect(entry.record.attemptCount == Int(theirs.attempts))
            #expect(entry.record.dialFailureCount == Int(theirs.dialFailures))
            #expect(entry.record.lastAttemptAt.nanoseconds <= max(theirs.lastAttempt, .min))
        }
        #expect(accepted > 100 && refused > 100)
    }
}

extension Warren_Addressbook_Entry {
    fileprivate init(_ record: BookRecord, packed buckets: UInt64) {
        self.init()
        ipHigh = record.address.socket.ip.high
        ipLow = record.address.socket.ip.low
        port = UInt32(record.address.socket.port)
        sourceID = Data(record.source.id.bytes)
        sourceIpHigh = record.source.socket.ip.high
        sourceIpLow = record.source.socket.ip.low
        sourcePort = UInt32(record.source.socket.port)
        attempts = UInt32(record.attemptCount)
        lastAttempt = record.lastAttemptAt.nanoseconds
        lastSuccess = record.lastSuccessAt?.nanoseconds ?? 0
        dialFailures = UInt32(record.dialFailureCount)
        dialWait = record.dialWait.wholeNanoseconds
        self.buckets = buckets
    }
}

import Foundation
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// What is written to the store, and what a store makes of a book (design §17.9).
@Suite struct BookRowTests {
    /// A book after `steps` random operations; `watch` sees it after each.
    private static func wander(
        _ seed: Seed,
        steps: Int,
        watch: (Bookcase) throws -> Void
    ) rethrows -> Bookcase {
        let shelf = Bookcase(seed: seed.value) { $0.entryLimit = 150 }
        var random = seed.random.fork(1)
        for _ in 0..<steps {
            let number = 1000 + random.below(400)
            // Few groups, so that buckets overflow and old entries are demoted.
            var address = spread(number)
            address.socket.ip = IPAddress(
                v4: 0x0808_0000 + UInt32(random.below(2) << 16 + number)
            )
            let held = shelf.book[address.id]?.address ?? address
            switch random.below(12) {
            case 0...4: _ = try? shelf.add(address, from: spread(random.below(40)))
            case 5: _ = try? shelf.add(address, from: address)
            case 6: shelf.markGood(address.id)
            case 7: shelf.markGood(address.id, at: address.socket)
            case 8: for _ in 0..<1 + random.below(18) { shelf.markDialFailed(held) }
            case 9: shelf.markBad(address.id, for: .seconds(random.below(400)))
            case 10: shelf.markDialed(address)
            default:
                _ = shelf.reinstate()
                _ = shelf.selection()
            }
            shelf.wait(.milliseconds(random.below(20_000)))
            try watch(shelf)
        }
        return shelf
    }

    @Test(arguments: Seed.sweep())
    func `whatever is done, the book is sound, and its rows make the same book`(seed: Seed) {
        var step = 0
        let shelf = Self.wander(seed, steps: 600) { shelf in
            step += 1
            #expect(shelf.book.complaint == nil)
            guard step.isMultiple(of: 50) else { return }
            let again = shelf.rebuilt()
            #expect(again.entries == shelf.book.entries)
            #expect(
                again.banned.sorted { $0.id < $1.id } == shelf.book.banned.sorted { $0.id < $1.id }
            )
            #expect(again.unreadableRowCount == 0)
        }
        #expect(shelf.book.count > 130)
        #expect(shelf.book.oldCount > 10)
    }

    @Test(arguments: Seed.sweep(5))
    func `every prefix of the rows is a sound book`(seed: Seed) {
        let shelf = Self.wander(seed, steps: 150) { _ in }
        for length in 0...shelf.rows.count {
            let again = shelf.rebuilt(from: Array(shelf.rows.prefix(length)))
            #expect(again.complaint == nil)
            #expect(again.unreadableRowCount == 0)
        }
    }

    @Test func `the order of the rows in a store does not matter to what is known`() {
        let shelf = Bookcase()
        shelf.fill(100)
        for number in 1000..<1030 { shelf.markGood(spread(number).id) }
        shelf.markBad(spread(1050).id)
        var last: [[UInt8]: StoreChange] = [:]
        for row in shelf.rows { last[[UInt8(row.space.rawValue.utf8.count)] + row.key] = row }
        let stored = last.values.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        #expect(shelf.rebuilt(from: stored).entries == shelf.book.entries)
        #expect(shelf.rebuilt(from: stored.reversed()).entries == shelf.book.entries)
    }

    @Test func `rows that cannot be read are passed over and counted`() throws {
        let shelf = Bookcase()
        shelf.fill(3)
        shelf.markBad(nodeID(5))
        let good = try #require(shelf.rows.last { $0.space == .book })
        var rows = shelf.rows
        rows.append(StoreChange(.book, key: [1, 2, 3], value: good.value))
        rows.append(StoreChange(.book, key: nodeID(90).bytes, value: [0xFF]))
        rows.append(StoreChange(.book, key: nodeID(91).bytes, value: []))
        rows.append(StoreChange(.ban, key: nodeID(92).bytes, value: [8, 7]))
        let again = shelf.rebuilt(from: rows)
        #expect(again.unreadableRowCount == 4)
        #expect(again.entries == shelf.book.entries)
        #expect(again.banned == shelf.book.banned)
    }

    @Test func `a key of the wrong length is replaced, and that is said in a row`() {
        var random = Random(seed: 1)
        var changes: [StoreChange] = []
        let settings = AddressBook.Settings(ownID: Bookcase.ownID)
        let rows = [StoreChange(.meta, key: AddressBook.keyName, value: [1, 2, 3])]
        let book = AddressBook(
            settings: settings,
            newKey: Bookcase.key,
            rows: rows,
            now: .epoch,
            random: &random,
            into: &changes
        )
        #expect(book.unreadableRowCount == 1)
        #expect(changes == [StoreChange(.meta, key: AddressBook.keyName, value: Bookcase.key)])
        var more: [StoreChange] = []
        _ = AddressBook(
            settings: settings,
            newKey: [UInt8](repeating: 0, count: 16),
            rows: changes,
            now: .epoch,
            random: &random,
            into: &more
        )
        #expect(more.isEmpty)
    }

    @Test func `what the settings forbid since then is dropped, from the store too`() throws {
        let shelf = Bookcase { $0.isStrict = false }
        try shelf.add(place(2, "10.0.0.1"))
        try shelf.add(place(3, "8.8.8.8"))
        try shelf.add(place(4, "9.9.9.9"), from: place(5, "7.7.7.7"))
        try shelf.add(place(6, "6.6.6.6"))
        var settings = AddressBook.Settings(ownID: nodeID(6))
        settings.privateIDs = [nodeID(5)]
        var random = Random(seed: 1)
        var repairs: [StoreChange] = []
        let book = AddressBook(
            settings: settings,
            newKey: Bookcase.key,
            rows: shelf.rows,
            now: shelf.now,
            random: &random,
            into: &repairs
        )
        #expect(book.entries.map(\.record.address) == [place(3, "8.8.8.8")])
        #expect(Set(repairs.map(\.key)) == [nodeID(2).bytes, nodeID(4).bytes, nodeID(6).bytes])
        #expect(repairs.allSatisfy { $0.value == nil })
    }

    @Test func `a limit lowered since then costs new entries first`() {
        let shelf = Bookcase()
        shelf.fill(100)
        for number in 1000..<1020 { shelf.markGood(spread(number).id) }
        var settings = shelf.book.settings
        settings.entryLimit = 30
        var random = Random(seed: 1)
        var repairs: [StoreChange] = []
        let book = AddressBook(
            settings: settings,
            newKey: Bookcase.key,
            rows: shelf.rows,
            now: shelf.now,
            random: &random,
            into: &repairs
        )
        #expect(book.count == 30)
        #expect(book.oldCount == 20)
        #expect(repairs.count == 70)
        #expect(book.complaint == nil)
    }

    @Test func `instants in the future become now`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        shelf.markGood(nodeID(2))
        let again = shelf.rebuilt(at: .seconds(-1000))
        let record = try #require(again[nodeID(2)])
        #expect(record.lastAttemptAt == shelf.now.advanced(by: .seconds(-1000)))
        #expect(record.lastSuccessAt == shelf.now.advanced(by: .seconds(-1000)))
    }

    @Test func `mutated rows never bring the book down`() {
        let shelf = Bookcase()
        shelf.fill(20)
        shelf.markGood(spread(1001).id)
        shelf.markDialFailed(spread(1002))
        shelf.markBad(spread(1003).id)
        let count = ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000
        var random = Random(seed: 42)
        var unreadableCount = 0
        // A hundred mutants are loaded together.
        for _ in 0..<count / 100 {
            var rows: [StoreChange] = []
            for number in 0..<100 {
                var row = shelf.rows[1 + random.below(shelf.rows.count - 1)]
                row.key = nodeID(UInt32(number)).bytes
                guard var value = row.value, !value.isEmpty else { continue }
                for _ in 0...random.below(3) {
                    switch random.below(3) {
                    case 0: value[random.below(value.count)] = UInt8(random.below(256))
                    case 1: value.removeLast(random.below(value.count))
                    default: value.insert(UInt8(random.below(256)), at: random.below(value.count))
                    }
                    if value.isEmpty { break }
                }
                row.value = value
                rows.append(row)
            }
            let book = shelf.rebuilt(from: rows)
            unreadableCount += book.unreadableRowCount
            #expect(book.complaint == nil)
            #expect(book.count <= 100)
        }
        #expect(unreadableCount > count / 10)
    }
}

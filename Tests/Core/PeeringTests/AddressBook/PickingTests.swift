import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct PickingTests {
    private static func shelf(new: Int, old: Int) -> Bookcase {
        let shelf = Bookcase()
        shelf.fill(new + old)
        for number in 1000..<1000 + old { shelf.markGood(spread(number).id) }
        return shelf
    }

    @Test(arguments: try AddressBookVectors.load().pick_address)
    func `old is picked with the probability of the vectors`(row: AddressBookVectors.Pick) {
        let shelf = Self.shelf(new: row.n_new, old: row.n_old)
        #expect(shelf.book.newCount == row.n_new)
        #expect(shelf.book.oldCount == row.n_old)
        let odds = shelf.book.oldOdds(bias: row.bias)
        if odds.total > 0 {
            // Square roots have 16 bits behind the point; their quotients are good to far less.
            let share = Double(odds.old) / Double(odds.total)
            #expect(abs(share - row.p_old) < 0.00001)
        }
        var oldCount = 0
        for _ in 0..<2000 {
            let picked = shelf.pick(bias: row.bias)
            // With bias 0 and nothing old both weights are 0: the vectors have none picked, but the
            // code of upstream, and its AddrBookPickAddress, pick a new one.
            let isUndecided = odds.total == 0 && row.n_new > 0
            #expect((picked == nil) == (row.returns_none && !isUndecided))
            if let picked, shelf.book.isGood(picked.id) == true { oldCount += 1 }
        }
        #expect(abs(Double(oldCount) / 2000 - row.p_old) < 0.05)
    }

    @Test(arguments: try AddressBookVectors.load().selection_size)
    func `a selection is as large as upstream's`(row: AddressBookVectors.Size) {
        #expect(AddressBook.selectionSize(of: row.book_size) == row.selection)
    }

    @Test(arguments: try AddressBookVectors.load().selection_with_bias)
    func `a biased selection has as many new and old as upstream's`(row: AddressBookVectors.Biased)
    {
        let shelf = Self.shelf(new: row.n_new, old: row.n_old)
        let selection = shelf.selection(bias: row.bias)
        let old = selection.filter { shelf.book.isGood($0.id) == true }.count
        #expect(old == row.expected_old)
        #expect(selection.count - old == row.expected_new)
        #expect(Set(selection).count == selection.count)
    }

    @Test func `every entry is as likely in a selection as any other`() {
        let shelf = Self.shelf(new: 30, old: 20)
        var counts: [NodeID: Int] = [:]
        for _ in 0..<5000 {
            for address in shelf.selection() {
                counts[address.id, default: 0] += 1
            }
        }
        // 5000 selections of 32 out of 50: 3200 of each, with a deviation of 34.
        #expect(counts.count == 50)
        #expect(counts.values.allSatisfy { abs($0 - 3200) < 200 })
        #expect(shelf.book.complaint == nil)
    }

    @Test func `a selection among shareable entries names no other`() {
        let shelf = Self.shelf(new: 100, old: 100)
        let selection = shelf.selection() { $0.tier == .old }
        #expect(selection.count == 46)
        #expect(selection.allSatisfy { shelf.book.isGood($0.id) == true })
        #expect(shelf.selection() { _ in false }.isEmpty)
        let biased = shelf.selection(bias: 30) { $0.tier == .old }
        #expect(biased.allSatisfy { shelf.book.isGood($0.id) == true })
    }

    @Test func `a draw gives each node once, none excluded, none whose back-off runs`() {
        let shelf = Self.shelf(new: 40, old: 10)
        for number in 1000..<1020 { shelf.markDialFailed(spread(number)) }
        let excluded = Set((1020..<1030).map { spread($0).id })
        let drawn = shelf.draw(100) { excluded.contains($0) }
        #expect(Set(drawn) == Set((1030..<1050).map(spread)))
        #expect(drawn.count == 20)
        shelf.wait(.seconds(3))
        #expect(shelf.draw(100).count == 50)
    }

    @Test func `a draw of none is empty, and one from an empty book too`() {
        let shelf = Bookcase()
        #expect(shelf.draw(3).isEmpty)
        shelf.fill(3)
        #expect(shelf.draw(0).isEmpty)
        #expect(shelf.draw(-1).isEmpty)
    }

    @Test func `a draw looks no further than its limit`() {
        let shelf = Bookcase()
        shelf.fill(2000)
        var asked: Set<NodeID> = []
        let drawn = shelf.draw(1) { id in
            asked.insert(id)
            return true
        }
        #expect(drawn.isEmpty)
        #expect(asked.count > 200)
        #expect(asked.count <= AddressBook.drawWalkLimit + 3)
    }

    @Test func `the bias grows with the outbound peers as in ensure-peers`() throws {
        for row in try AddressBookVectors.schedules().ensure_peers_bias {
            #expect(AddressBook.bias(outboundCount: row.outbound) == row.bias)
        }
    }
}

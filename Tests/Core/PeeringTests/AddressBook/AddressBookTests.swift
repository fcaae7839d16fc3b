import Testing
import WarrenPeering
import WarrenPrimitives

/// CometBFT's `addrbook_test.go`, row by row (C§13).
@Suite struct AddressBookTests {
    @Test
    func `AddrBookPickAddress: empty gives none, then new, then old, and none of a missing kind`()
        throws
    {
        let shelf = Bookcase()
        #expect(shelf.pick(bias: 50) == nil)
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        #expect(shelf.pick(bias: 0) == address)
        #expect(shelf.pick(bias: 50) == address)
        #expect(shelf.pick(bias: 100) == address)
        shelf.markGood(address.id)
        #expect(shelf.pick(bias: 0) == address)
        #expect(shelf.pick(bias: 50) == address)
        #expect(shelf.pick(bias: 100) == nil)
    }

    @Test(arguments: [0, 100])
    func `AddrBookSaveLoad: addresses survive a reload`(count: Int) {
        let shelf = Bookcase()
        shelf.fill(count)
        #expect(shelf.book.count == count)
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }

    @Test func `AddrBookLookup and HasAddress: what was added is found, what was not is not`()
        throws
    {
        let shelf = Bookcase()
        shelf.fill(100)
        #expect(shelf.book.contains(spread(1000).id))
        #expect(shelf.book[spread(1099).id]?.address == spread(1099))
        #expect(!shelf.book.contains(nodeID(5)))
        #expect(shelf.book[nodeID(5)] == nil)
    }

    @Test func `AddrBookRemoveAddress: it is gone, and removing another changes nothing`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        shelf.book.remove(nodeID(3), into: &shelf.rows)
        #expect(shelf.book.count == 1)
        shelf.book.remove(nodeID(2), into: &shelf.rows)
        #expect(shelf.book.isEmpty)
        #expect(shelf.rebuilt().isEmpty)
    }

    @Test func `AddrBookEmpty: our own and private addresses do not count`() {
        let shelf = Bookcase { $0.privateIDs = [nodeID(4)] }
        shelf.book.addOwn(socket("8.8.4.4"), into: &shelf.rows)
        #expect(throws: AddressBook.Refusal.ours) { try shelf.add(place(2, "8.8.4.4")) }
        #expect(throws: AddressBook.Refusal.privateID) { try shelf.add(place(4, "8.8.8.8")) }
        #expect(shelf.book.isEmpty)
    }

    @Test func `AddrBookPromoteToOld: marking half of them good keeps all hundred`() {
        let shelf = Bookcase()
        shelf.fill(100)
        for number in stride(from: 1000, to: 1100, by: 2) {
            shelf.book.markGood(spread(number).id, now: shelf.now, into: &shelf.rows)
        }
        #expect(shelf.book.count == 100)
        #expect(shelf.book.oldCount == 50)
        #expect(shelf.book.newCount == 50)
        #expect(shelf.book.isGood(spread(1000).id) == true)
        #expect(shelf.book.isGood(spread(1001).id) == false)
        #expect(shelf.book.isGood(nodeID(1)) == nil)
        #expect(shelf.selection().count == 32)
        #expect(shelf.book.complaint == nil)
    }

    @Test func `AddrBookHandlesDuplicates: the same node from the same and other sources is one`()
        throws
    {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        for number in 0..<1000 {
            try shelf.add(address, from: spread(5))
            try shelf.add(address, from: spread(number * 31))
        }
        #expect(shelf.book.count == 1)
        #expect(shelf.book.entries[0].buckets.count == 4)
        #expect(shelf.book.complaint == nil)
    }

    @Test func `AddrBookGetSelection: none of an empty book, one of one, no node twice`() throws {
        let shelf = Bookcase()
        #expect(shelf.selection().isEmpty)
        try shelf.add(place(2, "8.8.8.8"))
        #expect(shelf.selection() == [place(2, "8.8.8.8")])
        shelf.fill(100)
        let selection = shelf.selection()
        #expect(selection.count == 32)
        #expect(Set(selection.map(\.id)).count == 32)
        #expect(selection.allSatisfy { shelf.book.contains($0.id) })
    }

    @Test func `AddrBookGetSelectionWithOneMarkedGood: the old one is in every biased selection`() {
        let shelf = Bookcase()
        shelf.fill(10)
        shelf.markGood(spread(1000).id)
        for _ in 0..<20 {
            let selection = shelf.selection(bias: 100)
            #expect(selection.count == 10)
            #expect(selection.last == spread(1000))
            #expect(shelf.selection(bias: 0).last == spread(1000))
        }
    }

    @Test func `AddrBookGetSelectionWithOneNotMarkedGood: the new one comes first`() {
        let shelf = Bookcase()
        shelf.fill(10)
        for number in 1001..<1010 { shelf.markGood(spread(number).id) }
        let selection = shelf.selection(bias: 30)
        #expect(selection.count == 10)
        #expect(selection[0] == spread(1000))
    }

    @Test func `AddrBookGetSelectionReturnsNilWhenAddrBookIsEmpty: biased too`() {
        let shelf = Bookcase()
        #expect(shelf.selection(bias: 30).isEmpty)
    }

    @Test func `MultipleAddrBookAddressSelection: every split gives new ones first, then old ones`()
    {
        for size in 1...31 {
            for oldCount in 0...size {
                let shelf = Bookcase(seed: UInt64(size))
                shelf.fill(size)
                for number in 1000..<1000 + oldCount { shelf.markGood(spread(number).id) }
                let selection = shelf.selection(bias: 30)
                let kinds = selection.map { shelf.book.isGood($0.id) == true }
                let firstOld = kinds.firstIndex(of: true) ?? kinds.count
                #expect(kinds[firstOld...].allSatisfy { $0 })
                #expect(Set(selection).count == selection.count)
                let wanted = max((30 * size + 50) / 100, size - oldCount)
                #expect(firstOld == min(wanted, size - oldCount))
                #expect(selection.count == firstOld + min(size - firstOld, oldCount))
            }
        }
    }

    @Test func `BanBadPeers: banned is gone and refused, reinstated it is back as new`() throws {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        shelf.markBad(address.id, for: .seconds(1))
        #expect(!shelf.book.contains(address.id))
        #expect(throws: AddressBook.Refusal.banned) { try shelf.add(address) }
        #expect(shelf.reinstate().isEmpty)
        shelf.wait(.seconds(1))
        #expect(shelf.reinstate() == [address.id])
        #expect(shelf.book.isGood(address.id) == false)
        #expect(shelf.book.banned.isEmpty)
    }

    @Test func `PrivatePeers: private ids and what they tell are refused`() {
        let shelf = Bookcase { $0.privateIDs = [nodeID(2), nodeID(3)] }
        #expect(throws: AddressBook.Refusal.privateID) { try shelf.add(place(2, "8.8.8.8")) }
        #expect(throws: AddressBook.Refusal.privateSource) {
            try shelf.add(place(9, "8.8.8.8"), from: place(3, "9.9.9.9"))
        }
        #expect(shelf.book.isEmpty)
    }

    @Test func `AddrBookAddDoesNotOverwriteOldIP: no stranger moves a vetted node`() throws {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        shelf.markGood(address.id)
        for _ in 0..<20 { shelf.markDialFailedUnlessGivenUp(address) }
        for number in 0..<100 {
            #expect(try shelf.add(place(2, "9.9.9.9"), from: spread(500 + number)) == .known)
        }
        #expect(shelf.book[address.id]?.address == address)
    }
}

extension Bookcase {
    /// One failed dial, but never the one too many.
    func markDialFailedUnlessGivenUp(_ address: PeerAddress) {
        guard (book[address.id]?.dialFailureCount ?? 0) < AddressBook.dialLimit else { return }
        markDialFailed(address)
    }
}

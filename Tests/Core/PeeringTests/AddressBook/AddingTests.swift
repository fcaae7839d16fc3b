import Testing
import WarrenPeering
import WarrenPrimitives

@Suite struct AddingTests {
    @Test func `refusals come in the order of C§6-4`() throws {
        let shelf = Bookcase { $0.privateIDs = [nodeID(2), nodeID(3)] }
        shelf.markBad(nodeID(2))
        shelf.book.addOwn(socket("10.0.0.1"), into: &shelf.rows)
        let privateSource = place(3, "9.9.9.9")
        func refusal(_ address: PeerAddress, _ source: PeerAddress) -> AddressBook.Refusal? {
            do throws(AddressBook.Refusal) {
                try shelf.add(address, from: source)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(place(2, "0.0.0.0"), privateSource) == .invalid)
        #expect(refusal(place(2, "2001:db8::1"), privateSource) == .invalid)
        #expect(refusal(place(2, "255.255.255.255"), privateSource) == .invalid)
        #expect(refusal(place(5, "8.8.8.8", 0), privateSource) == .invalid)
        #expect(refusal(place(2, "10.0.0.1"), privateSource) == .banned)
        #expect(refusal(place(3, "10.0.0.1"), privateSource) == .privateID)
        #expect(refusal(place(5, "10.0.0.1"), privateSource) == .privateSource)
        #expect(refusal(place(5, "10.0.0.1"), place(1, "9.9.9.9")) == .ours)
        #expect(refusal(place(5, "10.0.0.2"), place(1, "9.9.9.9")) == .notRoutable)
        #expect(refusal(place(5, "8.8.8.8", 1), place(1, "9.9.9.9")) == nil)
        #expect(shelf.book.count == 1)
    }

    @Test func `a new entry starts untried, at the instant it was heard of`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"), from: place(9, "9.9.9.9"))
        let record = try #require(shelf.book[nodeID(2)])
        #expect(record.source == place(9, "9.9.9.9"))
        #expect(record.tier == .new)
        #expect(record.attemptCount == 0)
        #expect(record.lastAttemptAt == shelf.now)
        #expect(record.lastSuccessAt == nil)
        #expect(shelf.book.isDialable(nodeID(2), now: shelf.now))
    }

    @Test(arguments: try AddressBookVectors.load().readd_probability)
    func `a known node enters one more bucket with the upstream probability`(
        row: AddressBookVectors.Readd
    ) throws {
        var tries = 0
        var entered = 0
        for seed in 1...4000 {
            let shelf = Bookcase(seed: UInt64(seed))
            let address = place(2, "8.8.8.8")
            var source = 0
            while (shelf.book.entries.first?.buckets.count ?? 0) < row.buckets_already {
                source += 1
                try shelf.add(address, from: spread(source))
            }
            // A source whose bucket the entry does not stand in yet.
            repeat {
                source += 1
            } while shelf.book.entries[0].buckets.contains(
                shelf.book.newBucket(of: address, from: spread(source))
            )
            tries += 1
            if try shelf.add(address, from: spread(source)) == .spread { entered += 1 }
        }
        #expect(abs(Double(entered) / Double(tries) - row.probability_added) < 0.03)
        if row.probability_added == 0 { #expect(entered == 0) }
    }

    @Test func `one group of sources fills 32 new buckets and no more`() {
        let shelf = Bookcase { $0.entryLimit = 20_000 }
        for number in 0..<6000 {
            _ = try? shelf.add(spread(number), from: place(1, "159.89.\(number % 250).1"))
        }
        let buckets = Set(shelf.book.entries.flatMap(\.buckets))
        #expect(buckets.count <= AddressBook.newBucketsPerSourceGroup)
        #expect(buckets.count > AddressBook.newBucketsPerSourceGroup / 2)
        #expect(shelf.book.count <= AddressBook.newBucketsPerSourceGroup * 64)
    }

    @Test func `one group of addresses reaches four old buckets and no more`() {
        let shelf = Bookcase()
        for number in 0..<200 {
            let address = place(UInt32(number) + 100, "8.8.1.\(number + 1)")
            _ = try? shelf.add(address, from: spread(number))
            shelf.markGood(address.id)
        }
        let old = shelf.book.entries.filter { $0.record.tier == .old }.flatMap(\.buckets)
        #expect(Set(old).count == AddressBook.oldBucketsPerGroup)
        #expect(old.allSatisfy { $0 >= 256 })
    }

    @Test func `a book at its limit stays there, and past it a newcomer takes another's place`() {
        let shelf = Bookcase { $0.entryLimit = 50 }
        shelf.fill(50)
        #expect(shelf.book.count == 50)
        for number in 5000..<5200 {
            #expect((try? shelf.add(spread(number), from: spread(number * 3))) == .new)
            #expect(shelf.book.count == 50)
            #expect(shelf.book.contains(spread(number).id))
        }
        #expect(shelf.book.complaint == nil)
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }

    @Test func `a book full of vetted nodes refuses newcomers`() {
        let shelf = Bookcase { $0.entryLimit = 5 }
        shelf.fill(5)
        for number in 1000..<1005 { shelf.markGood(spread(number).id) }
        #expect(throws: AddressBook.Refusal.full) { try shelf.add(spread(2000)) }
        #expect(shelf.book.oldCount == 5)
    }

    @Test func `whoever floods a full book displaces mostly himself`() {
        let shelf = Bookcase { $0.entryLimit = 1000 }
        shelf.fill(1000, from: 1000)
        for number in 0..<20_000 {
            _ = try? shelf.add(spread(100_000 + number), from: place(1, "159.89.1.1"))
        }
        let honest = (1000..<2000).filter { shelf.book.contains(spread($0).id) }
        #expect(shelf.book.count == 1000)
        // 32 buckets of the flood against some 250 of others, which hold about four each.
        #expect(honest.count > 700)
    }

    @Test func `more are wanted below a thousand, or below the limit of a small book`() {
        let shelf = Bookcase()
        shelf.fill(999)
        #expect(shelf.book.count == 999)
        #expect(shelf.book.needsMore)
        shelf.fill(1, from: 50_000)
        #expect(!shelf.book.needsMore)
        let small = Bookcase { $0.entryLimit = 3 }
        small.fill(2)
        #expect(small.book.needsMore)
        small.fill(1, from: 50_000)
        #expect(!small.book.needsMore)
    }
}

import Testing
import WarrenPeering
import WarrenPrimitives

/// What hurts users of CometBFT's book, mended: the rows of C§12 on the book and on bans.
@Suite struct MendsTests {
    /// Fills one new bucket: 64 addresses of one group from one source share four at most.
    private static func crowd(_ shelf: Bookcase, count: Int, source: PeerAddress) throws {
        for number in 0..<count {
            let address = place(
                10_000 + UInt32(number),
                "8.8.\(number / 200).\(number % 200 + 1)"
            )
            try shelf.add(address, from: source)
            shelf.wait(.milliseconds(1))
        }
    }

    @Test func `buckets hold 65: ours hold 64, and the 65th takes the place of the oldest`() throws
    {
        let shelf = Bookcase()
        let source = place(1, "159.89.121.174")
        try Self.crowd(shelf, count: 64, source: source)
        #expect(shelf.book.count == 64)
        try shelf.add(place(20_000, "8.8.9.9"), from: source)
        #expect(shelf.book.count == 64)
        #expect(!shelf.book.contains(nodeID(10_000)))
        #expect(shelf.book.contains(nodeID(20_000)))
        #expect(shelf.book.complaint == nil)
    }

    @Test func `demoted and reinstated old entries vanish: ours go back to new`() {
        // Six /16 groups reach at most 24 old buckets; 2,000 good nodes overfill them.
        let shelf = Bookcase()
        var demotions = 0
        for number in 0..<1200 {
            let address = place(UInt32(number) + 100, "8.8.\(number / 200).\(number % 200 + 1)")
            _ = try? shelf.add(address, from: spread(number))
            let before = shelf.book
            shelf.wait(.milliseconds(1))
            shelf.markGood(address.id)
            guard before.contains(address.id), shelf.book.oldCount == before.oldCount else {
                continue
            }
            demotions += 1
            // The promoted one came, the oldest of its bucket went back to new.
            let left = before.entries.filter {
                $0.record.tier == .old && shelf.book.isGood($0.record.address.id) != true
            }
            #expect(left.count == 1)
            for entry in left { #expect(shelf.book.isGood(entry.record.address.id) == false) }
        }
        #expect(demotions > 500)
        #expect(shelf.book.oldCount <= AddressBook.oldBucketsPerGroup * 64)
        #expect(shelf.book.complaint == nil)
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }

    @Test func `reinstated old entries vanish: a vetted one comes back as new`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        shelf.markGood(nodeID(2))
        shelf.markBad(nodeID(2), for: .seconds(5))
        shelf.wait(.seconds(5))
        #expect(shelf.reinstate() == [nodeID(2)])
        #expect(shelf.book.isGood(nodeID(2)) == false)
        #expect(shelf.book.complaint == nil)
    }

    @Test func `bans never end with more than 1000 addresses: ours end when they are due`() throws {
        let shelf = Bookcase()
        shelf.fill(1500)
        #expect(shelf.book.count > 1000)
        #expect(!shelf.book.needsMore)
        shelf.markBad(spread(1000).id)
        #expect(shelf.book.nextDeadline == shelf.now.advanced(by: .seconds(86_400)))
        shelf.wait(.seconds(86_400) - .nanoseconds(1))
        #expect(shelf.reinstate().isEmpty)
        shelf.wait(.nanoseconds(1))
        #expect(shelf.reinstate() == [spread(1000).id])
        #expect(shelf.book.contains(spread(1000).id))
        #expect(shelf.book.nextDeadline == nil)
    }

    @Test func `hash key not saved: the key of the first life is used in the next`() throws {
        let shelf = Bookcase()
        shelf.fill(50)
        let again = shelf.rebuilt()
        for number in 1000..<1050 {
            let (address, source) = (spread(number), spread(number * 3))
            #expect(
                again.newBucket(of: address, from: source)
                    == shelf.book.newBucket(of: address, from: source)
            )
            #expect(again.oldBucket(of: address) == shelf.book.oldBucket(of: address))
        }
    }

    @Test
    func `ban does not stop inbound, and is lost on restart: ours holds for any id, and stays`()
        throws
    {
        let shelf = Bookcase()
        shelf.markBad(nodeID(77))  // Never in the book: an inbound stranger.
        #expect(shelf.book.isBanned(nodeID(77), now: shelf.now))
        #expect(throws: AddressBook.Refusal.banned) { try shelf.add(place(77, "8.8.8.8")) }
        let again = shelf.rebuilt(at: .seconds(3600))
        #expect(again.isBanned(nodeID(77), now: shelf.now.advanced(by: .seconds(3600))))
        #expect(!again.isBanned(nodeID(77), now: shelf.now.advanced(by: .seconds(86_400))))
        #expect(again.banned == shelf.book.banned)
    }

    @Test func `address book keeps old IP of an ID: a node that speaks of itself moves`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        shelf.markGood(nodeID(2))
        let elsewhere = place(2, "9.9.9.9")
        #expect(try shelf.add(elsewhere, from: elsewhere) == .moved)
        #expect(shelf.book[nodeID(2)]?.address == elsewhere)
        #expect(shelf.book.isGood(nodeID(2)) == true)
        #expect(shelf.book.complaint == nil)
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }

    @Test func `address book keeps old IP of an ID: where it proved its id is where it is`() throws
    {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        shelf.markDialed(place(2, "9.9.9.9"))
        #expect(shelf.book[nodeID(2)]?.address == place(2, "9.9.9.9"))
        shelf.markGood(nodeID(2), at: socket("9.9.9.10"))
        #expect(shelf.book[nodeID(2)]?.address == place(2, "9.9.9.10"))
        #expect(shelf.book.isGood(nodeID(2)) == true)
        // A place that could not be told to others is not taken over.
        shelf.markGood(nodeID(2), at: socket("10.0.0.1"))
        #expect(shelf.book[nodeID(2)]?.address == place(2, "9.9.9.10"))
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }

    @Test
    func `address book keeps old IP of an ID: hearsay replaces a new entry that keeps failing`()
        throws
    {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        for _ in 1..<BookRecord.retryLimit {
            shelf.markDialFailed(address)
            try shelf.add(place(2, "9.9.9.9"))
            #expect(shelf.book[nodeID(2)]?.address == address)
        }
        shelf.markDialFailed(address)
        #expect(try shelf.add(place(2, "9.9.9.9")) == .moved)
        #expect(shelf.book[nodeID(2)]?.attemptCount == 0)
        #expect(shelf.book.isDialable(nodeID(2), now: shelf.now))
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }

    @Test func `own address in the book: it leaves when we learn it, and never returns`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        try shelf.add(place(3, "8.8.8.9"))
        shelf.book.addOwn(socket("8.8.8.8"), into: &shelf.rows)
        #expect(!shelf.book.contains(nodeID(2)))
        #expect(shelf.book.contains(nodeID(3)))
        #expect(throws: AddressBook.Refusal.ours) { try shelf.add(place(2, "8.8.8.8")) }
        let ownElsewhere = PeerAddress(id: Bookcase.ownID, socket: socket("7.7.7.7"))
        #expect(throws: AddressBook.Refusal.ours) { try shelf.add(ownElsewhere) }
        #expect(!shelf.rebuilt().contains(nodeID(2)))
    }

    @Test func `wrong-ID peers are never banned: a new entry goes, a vetted one counts a failure`()
        throws
    {
        let shelf = Bookcase()
        let (heard, vetted) = (place(2, "8.8.8.8"), place(3, "8.8.8.9"))
        try shelf.add(heard)
        try shelf.add(vetted)
        shelf.markGood(vetted.id)
        for address in [heard, vetted] {
            shelf.book.markWrongID(
                address,
                now: shelf.now,
                random: &shelf.random,
                into: &shelf.rows
            )
        }
        #expect(!shelf.book.contains(heard.id))
        #expect(!shelf.book.isBanned(heard.id, now: shelf.now))
        #expect(shelf.book[vetted.id]?.dialFailureCount == 1)
    }

    @Test func `private networks need a lenient book: strict refuses and lumps, lenient takes`()
        throws
    {
        let strict = Bookcase()
        #expect(throws: AddressBook.Refusal.notRoutable) { try strict.add(place(2, "10.0.0.1")) }
        #expect(throws: AddressBook.Refusal.notRoutable) { try strict.add(place(2, "127.0.0.1")) }
        let lenient = Bookcase { $0.isStrict = false }
        #expect(try lenient.add(place(2, "10.0.0.1")) == .new)
        #expect(try lenient.add(place(3, "127.0.0.1")) == .new)
    }

    @Test func `slow discovery: a draw finds the one node left among those excluded`() {
        let shelf = Bookcase()
        shelf.fill(100)
        let left = spread(1042)
        for _ in 0..<20 {
            #expect(shelf.draw(1) { $0 != left.id } == [left])
        }
    }
}

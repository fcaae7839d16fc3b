import Testing
import WarrenPeering
import WarrenPrimitives

@Suite struct BanTests {
    @Test func `of two bans the one that ends later holds`() {
        let shelf = Bookcase()
        shelf.markBad(nodeID(2), for: .seconds(100))
        shelf.wait(.seconds(10))
        shelf.markBad(nodeID(2), for: .seconds(10))
        #expect(shelf.book.banned.first?.endsAt == shelf.now.advanced(by: .seconds(90)))
        shelf.markBad(nodeID(2), for: .seconds(100))
        #expect(shelf.book.banned.first?.endsAt == shelf.now.advanced(by: .seconds(100)))
        #expect(shelf.book.banned.count == 1)
        shelf.wait(.seconds(100))
        #expect(shelf.reinstate() == [nodeID(2)])
        #expect(shelf.book.isEmpty)
    }

    @Test func `a ban that is extended still brings its entry back`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        shelf.markBad(nodeID(2), for: .seconds(10))
        shelf.markBad(nodeID(2), for: .seconds(20))
        shelf.wait(.seconds(20))
        shelf.reinstate()
        #expect(shelf.book[nodeID(2)]?.address == place(2, "8.8.8.8"))
    }

    @Test func `a ban that is due ends by itself when the address is heard again`() throws {
        let shelf = Bookcase()
        shelf.markBad(nodeID(2), for: .seconds(10))
        shelf.wait(.seconds(10))
        #expect(!shelf.book.isBanned(nodeID(2), now: shelf.now))
        #expect(try shelf.add(place(2, "8.8.8.8")) == .new)
        #expect(shelf.book.banned.isEmpty)
        #expect(shelf.rebuilt().banned.isEmpty)
    }

    @Test func `bans end soonest first, and the deadline follows`() {
        let shelf = Bookcase()
        let start = shelf.now
        for (number, seconds) in [(2, 30), (3, 10), (4, 20)] {
            shelf.markBad(nodeID(UInt32(number)), for: .seconds(seconds))
        }
        #expect(shelf.book.nextDeadline == start.advanced(by: .seconds(10)))
        shelf.wait(.seconds(20))
        #expect(Set(shelf.reinstate()) == [nodeID(3), nodeID(4)])
        #expect(shelf.book.nextDeadline == start.advanced(by: .seconds(30)))
    }

    @Test func `we never ban ourselves`() {
        let shelf = Bookcase()
        shelf.markBad(Bookcase.ownID)
        #expect(shelf.book.banned.isEmpty)
    }

    @Test func `ten thousand bans fit, and one more ends the one that was to end first`() {
        let shelf = Bookcase()
        for number in 0..<AddressBook.banLimit {
            shelf.markBad(nodeID(UInt32(number)), for: .seconds(1000 + number))
        }
        #expect(shelf.book.banned.count == AddressBook.banLimit)
        #expect(shelf.book.isBanned(nodeID(0), now: shelf.now))
        shelf.markBad(nodeID(50_000))
        #expect(shelf.book.banned.count == AddressBook.banLimit)
        #expect(!shelf.book.isBanned(nodeID(0), now: shelf.now))
        #expect(shelf.book.isBanned(nodeID(50_000), now: shelf.now))
        #expect(shelf.book.complaint == nil)
    }

    @Test func `a banned node's instants in the future become now when the clock was set back`() {
        let shelf = Bookcase()
        shelf.markBad(nodeID(2), for: .seconds(100))
        let again = shelf.rebuilt(at: .seconds(-1_000_000))
        let now = shelf.now.advanced(by: .seconds(-1_000_000))
        #expect(again.banned.first?.bannedAt == now)
        #expect(again.nextDeadline == now.advanced(by: .seconds(100)))
    }
}

@Suite struct DialBackoffTests {
    @Test func `waits after failed dials lie where the vectors say`() throws {
        let schedule = try AddressBookVectors.schedules()
        var total = 0
        for row in schedule.pex_dial_backoff {
            let least = AddressBook.dialWait(failureCount: row.failed_attempts)
            #expect(least == .seconds(row.min_wait_s))
            total += row.min_wait_s
        }
        #expect(total == schedule.pex_dial_backoff_total_s)
        #expect(AddressBook.dialLimit == schedule.pex_max_attempts)
    }

    @Test func `an address may be dialed again between the two bounds of its row`() throws {
        for row in try AddressBookVectors.schedules().pex_dial_backoff {
            var waits: Set<Duration> = []
            for seed in 1...5 {
                let shelf = Bookcase(seed: UInt64(seed))
                let address = place(2, "8.8.8.8")
                try shelf.add(address)
                for _ in 0..<row.failed_attempts { shelf.markDialFailed(address) }
                let start = shelf.now
                shelf.now = start.advanced(by: .seconds(row.min_wait_s) - .nanoseconds(1))
                #expect(!shelf.book.isDialable(address.id, now: shelf.now))
                #expect(shelf.draw(1).isEmpty)
                shelf.now = start.advanced(by: .seconds(row.max_wait_s_exclusive))
                #expect(shelf.book.isDialable(address.id, now: shelf.now))
                #expect(shelf.draw(1) == [address])
                waits.insert(try #require(shelf.book[address.id]?.dialWait))
            }
            #expect(waits.count > 1)
        }
    }

    @Test
    func `PEXReactorDialsPeerUpToMaxAttempts: the 17th failure in a row takes it out for a day`()
        throws
    {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        for _ in 0..<AddressBook.dialLimit {
            #expect(!shelf.markDialFailed(address))
            #expect(shelf.book.contains(address.id))
        }
        #expect(shelf.markDialFailed(address))
        #expect(!shelf.book.contains(address.id))
        // Unreachable is not misconduct: it may still come to us.
        #expect(!shelf.book.isBanned(address.id, now: shelf.now))
        #expect(throws: AddressBook.Refusal.banned) { try shelf.add(address) }
        shelf.wait(.seconds(86_400))
        #expect(shelf.reinstate() == [address.id])
        #expect(shelf.book.isDialable(address.id, now: shelf.now))
    }

    @Test func `PEXReactorDialPeer: a success forgets the failures`() throws {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        shelf.markDialFailed(address)
        #expect(!shelf.book.isDialable(address.id, now: shelf.now))
        shelf.wait(.seconds(3))
        #expect(shelf.book.isDialable(address.id, now: shelf.now))
        shelf.markDialFailed(address)
        #expect(shelf.book[address.id]?.dialFailureCount == 2)
        shelf.markDialed(address)
        #expect(shelf.book[address.id]?.dialFailureCount == 0)
        #expect(shelf.book.isDialable(address.id, now: shelf.now))
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }

    @Test func `a failure at another address says nothing about the one we hold`() throws {
        let shelf = Bookcase()
        try shelf.add(place(2, "8.8.8.8"))
        let rowCount = shelf.rows.count
        shelf.markDialFailed(place(2, "9.9.9.9"))
        shelf.markDialFailed(place(3, "8.8.8.8"))
        #expect(shelf.book[nodeID(2)]?.dialFailureCount == 0)
        #expect(shelf.rows.count == rowCount)
    }

    @Test func `the back-off outlives a restart, but not a clock that was set back by more`() throws
    {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        for _ in 0..<10 { shelf.markDialFailed(address) }
        let again = shelf.rebuilt()
        #expect(!again.isDialable(address.id, now: shelf.now.advanced(by: .seconds(1023))))
        #expect(again.isDialable(address.id, now: shelf.now.advanced(by: .seconds(1025))))
        let early = shelf.rebuilt(at: .seconds(-50_000))
        let then = shelf.now.advanced(by: .seconds(1025 - 50_000))
        #expect(early.isDialable(address.id, now: then))
    }

    @Test func `an unreachable node is welcome at once when it says where it is now`() throws {
        let shelf = Bookcase()
        let address = place(2, "8.8.8.8")
        try shelf.add(address)
        for _ in 0...AddressBook.dialLimit { shelf.markDialFailed(address) }
        #expect(throws: AddressBook.Refusal.banned) { try shelf.add(address, from: address) }
        let elsewhere = place(2, "9.9.9.9")
        #expect(throws: AddressBook.Refusal.banned) { try shelf.add(elsewhere) }
        try shelf.add(elsewhere, from: elsewhere)
        #expect(shelf.book[nodeID(2)]?.address == elsewhere)
        #expect(shelf.book.complaint == nil)
        #expect(shelf.rebuilt().entries == shelf.book.entries)
    }
}

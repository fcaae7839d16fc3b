import Testing
import WarrenChain
import WarrenPrimitives

struct MakingTests {
    private let realm = Realm()

    private func pool(_ transactions: [Transaction]) -> Mempool {
        var pool = Mempool(realm.rules)
        for transaction in transactions {
            _ = pool.add(transaction, ledger: Ledger(genesis: []))
        }
        return pool
    }

    private func wrapped(_ made: MadeBlock) -> Block {
        Block(made, message: [1] + made.body.encoding, encoding: 1..<1 + made.body.encoding.count)
    }

    @Test func `a leader's block obeys all rules and holds what waited`() throws {
        var chain = realm.blockchain()
        var update = ChainUpdate()
        let first = realm.block(on: nil)
        _ = try chain.takeWhole(first, now: realm.now, into: &update)
        let waiting = (1...3).map { Transaction(.payload([$0])) }
        let slot = realm.slot(from: first.header.slot + 1, for: 1)
        let offer = chain.make(
            slot: slot,
            key: realm.keys[1],
            mempool: pool(waiting),
            now: realm.now
        )
        let made = try #require(offer)
        #expect(made.body.transactions == waiting)
        #expect(made.header.time == realm.now && made.header.slot == slot)
        try realm.rules.check(made.header, on: first.header, leaders: realm.leaders, now: realm.now)
        let block = wrapped(made)
        #expect(
            try realm.rules.check(block.message, body: block.encoding, of: block.header) == block
        )
    }

    @Test func `a block of our own is on the chain only when it is persisted`() throws {
        var chain = realm.blockchain()
        var store = MemoryStore()
        let slot = realm.slot(from: 1, for: 0)
        let offer = chain.make(slot: slot, key: realm.keys[0], mempool: pool([]), now: realm.now)
        let made = try #require(offer)
        let block = wrapped(made)
        var update = ChainUpdate()
        chain.record(block, into: &update)
        #expect(update.events.isEmpty && chain.tip == .origin && chain.shown == .origin)
        #expect(chain.body(of: block.header.point) == .unknown)
        store.write(update.changes)
        #expect(try store.disorder() == [])

        // A crash here loses nothing, and makes nobody sign twice.
        var after = ChainUpdate()
        var restored = try store.restore(realm.rules, into: &after)
        #expect(after.events.adopted == [block.header.point])
        #expect(
            restored.make(slot: slot, key: realm.keys[0], mempool: pool([]), now: realm.now) == nil
        )

        update = ChainUpdate()
        chain.adopt(block, into: &update)
        #expect(
            update.events == [.adopted(ChainStep(block)), .shown(block.header.point)]
        )
        store.write(update.changes)
        #expect(try store.disorder() == [])
        #expect(store.keys(.header) == [headerKey(at: 1)])
        #expect(chain.body(of: block.header.point) == .held(message: block.message))
    }

    @Test func `nobody makes two blocks for one slot, nor one that they do not lead`() throws {
        var chain = realm.blockchain()
        let slot = realm.slot(from: 1, for: 0)
        let other = (slot..<slot + 100).first {
            !realm.leaders.leads(realm.producer(0), slot: $0)
        }
        let key = realm.keys[0]
        let none = pool([])
        let unled = try #require(other)
        #expect(chain.make(slot: unled, key: key, mempool: none, now: realm.now) == nil)
        #expect(chain.make(slot: slot, key: key, mempool: none, now: realm.now) != nil)
        #expect(chain.make(slot: slot, key: key, mempool: none, now: realm.now) == nil)

        // Nor if a block of theirs came back from a peer.
        var fresh = realm.blockchain()
        var update = ChainUpdate()
        let block = realm.block(on: nil, by: 0, in: slot, Body([]))
        _ = try fresh.take(block.header, now: realm.now, into: &update)
        #expect(fresh.make(slot: slot, key: key, mempool: none, now: realm.now) == nil)
    }

    @Test func `a second leader's block stands beside the first's, and none behind the tip`() throws
    {
        let shared = (2..<400).first { slot in
            realm.leaders.leads(realm.producer(0), slot: slot)
                && realm.leaders.leads(realm.producer(1), slot: slot)
        }
        let slot = try #require(shared)
        var chain = realm.blockchain()
        var update = ChainUpdate()
        let first = realm.block(on: nil, by: 2)
        let theirs = realm.block(on: first.header, by: 0, in: slot, Body([]))
        #expect(first.header.slot < slot)
        try chain.takeAll([first, theirs], now: realm.now, into: &update)
        let offer = chain.make(slot: slot, key: realm.keys[1], mempool: pool([]), now: realm.now)
        let made = try #require(offer)
        #expect(made.header.previous == first.header.id && made.header.height == 2)

        let next = realm.block(on: theirs, by: 2)
        _ = try chain.takeWhole(next, now: realm.now, into: &update)
        var late = realm.blockchain()
        try late.takeAll([first, theirs, next], now: realm.now, into: &update)
        #expect(late.make(slot: slot, key: realm.keys[1], mempool: pool([]), now: realm.now) == nil)
        // The first came to stand when the chain had gone on: it is a fork.
        let block = wrapped(made)
        update = ChainUpdate()
        chain.adopt(block, into: &update)
        #expect(update.events.isEmpty)
        #expect(chain.tip == next.header.point)
        #expect(chain.body(of: block.header.point) == .held(message: block.message))
    }

    @Test func `a block that came to stand too late is removed again`() throws {
        let realm = Realm(securityParameter: 1)
        var chain = realm.blockchain()
        var store = MemoryStore()
        var update = ChainUpdate()
        let offer = chain.make(
            slot: realm.slot(from: 1, for: 1),
            key: realm.keys[1],
            mempool: pool([]),
            now: realm.now
        )
        let made = try #require(offer)
        let block = wrapped(made)
        chain.record(block, into: &update)
        try chain.takeAll(realm.chain(3), now: realm.now, into: &update)
        chain.adopt(block, into: &update)
        store.write(update.changes)
        #expect(chain.tip.height == 3)
        #expect(store.keys(.body).count == 3 && store.keys(.header).count == 3)
        #expect(try store.disorder() == [])
    }
}

import Testing
import WarrenChain
import WarrenPrimitives

struct LimitTests {
    private let realm = Realm()

    private func chain(_ change: (inout Blockchain.Limits) -> Void) -> Blockchain {
        var limits = Blockchain.Limits()
        change(&limits)
        return realm.blockchain(limits)
    }

    @Test func `headers far above the tip are left for later`() throws {
        var chain = chain { $0.headersAhead = 3 }
        let blocks = realm.chain(5)
        var update = ChainUpdate()
        for block in blocks.prefix(3) {
            #expect(try chain.take(block.header, now: realm.now, into: &update) == .taken)
        }
        #expect(try chain.take(blocks[3].header, now: realm.now, into: &update) == .tooFarAhead)
        #expect(chain.header(blocks[3].header.id) == nil)
        #expect(chain.take(blocks[0], into: &update) == .taken)
        #expect(try chain.take(blocks[3].header, now: realm.now, into: &update) == .taken)
        #expect(try chain.take(blocks[4].header, now: realm.now, into: &update) == .tooFarAhead)
    }

    @Test func `of too many headers off the chain the lowest that nothing stands on goes`() throws {
        var chain = chain { $0.forkHeaders = 3 }
        var update = ChainUpdate()
        let ours = realm.chain(4)
        try chain.takeAll(ours, now: realm.now, into: &update)
        let low = realm.block(on: nil, by: 1, tag: 1)
        let fork = realm.chain(3, on: ours[0], by: 2, tag: 2)
        _ = try chain.takeWhole(low, now: realm.now, into: &update)
        for block in fork.prefix(2) {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        #expect(chain.forkHeaderCount == 3 && chain.header(low.header.id) != nil)

        update = ChainUpdate()
        #expect(try chain.take(fork[2].header, now: realm.now, into: &update) == .taken)
        #expect(chain.forkHeaderCount == 3 && chain.header(low.header.id) == nil)
        let key = try #require(bodyKey(of: low.header.point))
        #expect(update.changes.contains(StoreChange(.body, key: key, value: nil)))
        #expect(fork.allSatisfy { chain.header($0.header.id) != nil })

        // The newest stays, though it is the lowest; a branch loses its end, not its root.
        #expect(try chain.take(low.header, now: realm.now, into: &update) == .taken)
        #expect(chain.forkHeaderCount == 3 && chain.header(low.header.id) != nil)
        #expect(chain.header(fork[1].header.id) != nil && chain.header(fork[2].header.id) == nil)
        #expect(chain.chosenCount == 4)
        #expect(try chain.take(fork[2].header, now: realm.now, into: &update) == .taken)
        #expect(chain.header(low.header.id) == nil)
    }

    @Test func `a header that is shown, or on the chain, is never let go`() throws {
        var chain = chain { limits in
            limits.forkHeaders = 1
            limits.headersPerSlot = 1
        }
        var update = ChainUpdate()
        let ours = realm.block(on: nil)
        let next = realm.block(on: ours, by: 1)
        _ = try chain.takeWhole(ours, now: realm.now, into: &update)
        _ = try chain.take(next.header, now: realm.now, into: &update)
        #expect(chain.shown == next.header.point)
        for tag: UInt64 in 1...5 {
            let rival = realm.block(on: nil, tag: tag)
            #expect(rival.header.slot == ours.header.slot)
            _ = try chain.take(rival.header, now: realm.now, into: &update)
            let late = realm.block(on: ours, by: 1, tag: tag)
            _ = try chain.take(late.header, now: realm.now, into: &update)
            #expect(chain.shown == next.header.point && chain.tip == ours.header.point)
            #expect(chain.forkHeaderCount <= 2 && chain.broken == [])
        }
        #expect(chain.take(next, into: &update) == .taken)
    }

    @Test func `of one producer's headers for one slot those that reach least far go`() throws {
        var chain = chain { $0.headersPerSlot = 2 }
        var update = ChainUpdate()
        let ours = realm.chain(2)
        try chain.takeAll(ours, now: realm.now, into: &update)
        let slot = realm.slot(from: ours[1].header.slot + 1, for: 1)
        func rival(_ tag: UInt8) -> Block {
            realm.block(on: nil, by: 1, in: slot, Body([Transaction(.payload([tag]))]))
        }
        let first = rival(1)
        let child = realm.block(on: first, by: 2)
        for block in [first, child] {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        _ = try chain.take(rival(2).header, now: realm.now, into: &update)
        #expect(chain.header(rival(2).header.id) != nil)
        for tag: UInt8 in 3...6 {
            #expect(try chain.take(rival(tag).header, now: realm.now, into: &update) == .taken)
            #expect(chain.header(rival(tag).header.id) != nil)
            #expect(chain.header(rival(tag - 1).header.id) == nil)
            #expect(chain.header(first.header.id) != nil && chain.header(child.header.id) != nil)
        }
    }

    @Test
    func `of one producer's headers for one slot eight are taken, more only with one on them`()
        throws
    {
        var chain = realm.blockchain()
        var update = ChainUpdate()
        let rivals = (1...10).map { realm.block(on: nil, tag: UInt64($0)).header }
        for rival in rivals.prefix(8) {
            #expect(try chain.take(rival, now: realm.now, into: &update) == .taken)
            #expect(chain.forkHeaderCount <= chain.limits.headersPerSlot)
        }
        #expect(chain.isEquivocal(rivals[0]) && chain.isEquivocal(rivals[9]))
        #expect(try chain.take(rivals[8], now: realm.now, into: &update) == .surplus)
        #expect(chain.header(rivals[8].id) == nil)
        #expect(
            try chain.take(rivals[8], isBuiltOn: true, now: realm.now, into: &update) == .taken
        )
        #expect(try chain.take(rivals[9], now: realm.now, into: &update) == .surplus)
        // Each slot has a count of its own.
        let later = realm.block(on: nil, after: rivals[0].slot).header
        #expect(!chain.isEquivocal(later))
        #expect(try chain.take(later, now: realm.now, into: &update) == .taken)
        #expect(!chain.isEquivocal(later) && chain.broken == [])
    }

    @Test func `two headers for one slot are kept as evidence and told once`() throws {
        var chain = realm.blockchain()
        var update = ChainUpdate()
        let rivals = (1...3).map { realm.block(on: nil, tag: UInt64($0)) }
        for block in rivals + rivals {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        let expected = Equivocation(first: rivals[0].header, second: rivals[1].header)
        #expect(update.events.equivocations == [expected])
        #expect(chain.evidence == [expected])
        // Two producers in one slot is as it should be.
        let shared = (1..<200).first { slot in
            realm.leaders.leads(realm.producer(0), slot: slot)
                && realm.leaders.leads(realm.producer(1), slot: slot)
        }
        let slot = try #require(shared)
        for place in 0...1 {
            let block = realm.block(on: nil, by: place, in: slot, Body([]))
            if slot != rivals[0].header.slot || place == 1 {
                _ = try chain.take(block.header, now: realm.now, into: &update)
            }
        }
        #expect(update.events.equivocations.count == 1)

        var store = MemoryStore()
        store.write(update.changes)
        var again = ChainUpdate()
        var restored = try store.restore(realm.rules, into: &again)
        #expect(restored.evidence == [expected])
        for block in rivals {
            _ = try restored.take(block.header, now: realm.now, into: &again)
        }
        #expect(again.events.equivocations.isEmpty)
    }

    @Test func `evidence has a limit, and that of the lowest slots goes first`() throws {
        var chain = chain { $0.evidence = 2 }
        var store = MemoryStore()
        var slots: [UInt64] = []
        var from: UInt64 = 100
        for _ in 0..<3 {
            slots.append(realm.slot(from: from, for: 0))
            from = (slots.last ?? 0) + 1
        }
        func equivocate(in slot: UInt64) throws -> Int {
            var update = ChainUpdate()
            for tag: UInt8 in 1...2 {
                let body = Body([Transaction(.payload([tag]))])
                let block = realm.block(on: nil, by: 0, in: slot, body)
                _ = try chain.take(block.header, now: realm.now, into: &update)
            }
            store.write(update.changes)
            #expect(chain.evidence.count == store.keys(.evidence).count)
            return update.events.equivocations.count
        }
        #expect(try equivocate(in: slots[1]) == 1)
        #expect(try equivocate(in: slots[0]) == 1)
        #expect(chain.evidence.map(\.slot) == [slots[0], slots[1]])
        #expect(try equivocate(in: slots[2]) == 1)
        #expect(chain.evidence.map(\.slot) == [slots[1], slots[2]])
        let early = realm.slot(from: 1, for: 0)
        #expect(try equivocate(in: early) == 0)
        #expect(chain.evidence.map(\.slot) == [slots[1], slots[2]])
    }

    @Test func `bodies are kept as the messages they came in, up to a limit`() throws {
        let blocks = realm.chain(4, tag: 7)
        let size = blocks[0].message.count + Blockchain.bodyOverhead
        var chain = chain { $0.bodyBytes = 3 * size }
        var update = ChainUpdate()
        try chain.takeAll(Array(blocks.prefix(3)), now: realm.now, into: &update)
        #expect(chain.bodyByteCount == 3 * size)
        for block in blocks.prefix(3) {
            #expect(chain.body(of: block.header.point) == .held(message: block.message))
        }
        _ = try chain.takeWhole(blocks[3], now: realm.now, into: &update)
        #expect(chain.bodyByteCount == 3 * size)
        #expect(chain.body(of: blocks[0].header.point) == .stored)
        #expect(chain.body(of: blocks[1].header.point) == .held(message: blocks[1].message))
    }
}

import Testing
import WarrenChain
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct RestorationTests {
    private let realm = Realm(securityParameter: 6)

    /// Blocks with a registration now and then, from few pools.
    private func tree(_ random: inout Random) -> [Block] {
        var blocks: [Block] = []
        for number: UInt64 in 1...30 {
            let place = blocks.count - random.below(min(4, blocks.count) + 1)
            let parent = place < blocks.count ? blocks[place] : blocks.last
            var transactions: [Transaction] = []
            if random.chance(1, in: 2) {
                let registration = RelayRegistration(
                    pledge: UInt64(random.below(4)),
                    serial: number + UInt64(random.below(4)),
                    relays: [.init(host: .name("relay-\(number).test"), port: 1)],
                    by: key(UInt8(50 + random.below(3)))
                )
                transactions.append(Transaction(.registration(registration)))
            }
            blocks.append(
                realm.block(on: parent, by: random.below(3), tag: number, transactions)
            )
        }
        return blocks
    }

    @Test(arguments: Seed.sweep(8))
    func `a node that stops after any batch goes on where it was`(seed: Seed) throws {
        var random = seed.random
        let blocks = tree(&random)
        var chain = realm.blockchain()
        var store = MemoryStore()
        var open = Array(blocks.indices)
        while !open.isEmpty {
            // Mostly in order, headers some way ahead of bodies.
            let place = open[random.below(min(6, open.count))]
            let block = blocks[place]
            var update = ChainUpdate()
            if random.chance(1, in: 2) {
                let outcome = try? chain.take(block.header, now: realm.now, into: &update)
                let isWaiting = open.contains { blocks[$0].header.id == block.header.previous }
                if outcome == nil || outcome == .unknownParent && !isWaiting {
                    open.removeAll { $0 == place }
                }
            } else if chain.take(block, into: &update) != .unknownHeader {
                open.removeAll { $0 == place }
            }
            guard !update.changes.isEmpty else { continue }
            store.write(update.changes)

            var start = ChainUpdate()
            let restored = try store.restore(realm.rules, into: &start)
            #expect(restored.tip == chain.tip && restored.anchor == chain.anchor)
            #expect(restored.chosenCount == chain.chosenCount)
            #expect(restored.ledger.pools == chain.ledger.pools)
            #expect(restored.evidence == chain.evidence)
            #expect(start.events.adopted.isEmpty)
            #expect(restored.broken == [] && chain.broken == [])
            var cleaned = store
            cleaned.write(start.changes)
            #expect(try cleaned.disorder() == [])

            guard random.chance(1, in: 4) else { continue }
            // What comes next has the same consequences, but for what memory alone held.
            var copy = restored
            for block in blocks {
                var rest = ChainUpdate()
                _ = try? copy.takeWhole(block, now: realm.now, into: &rest)
                cleaned.write(rest.changes)
            }
            #expect(try cleaned.disorder() == [])
            var other = chain
            for block in blocks {
                var rest = ChainUpdate()
                _ = try? other.takeWhole(block, now: realm.now, into: &rest)
            }
            #expect(copy.tip == other.tip)
            #expect(copy.ledger.pools == other.ledger.pools)
        }
        #expect(chain.tip.height > 6, "the tree is high enough to tell")
    }

    @Test func `blocks off the chain are there again, whole, after a restart`() throws {
        var chain = realm.blockchain()
        var store = MemoryStore()
        var update = ChainUpdate()
        let ours = realm.chain(3)
        let pool = key(60)
        let registration = RelayRegistration(
            pledge: 5,
            serial: 1,
            relays: [.init(host: .name("relay.test"), port: 1)],
            by: pool
        )
        let fork = realm.block(on: nil, by: 1, [Transaction(.registration(registration))])
        let forked = realm.chain(3, on: fork, by: 1)
        try chain.takeAll(ours + [fork] + forked.prefix(1), now: realm.now, into: &update)
        // The body of the third is here before that of the second: it is fetched again.
        for block in forked.dropFirst() {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        _ = chain.take(forked[2], into: &update)
        store.write(update.changes)

        update = ChainUpdate()
        var restored = try store.restore(realm.rules, into: &update)
        #expect(restored.forkHeaderCount == 2 && restored.tip == ours[2].header.point)
        #expect(restored.body(of: fork.header.point) == .stored)
        #expect(restored.ledger.pools.isEmpty)
        store.write(update.changes)
        #expect(store.keys(.body).count == 5)

        update = ChainUpdate()
        try restored.takeAll(Array(forked.dropFirst()), now: realm.now, into: &update)
        #expect(restored.tip == forked[2].header.point)
        #expect(restored.ledger.pools.map(\.stake) == [5])
        let steps = update.events.compactMap { event in
            if case .adopted(let step) = event { step } else { nil }
        }
        // Bodies that only the store has are not in the events.
        #expect(steps.map { $0.body == nil } == [true, true, false, false])
    }

    @Test func `more headers than one page are read page by page`() throws {
        var rules = realm.rules
        rules.securityParameter = Restoration.pageLimit + 10
        let pages = [Restoration.pageLimit, 11, 0]
        var restoration = Restoration(rules)
        var top = UInt64(Restoration.pageLimit + 11)
        // Headers that nobody signed, as the store is trusted.
        let last = Header(
            Header.Content(
                height: top,
                slot: top,
                previous: .zero,
                body: .zero,
                bodySize: 0,
                time: .epoch
            ),
            by: key(1)
        )
        for count in pages.prefix(2) {
            let range = try #require(restoration.wanted)
            #expect(range.isDescending && range.space == .header)
            #expect(range.from == headerKey(at: 0))
            let rows = try (0..<count).map { _ in
                defer { top -= 1 }
                return try row(last, at: top)
            }
            try restoration.take(rows)
        }
        #expect(top == 0)
        let forks = try #require(restoration.wanted)
        #expect(!forks.isDescending && forks.from == [UInt8](repeating: 0xFF, count: 8))
        try restoration.take([])
        #expect(restoration.wanted == nil)
    }

    /// The row of a header that differs from `header` in its height alone.
    private func row(_ header: Header, at height: UInt64) throws -> StoreChange {
        var writer = ProtobufWriter(capacity: 256)
        writer.varint(1, height)
        let rest = header.encoding.dropFirst(header.height < 1 << 14 ? 3 : 4)
        return StoreChange(.header, key: headerKey(at: height), value: writer.bytes + rest)
    }

    @Test func `a damaged store is refused with the row that is wrong`() throws {
        var chain = realm.blockchain()
        var sound = MemoryStore()
        var update = ChainUpdate()
        let blocks = realm.chain(3)
        let forks = [realm.block(on: nil, by: 1, tag: 4), realm.block(on: nil, by: 1, tag: 5)]
        try chain.takeAll(blocks + forks, now: realm.now, into: &update)
        sound.write(update.changes)

        func flaw(_ changes: [StoreChange], rules: ChainRules? = nil) -> StoreFlaw? {
            var store = sound
            store.write(changes)
            var update = ChainUpdate()
            do {
                _ = try store.restore(rules ?? realm.rules, into: &update)
                return nil
            } catch {
                return error as? StoreFlaw
            }
        }
        #expect(flaw([]) == nil)
        let key = headerKey(at: 2)
        #expect(flaw([.init(.header, key: key, value: [1])]) == .badRow(.header, key: key))
        #expect(
            flaw([.init(.header, key: key, value: blocks[0].header.encoding)])
                == .badRow(.header, key: key)
        )
        #expect(flaw([.init(.header, key: key, value: nil)]) == .brokenChain(height: 3))
        let fork = sound.keys(.header)[3]
        #expect(fork.count == 48)
        #expect(flaw([.init(.header, key: fork, value: [])]) == .badRow(.header, key: fork))
        let evidence = sound.keys(.evidence)[0]
        #expect(
            flaw([.init(.evidence, key: evidence, value: [7])]) == .badRow(.evidence, key: evidence)
        )
        #expect(flaw([.init(.ledger, key: [1], value: [7])]) == .badRow(.ledger, key: [1]))
        var rules = realm.rules
        rules.genesisID = .zero
        #expect(
            flaw([], rules: rules) == .otherGenesis(realm.rules.genesisID, expected: .zero)
        )
        for flaw: StoreFlaw in [
            .badRow(.header, key: key), .brokenChain(height: 3),
            .otherGenesis(.zero, expected: .zero),
        ] { #expect("\(flaw)".contains("store")) }
    }
}

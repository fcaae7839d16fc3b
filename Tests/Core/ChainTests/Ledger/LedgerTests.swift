import Testing
import WarrenChain
import WarrenPeering
import WarrenPrimitives

struct LedgerTests {
    private let realm = Realm(securityParameter: 3)

    private func registration(
        _ pool: UInt8,
        pledge: UInt64,
        serial: UInt64,
        relays: Int = 1
    ) -> Transaction {
        Transaction(
            .registration(
                RelayRegistration(
                    pledge: pledge,
                    serial: serial,
                    relays: (0..<relays).map { .init(host: .name("r\($0).test"), port: 1) },
                    by: key(pool)
                )
            )
        )
    }

    private func genesis(_ pool: UInt8, stake: UInt64) -> Ledger.GenesisPool {
        Ledger.GenesisPool(
            key: Hash(key(pool).publicKey) ?? .zero,
            pool: LedgerPeers.Pool(stake: stake, relays: [.init(host: .name("g.test"), port: 2)])
        )
    }

    @Test func `the latest registration of a pool counts, and the genesis where there is none`()
        throws
    {
        let pools = [genesis(70, stake: 10), genesis(71, stake: 20)]
        var chain = Blockchain(realm.rules, genesis: pools)
        #expect(Set(chain.ledger.pools) == Set(pools.map(\.pool)))
        var update = ChainUpdate()
        let before = chain.ledger.revision
        let blocks = [
            realm.block(
                on: nil,
                [
                    registration(70, pledge: 1, serial: 5, relays: 2),
                    registration(72, pledge: 30, serial: 0),
                    registration(72, pledge: 31, serial: 1),
                    registration(72, pledge: 32, serial: 1),
                ]
            )
        ]
        try chain.takeAll(blocks, now: realm.now, into: &update)
        #expect(Set(chain.ledger.pools.map(\.stake)) == [1, 20, 31])
        #expect(chain.ledger.revision != before)
        #expect(chain.ledger.pools.first { $0.stake == 1 }?.relays.count == 2)
        #expect(chain.ledger.serial(of: pools[0].key) == 5)

        // An older serial, or the same, has no effect; a pledge of 0 takes a pool off.
        let next = realm.block(
            on: blocks[0],
            [
                registration(70, pledge: 99, serial: 5), registration(70, pledge: 98, serial: 4),
                registration(71, pledge: 0, serial: 1),
            ]
        )
        try chain.takeAll([next], now: realm.now, into: &update)
        #expect(Set(chain.ledger.pools.map(\.stake)) == [1, 31])
    }

    @Test func `registrations are rolled back with their blocks`() throws {
        var chain = Blockchain(realm.rules, genesis: [genesis(70, stake: 10)])
        var store = MemoryStore()
        var update = ChainUpdate()
        let common = realm.block(on: nil, [registration(71, pledge: 1, serial: 1)])
        let ours = realm.block(
            on: common,
            [registration(70, pledge: 2, serial: 1), registration(71, pledge: 3, serial: 2)]
        )
        let theirs = realm.chain(2, on: common, by: 1)
        try chain.takeAll([common, ours], now: realm.now, into: &update)
        #expect(Set(chain.ledger.pools.map(\.stake)) == [2, 3])
        store.write(update.changes)
        #expect(store.keys(.ledger).count == 3)

        update = ChainUpdate()
        try chain.takeAll(theirs, now: realm.now, into: &update)
        store.write(update.changes)
        #expect(Set(chain.ledger.pools.map(\.stake)) == [10, 1])
        #expect(store.keys(.ledger).count == 1)

        // And come back with them: what a fork registers is not forgotten.
        update = ChainUpdate()
        try chain.takeAll(realm.chain(2, on: ours), now: realm.now, into: &update)
        store.write(update.changes)
        #expect(Set(chain.ledger.pools.map(\.stake)) == [2, 3])
        var start = ChainUpdate()
        let restored = try store.restore(
            realm.rules,
            genesis: [genesis(70, stake: 10)],
            into: &start
        )
        #expect(restored.ledger.pools == chain.ledger.pools)
    }

    @Test func `what can no longer be rolled back keeps one registration of each pool`() throws {
        var chain = realm.blockchain()
        var store = MemoryStore()
        var parent: Block?
        for serial: UInt64 in 1...10 {
            let block = realm.block(on: parent, [registration(71, pledge: serial, serial: serial)])
            var update = ChainUpdate()
            _ = try chain.takeWhole(block, now: realm.now, into: &update)
            store.write(update.changes)
            parent = block
            // Those of the last three blocks, and the one that they build on.
            #expect(chain.ledger.versionCount == min(Int(serial), 4))
            #expect(store.keys(.ledger).count == chain.ledger.versionCount)
            #expect(chain.ledger.pools.map(\.stake) == [serial])
        }
    }

    @Test func `the ledger takes as many pools as its limit says`() throws {
        // Rows of pools, as a store would have them; nobody checks the signatures of its own rows.
        let one = registration(71, pledge: 1, serial: 1).encoding
        guard case .registration(let read) = try Transaction(one).content else {
            Issue.record("a registration is a registration")
            return
        }
        let at = one.indices.first { one[$0...].starts(with: read.pool.bytes) } ?? 0
        func row(_ number: Int) -> StoreChange {
            let pool = Hash(of: UInt32(number).bigEndianBytes).bytes
            var value = one
            value.replaceSubrange(at..<at + pool.count, with: pool)
            return StoreChange(.ledger, key: pool + UInt64(0).bigEndianBytes, value: value)
        }
        var chain = realm.blockchain()
        for (count, stakes) in [(Ledger.poolLimit - 1, 3), (Ledger.poolLimit, 2)] {
            var store = MemoryStore()
            store.write((0..<count).map(row))
            var update = ChainUpdate()
            chain = try store.restore(realm.rules, into: &update)
            let block = realm.block(on: nil, [registration(72, pledge: 2, serial: 1)])
            _ = try chain.takeWhole(block, now: realm.now, into: &update)
            #expect(chain.ledger.versionCount == Ledger.poolLimit)
            #expect(Set(chain.ledger.pools.map(\.stake)).count == stakes - 1)
        }
    }
}

import Testing
import WarrenChain
import WarrenPrimitives
import WarrenSupport

struct DepthTests {
    @Test func `as many blocks can be rolled back as the genesis says, and not one more`() throws {
        let realm = Realm(securityParameter: 3)
        let common = realm.block(on: nil)
        for depth in 3...4 {
            let ours = realm.chain(depth, on: common)
            let theirs = realm.chain(depth + 1, on: common, by: 1, tag: 5)
            var chain = realm.blockchain()
            var update = ChainUpdate()
            try chain.takeAll([common] + ours, now: realm.now, into: &update)
            #expect(chain.chosenCount == 3)
            if depth == 3 {
                #expect(chain.anchor == common.header.point)
                try chain.takeAll(theirs, now: realm.now, into: &update)
                #expect(chain.tip == theirs[depth].header.point)
            } else {
                #expect(throws: HeaderFlaw.forkTooDeep(height: 2, anchor: 2)) {
                    try chain.take(theirs[0].header, now: realm.now, into: &update)
                }
                // What stands on it is not too deep by itself: its parent is only unknown.
                #expect(throws: HeaderFlaw.forkTooDeep(height: 3, anchor: 2)) {
                    try chain.take(theirs[1].header, now: realm.now, into: &update)
                }
                #expect(
                    try chain.take(theirs[2].header, now: realm.now, into: &update)
                        == .unknownParent
                )
                #expect(chain.tip == ours[depth - 1].header.point)
            }
        }
    }

    @Test func `forks that fall below the anchor go, from memory and from the store`() throws {
        let realm = Realm(securityParameter: 4)
        let ours = realm.chain(10)
        let fork = realm.chain(3, on: ours[1], by: 1, tag: 3)
        var chain = realm.blockchain()
        var store = MemoryStore()
        var update = ChainUpdate()
        try chain.takeAll(Array(ours.prefix(4)) + fork, now: realm.now, into: &update)
        // A header without its body goes as well.
        let bare = realm.block(on: ours[1], by: 2, tag: 9)
        _ = try chain.take(bare.header, now: realm.now, into: &update)
        try chain.takeAll(Array(ours[4..<6]), now: realm.now, into: &update)
        store.write(update.changes)
        #expect(chain.tip.height == 6 && chain.anchor.height == 2)
        #expect(chain.forkHeaderCount == 4)
        #expect(store.keys(.body).count == 9)

        update = ChainUpdate()
        _ = try chain.takeWhole(ours[6], now: realm.now, into: &update)
        store.write(update.changes)
        #expect(chain.anchor == ours[2].header.point)
        #expect(chain.forkHeaderCount == 0)
        #expect(store.keys(.body).count == 7 && store.keys(.header).count == 7)
        #expect(try store.disorder() == [])
        #expect(chain.header(fork[0].header.id) == nil)
        #expect(chain.take(fork[0], into: &update) == .unknownHeader)
        #expect(chain.body(of: fork[0].header.point) == .unknown)
    }

    @Test func `what lies below the anchor only the store knows`() throws {
        let realm = Realm(securityParameter: 2)
        let blocks = realm.chain(5)
        var chain = realm.blockchain()
        var update = ChainUpdate()
        try chain.takeAll(blocks, now: realm.now, into: &update)
        #expect(chain.anchor == blocks[2].header.point)
        #expect(chain.contains(blocks[1].header.point) == nil)
        #expect(chain.contains(blocks[2].header.point) == true)
        #expect(chain.contains(blocks[3].header.point) == true)
        #expect(chain.contains(.block(height: 3, slot: 1, .zero)) == false)
        #expect(chain.contains(.block(height: 9, slot: 1, .zero)) == false)
        #expect(chain.contains(.origin) == true)
        #expect(chain.header(at: 3) == nil && chain.header(at: 6) == nil)
        #expect(chain.header(at: 4) == blocks[3].header && chain.header(at: 0) == nil)
        #expect(chain.body(of: blocks[0].header.point) == .held(message: blocks[0].message))
        #expect(chain.body(of: .block(height: 1, slot: 1, .zero)) == .stored)
        #expect(chain.body(of: .block(height: 3, slot: 1, .zero)) == .unknown)
        #expect(chain.body(of: .origin) == .unknown)
        // A known block is no fork, however deep.
        #expect(try chain.take(blocks[2].header, now: realm.now, into: &update) == .known)
        #expect(throws: HeaderFlaw.self) {
            try chain.take(blocks[1].header, now: realm.now, into: &update)
        }
    }

    @Test(arguments: Seed.sweep(15))
    func `memory stays within the limits, and the store holds no block too many`(
        seed: Seed
    ) throws {
        var random = seed.random
        let realm = Realm(securityParameter: 1 + random.below(5))
        var limits = Blockchain.Limits()
        limits.forkHeaders = 1 + random.below(6)
        limits.headersAhead = 3
        limits.bodyBytes = 200
        var chain = realm.blockchain(limits)
        var store = MemoryStore()
        var pool = realm.tree(6, random: &random)
        for number in 0..<200 {
            var update = ChainUpdate()
            if random.chance(1, in: 3) {
                let parent = pool[pool.count - 1 - random.below(min(8, pool.count))]
                pool.append(
                    realm.block(on: parent, by: random.below(3), tag: UInt64(1_000 + number))
                )
            }
            let block = pool[pool.count - 1 - random.below(min(12, pool.count))]
            if random.chance(1, in: 2) {
                _ = try? chain.take(block.header, now: realm.now, into: &update)
            } else {
                _ = chain.take(block, into: &update)
            }
            store.write(update.changes)
            #expect(chain.chosenCount <= realm.rules.securityParameter)
            #expect(chain.forkHeaderCount <= limits.forkHeaders + 1)
            #expect(chain.bodyByteCount <= limits.bodyBytes)
            #expect(chain.tip.height - chain.anchor.height <= realm.rules.securityParameter)
            #expect(try store.disorder() == [])
            #expect(chain.broken == [])
            #expect(chain.contains(chain.tip) == true && chain.contains(chain.shown) == true)
        }
    }
}

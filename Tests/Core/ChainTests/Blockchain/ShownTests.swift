import Testing
import WarrenChain
import WarrenPrimitives

struct ShownTests {
    private let realm = Realm()

    @Test func `a header on the tip is shown before its body is here`() throws {
        var chain = realm.blockchain()
        let blocks = realm.chain(3)
        var update = ChainUpdate()
        for block in blocks {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        // One header, and no more.
        #expect(update.events == [.shown(blocks[0].header.point)])
        #expect(chain.tip == .origin && chain.shown == blocks[0].header.point)
        #expect(chain.header(at: 1) == blocks[0].header && chain.header(at: 2) == nil)
        #expect(chain.contains(blocks[0].header.point) == true)
        #expect(chain.contains(blocks[1].header.point) == false)
        #expect(chain.body(of: blocks[0].header.point) == .awaited)
        #expect(chain.body(of: blocks[1].header.point) == .unknown)

        update = ChainUpdate()
        #expect(chain.take(blocks[0], into: &update) == .taken)
        #expect(
            update.events == [.adopted(ChainStep(blocks[0])), .shown(blocks[1].header.point)]
        )
        #expect(chain.body(of: blocks[0].header.point) == .held(message: blocks[0].message))
        #expect(
            chain.body(of: .block(height: 1, slot: 1, blocks[0].header.id)) == .unknown,
            "a point with another slot is another point"
        )
    }

    @Test func `a header is not shown any more when its body is given up on`() throws {
        var chain = realm.blockchain()
        let first = realm.block(on: nil)
        var update = ChainUpdate()
        _ = try chain.take(first.header, now: realm.now, into: &update)
        chain.withdraw(first.header.id, into: &update)
        #expect(update.events.shown == [first.header.point, .origin])
        #expect(chain.shown == .origin && chain.header(at: 1) == nil)
        #expect(chain.body(of: first.header.point) == .unknown)
        #expect(chain.missing(toward: first.header.id, limit: 9) == [first.header])

        // Another takes its place; that which was withdrawn does not come back without its body.
        let second = realm.block(on: nil, by: 1)
        update = ChainUpdate()
        _ = try chain.take(second.header, now: realm.now, into: &update)
        _ = try chain.take(first.header, now: realm.now, into: &update)
        #expect(update.events == [.shown(second.header.point)])
        update = ChainUpdate()
        #expect(chain.take(first, into: &update) == .taken)
        #expect(update.events == [.adopted(ChainStep(first)), .shown(first.header.point)])
        chain.withdraw(first.header.id, into: &update)
        #expect(chain.tip == first.header.point)
    }

    @Test func `what is shown stays shown while a rival comes, and goes with the tip`() throws {
        var chain = realm.blockchain()
        let common = realm.block(on: nil)
        let shown = realm.block(on: common, by: 1)
        // One that would have been shown if it had come first.
        let rivals = (1...UInt64.max).lazy.map { realm.block(on: common, by: 2, tag: $0) }
        let rival = try #require(rivals.first { $0.header.id < shown.header.id })
        var update = ChainUpdate()
        _ = try chain.takeWhole(common, now: realm.now, into: &update)
        _ = try chain.take(shown.header, now: realm.now, into: &update)
        update = ChainUpdate()
        _ = try chain.take(rival.header, now: realm.now, into: &update)
        #expect(update.events.isEmpty)
        #expect(chain.take(rival, into: &update) == .taken)
        #expect(update.events == [.adopted(ChainStep(rival)), .shown(rival.header.point)])
    }

    @Test func `of several headers that could be shown the one that leads furthest is`() throws {
        var chain = realm.blockchain()
        let common = realm.block(on: nil)
        let short = realm.block(on: common, by: 1)
        let long = realm.chain(2, on: common, by: 2)
        var update = ChainUpdate()
        for block in [common, short] + long {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        #expect(chain.take(common, into: &update) == .taken)
        #expect(chain.shown == long[0].header.point)
    }

    @Test func `a block with a bad body goes, and is not taken again`() throws {
        var chain = realm.blockchain()
        let blocks = realm.chain(3)
        var update = ChainUpdate()
        for block in blocks.prefix(2) {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        update = ChainUpdate()
        chain.refuse(blocks[0].header.id, into: &update)
        #expect(update.events == [.shown(.origin)])
        #expect(chain.forkHeaderCount == 0)
        #expect(try chain.take(blocks[0].header, now: realm.now, into: &update) == .refused)
        #expect(throws: HeaderFlaw.onRefused(blocks[0].header.id)) {
            try chain.take(blocks[1].header, now: realm.now, into: &update)
        }
        // Blocks whose bodies were found good cannot be talked away.
        var other = realm.blockchain()
        _ = try other.takeWhole(blocks[0], now: realm.now, into: &update)
        other.refuse(blocks[0].header.id, into: &update)
        #expect(other.tip == blocks[0].header.point)
    }

    @Test func `the ids of bad blocks that are remembered have a limit`() throws {
        var limits = Blockchain.Limits()
        limits.refused = 2
        var chain = realm.blockchain(limits)
        var update = ChainUpdate()
        let blocks = (1...3).map { realm.block(on: nil, tag: $0) }
        for block in blocks { chain.refuse(block.header.id, into: &update) }
        #expect(try chain.take(blocks[0].header, now: realm.now, into: &update) == .taken)
        #expect(try chain.take(blocks[1].header, now: realm.now, into: &update) == .refused)
        #expect(try chain.take(blocks[2].header, now: realm.now, into: &update) == .refused)
    }
}

import Testing
import WarrenChain
import WarrenPrimitives
import WarrenSupport

/// What a node must follow, found the slow way: of all chains whose bodies are all here, by the
/// rule.
private struct Model {
    var headers: [Hash: Header] = [:]
    var bodies: Set<Hash> = []

    func isWhole(_ header: Header, genesis: Hash) -> Bool {
        var header = header
        while bodies.contains(header.id) {
            if header.previous == genesis { return true }
            guard let previous = headers[header.previous] else { return false }
            header = previous
        }
        return false
    }

    func tip(genesis: Hash) -> Point {
        let ends = headers.values.filter { isWhole($0, genesis: genesis) }
        let best = ends.max { ($0.height, $1.id) < ($1.height, $0.id) }
        return best?.point ?? .origin
    }
}

struct ForkChoiceTests {
    private let realm = Realm()

    /// Random trees have more blocks of one producer for one slot than a chain usually takes.
    private var limits: Blockchain.Limits {
        var limits = Blockchain.Limits()
        limits.headersPerSlot = 100
        return limits
    }

    @Test(arguments: Seed.sweep(25))
    func `whatever order blocks come in, the tip is the one that the rule names`(
        seed: Seed
    ) throws {
        var random = seed.random
        let blocks = realm.tree(24, random: &random)
        var ends: [Point] = []
        for _ in 0..<3 {
            var model = Model()
            var chain = realm.blockchain(limits)
            var waiting = blocks
            var bodiless: [Block] = []
            while !waiting.isEmpty || !bodiless.isEmpty {
                var update = ChainUpdate()
                let offered = waiting.indices.filter { place in
                    let previous = waiting[place].header.previous
                    return previous == realm.rules.genesisID || model.headers[previous] != nil
                }
                let choice = random.below(offered.count + bodiless.count)
                if choice < offered.count {
                    let block = waiting.remove(at: offered[choice])
                    let outcome = try chain.take(block.header, now: realm.now, into: &update)
                    #expect(outcome == .taken)
                    #expect(chain.take(block.header, into: block, random: &random))
                    model.headers[block.header.id] = block.header
                    bodiless.append(block)
                } else {
                    let block = bodiless.remove(at: choice - offered.count)
                    #expect(chain.take(block, into: &update) == .taken)
                    model.bodies.insert(block.header.id)
                }
                #expect(chain.tip == model.tip(genesis: realm.rules.genesisID))
                #expect(chain.broken == [])
            }
            ends.append(chain.tip)
        }
        #expect(Set(ends).count == 1)
    }

    @Test(arguments: Seed.sweep(20))
    func `events and rows tell the chain's whole story, through restarts too`(seed: Seed) throws {
        var random = seed.random
        let blocks = realm.tree(24, random: &random)
        var chain = realm.blockchain(limits)
        var store = MemoryStore()
        // The chain as one who only heard the events has it.
        var told: [Point] = []
        var toldShown = Point.origin
        func hear(_ update: ChainUpdate) throws {
            for event in update.events {
                switch event {
                case .rolledBack(let point, let steps):
                    #expect(steps.map(\.header.point) == told.suffix(steps.count).reversed())
                    told.removeLast(steps.count)
                    #expect((told.last ?? .origin) == point)
                case .adopted(let step):
                    #expect(step.header.height == UInt64(told.count + 1))
                    told.append(step.header.point)
                    if let body = step.body { #expect(body.id == step.header.body) }
                case .shown(let point): toldShown = point
                case .equivocation: break
                }
            }
            store.write(update.changes)
            #expect(try store.disorder() == [])
            #expect(chain.broken == [])
            #expect((told.last ?? .origin) == chain.tip && toldShown == chain.shown)
            for (place, point) in told.enumerated() {
                #expect(chain.contains(point) == true)
                #expect(chain.header(at: UInt64(place + 1))?.point == point)
            }
        }
        for _ in 0..<250 {
            var update = ChainUpdate()
            let block = blocks[random.below(blocks.count)]
            switch random.below(30) {
            case 0:
                chain = try store.restore(realm.rules, limits: limits, into: &update)
                #expect(chain.tip == told.last ?? .origin)
                toldShown = chain.tip
            case 1..<15: _ = try chain.take(block.header, now: realm.now, into: &update)
            case 15: chain.withdraw(block.header.id, into: &update)
            default: _ = chain.take(block, into: &update)
            }
            try hear(update)
        }
        for block in blocks {
            var update = ChainUpdate()
            _ = try chain.takeWhole(block, now: realm.now, into: &update)
            try hear(update)
        }
        var model = Model()
        for block in blocks {
            model.headers[block.header.id] = block.header
            model.bodies.insert(block.header.id)
        }
        #expect(chain.tip == model.tip(genesis: realm.rules.genesisID))
    }

    @Test func `of equally long chains that with the lower hash is followed`() throws {
        let one = realm.block(on: nil, tag: 1)
        let other = realm.block(on: nil, by: 1, tag: 2)
        for order in [[one, other], [other, one]] {
            var chain = realm.blockchain()
            var update = ChainUpdate()
            try chain.takeAll(order, now: realm.now, into: &update)
            #expect(chain.tip.id == min(one.header.id, other.header.id))
            #expect(chain.forkHeaderCount == 1)
        }
    }

    @Test func `a longer chain is followed when its last missing body comes`() throws {
        let ours = realm.chain(3)
        let theirs = realm.chain(4, by: 1, tag: 1)
        var chain = realm.blockchain()
        var update = ChainUpdate()
        try chain.takeAll(ours, now: realm.now, into: &update)
        for block in theirs {
            _ = try chain.take(block.header, now: realm.now, into: &update)
        }
        let end = theirs[3].header.id
        #expect(chain.isPreferable(end))
        #expect(chain.missing(toward: end, limit: 10) == theirs.map(\.header))
        #expect(chain.missing(toward: end, limit: 2) == theirs.prefix(2).map(\.header))
        for place in [3, 1, 0] {
            #expect(chain.take(theirs[place], into: &update) == .taken)
            #expect(chain.take(theirs[place], into: &update) == .known)
        }
        #expect(chain.missing(toward: end, limit: 10) == [theirs[2].header])
        #expect(chain.tip == ours[2].header.point)

        var last = ChainUpdate()
        #expect(chain.take(theirs[2], into: &last) == .taken)
        #expect(
            last.events == [
                .rolledBack(
                    to: .origin,
                    ours.reversed().map { ChainStep($0) }
                ),
                .adopted(ChainStep(theirs[0])), .adopted(ChainStep(theirs[1])),
                .adopted(ChainStep(theirs[2])), .adopted(ChainStep(theirs[3])),
                .shown(theirs[3].header.point),
            ]
        )
        #expect(chain.missing(toward: end, limit: 10) == [])
        #expect(!chain.isPreferable(end) && !chain.isPreferable(ours[2].header.id))
        #expect(!chain.isPreferable(Hash(of: [])))
    }
}

extension ChainStep {
    init(_ block: Block) { self.init(header: block.header, body: block.body) }
}

extension Blockchain {
    /// A header that is known is known, however often it comes; a copy is asked, so that a change
    /// would not go unnoticed.
    fileprivate func take(_ header: Header, into block: Block, random: inout Random) -> Bool {
        var copy = self
        var update = ChainUpdate()
        let outcome = try? copy.take(header, now: .epoch, into: &update)
        return outcome == .known && update == ChainUpdate() && copy.tip == tip
    }
}

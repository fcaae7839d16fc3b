import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

/// A client and a server over a pipe, with little credit; what happens next is up to chance.
private struct Pair {
    static let depth = 12

    var client: ChainClient
    let ours: TestChain
    var server = ChainServer()
    var theirs: TestChain
    var random: Random
    var credits = (client: Credit(), server: Credit())
    var toServer: [[UInt8]] = []
    var toClient: [[UInt8]] = []
    var loads: [(id: LoadID, range: StoreRange)] = []
    var problems: [String] = []
    var counts: (headers: Int, rollbacks: Int, loads: Int) = (0, 0, 0)
    /// What the client was told, joined: must be its candidate.
    var told: [Header] = []
    var base: Point?

    init(seed: Seed) {
        random = seed.random
        var chain = TestChain(depth: Self.depth)
        chain.grow(random.below(60), bodyBytes: 0)
        var ours = chain
        if random.chance(1, in: 2), chain.tip.height > chain.anchor.height {
            let back = random.below(Int(chain.tip.height - chain.anchor.height))
            ours.grow(random.below(4), from: Int(chain.tip.height) - back, bodyBytes: 1)
        }
        chain.grow(random.below(60), bodyBytes: 0)
        self.ours = ours
        theirs = chain
        client = ChainClient(
            settings: .init(genesisID: TestChain.genesis, securityParameter: Self.depth)
        )
        let line = ChannelDescriptor(id: .chain, sendQueueLimit: 2)
        credits.client.open(.alice, line)
        credits.server.open(.bob, line)
        tell(.raised(.bob))
        tell(.follow(.alice, isTrustable: true))
    }

    mutating func tell(_ input: ChainClient.Input) {
        var effects: [ChainClient.Effect] = []
        client.handle(
            input,
            chain: ours,
            now: .epoch,
            random: &random,
            credit: &credits.client,
            into: &effects
        )
        for effect in effects {
            switch effect {
            case .send(_, let bytes): toServer.append(bytes)
            case .intersected(_, let point, _):
                base = point
                told = Array(ours.headers.prefix(Int(point.height)))
            case .headers(_, let headers, _):
                counts.headers += headers.count
                told += headers
            case .rolledBack(_, let point, _):
                counts.rollbacks += 1
                told.removeSubrange(Int(point.height)...)
            case .ended(_, let reason): problems.append("ended: \(reason)")
            case .stop(_, let reason): problems.append("client stops: \(reason)")
            }
        }
    }

    mutating func tell(_ input: ChainServer.Input) {
        var effects: [ChainServer.Effect] = []
        server.handle(
            input,
            chain: theirs,
            now: .epoch,
            credit: &credits.server,
            into: &effects
        )
        for effect in effects {
            switch effect {
            case .send(_, let bytes): toClient.append(bytes)
            case .load(let id, let range): loads.append((id, range))
            case .stop(_, let reason): problems.append("server stops: \(reason)")
            }
        }
    }

    /// Lets one thing happen; false when nothing can.
    mutating func step() -> Bool {
        var choices: [Int] = []
        if !toServer.isEmpty { choices.append(0) }
        if !toClient.isEmpty { choices.append(1) }
        if !loads.isEmpty { choices.append(2) }
        guard !choices.isEmpty else { return false }
        switch choices[random.below(choices.count)] {
        case 0:
            let bytes = toServer.removeFirst()
            if credits.client.restore(.alice, .chain, messages: 1, bytes: bytes.count) {
                tell(ChainClient.Input.sendable(.alice))
            }
            if let message = try? ChainMessage(bytes.span) {
                tell(ChainServer.Input.received(message, from: .bob))
            }
        case 1:
            let bytes = toClient.removeFirst()
            if credits.server.restore(.bob, .chain, messages: 1, bytes: bytes.count) {
                tell(ChainServer.Input.sendable(.bob))
            }
            if let message = try? ChainMessage(bytes.span) {
                tell(ChainClient.Input.received(message, from: .alice))
            }
        default:
            let (id, range) = loads.removeFirst()
            counts.loads += 1
            tell(.loaded(id, theirs.load(range)))
        }
        return true
    }

    /// Whether a FindIntersect is under way, or unanswered.
    var isSearching: Bool {
        server.owedReplyCount(to: .bob) > 0 || toServer.contains { $0.first == 0x0A }
    }

    /// Changes the server's chain as real chains change: it never gets shorter.
    mutating func change() {
        let tip = theirs.tip
        if theirs.isEarly {
            if random.chance(1, in: 2) {
                theirs.adoptShown()
                tell(.chainChanged(rollback: nil))
            } else if random.chance(1, in: 2) {
                theirs.withdrawShown()
                tell(.chainChanged(rollback: tip))
            } else {
                theirs.withdrawShown()
                fork()
            }
        } else if random.chance(1, in: 3) {
            theirs.show()
            tell(.chainChanged(rollback: nil))
        } else if random.chance(1, in: 2) {
            fork()
        } else {
            theirs.grow(random.below(4), bodyBytes: 0)
            tell(.chainChanged(rollback: nil))
        }
    }

    private mutating func fork() {
        let room = Int(theirs.tip.height - theirs.anchor.height)
        let back = random.below(room + 1)
        let point = theirs.point(Int(theirs.tip.height) - back)
        theirs.grow(back + random.below(3), from: Int(point.height), bodyBytes: 0)
        tell(.chainChanged(rollback: point))
    }
}

@Suite struct `A client and a server of chains` {
    @Test(arguments: Seed.sweep(60))
    func `end with one chain, whatever it went through and in whatever order`(seed: Seed) {
        var pair = Pair(seed: seed)
        for _ in 0..<pair.random.below(120) {
            if pair.random.chance(1, in: 5) { pair.change() }
            _ = pair.step()
        }
        var count = 0
        while pair.step() { count += 1 }
        #expect(count < 10_000)
        #expect(pair.problems.isEmpty)
        let candidate = pair.client.candidates[.alice]
        #expect(candidate?.tip == pair.theirs.shown)
        #expect(pair.told == pair.theirs.headers)
        for header in pair.theirs.headers where header.height > candidate?.base.height ?? 0 {
            #expect(candidate?.contains(header) == true)
        }
    }

    @Test func `between them go back, and read the store`() {
        var sum = (headers: 0, rollbacks: 0, loads: 0)
        for seed in 1...20 {
            var pair = Pair(seed: Seed(value: UInt64(seed)))
            for _ in 0..<100 {
                if pair.random.chance(1, in: 5) { pair.change() }
                _ = pair.step()
            }
            sum.headers += pair.counts.headers
            sum.rollbacks += pair.counts.rollbacks
            sum.loads += pair.counts.loads
        }
        #expect(sum.headers > 200 && sum.rollbacks > 40 && sum.loads > 10, "\(sum)")
    }

    @Test(arguments: Seed.sweep(20))
    func `may part and meet again on one connection, with messages under way`(seed: Seed) {
        var pair = Pair(seed: seed)
        for _ in 0..<6 {
            for _ in 0..<pair.random.below(12) {
                if pair.random.chance(1, in: 5) { pair.change() }
                _ = pair.step()
            }
            // The lowering is told on another channel: it overtakes, or comes late.
            pair.tell(ChainClient.Input.unfollow(.alice))
            for _ in 0..<pair.random.below(4) { _ = pair.step() }
            pair.tell(.lowered(.bob))
            for _ in 0..<pair.random.below(4) { _ = pair.step() }
            // The lowering is acknowledged, and raised again: searches are through by then.
            while pair.isSearching { _ = pair.step() }
            pair.tell(.raised(.bob))
            pair.tell(.follow(.alice, isTrustable: true))
        }
        while pair.step() {}
        #expect(pair.problems.isEmpty)
        #expect(pair.client.candidates[.alice]?.tip == pair.theirs.shown)
    }
}

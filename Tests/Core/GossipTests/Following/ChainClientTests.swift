import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives

@Suite struct `A chain client` {
    /// Twenty blocks, of which the first ten are in the store.
    static let chain: TestChain = {
        var chain = TestChain(depth: 10)
        chain.grow(20)
        return chain
    }()
    /// The same with five more on top.
    static let longer: TestChain = {
        var longer = chain
        longer.grow(5)
        return longer
    }()
    static let next = longer.headers[20]

    @Test func `asks for its tip, then back in steps that double, the anchor and the origin`() {
        var bench = ClientBench(chain: Self.chain)
        bench.tell(.follow(.alice, isTrustable: false))
        let heights = [20, 19, 18, 16, 12, 10, 0]
        #expect(bench.sent == [.findIntersect(heights.map(Self.chain.point))])
        var empty = ClientBench(chain: TestChain(depth: 10))
        empty.tell(.follow(.alice, isTrustable: false))
        #expect(empty.sent == [.findIntersect([.origin])])
    }

    @Test func `asks for ten replies ahead, and for more at five`() {
        var bench = ClientBench(chain: Self.chain)
        bench.tell(.follow(.alice, isTrustable: false))
        bench.receive(.intersectFound(Self.chain.tip, tip: Self.longer.tip))
        #expect(bench.effects == [.intersected(.alice, Self.chain.tip, tip: Self.longer.tip)])
        #expect(bench.sent.last == .requestNext(count: ChainClient.openLimit))
        bench.receive(.rollBackward(Self.chain.tip, tip: Self.longer.tip))
        bench.forget()
        for header in Self.longer.headers[20..<23] {
            bench.receive(.rollForward([header], tip: Self.longer.tip))
        }
        #expect(bench.sent.isEmpty)
        bench.receive(.rollForward([Self.longer.headers[23]], tip: Self.longer.tip))
        #expect(bench.sent == [.requestNext(count: 5)])
        #expect(bench.client.candidates[.alice]?.tip == Self.longer.headers[23].point)
    }

    // MARK: - The table of O§8.5

    enum State: String, CaseIterable {
        case asking, intersecting, confirming, canAwait, mustReply, idle, ended
    }

    enum Word: String, CaseIterable {
        case intersectFound, intersectNotFound, awaitReply, rollForward, rollBackward, findIntersect
        case requestNext
    }

    /// What a server may say in each state.
    static let legal: [State: Set<Word>] = [
        .asking: [], .intersecting: [.intersectFound, .intersectNotFound],
        .confirming: [.rollBackward], .canAwait: [.awaitReply, .rollForward, .rollBackward],
        .mustReply: [.rollForward, .rollBackward], .idle: [], .ended: [],
    ]

    static func bench(_ state: State) -> ClientBench {
        var bench = ClientBench(chain: chain)
        switch state {
        case .asking:
            bench.fill()
            bench.tell(.follow(.alice, isTrustable: false))
        case .intersecting: bench.tell(.follow(.alice, isTrustable: false))
        case .confirming:
            bench.tell(.follow(.alice, isTrustable: false))
            bench.receive(.intersectFound(chain.tip, tip: chain.tip))
        case .canAwait: bench = .following(chain)
        case .mustReply:
            bench = .following(chain)
            bench.receive(.awaitReply)
        case .idle:
            bench = .following(chain)
            bench.fill()
            for _ in 0..<9 { bench.receive(.rollBackward(chain.tip, tip: chain.tip)) }
        case .ended:
            bench.tell(.follow(.alice, isTrustable: false))
            bench.receive(.intersectNotFound(tip: chain.tip))
        }
        #expect(bench.stops.isEmpty)
        bench.forget()
        return bench
    }

    static func message(_ word: Word) -> ChainMessage {
        switch word {
        case .intersectFound: .intersectFound(chain.tip, tip: chain.tip)
        case .intersectNotFound: .intersectNotFound(tip: chain.tip)
        case .awaitReply: .awaitReply
        case .rollForward: .rollForward([next], tip: next.point)
        case .rollBackward: .rollBackward(chain.tip, tip: chain.tip)
        case .findIntersect: .findIntersect([])
        case .requestNext: .requestNext(count: 1)
        }
    }

    @Test(arguments: State.allCases, Word.allCases)
    func `takes in each state what may be said in it, and nothing else`(state: State, word: Word) {
        var bench = Self.bench(state)
        bench.receive(Self.message(word))
        let isLegal = Self.legal[state]?.contains(word) == true
        #expect(bench.stops == (isLegal ? [] : [.unsolicitedMessage]))
        if !isLegal {
            bench.forget()
            for word in Word.allCases { bench.receive(Self.message(word)) }
            bench.drain()
            bench.pass(.seconds(10_000))
            #expect(bench.effects.isEmpty && bench.sent.isEmpty, "nothing of it counts any more")
        }
    }

    @Test(arguments: [State.intersecting, .confirming, .canAwait])
    func `waits 10 s for an answer, and no longer`(state: State) {
        var bench = Self.bench(state)
        bench.pass(.seconds(10) - .nanoseconds(1))
        #expect(bench.stops.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.stops == [.chainTimeout])
    }

    @Test func `waits 601 to 911 s at the tip, drawn each time`() throws {
        var limits: Set<Duration> = []
        var bench = Self.bench(.canAwait)
        for number in 0..<40 {
            bench.receive(.awaitReply)
            let until = try #require(bench.client.nextDeadline)
            // The deadline is that of an earlier wait until that has passed.
            bench.pass(.seconds(20))
            let limit = bench.now.duration(to: bench.client.nextDeadline ?? until) + .seconds(20)
            #expect(limit >= .seconds(601) && limit <= .seconds(911), "\(number): \(limit)")
            limits.insert(limit)
            bench.receive(.rollBackward(Self.chain.tip, tip: Self.chain.tip))
        }
        #expect(limits.count > 30)
        bench.receive(.awaitReply)
        bench.pass(.seconds(600))
        #expect(bench.stops.isEmpty)
        bench.pass(.seconds(311))
        #expect(bench.stops == [.chainTimeout])
    }

    @Test func `waits for a trustable peer for ever`() {
        var bench = ClientBench.following(Self.chain, isTrustable: true)
        bench.receive(.awaitReply)
        bench.pass(.seconds(1_000_000))
        #expect(bench.stops.isEmpty)
        bench.receive(.rollForward([Self.next], tip: Self.next.point))
        bench.pass(.seconds(10))
        #expect(bench.stops == [.chainTimeout], "the next reply may not take so long")
    }

    // MARK: - Intersections

    @Test func `ends a peer with nothing in common above the anchor, and blames nobody`() {
        for height in [9, 0] {
            var bench = Self.bench(.intersecting)
            if height == 9 {
                // The anchor has moved on since.
                bench.chain.grow(3)
                bench.receive(.intersectFound(Self.chain.point(10), tip: .origin))
            } else {
                bench.receive(.intersectFound(.origin, tip: .origin))
            }
            #expect(bench.effects == [.ended(.alice, .forkTooDeep)])
            #expect(bench.client.candidates.isEmpty)
        }
    }

    @Test func `stops a peer that finds what was not asked for`() {
        var bench = Self.bench(.intersecting)
        bench.receive(.intersectFound(Self.chain.point(17), tip: .origin))
        #expect(bench.stops == [.badMessage])
    }

    @Test func `asks again when its own chain went another way meanwhile`() {
        var bench = Self.bench(.intersecting)
        bench.chain.grow(6, from: 15)
        bench.receive(.intersectFound(Self.chain.tip, tip: Self.chain.tip))
        #expect(bench.effects.isEmpty)
        #expect(bench.sent == [.findIntersect(bench.chain.intersectionPoints)])
        bench.receive(.intersectFound(bench.chain.tip, tip: Self.chain.tip))
        #expect(bench.stops.isEmpty && bench.client.candidates[.alice]?.tip == bench.chain.tip)
    }

    // MARK: - Candidates

    @Test func `stops a peer whose headers do not follow on each other`() {
        var other = Self.chain
        other.grow(2, from: 19)
        let wrong = [
            [Self.longer.headers[21]], [Self.next, Self.longer.headers[22]],
            [Self.next, Self.next],
            [Self.chain.headers[19]], [other.headers[20]],
        ]
        for headers in wrong {
            var bench = Self.bench(.canAwait)
            bench.receive(.rollForward(headers, tip: Self.longer.tip))
            #expect(bench.stops == [.badHeader])
            #expect(bench.client.candidates.isEmpty)
        }
    }

    @Test func `takes a roll back of k blocks and a header shown above them, and no deeper`() {
        for depth in [6, 7] {
            var bench = ClientBench.following(Self.longer, k: 5)
            let point = Self.longer.point(25 - depth)
            bench.receive(.rollBackward(point, tip: Self.longer.tip))
            if depth > 6 {
                #expect(bench.stops == [.forkTooDeep])
            } else {
                #expect(bench.effects == [.rolledBack(.alice, to: point, tip: Self.longer.tip)])
                #expect(bench.client.candidates[.alice]?.tip == point)
            }
        }
    }

    @Test func `takes sixty-four roll backs while the chain gets no longer, and not one more`() {
        var bench = ClientBench.following(Self.chain)
        let (base, tip) = (Self.chain.tip, Self.next.point)
        func goBackAndForth(_ count: Int) {
            for _ in 0..<count {
                bench.receive(.rollBackward(base, tip: base))
                bench.receive(.rollForward([Self.next], tip: tip))
            }
        }
        bench.receive(.rollForward([Self.next], tip: tip))
        goBackAndForth(64)
        #expect(bench.stops.isEmpty)
        // One block more than ever, and all counts anew.
        let higher = Self.longer.headers[21]
        bench.receive(.rollForward([higher], tip: higher.point))
        bench.receive(.rollBackward(tip, tip: tip))
        goBackAndForth(63)
        bench.receive(.rollForward([higher], tip: higher.point))
        #expect(bench.stops.isEmpty, "as high as before is no longer")
        bench.receive(.rollBackward(base, tip: base))
        #expect(bench.stops == [.forkFlood])
        #expect(bench.client.candidates.isEmpty)
    }

    @Test func `is idle when all that it follows have nothing better to show`() {
        var bench = ClientBench.following(Self.chain)
        #expect(!bench.client.isIdle(at: Self.chain.tip), "it may have more")
        bench.receive(.awaitReply)
        #expect(bench.client.isIdle(at: Self.chain.tip))
        #expect(!bench.client.isIdle(at: Self.chain.point(19)), "that is longer")
        let (low, high) = (Hash.zero, Hash([UInt8](repeating: 255, count: 32)) ?? .zero)
        #expect(bench.client.isIdle(at: .block(height: 20, slot: 1, low)))
        #expect(!bench.client.isIdle(at: .block(height: 20, slot: 1, high)), "its hash is lower")
        bench.receive(.rollForward([Self.next], tip: Self.next.point))
        #expect(!bench.client.isIdle(at: Self.next.point), "it may have more")
        bench.receive(.awaitReply)
        #expect(bench.client.isIdle(at: Self.next.point))
        bench.tell(.unfollow(.alice))
        #expect(!bench.client.isIdle(at: Self.next.point), "nobody is followed")
        #expect(!ClientBench(chain: Self.chain).client.isIdle(at: Self.chain.tip))
    }

    @Test func `takes no roll back below its own anchor, nor to what was never shown`() {
        var bench = ClientBench.following(Self.chain, k: 100)
        bench.receive(.rollBackward(Self.chain.point(9), tip: Self.chain.tip))
        #expect(bench.stops == [.forkTooDeep])
        var other = Self.chain
        other.grow(2, from: 15)
        for point in [other.point(16), Self.longer.point(21)] {
            bench = ClientBench.following(Self.chain)
            bench.receive(.rollBackward(point, tip: Self.chain.tip))
            #expect(bench.stops == [.badMessage])
        }
    }

    @Test func `stops who has nothing more to show, and told of a tip above that`() {
        var bench = ClientBench.following(Self.chain)
        bench.receive(.rollForward([Self.next], tip: Self.longer.tip))
        bench.receive(.awaitReply)
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `asks for no more when a candidate is k and 4096 headers ahead`() {
        let k = 10
        let limit = ChainClient.aheadLimit + k
        var long = TestChain(depth: 10)
        long.grow(limit, bodyBytes: 0)
        var bench = ClientBench(chain: TestChain(depth: 10), k: k)
        bench.tell(.follow(.alice, isTrustable: false))
        bench.receive(.intersectFound(.origin, tip: long.tip))
        bench.receive(.rollBackward(.origin, tip: long.tip))
        var place = 0
        while place < limit - 1 {
            let end = min(place + 200, limit - 1)
            bench.receive(.rollForward(Array(long.headers[place..<end]), tip: long.tip))
            place = end
        }
        bench.forget()
        // Down to what makes it ask again, one by one.
        for _ in 0..<10 { bench.receive(.rollBackward(long.point(limit - 1), tip: long.tip)) }
        #expect(!bench.sent.isEmpty, "one below the limit, it goes on asking")
        bench.receive(.rollForward([long.headers[limit - 1]], tip: long.tip))
        bench.forget()
        // Until it is owed nothing: then one more would be one too many.
        while true {
            var next = bench
            next.receive(.rollBackward(long.tip, tip: long.tip))
            guard next.stops.isEmpty else { break }
            bench = next
        }
        #expect(bench.sent.isEmpty)
        bench.forget()
        bench.chain.grow(1)
        bench.tell(.chainChanged)
        #expect(bench.sent.count == 1, "its own chain grew, and it asks")
    }

    // MARK: - Letting go

    @Test func `ignores what is still owed when it lets go, and starts anew after`() {
        var bench = ClientBench.following(Self.chain)
        bench.tell(.unfollow(.alice))
        #expect(bench.client.candidates.isEmpty)
        bench.receive(.rollForward([Self.next], tip: Self.next.point))
        bench.receive(.awaitReply)
        bench.tell(.follow(.alice, isTrustable: false))
        bench.receive(.rollBackward(Self.chain.point(3), tip: Self.next.point))
        #expect(bench.effects.isEmpty)
        bench.receive(.intersectFound(Self.chain.tip, tip: Self.chain.tip))
        bench.receive(.rollForward([Self.next], tip: Self.next.point))
        #expect(bench.stops == [.unsolicitedMessage], "now it counts")
    }

    @Test func `takes no more late replies than were owed`() {
        var bench = ClientBench.following(Self.chain)
        bench.receive(.rollForward([Self.next], tip: Self.next.point))
        bench.tell(.unfollow(.alice))
        bench.forget()
        for _ in 0..<8 { bench.receive(.rollForward([Self.next], tip: Self.next.point)) }
        #expect(bench.stops.isEmpty)
        bench.receive(.rollForward([Self.next], tip: Self.next.point))
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `a late answer to an earlier search is not taken for that of the next`() {
        var bench = Self.bench(.intersecting)
        bench.tell(.unfollow(.alice))
        bench.tell(.follow(.alice, isTrustable: false))
        bench.receive(.intersectFound(.origin, tip: .origin))
        #expect(bench.effects.isEmpty)
        bench.receive(.intersectFound(Self.chain.tip, tip: Self.chain.tip))
        #expect(bench.client.candidates[.alice]?.tip == Self.chain.tip)
    }

    @Test func `knows nothing of who is gone`() {
        var bench = ClientBench.following(Self.chain)
        bench.tell(.removed(.alice))
        #expect(bench.client.candidates.isEmpty)
        bench.pass(.seconds(10_000))
        #expect(bench.effects.isEmpty)
    }
}

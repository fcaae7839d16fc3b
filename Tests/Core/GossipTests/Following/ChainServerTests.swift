import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `A chain server` {
    /// A server with one follower, and the test as that follower and as the store.
    struct Bench {
        var server = ChainServer()
        var chain: TestChain
        var now = Instant.epoch
        var credit = Credit()
        var sent: [ChainMessage] = []
        var loads: [(id: LoadID, range: StoreRange)] = []
        var stops: [CloseReason] = []

        init(chain: TestChain, isRaised: Bool = true) {
            self.chain = chain
            credit.open(.alice, ChannelDescriptor(id: .chain, sendQueueLimit: 1000))
            if isRaised { tell(.raised(.alice)) }
        }

        mutating func receive(_ message: ChainMessage) { tell(.received(message, from: .alice)) }

        mutating func tell(_ input: ChainServer.Input) {
            var effects: [ChainServer.Effect] = []
            server.handle(input, chain: chain, now: now, credit: &credit, into: &effects)
            for effect in effects {
                switch effect {
                case .send(_, let bytes):
                    #expect(bytes.count <= GossipChannel.smallByteLimit)
                    guard let message = try? ChainMessage(bytes.span) else {
                        Issue.record("sent what it cannot read: \(bytes)")
                        continue
                    }
                    sent.append(message)
                case .load(let id, let range): loads.append((id, range))
                case .stop(_, let reason): stops.append(reason)
                }
            }
        }

        /// Answers the readings there are, and those that follow from them.
        mutating func load() {
            while !loads.isEmpty {
                let (id, range) = loads.removeFirst()
                tell(.loaded(id, chain.load(range)))
            }
        }

        mutating func fill() { while credit.spend(.alice, .chain, bytes: 0) {} }

        mutating func drain() {
            if credit.restore(.alice, .chain, messages: 10_000, bytes: 1 << 30) {
                tell(.sendable(.alice))
            }
        }

        /// Finds `point` and goes there.
        mutating func start(at point: Point) {
            receive(.findIntersect([point]))
            load()
            receive(.requestNext(count: 1))
            sent = []
        }
    }

    static let chain = `A chain client`.chain

    @Test func `finds the first of the points that is on its chain, in memory or in the store`() {
        var other = Self.chain
        other.grow(20, from: 4)
        for (points, found, loadCount) in [
            ([Self.chain.tip, .origin], Self.chain.tip, 0),
            ([other.tip, Self.chain.point(15)], Self.chain.point(15), 0),
            ([other.point(9), other.point(6), Self.chain.point(3)], Self.chain.point(3), 3),
            ([other.point(12), .origin], .origin, 0),
        ] {
            var bench = Bench(chain: Self.chain)
            bench.receive(.findIntersect(points))
            #expect(bench.loads.count == min(loadCount, 1), "one row after the other")
            var count = 0
            while let (id, range) = bench.loads.popLast() {
                count += 1
                bench.tell(.loaded(id, bench.chain.load(range)))
            }
            #expect(count == loadCount)
            #expect(bench.sent == [.intersectFound(found, tip: Self.chain.tip)])
        }
    }

    @Test func `finds nothing among none, or among those of another chain`() {
        var other = TestChain(depth: 10)
        other.grow(25, bodyBytes: 3)
        for points in [[], [other.tip, other.point(20), other.point(15), other.point(2)]] {
            var bench = Bench(chain: Self.chain)
            bench.receive(.findIntersect(points))
            bench.load()
            #expect(bench.sent == [.intersectNotFound(tip: Self.chain.tip)])
        }
    }

    @Test func `confirms the point, sends what is above it, says once that there is no more`() {
        var bench = Bench(chain: Self.chain)
        bench.receive(.findIntersect([Self.chain.point(17)]))
        bench.receive(.requestNext(count: 5))
        let tip = Self.chain.tip
        let headers = Array(Self.chain.headers[17...])
        #expect(
            bench.sent == [
                .intersectFound(Self.chain.point(17), tip: tip),
                .rollBackward(Self.chain.point(17), tip: tip), .rollForward(headers, tip: tip),
                .awaitReply,
            ]
        )
        bench.sent = []
        bench.tell(.chainChanged(rollback: nil))
        bench.receive(.requestNext(count: 1))
        #expect(bench.sent.isEmpty)
    }

    @Test func `wakes who waits when the chain grows, and takes back what it went back on`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: Self.chain.tip)
        bench.receive(.requestNext(count: 2))
        bench.sent = []
        bench.chain.grow(1)
        bench.tell(.chainChanged(rollback: nil))
        let tip = bench.chain.tip
        #expect(bench.sent == [.rollForward([bench.chain.headers[20]], tip: tip), .awaitReply])
        bench.receive(.requestNext(count: 5))
        bench.sent = []
        bench.chain.grow(4, from: 18)
        bench.tell(.chainChanged(rollback: bench.chain.point(18)))
        #expect(
            bench.sent == [
                .rollBackward(bench.chain.point(18), tip: bench.chain.tip),
                .rollForward(Array(bench.chain.headers[18...]), tip: bench.chain.tip), .awaitReply,
            ]
        )
    }

    @Test func `takes a follower further back when its point is gone before it is told of it`() {
        var bench = Bench(chain: Self.chain)
        bench.fill()
        bench.receive(.findIntersect([Self.chain.tip]))
        bench.chain.grow(6, from: 15)
        bench.tell(.chainChanged(rollback: Self.chain.point(15)))
        bench.drain()
        bench.receive(.requestNext(count: 1))
        let tip = bench.chain.tip
        #expect(
            bench.sent == [
                .intersectFound(Self.chain.tip, tip: tip),
                .rollBackward(Self.chain.point(15), tip: tip),
            ]
        )
    }

    @Test func `shows a header whose body is on its way, and takes it back`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: Self.chain.tip)
        bench.receive(.requestNext(count: 5))
        bench.sent = []
        bench.chain.show()
        bench.tell(.chainChanged(rollback: nil))
        let tip = Self.chain.tip
        #expect(
            bench.sent == [.rollForward([bench.chain.headers[20]], tip: tip), .awaitReply]
        )
        bench.sent = []
        bench.chain.withdrawShown()
        bench.tell(.chainChanged(rollback: tip))
        #expect(bench.sent == [.rollBackward(tip, tip: tip), .awaitReply])
    }

    @Test func `sends headers from the store in messages that are full`() {
        var chain = TestChain(depth: 10)
        chain.grow(700, bodyBytes: 0)
        var bench = Bench(chain: chain)
        bench.start(at: .origin)
        bench.receive(.requestNext(count: 20))
        var height = 0
        bench.load()
        for message in bench.sent {
            guard case .rollForward(let headers, _) = message else { continue }
            #expect(headers.map(\.id) == chain.headers[height..<height + headers.count].map(\.id))
            height += headers.count
        }
        #expect(height == 700)
        #expect(
            bench.sent.count < 8,
            "three or four and what is in memory, not \(bench.sent.count)"
        )
        #expect(bench.sent.last == .awaitReply)
    }

    @Test func `reads nothing without credit, and again what it could not send`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: .origin)
        bench.fill()
        bench.receive(.requestNext(count: 5))
        #expect(bench.loads.isEmpty)
        bench.drain()
        #expect(bench.loads.count == 1)
        bench.fill()
        bench.load()
        #expect(bench.sent.isEmpty)
        bench.drain()
        bench.load()
        #expect(bench.sent.count == 3, "ten from the store, ten from memory, no more")
    }

    // MARK: - Limits

    @Test func `owes a hundred replies, and not one more`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: Self.chain.tip)
        bench.receive(.requestNext(count: 60))
        bench.receive(.requestNext(count: 40))
        #expect(bench.stops.isEmpty)
        bench.receive(.requestNext(count: 1))
        #expect(bench.stops == [.unsolicitedMessage])
        bench.receive(.requestNext(count: 100))
        bench.receive(.requestNext(count: 100))
        #expect(bench.stops.count == 1, "nothing of it counts any more")
    }

    @Test func `looks for two FindIntersects at a time, and not for a third`() {
        var bench = Bench(chain: Self.chain)
        bench.receive(.findIntersect([Self.chain.point(5)]))
        bench.receive(.findIntersect([Self.chain.point(6)]))
        #expect(bench.stops.isEmpty && bench.server.owedReplyCount(to: .alice) == 2)
        var third = bench
        third.receive(.findIntersect([]))
        #expect(third.stops == [.unsolicitedMessage])
        bench.load()
        let tip = Self.chain.tip
        #expect(
            bench.sent == [
                .intersectFound(Self.chain.point(5), tip: tip),
                .intersectFound(Self.chain.point(6), tip: tip),
            ]
        )
    }

    @Test(arguments: [
        ChainMessage.awaitReply, .intersectNotFound(tip: .origin),
        .intersectFound(.origin, tip: .origin),
        .rollBackward(.origin, tip: .origin), .rollForward([chain.headers[0]], tip: .origin),
    ])
    func `is told nothing by a client`(message: ChainMessage) {
        var bench = Bench(chain: Self.chain)
        bench.receive(message)
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `stops who asks for nothing for 3373 s, but nobody to whom it owes`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: Self.chain.tip)
        bench.now = bench.now.advanced(by: .seconds(3373) - .nanoseconds(1))
        bench.tell(.deadline)
        #expect(bench.stops.isEmpty)
        var owing = bench
        owing.receive(.requestNext(count: 1))
        for _ in 0..<3 {
            owing.now = owing.now.advanced(by: .seconds(3373))
            owing.tell(.deadline)
        }
        #expect(owing.stops.isEmpty)
        bench.now = bench.now.advanced(by: .nanoseconds(1))
        bench.tell(.deadline)
        #expect(bench.stops == [.chainTimeout])
    }

    @Test func `starts the time anew with each request, even one that is answered at once`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: Self.chain.point(15))
        bench.now = bench.now.advanced(by: .seconds(3000))
        bench.receive(.requestNext(count: 1))
        bench.now = bench.now.advanced(by: .seconds(3000))
        bench.tell(.deadline)
        #expect(bench.sent.count == 1 && bench.stops.isEmpty)
    }

    @Test func `forgets what it granted to a peer that lowers its use, and answers its search`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: Self.chain.tip)
        bench.receive(.requestNext(count: 5))
        bench.sent = []
        bench.tell(.lowered(.alice))
        #expect(bench.server.owedReplyCount(to: .alice) == 0)
        bench.chain.grow(1)
        bench.tell(.chainChanged(rollback: nil))
        bench.receive(.requestNext(count: 5))
        #expect(bench.sent.isEmpty && bench.stops.isEmpty)
        bench.receive(.findIntersect([Self.chain.point(5)]))
        #expect(bench.server.owedReplyCount(to: .alice) == 1)
        bench.load()
        #expect(bench.sent.count == 1 && bench.server.owedReplyCount(to: .alice) == 0)
    }

    @Test func `lets go of a peer when its own store lacks a row`() {
        var bench = Bench(chain: Self.chain)
        bench.start(at: .origin)
        bench.receive(.requestNext(count: 5))
        bench.tell(.loaded(bench.loads[0].id, []))
        #expect(bench.stops == [.inputOutputError])
    }

    @Test func `takes no notice of a reading for one who left and came back`() {
        var bench = Bench(chain: Self.chain)
        bench.receive(.findIntersect([Self.chain.point(5)]))
        let old = bench.loads.removeFirst()
        bench.tell(.removed(.alice))
        bench.tell(.raised(.alice))
        bench.receive(.findIntersect([Self.chain.point(6)]))
        bench.tell(.loaded(old.id, bench.chain.load(old.range)))
        #expect(bench.sent.isEmpty)
        #expect(ChainServer.owns(old.id) && !BlockServer.owns(old.id))
        bench.load()
        #expect(bench.sent == [.intersectFound(Self.chain.point(6), tip: Self.chain.tip)])
    }
}

import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `A block server` {
    /// A server with some clients, and the test as those clients and as the store.
    struct Bench {
        var server = BlockServer()
        var chain: TestChain
        var credit = Credit()
        var sent: [PeerID: [BlockMessage]] = [:]
        var loads: [(id: LoadID, range: StoreRange)] = []
        var stops: [CloseReason] = []

        init(chain: TestChain, peers: [PeerID] = [.alice]) {
            self.chain = chain
            for peer in peers {
                credit.open(
                    peer,
                    ChannelDescriptor(
                        id: .blocks,
                        sendQueueLimit: 1000,
                        sendQueueByteLimit: 1 << 30
                    )
                )
            }
        }

        mutating func ask(_ heights: ClosedRange<Int>, _ peer: PeerID = .alice) {
            let from = chain.point(heights.lowerBound)
            let to = chain.point(heights.upperBound)
            receive(.requestRange(from: from, to: to), peer)
        }

        mutating func receive(_ message: BlockMessage, _ peer: PeerID = .alice) {
            tell(.received(message, from: peer))
        }

        mutating func tell(_ input: BlockServer.Input) {
            var effects: [BlockServer.Effect] = []
            server.handle(input, chain: chain, credit: &credit, into: &effects)
            for effect in effects {
                switch effect {
                case .send(let peer, let bytes):
                    guard let message = try? BlockMessage(bytes) else {
                        Issue.record("sent what it cannot read: \(bytes)")
                        continue
                    }
                    sent[peer, default: []].append(message)
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

        mutating func fill(_ peer: PeerID = .alice) {
            while credit.spend(peer, .blocks, bytes: 0) {}
        }

        mutating func drain(_ peer: PeerID = .alice) {
            if credit.restore(peer, .blocks, messages: 10_000, bytes: 1 << 30) {
                tell(.sendable(peer))
            }
        }

        func batch(_ heights: ClosedRange<Int>) -> [BlockMessage] {
            var messages: [BlockMessage] = [.startBatch]
            for height in heights {
                guard let bytes = chain.messages[chain.headers[height - 1].id],
                    let message = try? BlockMessage(bytes)
                else { continue }
                messages.append(message)
            }
            return messages + [.batchDone]
        }
    }

    static let chain = `A chain client`.chain

    @Test(arguments: [11...11, 12...20, 3...3, 1...10, 5...15, 1...20])
    func `gives a range in order, from memory and from the store`(range: ClosedRange<Int>) {
        var bench = Bench(chain: Self.chain)
        bench.ask(range)
        bench.load()
        #expect(bench.sent == [.alice: bench.batch(range)])
        #expect(bench.server.owedReplyCount(to: .alice) == 0)
    }

    @Test func `answers requests in their order, whatever each takes`() {
        var bench = Bench(chain: Self.chain)
        bench.ask(4...6)
        bench.ask(12...13)
        bench.ask(2...2)
        #expect(bench.sent.isEmpty && bench.server.owedReplyCount(to: .alice) == 3)
        bench.load()
        let all = bench.batch(4...6) + bench.batch(12...13) + bench.batch(2...2)
        #expect(bench.sent == [.alice: all])
    }

    @Test func `gives nothing of what is not on its chain`() {
        var other = Self.chain
        other.grow(20, from: 5)
        let (ours, theirs) = (Self.chain, other)
        for (from, to) in [
            (theirs.point(16), theirs.point(17)), (theirs.point(6), theirs.point(8)),
            (ours.point(4), theirs.point(8)), (ours.point(4), theirs.point(16)),
            (theirs.point(6), ours.point(12)), (theirs.point(24), theirs.point(25)),
            (ours.point(18), theirs.point(22)),
        ] {
            var bench = Bench(chain: ours)
            bench.receive(.requestRange(from: from, to: to))
            bench.load()
            #expect(bench.sent == [.alice: [.noBlocks]])
        }
    }

    @Test func `ends a range where a body is missing`() {
        for (lost, range, sent) in [
            (13, 12...15, 12...12), (12, 12...15, nil), (5, 4...8, 4...4), (4, 4...8, nil),
        ] as [(Int, ClosedRange<Int>, ClosedRange<Int>?)] {
            var bench = Bench(chain: Self.chain)
            bench.chain.lose(lost)
            bench.ask(range)
            bench.load()
            #expect(bench.sent == [.alice: sent.map(bench.batch) ?? [.noBlocks]])
        }
    }

    @Test func `passes over bodies of forks that lie between`() {
        var chain = TestChain(depth: 5)
        chain.grow(8)
        for height in 4..<8 { chain.grow(8 - height + 1, from: height) }
        chain.grow(20)
        var bench = Bench(chain: chain)
        bench.ask(1...15)
        bench.load()
        #expect(bench.sent == [.alice: bench.batch(1...15)])
    }

    // MARK: - Bodies that are on their way

    @Test func `holds open a request for a body that is on its way, until it comes`() {
        var bench = Bench(chain: Self.chain)
        bench.chain.show()
        bench.tell(.chainChanged)
        bench.ask(20...21)
        #expect(bench.sent == [.alice: Array(bench.batch(20...20).dropLast())])
        bench.chain.adoptShown()
        bench.tell(.chainChanged)
        #expect(bench.sent == [.alice: bench.batch(20...21)])
    }

    @Test func `says that it is not here when it is given up`() {
        for isLowered in [false, true] {
            var bench = Bench(chain: Self.chain)
            bench.chain.show()
            bench.ask(21...21)
            #expect(bench.sent.isEmpty)
            if isLowered {
                bench.tell(.lowered(.alice))
            } else {
                bench.chain.withdrawShown()
                bench.tell(.chainChanged)
            }
            #expect(bench.sent == [.alice: [.noBlocks]])
            #expect(bench.server.owedReplyCount(to: .alice) == 0)
        }
    }

    // MARK: - Limits

    @Test func `takes sixteen requests, and not one more`() {
        var bench = Bench(chain: Self.chain)
        bench.fill()
        for _ in 0..<BlockServer.requestLimit { bench.ask(12...12) }
        #expect(bench.stops.isEmpty)
        bench.ask(12...12)
        #expect(bench.stops == [.unsolicitedMessage])
        bench.drain()
        bench.ask(12...12)
        #expect(bench.sent.isEmpty && bench.stops.count == 1, "nothing of it counts any more")
    }

    @Test(arguments: [
        BlockMessage.startBatch, .noBlocks, .batchDone, .block(BodyMessage(body: [1])),
    ])
    func `is told nothing by a client`(message: BlockMessage) {
        var bench = Bench(chain: Self.chain)
        bench.receive(message)
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `reads and sends nothing without credit`() {
        var bench = Bench(chain: Self.chain)
        bench.fill()
        bench.ask(5...15)
        #expect(bench.loads.isEmpty)
        bench.drain()
        bench.load()
        #expect(bench.sent == [.alice: bench.batch(5...15)])
    }

    @Test func `reads half a MiB at a time, for eight clients at once, the others after them`() {
        var chain = TestChain(depth: 1)
        chain.grow(101, bodyBytes: 15_000)
        let peers = (1...12).map { PeerID(rawValue: $0) }
        var bench = Bench(chain: chain, peers: peers)
        for peer in peers { bench.ask(1...100, peer) }
        // The names of the blocks first; then their bodies.
        for _ in peers {
            let (id, range) = bench.loads.removeFirst()
            #expect(range.space == .header)
            bench.tell(.loaded(id, chain.load(range)))
        }
        #expect(bench.loads.count == BlockServer.loadLimit)
        var loadCount = 0
        while !bench.loads.isEmpty {
            #expect(bench.loads.count <= BlockServer.loadLimit)
            let (id, range) = bench.loads.removeFirst()
            let rows = chain.load(range)
            #expect(rows.count * 15_000 < BlockServer.loadByteLimit + 15_100)
            loadCount += 1
            bench.tell(.loaded(id, rows))
            if loadCount == 12 { #expect(bench.sent.count == 12, "each has its turn") }
        }
        #expect(loadCount >= 12 * 3)
        let batch = bench.batch(1...100)
        for peer in peers {
            let isWhole = bench.sent[peer] == batch
            #expect(isWhole)
        }
    }

    @Test func `lets others read when a client that had bodies in memory leaves`() {
        var chain = TestChain(depth: 1)
        chain.grow(21)
        let peers = (1...9).map { PeerID(rawValue: $0) }
        var bench = Bench(chain: chain, peers: peers)
        for peer in peers { bench.ask(1...20, peer) }
        for _ in peers {
            let (id, range) = bench.loads.removeFirst()
            bench.tell(.loaded(id, chain.load(range)))
        }
        #expect(bench.loads.count == 8)
        bench.fill(peers[0])
        let (id, range) = bench.loads.removeFirst()
        bench.tell(.loaded(id, chain.load(range)))
        #expect(bench.loads.count == 7, "it keeps what it cannot send")
        bench.tell(.removed(peers[0]))
        #expect(bench.loads.count == 8)
        bench.load()
        for peer in peers.dropFirst() { #expect(bench.sent[peer] == bench.batch(1...20)) }
    }
}

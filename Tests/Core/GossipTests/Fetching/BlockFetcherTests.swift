import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `A block fetcher` {
    static func chain(_ count: Int, bodyBytes: Int = 20) -> TestChain {
        var chain = TestChain(depth: 10_000)
        chain.grow(count, bodyBytes: bodyBytes)
        return chain
    }

    static let short = chain(5)

    // MARK: - Whom it asks

    @Test func `asks at once the peer with the shortest round trip that shows the block`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob, .carol], isAll: false)
        bench.candidates[.carol] = Candidate(base: .origin)
        bench.tell(.roundTrip(.alice, .milliseconds(50)))
        bench.tell(.roundTrip(.bob, .milliseconds(20)))
        bench.tell(.roundTrip(.carol, .milliseconds(1)))
        bench.tell(.wanted(Self.short.headers))
        #expect(bench.asked == [.bob: [1...5]])
    }

    @Test func `asks for nothing twice, and for what came not again`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob])
        bench.tell(.wanted(Self.short.headers))
        bench.tell(.candidatesChanged)
        #expect(bench.asked == [.alice: [1...5]])
        bench.answer(1...5)
        bench.tell(.wanted(Self.short.headers))
        #expect(bench.bodies == [1, 2, 3, 4, 5] && bench.asked == [.alice: [1...5]])
        #expect(bench.fetcher.owedCount == 0)
    }

    @Test func `hands on each body in the message it came in`() {
        var bench = FetcherBench(chain: Self.short)
        bench.answer(1...5)
        for case .body(_, let header, let message) in bench.effects {
            #expect(message.bytes == Self.short.messages[header.id])
        }
        #expect(bench.effects.count == 5)
    }

    @Test func `spreads ranges over the peers during sync, evenly, several with each`() {
        let chain = Self.chain(2000)
        let peers = [PeerID.alice, .bob, .carol]
        let bench = FetcherBench(chain: chain, peers: peers, mode: .bulkSync)
        var all: [Int] = []
        for peer in peers {
            let ranges = bench.asked[peer] ?? []
            #expect(ranges.count >= 5 && ranges.allSatisfy { $0.count <= BlockMessage.rangeLimit })
            all += bench.heights(peer)
        }
        #expect(Set(all).count == all.count && Set(all) == Set(1...2000))
    }

    @Test func `asks at most so many peers at once during sync as it is set to`() {
        let peers = (1...4).map { PeerID(rawValue: $0) }
        var bench = FetcherBench(
            chain: Self.chain(1000),
            peers: peers,
            mode: .bulkSync,
            isAll: false
        )
        bench.fetcher.settings.bulkConcurrency = 2
        bench.tell(.wanted(bench.chain.headers))
        #expect(bench.asked.count == 2)
    }

    @Test func `keeps several requests with a peer, and asks for more before they run out`() {
        var bench = FetcherBench(chain: Self.chain(2000), mode: .bulkSync)
        let ranges = bench.asked[.alice] ?? []
        #expect(ranges.count == BlockFetcher.requestLimit)
        bench.forget()
        for range in ranges[..<3] { bench.answer(range) }
        #expect(bench.asked.isEmpty)
        bench.answer(ranges[3])
        #expect(bench.asked[.alice]?.count == 4)
        #expect(bench.asked[.alice]?.first?.lowerBound == 1025)
    }

    @Test func `looks at 2048 wanted blocks, and no further`() {
        let peers = (1...4).map { PeerID(rawValue: $0) }
        let chain = Self.chain(BlockFetcher.windowLimit + 1, bodyBytes: 0)
        let bench = FetcherBench(chain: chain, peers: peers, mode: .bulkSync)
        #expect(peers.flatMap(bench.heights).max() == BlockFetcher.windowLimit)
    }

    @Test func `asks for half a MiB in one request, 4 MiB of a peer and 16 MiB in all`() {
        let body = 15_800
        let count = BlockFetcher.byteLimit / body + 60
        let chain = Self.chain(count, bodyBytes: body)
        var bench = FetcherBench(chain: chain, mode: .bulkSync)
        let size = chain.headers[0].bodySize
        for range in bench.asked[.alice] ?? [] {
            #expect(range.count * size <= BlockFetcher.requestByteLimit)
            #expect((range.count + 1) * size > BlockFetcher.requestByteLimit)
        }
        #expect(bench.heights(.alice).count * size <= BlockFetcher.peerByteLimit)
        let peers = (1...9).map { PeerID(rawValue: $0) }
        bench = FetcherBench(chain: chain, peers: peers, mode: .bulkSync)
        let sum = peers.flatMap(bench.heights).count * size
        #expect(sum <= BlockFetcher.byteLimit + size)
        #expect(sum > BlockFetcher.byteLimit - BlockFetcher.requestByteLimit)
    }

    @Test func `asks for a body by itself that is longer than a request may be`() {
        var chain = TestChain(depth: 100)
        chain.grow(2)
        let content = Header.Content(
            height: 3,
            slot: 99,
            previous: chain.headers[1].id,
            body: .zero,
            bodySize: .max,
            time: .epoch
        )
        chain.append(Header(content, by: TestChain.key))
        let bench = FetcherBench(chain: chain, mode: .bulkSync)
        #expect(bench.asked == [.alice: [1...2, 3...3]], "and sums do not overflow")
    }

    // MARK: - Silence

    @Test func `asks another peer after 5 s, and blames the first after 60 s`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob, .carol])
        #expect(bench.asked == [.alice: [1...5]])
        bench.forget()
        bench.pass(.seconds(5) - .nanoseconds(1))
        #expect(bench.asked.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.asked == [.bob: [1...5]])
        bench.answer(1...5, from: .bob)
        bench.pass(.seconds(55) - .nanoseconds(1))
        #expect(bench.stops.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.stops == [.blocksTimeout])
        #expect(bench.bodies == [1, 2, 3, 4, 5] && bench.fetcher.owedCount == 0)
    }

    @Test func `asks two peers for one body, and a third once the first is late with the lowest`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob, .carol])
        bench.pass(.seconds(5))
        bench.pass(BlockFetcher.requestDuration - .seconds(5) - .nanoseconds(1))
        #expect(bench.asked == [.alice: [1...5], .bob: [1...5]])
        bench.pass(.nanoseconds(1))
        #expect(bench.asked[.carol] == [1...1])
        bench.answer(1...1, from: .carol)
        #expect(bench.asked[.carol] == [1...1, 2...2])
    }

    @Test func `counts silence anew with each message`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob])
        bench.receive(.startBatch)
        for height in 1...3 {
            bench.pass(.seconds(3))
            bench.receive(bench.message(height))
        }
        #expect(bench.asked == [.alice: [1...5]])
    }

    @Test func `asks others after 10 s for what a peer owes, however steadily it drips`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob])
        bench.receive(.startBatch)
        bench.pass(.seconds(4))
        bench.receive(bench.message(1))
        bench.pass(.seconds(4))
        bench.receive(bench.message(2))
        bench.pass(.seconds(2) - .nanoseconds(1))
        #expect(bench.asked == [.alice: [1...5]])
        bench.pass(.nanoseconds(1))
        #expect(bench.asked == [.alice: [1...5], .bob: [3...5]])
        bench.answer(3...5, from: .bob)
        #expect(bench.bodies == [1, 2, 3, 4, 5] && bench.stops.isEmpty)
    }

    @Test func `asks who took too long for one thing at a time during sync, until it does better`()
    {
        var bench = FetcherBench(chain: Self.chain(2000), peers: [.alice], mode: .bulkSync)
        #expect(bench.asked[.alice]?.count == BlockFetcher.requestLimit)
        for range in bench.asked[.alice] ?? [] {
            bench.receive(.startBatch)
            for height in range { bench.receive(bench.message(height)) }
            bench.pass(BlockFetcher.requestDuration)
            bench.receive(.batchDone)
        }
        #expect(bench.asked[.alice]?.count == 9)
        bench.answer(bench.asked[.alice]?.last ?? 1...1)
        #expect((bench.asked[.alice]?.count ?? 0) > 11)
    }

    @Test func `what slow peers owe keeps nobody else from being asked`() {
        let body = 15_800
        let count = BlockFetcher.byteLimit / body + 60
        let slow = (1...4).map { PeerID(rawValue: $0) }
        var bench = FetcherBench(
            chain: Self.chain(count, bodyBytes: body),
            peers: slow,
            mode: .bulkSync
        )
        for peer in slow { bench.receive(.startBatch, from: peer) }
        let honest = PeerID(rawValue: 9)
        bench.credit.open(honest, ChannelDescriptor(id: .blocks, sendQueueLimit: 1000))
        bench.candidates[honest] = bench.chain.candidate
        bench.tell(.ready(honest))
        let before = bench.asked[honest] ?? []
        #expect(before.reduce(0) { $0 + $1.count } * body < 1 << 20)
        var answeredCount = 0
        while let asked = bench.asked[honest], answeredCount < asked.count {
            bench.answer(asked[answeredCount], from: honest)
            answeredCount += 1
        }
        bench.forget()
        bench.pass(.seconds(5))
        #expect(bench.heights(honest).count * body > 3 << 20)
        #expect(bench.heights(honest).contains(1))
    }

    @Test func `takes the late answer of the first as a duplicate`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob])
        bench.pass(.seconds(5))
        bench.answer(1...5, from: .bob)
        bench.answer(1...5, from: .alice)
        #expect(bench.bodies == [1, 2, 3, 4, 5] && bench.stops.isEmpty)
        let size = Self.short.headers[0].bodySize
        let again = BlockFetcher.Effect.duplicate(.alice, Self.short.headers[0], bytes: size)
        #expect(bench.effects.contains(again))
    }

    @Test func `asks others for what a peer owed that is gone`() {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob])
        bench.receive(.startBatch)
        bench.receive(bench.message(1))
        bench.forget()
        bench.candidates[.alice] = nil
        bench.tell(.removed(.alice))
        #expect(bench.asked == [.bob: [2...5]])
    }

    // MARK: - Refusals

    @Test func `asks another peer for what one does not have, and blames nobody who takes it back`()
    {
        var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob])
        bench.forget()
        bench.receive(.noBlocks)
        #expect(bench.asked == [.bob: [1...5]])
        bench.answer(1...5, from: .bob)
        bench.pass(.seconds(9))
        bench.candidates[.alice] = Candidate(base: .origin)
        bench.tell(.candidatesChanged)
        bench.pass(.seconds(100))
        #expect(bench.stops.isEmpty)
    }

    @Test func `blames who still shows after 10 s what it says it does not have`() {
        for isPart in [false, true] {
            var bench = FetcherBench(chain: Self.short)
            if isPart {
                bench.receive(.startBatch)
                bench.receive(bench.message(1))
                bench.receive(.batchDone)
            } else {
                bench.receive(.noBlocks)
            }
            #expect(bench.asked == [.alice: [1...5]], "it is not asked again")
            bench.pass(.seconds(10) - .nanoseconds(1))
            #expect(bench.stops.isEmpty)
            bench.pass(.nanoseconds(1))
            #expect(bench.stops == [.bodyMissing])
        }
    }

    @Test func `asks again a peer that took a block back and shows it anew`() {
        var bench = FetcherBench(chain: Self.short)
        bench.receive(.noBlocks)
        bench.forget()
        let candidate = bench.candidates[.alice]
        bench.candidates[.alice] = Candidate(base: .origin)
        bench.tell(.candidatesChanged)
        bench.candidates[.alice] = candidate
        bench.tell(.candidatesChanged)
        #expect(bench.asked == [.alice: [1...5]])
    }

    // MARK: - Violations

    @Test func `stops a peer for a body that is not the one, or too long, or too short`() throws {
        let right = Self.short.headers[0]
        let message = try #require(Self.short.messages[right.id])
        let body = try BodyMessage(message).body
        for (body, reason) in [
            (Array(body.dropLast()), CloseReason.bodyMismatch), (body + [0], .bodyTooLarge),
            ([UInt8](repeating: 0, count: right.bodySize), .bodyMismatch),
        ] {
            var bench = FetcherBench(chain: Self.short, peers: [.alice, .bob])
            bench.receive(.startBatch)
            bench.forget()
            bench.receive(.block(BodyMessage(body: body)))
            #expect(bench.stops == [reason] && bench.bodies.isEmpty)
            #expect(bench.asked == [.bob: [1...5]], "another one is asked at once")
            bench.forget()
            bench.receive(.startBatch)
            #expect(bench.effects.isEmpty, "nothing of it counts any more")
        }
    }

    enum State: CaseIterable { case idle, busy, streaming, through }

    static let words: [BlockMessage] = [
        .startBatch, .noBlocks, .batchDone, .block(BodyMessage(body: [])),
        .requestRange(from: short.point(1), to: short.point(1)),
    ]

    /// Of ``words``, what a server may say in each state of O§8.6's table; `through` is after the
    /// last block of a range.
    static let legal: [State: Set<Int>] = [
        .idle: [], .busy: [0, 1], .streaming: [2, 3], .through: [2],
    ]

    @Test(arguments: State.allCases, words.indices)
    func `takes in each state what may be said in it, and nothing else`(state: State, word: Int) {
        var bench = FetcherBench(chain: Self.chain(1, bodyBytes: 0), isAll: state != .idle)
        if state == .streaming || state == .through { bench.receive(.startBatch) }
        if state == .through { bench.receive(bench.message(1)) }
        bench.forget()
        bench.receive(Self.words[word])
        let isLegal = Self.legal[state]?.contains(word) == true
        #expect(bench.stops == (isLegal ? [] : [.unsolicitedMessage]))
    }

    // MARK: - Use

    @Test func `asks nothing more of a peer that is let go, and takes what it owes`() {
        var bench = FetcherBench(chain: Self.short)
        bench.tell(.leaving(.alice))
        bench.chain.grow(1)
        bench.candidates[.alice] = bench.chain.candidate
        bench.tell(.wanted(bench.chain.headers))
        #expect(bench.asked == [.alice: [1...5]])
        bench.answer(1...5)
        #expect(bench.bodies.count == 5 && bench.stops.isEmpty)
        bench.tell(.ready(.alice))
        #expect(bench.asked == [.alice: [1...5, 6...6]])
    }

    @Test func `does not take bodies that are no longer wanted for those that are`() {
        var bench = FetcherBench(chain: Self.short)
        bench.chain.grow(3, from: 2)
        bench.tell(.wanted(Array(bench.chain.headers[2...])))
        bench.receive(.startBatch)
        for header in Self.short.headers {
            guard let bytes = Self.short.messages[header.id],
                let message = try? BlockMessage(bytes)
            else { continue }
            bench.receive(message)
        }
        bench.receive(.batchDone)
        bench.candidates[.alice] = bench.chain.candidate
        bench.tell(.candidatesChanged)
        #expect(bench.asked == [.alice: [1...5, 3...5]] && bench.bodies == [1, 2, 3, 4, 5])
        bench.answer(3...5)
        #expect(bench.bodies == [1, 2, 3, 4, 5, 3, 4, 5])
    }

    @Test func `waits for credit`() {
        var bench = FetcherBench(chain: Self.short, isAll: false)
        while bench.credit.spend(.alice, .blocks, bytes: 0) {}
        bench.tell(.wanted(Self.short.headers))
        #expect(bench.asked.isEmpty)
        let isWanted = bench.credit.restore(.alice, .blocks, messages: 1, bytes: 0)
        #expect(isWanted)
        bench.tell(.sendable(.alice))
        #expect(bench.asked == [.alice: [1...5]])
    }
}

import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `A transaction offer` {
    /// Open, with the first `count` of ten transactions offered and not acknowledged.
    private func bench(offering count: Int = 0) -> OfferBench {
        var bench = OfferBench()
        bench.mempool.add((0..<10).map { payload($0) })
        bench.tell(.ready(.alice))
        if count > 0 { bench.ask(count) }
        bench.forget()
        return bench
    }

    private func listings(_ numbers: Range<Int>) -> TransactionMessage {
        .ids(numbers.map { payload($0).listing })
    }

    @Test func `begins with Init once the peer is hot, and is asked first`() {
        var bench = OfferBench()
        bench.tell(.mempoolChanged)
        #expect(bench.sent.isEmpty)
        bench.tell(.ready(.alice))
        bench.add(payload(1))
        #expect(bench.sent == [.initiate])
        bench.tell(.ready(.alice))
        #expect(bench.sent == [.initiate], "it is open already")
    }

    @Test func `tells ids in the order in which they came, each once, and no more than asked`() {
        var bench = bench()
        bench.ask(3)
        #expect(bench.sent == [listings(0..<3)])
        bench.ask(2, acknowledging: 1, blocking: false)
        #expect(bench.sent.last == listings(3..<5))
        bench.ask(10, acknowledging: 4)
        #expect(bench.sent.last == listings(5..<10))
        #expect(bench.stops.isEmpty)
    }

    @Test func `answers a blocking request as soon as something new is there`() {
        var bench = bench(offering: 10)
        bench.ask(10, acknowledging: 10)
        bench.tell(.mempoolChanged)
        #expect(bench.sent.isEmpty)
        bench.add(payload(20), payload(21))
        #expect(bench.sent == [.ids([payload(20).listing, payload(21).listing])])
        bench.add(payload(22))
        #expect(bench.sent.count == 1, "nobody asked for that yet")
    }

    @Test func `answers one that does not block at once, with nothing if need be`() {
        var bench = bench(offering: 9)
        bench.ask(1, blocking: false)
        #expect(bench.sent == [listings(9..<10)])
        bench.ask(4, acknowledging: 4, blocking: false)
        #expect(bench.sent.last == .ids([]))
        bench.ask(0, acknowledging: 1, blocking: false)
        #expect(bench.sent.last == .ids([]) && bench.stops.isEmpty)
    }

    @Test func `does not wake for what is gone before it could be told`() {
        var bench = bench(offering: 10)
        bench.ask(10, acknowledging: 10)
        bench.mempool.add([payload(30)])
        bench.mempool.include(Body([payload(30)]))
        bench.tell(.mempoolChanged)
        #expect(bench.sent.isEmpty)
        bench.add(payload(31))
        #expect(bench.sent == [.ids([payload(31).listing])])
    }

    @Test func `gives what is asked for and still there, also after it was acknowledged`() {
        var bench = bench(offering: 10)
        bench.mempool.include(Body([payload(1)]))
        // Both come before there is credit for an answer.
        bench.receive(.requestTransactions([payload(2).id, payload(1).id, payload(0).id]))
        bench.ask(10, acknowledging: 10)
        #expect(
            bench.sent == [.transactions([payload(2).encoding, payload(0).encoding])]
        )
        bench.add(payload(40))
        #expect(bench.sent.last == .ids([payload(40).listing]) && bench.stops.isEmpty)
    }

    @Test func `keeps the order of requests, and waits for credit`() {
        var bench = OfferBench(queueLimit: 1)
        bench.mempool.add((0..<10).map { payload($0) })
        bench.tell(.ready(.alice))
        bench.receive(.requestIDs(blocking: true, acknowledged: 0, wanted: 4))
        #expect(bench.sent == [.initiate])
        bench.drain()
        #expect(bench.sent == [.initiate, listings(0..<4)])
        bench.receive(.requestTransactions([payload(3).id]))
        bench.receive(.requestTransactions([payload(0).id]))
        bench.ask(2, acknowledging: 4)
        #expect(bench.sent.count == 2)
        for _ in 0..<3 { bench.drain() }
        #expect(
            bench.sent.dropFirst(2) == [
                .transactions([payload(3).encoding]), .transactions([payload(0).encoding]),
                listings(4..<6),
            ]
        )
    }

    /// After four ids are offered: what the peer says, and what becomes of it.
    @Test(
        arguments: [
            ([.requestIDs(blocking: false, acknowledged: 0, wanted: 6)], nil),
            ([.requestIDs(blocking: false, acknowledged: 0, wanted: 7)], .transactionFlood),
            ([.requestIDs(blocking: false, acknowledged: 3, wanted: 9)], nil),
            ([.requestIDs(blocking: false, acknowledged: 3, wanted: 10)], .transactionFlood),
            ([.requestIDs(blocking: true, acknowledged: 4, wanted: 10)], nil),
            ([.requestIDs(blocking: true, acknowledged: 4, wanted: 11)], .transactionFlood),
            ([.requestIDs(blocking: true, acknowledged: 3, wanted: 1)], .badMessage),
            ([.requestIDs(blocking: false, acknowledged: 4, wanted: 1)], .badMessage),
            ([.requestIDs(blocking: true, acknowledged: 5, wanted: 1)], .badMessage),
            ([.requestIDs(blocking: true, acknowledged: 4, wanted: 0)], .badMessage),
            ([.requestIDs(blocking: false, acknowledged: 0, wanted: 0)], .badMessage),
            ([.requestIDs(blocking: false, acknowledged: 1, wanted: 0)], nil),
            ([.requestTransactions((0..<4).map { payload($0).id })], nil),
            ([.requestTransactions([payload(4).id])], .unsolicitedMessage),
            ([.requestTransactions([payload(1).id, payload(1).id])], .unsolicitedMessage),
            (
                [.requestTransactions([payload(1).id]), .requestTransactions([payload(1).id])],
                .unsolicitedMessage
            ),
            (
                [
                    .requestIDs(blocking: false, acknowledged: 2, wanted: 1),
                    .requestTransactions([payload(1).id]),
                ], .unsolicitedMessage
            ),
            ([.initiate], .unsolicitedMessage), ([.done], .unsolicitedMessage),
            ([.ids([])], .unsolicitedMessage), ([.transactions([])], .unsolicitedMessage),
        ] as [([TransactionMessage], CloseReason?)]
    )
    func `has rules for the one who asks`(messages: [TransactionMessage], reason: CloseReason?) {
        var bench = bench(offering: 4)
        for message in messages { bench.receive(message) }
        #expect(bench.stops == (reason.map { [$0] } ?? []))
        guard reason != nil else { return }
        // Nothing of it counts any more.
        bench.forget()
        bench.receive(.initiate)
        bench.ask(1, blocking: false)
        #expect(bench.stops.count == 1 && bench.sent.isEmpty)
    }

    @Test func `takes one request for ids at a time`() {
        var bench = bench(offering: 10)
        bench.ask(10, acknowledging: 10)
        bench.ask(10)
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `is asked for nothing before Init, or by those whom it never was made to`() {
        var bench = OfferBench(queueLimit: 1)
        bench.ask(1)
        #expect(bench.stops == [.unsolicitedMessage])
        bench.tell(.ready(.alice))
        bench.tell(.removed(.alice))
        bench.ask(1)
        #expect(bench.stops.count == 2)
    }

    // MARK: - Parting

    @Test func `to a peer that is let go, ends with Done, and begins behind what it told`() {
        var bench = bench(offering: 10)
        bench.ask(10, acknowledging: 10)
        bench.tell(.leaving(.alice))
        #expect(bench.sent == [.done])
        bench.add(payload(50))
        bench.tell(.ready(.alice))
        bench.ask(10)
        #expect(bench.sent == [.done, .initiate, .ids([payload(50).listing])])
        #expect(bench.stops.isEmpty)
    }

    @Test func `to a peer that is let go, answers what is under way, with nothing new`() {
        var bench = bench(offering: 4)
        bench.tell(.leaving(.alice))
        bench.receive(.requestTransactions([payload(2).id]))
        bench.ask(5, acknowledging: 1, blocking: false)
        #expect(bench.sent == [.transactions([payload(2).encoding]), .ids([])])
        // Hot again before the session ended: it goes on.
        bench.tell(.ready(.alice))
        bench.ask(5, acknowledging: 3)
        #expect(bench.sent.last == listings(4..<9) && bench.sent.count == 3)
        bench.tell(.leaving(.alice))
        bench.ask(5, acknowledging: 5)
        #expect(bench.sent.last == .done && bench.stops.isEmpty)
        bench.ask(5)
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `that could not begin does not begin for a peer that is let go`() {
        var bench = OfferBench(queueLimit: 1)
        _ = bench.credit.spend(.alice, GossipChannel.transactions, bytes: 1)
        bench.tell(.ready(.alice))
        bench.tell(.leaving(.alice))
        _ = bench.credit.restore(.alice, GossipChannel.transactions, messages: 1, bytes: 1)
        bench.tell(.sendable(.alice))
        #expect(bench.sent.isEmpty)
        bench.tell(.ready(.alice))
        #expect(bench.sent == [.initiate])
    }
}

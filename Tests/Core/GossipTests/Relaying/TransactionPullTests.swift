import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `A transaction pull` {
    static let first = TransactionMessage.requestIDs(blocking: true, acknowledged: 0, wanted: 10)

    @Test func `asks for ids once the peer said Init`() {
        var bench = PullBench([])
        bench.credit.open(
            .alice,
            ChannelDescriptor(id: GossipChannel.transactions, sendQueueLimit: 9)
        )
        bench.tell(.raised(.alice))
        #expect(bench.sent.isEmpty)
        bench.receive(.initiate)
        #expect(bench.sent == [.alice: [Self.first]])
        #expect(bench.pull.owedReplyCount(by: .alice) == 1)
    }

    @Test func `asks for what is new, acknowledges it in the same breath, and hands it over`() {
        var bench = PullBench()
        bench.forget()
        bench.offer([payload(1), payload(2)])
        #expect(
            bench.sent[.alice] == [
                .requestTransactions([payload(1).id, payload(2).id]),
                .requestIDs(blocking: true, acknowledged: 2, wanted: 10),
            ]
        )
        bench.deliver([payload(2), payload(1)])
        #expect(bench.transactions == [payload(2), payload(1)])
        #expect(bench.pull.owedReplyCount(by: .alice) == 1 && bench.stops.isEmpty)
    }

    @Test func `skips what the pool has, or had, and what was handed over and not taken`() {
        var bench = PullBench()
        bench.isAdmitting = false
        bench.mempool.add([payload(1), payload(2)])
        bench.mempool.include(Body([payload(2)]))
        bench.offer([payload(3)])
        bench.deliver([payload(3)])
        bench.tell(.admitted(.alice, payload(3).id, .stale))
        bench.forget()
        bench.offer([payload(1), payload(2), payload(3)])
        #expect(
            bench.sent[.alice] == [.requestIDs(blocking: true, acknowledged: 3, wanted: 10)]
        )
    }

    @Test func `fetches again what the pool took and lost`() {
        var bench = PullBench(mempool: .test { $0.transactions = 2 })
        bench.offer([payload(1)])
        bench.deliver([payload(1)])
        bench.mempool.add([payload(2), payload(3)])
        bench.mempool.include(Body([payload(3)]))
        bench.forget()
        bench.offer([payload(1)])
        #expect(bench.asked() == [payload(1).id])
    }

    @Test func `remembers 4,096 that were not taken, and not one more`() {
        var bench = PullBench()
        bench.isAdmitting = false
        for start in stride(from: 0, to: TransactionPull.handedLimit, by: 8) {
            let some = (start..<start + 8).map { payload($0) }
            bench.offer(some)
            bench.deliver(some)
        }
        bench.forget()
        bench.offer([payload(0), payload(4095)])
        #expect(bench.asked().isEmpty)
        bench.offer([payload(4096)])
        bench.deliver([payload(4096)])
        #expect(bench.stops.isEmpty && bench.transactions.count == 4097)
        bench.forget()
        bench.offer([payload(0), payload(1)])
        #expect(bench.asked() == [payload(0).id])
    }

    // MARK: - Rules for the one who offers

    /// In answer to a first request for ids, or to one for a transaction.
    @Test(
        arguments: [
            ([.ids((0..<10).map { payload($0).listing })], nil),
            ([.ids((0..<11).map { payload($0).listing })], .transactionFlood),
            ([.ids([])], .badMessage),
            ([.ids([.init(id: .zero, size: Transaction.byteLimit)])], nil),
            ([.ids([.init(id: .zero, size: Transaction.byteLimit + 1)])], .badTransaction),
            ([.ids([.init(id: .zero, size: 1)])], nil),
            ([.ids([.init(id: .zero, size: 0)])], .badTransaction),
            ([.initiate], .unsolicitedMessage), ([.transactions([])], .unsolicitedMessage),
            ([.done], nil), ([.done, .initiate], nil), ([.done, .done], .unsolicitedMessage),
            ([.done, .ids([payload(1).listing])], .unsolicitedMessage),
            ([first], .unsolicitedMessage),
            ([.requestTransactions([payload(1).id])], .unsolicitedMessage),
            // The reply to the request for ids goes behind the one that was asked for before it.
            ([.ids([payload(1).listing]), .ids([payload(2).listing])], .unsolicitedMessage),
            ([.ids([payload(1).listing]), .done], .unsolicitedMessage),
            ([.ids([payload(1).listing]), .transactions([])], nil),
            ([.ids([payload(1).listing]), .transactions([payload(1).encoding])], nil),
            (
                [.ids([payload(1).listing]), .transactions([[1], [2]])], .transactionFlood
            ),
            (
                [
                    .ids([payload(1).listing, payload(2).listing]),
                    .transactions([payload(1).encoding, payload(1).encoding]),
                ], .badTransaction
            ),
            (
                [.ids([payload(1).listing]), .transactions([payload(2).encoding])],
                .badTransaction
            ),
            (
                [
                    .ids([.init(id: payload(1).id, size: payload(1).encoding.count + 1)]),
                    .transactions([payload(1).encoding]),
                ], .badTransaction
            ),
            ([.ids([payload(1).listing]), .transactions([[0xFF]])], .badTransaction),
            // A length in two bytes where one will do.
            (
                [
                    .ids([.init(id: Hash(of: [0x0A, 0x81, 0, 7]), size: 4)]),
                    .transactions([[0x0A, 0x81, 0, 7]]),
                ], .badTransaction
            ),
        ] as [([TransactionMessage], CloseReason?)]
    )
    func `has rules for the one who offers`(messages: [TransactionMessage], reason: CloseReason?) {
        var bench = PullBench()
        for message in messages { bench.receive(message) }
        #expect(bench.stops == (reason.map { [$0] } ?? []))
        guard reason != nil else { return }
        // Nothing of it counts any more.
        bench.forget()
        bench.receive(.done)
        bench.pass(.seconds(60))
        #expect(bench.stops.count == 1 && bench.sent.isEmpty)
        #expect(bench.pull.nextDeadline == nil)
    }

    @Test func `one of the longest encodings is taken, a longer one is not`() throws {
        // No field of ours makes one that long, so its limit is its coding's.
        let most = longest(1)
        var bench = PullBench()
        bench.offer([most])
        bench.deliver([most])
        #expect(bench.transactions == [most])
        let size = Transaction.payloadByteLimit + 1
        let bytes = [0x0A, UInt8(size & 0x7F | 0x80), UInt8(size >> 7)]
        let more = bytes + [UInt8](repeating: 0, count: size)
        bench.receive(.ids([.init(id: Hash(of: more), size: more.count)]))
        bench.receive(.transactions([more]))
        #expect(bench.stops == [.badTransaction])
    }

    @Test func `takes nothing of those who do not use us`() {
        var bench = PullBench([])
        bench.receive(.initiate)
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `parts from those whose registration nobody signed`() {
        var bench = PullBench()
        bench.isAdmitting = false
        bench.offer([payload(1)])
        bench.deliver([payload(1)])
        bench.tell(.admitted(.alice, payload(1).id, .tooLarge))
        #expect(bench.stops.isEmpty)
        bench.tell(.admitted(.alice, payload(1).id, .unsigned))
        bench.tell(.admitted(.alice, payload(2).id, .unsigned))
        #expect(bench.stops == [.badTransaction])
    }

    // MARK: - Time

    @Test func `waits for news for ever, for transactions 10 s`() {
        var bench = PullBench()
        #expect(bench.pull.nextDeadline == nil)
        bench.offer([payload(1), payload(2)])
        let limit = TransactionPull.replyLimit
        #expect(bench.pull.nextDeadline == bench.now.advanced(by: limit))
        bench.pass(limit - .nanoseconds(1))
        #expect(bench.stops.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.stops == [.transactionsTimeout])
        #expect(bench.pull.nextDeadline == nil)
    }

    @Test func `waits 10 s for ids that the peer need not have yet`() {
        var bench = PullBench([.alice, .bob])
        bench.offer([payload(1)], from: .alice)
        // Bob has it, too, and is not asked; so it stays in his window.
        bench.forget()
        bench.offer([payload(2), payload(1)], from: .bob)
        bench.deliver([payload(2)], from: .bob)
        #expect(
            bench.sent[.bob] == [
                .requestTransactions([payload(2).id]),
                .requestIDs(blocking: false, acknowledged: 1, wanted: 9),
            ]
        )
        bench.deliver([payload(1)], from: .alice)
        bench.pass(TransactionPull.replyLimit - .nanoseconds(1))
        #expect(bench.stops.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.stops == [.transactionsTimeout])
    }

    @Test func `asks again after 250 ms when nothing can be acknowledged`() {
        var bench = PullBench([.alice, .bob])
        bench.offer([payload(1)], from: .alice)
        bench.forget()
        bench.offer([payload(1)], from: .bob)
        #expect(bench.sent.isEmpty)
        bench.pass(TransactionPull.pollDelay - .nanoseconds(1))
        #expect(bench.sent.isEmpty)
        bench.pass(.nanoseconds(1))
        let poll = TransactionMessage.requestIDs(blocking: false, acknowledged: 0, wanted: 9)
        #expect(bench.sent == [.bob: [poll]])
        bench.receive(.ids([]), from: .bob)
        #expect(bench.sent == [.bob: [poll]])
    }

    // MARK: - Parting

    @Test func `asks nothing more of a peer that uses us no longer, and takes what it owes`() {
        var bench = PullBench()
        bench.offer([payload(1)])
        bench.tell(.lowered(.alice))
        bench.forget()
        #expect(bench.pull.owedReplyCount(by: .alice) == 2)
        bench.deliver([payload(1)])
        bench.receive(.done)
        #expect(bench.pull.owedReplyCount(by: .alice) == 0)
        #expect(bench.transactions == [payload(1)] && bench.stops.isEmpty && bench.sent.isEmpty)
        bench.tell(.raised(.alice))
        #expect(bench.sent.isEmpty)
        bench.receive(.initiate)
        #expect(bench.sent == [.alice: [Self.first]])
    }

    @Test func `expects Done within 10 s of a peer that uses us no longer`() {
        var bench = PullBench()
        bench.pass(.seconds(100))
        bench.tell(.lowered(.alice))
        bench.pass(TransactionPull.replyLimit - .nanoseconds(1))
        #expect(bench.stops.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.stops == [.transactionsTimeout])
    }

    @Test func `goes on with a session that outlasted a lowering`() {
        var bench = PullBench([.alice, .bob])
        bench.offer([payload(1)], from: .bob)
        bench.offer([payload(1)], from: .alice)
        bench.tell(.lowered(.alice))
        bench.forget()
        bench.deliver([payload(1)], from: .bob)
        #expect(bench.sent[.alice] == nil)
        bench.tell(.raised(.alice))
        #expect(
            bench.sent[.alice] == [.requestIDs(blocking: true, acknowledged: 1, wanted: 10)]
        )
    }
}

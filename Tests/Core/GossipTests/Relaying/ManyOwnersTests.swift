import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// What several peers offer at once.
@Suite struct `A transaction pull from several peers` {
    private let slow = TransactionPull.slowLimit

    @Test func `asks one peer for each transaction, and acknowledges it to the others`() {
        var bench = PullBench([.alice, .bob])
        bench.offer([payload(1)], from: .alice)
        bench.offer([payload(1)], from: .bob)
        #expect(bench.asked(.alice) == [payload(1).id] && bench.asked(.bob).isEmpty)
        bench.forget()
        bench.deliver([payload(1)], from: .alice)
        #expect(
            bench.sent == [.bob: [.requestIDs(blocking: true, acknowledged: 1, wanted: 10)]]
        )
        bench.pass(slow)
        #expect(bench.asked(.bob).isEmpty && bench.duplicateCount == 0)
    }

    @Test func `asks a second one when the first is slow, and no third`() {
        var bench = PullBench([.alice, .bob, .carol])
        for peer in [PeerID.alice, .bob, .carol] { bench.offer([payload(1)], from: peer) }
        // So that polls for more ids are out of the way.
        bench.pass(slow - .nanoseconds(1))
        #expect(bench.asked(.bob).isEmpty && bench.asked(.carol).isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.asked(.bob).count + bench.asked(.carol).count == 1)
        bench.pass(slow + slow)
        #expect(bench.asked(.bob) == [payload(1).id] && bench.asked(.carol).isEmpty)
        bench.receive(.ids([]), from: .carol)
        bench.receive(.ids([]), from: .bob)
        bench.deliver([payload(1)], from: .bob)
        bench.deliver([payload(1)], from: .alice)
        #expect(bench.transactions == [payload(1)] && bench.duplicateCount == 1)
        #expect(bench.stops.isEmpty)
    }

    @Test(arguments: [0, 1, 2, 3])
    func `asks another at once when the first has it no more, lies, goes, or is thrown out`(
        manner: Int
    ) {
        var bench = PullBench([.alice, .bob])
        bench.offer([payload(1)], from: .alice)
        bench.offer([payload(1)], from: .bob)
        switch manner {
        case 0: bench.deliver([], from: .alice)
        case 1: bench.deliver([payload(2)], from: .alice)
        case 2: bench.tell(.removed(.alice))
        default: bench.receive(.done, from: .alice)
        }
        #expect(bench.asked(.bob) == [payload(1).id])
        bench.deliver([payload(1)], from: .bob)
        #expect(bench.transactions == [payload(1)])
        #expect(bench.stops.count == manner % 2)
    }

    @Test func `asks one that was silent for 10 s no more, and others instead`() {
        var bench = PullBench([.alice, .bob, .carol])
        for peer in [PeerID.alice, .bob, .carol] { bench.offer([payload(1)], from: peer) }
        bench.pass(slow)
        #expect(bench.asked(.bob) == [payload(1).id])
        bench.receive(.ids([]), from: .carol)
        bench.pass(TransactionPull.replyLimit - slow)
        #expect(bench.stops == [.transactionsTimeout])
        #expect(bench.asked(.carol) == [payload(1).id])
    }

    @Test func `takes what came another way as a duplicate`() {
        var bench = PullBench()
        bench.offer([payload(1)])
        bench.mempool.add([payload(1)])
        bench.deliver([payload(1)])
        #expect(bench.transactions.isEmpty && bench.duplicateCount == 1)
    }

    @Test func `acknowledges what came another way when it is told`() {
        var bench = PullBench([.alice, .bob])
        bench.offer([payload(1)], from: .alice)
        bench.offer([payload(1)], from: .bob)
        bench.mempool.add([payload(1)])
        bench.forget()
        bench.tell(.mempoolChanged)
        #expect(
            bench.sent == [.bob: [.requestIDs(blocking: true, acknowledged: 1, wanted: 10)]]
        )
    }

    @Test func `asks once for what is offered twice`() {
        var bench = PullBench()
        bench.offer([payload(1), payload(1)])
        #expect(bench.asked() == [payload(1).id])
        bench.deliver([payload(1)])
        #expect(bench.transactions == [payload(1)] && bench.stops.isEmpty)
    }

    // MARK: - Limits

    @Test func `lets a peer owe six of the longest, and not one more`() {
        var bench = PullBench()
        bench.forget()
        let listings = (0..<10).map {
            TransactionMessage.Listing(id: payload($0).id, size: Transaction.byteLimit)
        }
        bench.receive(.ids(listings))
        #expect(bench.asked() == listings.prefix(6).map(\.id))
        bench.receive(.transactions([]))
        #expect(bench.asked() == listings.map(\.id))
    }

    @Test func `lets all peers owe 1 MiB, and not one byte more; who waits for that is told`() {
        let peers = (0..<12).map { PeerID(rawValue: UInt32($0)) }
        var bench = PullBench(peers)
        let each = TransactionPull.peerByteLimit / Transaction.byteLimit
        func listings(_ peer: Int, _ count: Int) -> [TransactionMessage.Listing] {
            (0..<count).map { .init(id: payload(peer * 10 + $0).id, size: Transaction.byteLimit) }
        }
        for peer in 0..<10 { bench.receive(.ids(listings(peer, each)), from: peers[peer]) }
        let rest = TransactionPull.byteLimit / Transaction.byteLimit - 10 * each
        #expect(rest == 4)
        bench.receive(.ids(listings(10, rest)), from: peers[10])
        #expect(bench.asked(peers[10]).count == rest)
        bench.receive(.ids([.init(id: payload(500).id, size: 1)]), from: peers[11])
        #expect(bench.asked(peers[11]).isEmpty)
        bench.receive(.transactions([]), from: peers[3])
        #expect(bench.asked(peers[11]) == [payload(500).id])
    }

    @Test func `leaves peers alone for 1 s after each reply while the pool is full`() {
        var bench = PullBench(mempool: .test { $0.transactions = 3 })
        bench.mempool.add([payload(1), payload(2)])
        bench.offer([payload(3)])
        bench.deliver([payload(3)])
        bench.forget()
        bench.offer([payload(4)])
        #expect(bench.sent.isEmpty)
        #expect(bench.pull.nextDeadline == bench.now.advanced(by: TransactionPull.fullDelay))
        bench.pass(TransactionPull.fullDelay - .nanoseconds(1))
        #expect(bench.sent.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.asked() == [payload(4).id])
        bench.offer([], from: .bob)
        bench.deliver([payload(4)])
        bench.offer([payload(5)])
        #expect(bench.asked() == [payload(4).id])
        bench.mempool.include(Body([payload(4)]))
        bench.tell(.mempoolChanged)
        #expect(bench.asked() == [payload(4).id, payload(5).id])
    }

    @Test func `counts as full when one of the longest might not fit`() {
        let size = payload(0).encoding.count
        for (limit, isFull) in [(0, false), (1, true)] {
            let bytes = Transaction.byteLimit + size - limit
            var bench = PullBench(mempool: .test { $0.bytes = bytes })
            bench.offer([payload(0)])
            bench.deliver([payload(0)])
            bench.forget()
            bench.offer([payload(1)])
            #expect(bench.sent.isEmpty == isFull)
        }
    }

    @Test func `goes on without credit when there is some again`() {
        var bench = PullBench([])
        let channel = ChannelDescriptor(id: GossipChannel.transactions, sendQueueLimit: 1)
        bench.credit.open(.alice, channel)
        bench.tell(.raised(.alice))
        bench.receive(.initiate)
        bench.forget()
        bench.offer([payload(1)])
        #expect(bench.sent.isEmpty)
        for _ in 0..<2 { bench.drain() }
        #expect(
            bench.sent[.alice] == [
                .requestTransactions([payload(1).id]),
                .requestIDs(blocking: true, acknowledged: 1, wanted: 10),
            ]
        )
    }
}

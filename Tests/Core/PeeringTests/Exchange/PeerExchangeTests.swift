import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

/// CometBFT's `pex_reactor_test.go`, as far as it concerns the reactor (C§13), and the mends of C§12.
@Suite struct PeerExchangeTests {
    private static let request = ExchangeMessage.request.bytes
    private static let none = ExchangeMessage.addresses([]).bytes

    @Test func `PEXReactorBasic: one channel, as upstream describes it`() {
        let channels = PeerExchange().channels
        #expect(channels.map(\.id) == [.peerExchange])
        #expect(channels[0].priority == 1)
        #expect(channels[0].sendQueueLimit == 10)
        #expect(channels[0].receiveMessageLimit == 64_000)
    }

    @Test func `PEXReactorAddRemovePeer: a peer can be asked while it is there`() {
        let exchange = Exchange()
        let peer = PeerID(rawValue: 1)
        #expect(!exchange.ask(peer))
        exchange.connect(1)
        #expect(exchange.sent.isEmpty)
        #expect(exchange.ask(peer))
        #expect(exchange.sent == [.init(peer: peer, bytes: Self.request)])
        exchange.disconnect(peer)
        exchange.wait(.seconds(60))
        #expect(!exchange.ask(peer))
        #expect(exchange.reactor.nextDeadline == nil)
    }

    @Test func `PEXReactorReceive: the answer to a request is reported, without malformed ids`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        exchange.ask(peer)
        let known = [place(7, "7.7.7.7"), place(8, "8.8.8.8")]
        let odd = AnnouncedAddress(id: "xyz", socket: socket("6.6.6.6"))
        exchange.receive(
            .addresses([AnnouncedAddress(known[0]), odd, AnnouncedAddress(known[1])]),
            from: peer
        )
        #expect(exchange.reports == [.received(peer, known)])
        #expect(exchange.stopped.isEmpty)
    }

    @Test
    func `PEXReactorRequestMessageAbuse: the third quick request ends the connection and bans`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        for _ in 0..<2 {
            exchange.receive(.request, from: peer)
            #expect(exchange.reports == [.requested(peer)])
            exchange.answerAll()
            exchange.clear()
        }
        exchange.receive(.request, from: peer)
        #expect(exchange.stopped == [.init(peer: peer, reason: .requestTooSoon, flush: false)])
        #expect(exchange.reports == [.misbehaved(peer, .requestTooSoon)])
        exchange.clear()
        exchange.receive(.request, from: peer)
        #expect(exchange.stopped.isEmpty)
        #expect(exchange.reports.isEmpty)
    }

    @Test func `PEXReactorAddrsMessageAbuse: unsolicited addresses end the connection and ban`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        exchange.ask(peer)
        exchange.receive(.addresses([]), from: peer)
        #expect(exchange.reports == [.received(peer, [])])
        exchange.clear()
        exchange.receive(.addresses([]), from: peer)
        #expect(exchange.stopped == [.init(peer: peer, reason: .unsolicitedMessage, flush: false)])
        #expect(exchange.reports == [.misbehaved(peer, .unsolicitedMessage)])
    }

    @Test(
        arguments: [[], [0xFF], [0x12, 0x02, 0x0A, 0x00], [0x1A, 0x00], [0x0A, 0x05]] as [[UInt8]]
    )
    func `what cannot be read ends the connection and bans`(bytes: [UInt8]) {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        exchange.ask(peer)
        exchange.clear()
        exchange.tell(.receive(.peerExchange, bytes, from: peer))
        #expect(exchange.stopped == [.init(peer: peer, reason: .badMessage, flush: false)])
        #expect(exchange.reports == [.misbehaved(peer, .badMessage), .noAnswer(peer)])
        #expect(exchange.reactor.nextDeadline == nil)
    }

    @Test func `a peer without the channel is as if it were not there`() {
        let exchange = Exchange()
        let peer = exchange.connect(1, channels: [.lifecycle])
        #expect(!exchange.ask(peer))
        exchange.receive(.request, from: peer)
        #expect(exchange.reports.isEmpty)
        #expect(exchange.stopped.isEmpty)
    }

    @Test func `sent next PEX request too soon bans honest peers: ours are 11 s apart at any pace`()
    {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        #expect(exchange.ask(peer))
        #expect(!exchange.ask(peer))
        exchange.receive(.addresses([]), from: peer)
        #expect(!exchange.ask(peer))
        exchange.wait(.seconds(11) - .nanoseconds(1))
        #expect(!exchange.ask(peer))
        #expect(
            exchange.reactor.askableAt(peer, now: exchange.now)
                == exchange.now.advanced(by: .nanoseconds(1))
        )
        exchange.wait(.nanoseconds(1))
        #expect(exchange.ask(peer))
        // Nor across connections.
        exchange.disconnect(peer)
        exchange.connect(1)
        #expect(!exchange.ask(peer))
        exchange.wait(.seconds(11))
        #expect(exchange.ask(peer))
    }

    @Test func `no two of us ever ban each other, however often both want to ask`() {
        let asker = Exchange()
        let asked = Exchange()
        let (there, here) = (asker.connect(1), asked.connect(2, outbound: false))
        for _ in 0..<2000 {
            asker.ask(there)
            for sent in asker.sent { asked.tell(.receive(.peerExchange, sent.bytes, from: here)) }
            asked.answerAll([place(9, "9.9.9.9")])
            for sent in asked.sent { asker.tell(.receive(.peerExchange, sent.bytes, from: there)) }
            #expect(asked.stopped.isEmpty)
            #expect(asker.stopped.isEmpty)
            asker.credit.giveBack(there)
            asked.credit.giveBack(here)
            asker.clear()
            asked.clear()
            asker.wait(.milliseconds(100))
            asked.wait(.milliseconds(100))
        }
    }

    @Test func `a request that is not answered times out, and a late answer is still heeded`() {
        let exchange = Exchange { $0.answerTimeout = .seconds(30) }
        let peer = exchange.connect(1)
        exchange.ask(peer)
        let due = exchange.now.advanced(by: .seconds(30))
        #expect(exchange.reactor.nextDeadline == due)
        exchange.wait(.seconds(29))
        exchange.tell(.deadline)
        #expect(exchange.reports.isEmpty)
        exchange.wait(.seconds(1))
        exchange.tell(.deadline)
        exchange.tell(.deadline)
        #expect(exchange.reports == [.noAnswer(peer)])
        #expect(exchange.reactor.nextDeadline == nil)
        exchange.clear()
        exchange.receive(.addresses([AnnouncedAddress(place(7, "7.7.7.7"))]), from: peer)
        #expect(exchange.reports == [.received(peer, [place(7, "7.7.7.7")])])
        #expect(exchange.stopped.isEmpty)
        exchange.receive(.addresses([]), from: peer)
        #expect(exchange.stopped.count == 1)
    }

    @Test func `three requests may lie unanswered, and a fourth is not made`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        for _ in 0..<PeerExchange.unansweredLimit {
            #expect(exchange.ask(peer))
            exchange.wait(.seconds(31))
            exchange.tell(.deadline)
            exchange.credit.giveBack(peer)
        }
        #expect(!exchange.ask(peer))
        exchange.receive(.addresses([]), from: peer)
        #expect(exchange.ask(peer))
    }

    @Test func `a connection that ends leaves no request open`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        exchange.ask(peer)
        exchange.disconnect(peer)
        #expect(exchange.reports == [.noAnswer(peer)])
    }

    @Test func `so many peers' last requests are remembered, and one more waits`() {
        let exchange = Exchange()
        for number in 0..<UInt32(PeerExchange.askedLimit) {
            let peer = exchange.connect(number)
            #expect(exchange.ask(peer))
            exchange.disconnect(peer)
        }
        let late = exchange.connect(100_000)
        #expect(!exchange.ask(late))
        exchange.wait(.seconds(11))
        #expect(exchange.ask(late))
    }

    @Test func `without credit the answer waits, and is asked for again when there is some`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        exchange.credit.close(peer, .peerExchange)
        exchange.receive(.request, from: peer)
        #expect(exchange.reports == [.requested(peer)])
        #expect(!exchange.answer(peer, []))
        exchange.clear()
        exchange.credit.open(peer, exchange.reactor.channels[0])
        exchange.tell(.sendable(.peerExchange, peer))
        #expect(exchange.reports == [.requested(peer)])
        #expect(exchange.answer(peer, []))
        #expect(exchange.sent == [.init(peer: peer, bytes: Self.none)])
        exchange.clear()
        exchange.tell(.sendable(.peerExchange, peer))
        #expect(exchange.reports.isEmpty)
    }

    @Test func `nobody is answered who did not ask`() {
        let exchange = Exchange()
        let peer = exchange.connect(1)
        #expect(!exchange.answer(peer, [place(7, "7.7.7.7")]))
        #expect(!exchange.answer(PeerID(rawValue: 9), []))
        #expect(exchange.sent.isEmpty)
    }

    @Test func `a request that comes before the peer may be sent to waits for that`() {
        let exchange = Exchange()
        let peer = Exchange.peer(1)
        exchange.credit.open(peer.id, exchange.reactor.channels[0])
        exchange.tell(.initPeer(peer))
        #expect(!exchange.ask(peer.id))
        exchange.receive(.request, from: peer.id)
        #expect(exchange.reports.isEmpty)
        exchange.tell(.addPeer(peer))
        #expect(exchange.reports == [.requested(peer.id)])
        #expect(exchange.answer(peer.id, []))
    }

    @Test func `the state of a peer ends with its connection`() {
        let exchange = Exchange()
        for _ in 0..<5 {
            let peer = exchange.connect(1)
            for _ in 0..<2 {
                exchange.receive(.request, from: peer)
                exchange.answerAll()
            }
            #expect(exchange.stopped.isEmpty)
            exchange.disconnect(peer)
            exchange.clear()
        }
    }
}

/// Seed mode of the reactor (C§7.4).
@Suite struct SeedExchangeTests {
    @Test func `PEXReactorSeedModeFlushStop: an inbound peer is answered once, then hung up on`() {
        let exchange = Exchange { $0.isSeed = true }
        let peer = exchange.connect(1, outbound: false)
        exchange.receive(.request, from: peer)
        #expect(exchange.reports == [.requested(peer)])
        exchange.receive(.request, from: peer)
        exchange.receive(.request, from: peer)
        #expect(exchange.reports == [.requested(peer)])
        #expect(exchange.stopped.isEmpty)
        #expect(exchange.answer(peer, [place(7, "7.7.7.7")]))
        #expect(exchange.sent.count == 1)
        #expect(exchange.stopped == [.init(peer: peer, reason: .seedAnswered, flush: true)])
        exchange.receive(.request, from: peer)
        #expect(!exchange.answer(peer, []))
        #expect(exchange.stopped.count == 1)
        #expect(exchange.reports.count == 1)
    }

    @Test func `a seed treats an outbound peer like any node does`() {
        let exchange = Exchange { $0.isSeed = true }
        let peer = exchange.connect(1, outbound: true)
        for _ in 0..<2 {
            exchange.clear()
            exchange.receive(.request, from: peer)
            exchange.answerAll()
            #expect(exchange.sent.count == 1)
            #expect(exchange.stopped.isEmpty)
        }
        exchange.receive(.request, from: peer)
        #expect(exchange.stopped.map(\.reason) == [.requestTooSoon])
    }
}

extension Credit {
    /// All messages left.
    mutating func giveBack(_ peer: PeerID) {
        _ = restore(peer, .peerExchange, messages: 10, bytes: 1 << 20)
    }
}

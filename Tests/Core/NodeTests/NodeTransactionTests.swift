import Testing
import WarrenChain
import WarrenGossip
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// How transactions come to a node, stay, and go on to others.
struct NodeTransactionTests {
    private static let one = Transaction(.payload([1]))
    private static let two = Transaction(.payload([2, 2]))

    @Test func `what a peer offers that uses the node is pulled, kept, and noted once`() throws {
        var guest = try #require(ChainGuest())
        guest.offers()
        #expect(guest.asked.last == .requestIDs(blocking: true, acknowledged: 0, wanted: 10))
        guest.say(.ids([Self.one.listing, Self.two.listing]))
        #expect(guest.asked.contains(.requestTransactions([Self.one.id, Self.two.id])))
        guest.say(.transactions([Self.one.encoding, Self.two.encoding]))
        #expect(guest.pool?.count == 2)
        let bytes = Self.one.encoding.count + Self.two.encoding.count
        #expect(guest.pool?.bytes == bytes)
        #expect(guest.sighted.map(\.id) == [Self.one.id, Self.two.id])
        #expect(guest.sighted.allSatisfy { $0.from == guest.companion.id })
        #expect(guest.end == nil)
    }

    @Test func `the same from a second peer is neither asked for nor noted again`() throws {
        var guest = try #require(ChainGuest())
        guest.offers()
        guest.say(.ids([Self.one.listing]))
        guest.say(.transactions([Self.one.encoding]))
        guest.say(.ids([Self.one.listing]))
        let asked = guest.asked.filter { message in
            if case .requestTransactions = message { true } else { false }
        }
        #expect(asked.count == 1 && guest.sighted.count == 1 && guest.pool?.count == 1)
    }

    @Test func `what is submitted is offered at once to the peers that the node uses`() throws {
        var guest = try #require(ChainGuest())
        guest.companion.serve(&guest.solo)
        #expect(guest.asked == [.initiate])
        guest.say(.requestIDs(blocking: true, acknowledged: 0, wanted: 10))
        #expect(guest.asked.count == 1)
        let admission = guest.solo.node.submit(Self.one)
        guard case .added? = admission else {
            Issue.record("\(String(describing: admission))")
            return
        }
        let due = try #require(guest.solo.node.nextDeadline)
        #expect(due <= guest.solo.now)
        guest.solo.feed(.deadline)
        #expect(guest.asked.last == .ids([Self.one.listing]))
        #expect(guest.sighted.map(\.from) == [nil])
        #expect(try #require(guest.solo.node.nextDeadline) > guest.solo.now)
        guest.say(.requestTransactions([Self.one.id]))
        #expect(guest.asked.last == .transactions([Self.one.encoding]))
        #expect(guest.solo.node.submit(Self.one) == .known)
        guest.solo.feed(.deadline)
        #expect(guest.sighted.count == 1)
    }

    @Test func `what is submitted while a peer offers it too is acknowledged, not fetched`() throws
    {
        var guest = try #require(ChainGuest())
        guest.offers()
        _ = guest.solo.node.submit(Self.one)
        guest.say(.ids([Self.one.listing]))
        #expect(guest.asked.last == .requestIDs(blocking: true, acknowledged: 1, wanted: 10))
    }

    @Test func `no node without a chain takes transactions, nor one that is not up`() {
        var plain = Solo()
        #expect(plain.node.submit(Self.one) == nil)
        var early = Solo(boots: false) { $0.genesis = ChainGuest.genesis }
        #expect(early.node.submit(Self.one) == nil)
    }

    @Test func `what a block holds leaves the pool, and is not taken again`() throws {
        var guest = try #require(ChainGuest())
        _ = guest.solo.node.submit(Self.one)
        _ = guest.solo.node.submit(Self.two)
        let body = Body([Self.one])
        let header = guest.header(body: body.encoding)
        guest.begin(tip: header.point)
        guest.say(.rollForward([header], tip: header.point))
        guest.say(.startBatch)
        guest.say(.block(BodyMessage(body: body.encoding)))
        #expect(guest.tip?.height == 1 && guest.pool?.count == 1)
        #expect(guest.solo.node.submit(Self.one) == .included)
    }

    // MARK: - Lowering (design §17.2)

    @Test func `a lowering is acknowledged once the peer answered what it was asked`() throws {
        var guest = try #require(ChainGuest())
        guest.offers()
        guest.say(.ids([Self.one.listing]))
        let before = guest.acknowledged
        guest.companion.use(.warm, &guest.solo)
        #expect(guest.acknowledged == before)
        guest.say(.transactions([Self.one.encoding]))
        // What came is taken all the same, and the request for ids is still open.
        #expect(guest.pool?.count == 1 && guest.acknowledged == before)
        guest.say(.done)
        #expect(guest.acknowledged == before + 1)
        #expect(guest.asked.count { $0 == .requestTransactions([Self.one.id]) } == 1)
        // And all begins anew with the next use.
        guest.offers()
        guest.say(.ids([Self.two.listing]))
        guest.say(.transactions([Self.two.encoding]))
        #expect(guest.pool?.count == 2 && guest.end == nil)
    }

    @Test func `a peer that is let go before it was asked anything is let go at once`() throws {
        var guest = try #require(ChainGuest())
        guest.companion.use(.hot, &guest.solo)
        let before = guest.acknowledged
        guest.companion.use(.warm, &guest.solo)
        #expect(guest.acknowledged == before + 1)
    }

    @Test func `a lowering whose answers do not come ends the peer`() throws {
        var guest = try #require(ChainGuest())
        guest.begin()
        guest.say(.awaitReply)
        guest.offers()
        guest.companion.use(.warm, &guest.solo)
        var companion = guest.companion
        companion.pass(.seconds(11), &guest.solo)
        #expect(guest.end == .transactionsTimeout)
    }

    // MARK: - Rules

    @Test func `an owner that breaks a rule ends`() throws {
        let listing = Self.one.listing
        let many = (0..<11).map { Transaction(.payload([3, UInt8($0)])).listing }
        try expect(.transactionFlood, after: []) { $0.say(.ids(many)) }
        try expect(.badMessage, after: []) { $0.say(.ids([])) }
        try expect(.badMessage, after: []) { $0.say([0xFF], on: GossipChannel.transactions) }
        try expect(.unsolicitedMessage, after: []) { $0.say(.transactions([Self.one.encoding])) }
        try expect(.unsolicitedMessage, after: []) { $0.say(.initiate) }
        try expect(.badTransaction, after: []) { guest in
            guest.say(.ids([.init(id: listing.id, size: Transaction.byteLimit + 1)]))
        }
        try expect(.badTransaction, after: [listing]) { $0.say(.transactions([Self.two.encoding])) }
        try expect(.badTransaction, after: [listing]) { $0.say(.transactions([[0xFF]])) }
        try expect(.transactionFlood, after: [listing]) { guest in
            guest.say(.transactions([Self.one.encoding, Self.two.encoding]))
        }
        let forged = try Self.forged()
        try expect(.badTransaction, after: [forged.listing]) { guest in
            guest.say(.transactions([forged.encoding]))
        }
        try expect(.transactionsTimeout, after: [listing]) { guest in
            guest.begin()
            guest.say(.awaitReply)
            var companion = guest.companion
            companion.pass(.seconds(11), &guest.solo)
        }
    }

    @Test func `an asker that breaks a rule ends`() throws {
        for (message, reason) in [
            (
                TransactionMessage.requestIDs(blocking: true, acknowledged: 0, wanted: 11),
                CloseReason.transactionFlood
            ),
            (.requestIDs(blocking: true, acknowledged: 1, wanted: 1), .badMessage),
            (.requestTransactions([Self.one.id]), .unsolicitedMessage),
        ] {
            var guest = try #require(ChainGuest())
            guest.companion.serve(&guest.solo)
            guest.say(message)
            #expect(guest.end == reason)
        }
    }

    /// A registration that its pool did not sign.
    private static func forged() throws -> Transaction {
        let honest = Transaction(
            .registration(
                RelayRegistration(pledge: 1, serial: 1, relays: [], by: ChainGuest.key)
            )
        )
        var encoding = honest.encoding
        encoding[encoding.count - 1] ^= 1
        return try Transaction(encoding)
    }

    /// Expects that what an owner does ends it so, once it has offered these and was asked for them.
    private func expect(
        _ reason: CloseReason,
        after listings: [TransactionMessage.Listing],
        sourceLocation: SourceLocation = #_sourceLocation,
        _ lie: (inout ChainGuest) -> Void
    ) throws {
        var guest = try #require(ChainGuest(), sourceLocation: sourceLocation)
        guest.offers()
        if !listings.isEmpty { guest.say(.ids(listings)) }
        lie(&guest)
        #expect(guest.end == reason, sourceLocation: sourceLocation)
        #expect(guest.pool?.count == 0 || guest.pool?.count == 1, sourceLocation: sourceLocation)
    }
}

extension Transaction {
    var listing: TransactionMessage.Listing { .init(id: id, size: encoding.count) }
}

extension ChainGuest {
    var pool: Snapshot.Mempool? { solo.node.snapshot(now: solo.now).mempool }

    /// What the node said to the peer on 0x73.
    var asked: [TransactionMessage] {
        said(on: [GossipChannel.transactions]).compactMap { try? TransactionMessage($0.bytes) }
    }

    /// The transactions that the node put on record, and who they came from.
    var sighted: [(id: Hash, from: NodeID?)] {
        solo.events.compactMap { event in
            guard case .chain(.sighted(let id, let peer)) = event.note else { return nil }
            return (id, peer?.id)
        }
    }

    /// How many announcements of the peer's use the node acknowledged.
    fileprivate var acknowledged: Int {
        said(on: [.lifecycle]).count { message in
            if case .useAck? = try? LifecycleMessage(message.bytes.span) { true } else { false }
        }
    }

    /// The peer uses the node, and has transactions to offer.
    fileprivate mutating func offers() {
        companion.use(.hot, &solo)
        say(.initiate)
    }
}

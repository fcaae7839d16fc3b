import Testing
import WarrenChain
import WarrenGossip
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// How a node joins its chain to its peers, its store and its clock.
struct NodeChainTests {
    @Test func `only on a network with producers the node lists the channels of a chain`() throws {
        let plain = Solo { $0.genesis = Genesis() }
        #expect(!plain.node.channels.contains { $0.id == GossipChannel.chain })
        #expect(plain.node.snapshot(now: plain.now).chain == nil)
        let guest = try #require(ChainGuest())
        let ids = guest.solo.node.channels.map(\.id)
        #expect(ids.suffix(3) == ChainGuest.channels[...])
        #expect(guest.tip?.height == 0 && guest.tip?.hash == "\(guest.rules.genesisID)")
    }

    @Test
    func `nobody is let in, nor told of a tip, before the store's part of the chain is there`() {
        var solo = Solo(boots: false) { $0.genesis = ChainGuest.genesis }
        var first: [Node.Effect] = []
        solo.node.handle(.loaded([]), now: solo.now, random: &solo.random, into: &first)
        guard case .load(let id, let range)? = first.first else {
            Issue.record("it reads nothing: \(first)")
            return
        }
        #expect(range.space == .header)
        // It would tell of the first block, and then of the last without a step between.
        #expect(solo.node.snapshot(now: solo.now).chain == nil)
        solo.feed(.listening(World.address(1)))
        let refused = solo.feed(.accepted(.accepted(1), from: World.address(2)))
        guard case .close(_, .notWanted, _)? = refused.first else {
            Issue.record("\(refused)")
            return
        }
        solo.feed(.loadedRange(id, []))
        #expect(solo.node.snapshot(now: solo.now).chain?.height == 0)
        let admitted = solo.feed(.accepted(.accepted(2), from: World.address(2)))
        #expect(admitted.contains { if case .handshake = $0 { true } else { false } })
    }

    @Test func `a store whose rows make no chain ends the node`() {
        var solo = Solo(boots: false) { $0.genesis = ChainGuest.genesis }
        var first: [Node.Effect] = []
        solo.node.handle(.loaded([]), now: solo.now, random: &solo.random, into: &first)
        guard case .load(let id, _)? = first.first else {
            Issue.record("it reads nothing: \(first)")
            return
        }
        let row = StoreChange(.header, key: headerKey(at: 1), value: [1, 2, 3])
        let effects = solo.feed(.loadedRange(id, [row]))
        #expect(effects.contains { if case .stopped = $0 { true } else { false } })
        #expect(solo.events.contains { $0.note == .storeFailed })
    }

    @Test func `a block of a hot peer is fetched, kept and adopted`() throws {
        var guest = try #require(ChainGuest())
        let body = Body([Transaction(.payload([7]))]).encoding
        let header = guest.header(body: body)
        guest.begin(tip: header.point)
        guest.say(.rollForward([header], tip: header.point))
        guard let asked = guest.said(on: [GossipChannel.blocks]).last else {
            Issue.record("it asked for no body")
            return
        }
        #expect(
            try BlockMessage(asked.bytes) == .requestRange(from: header.point, to: header.point)
        )
        guest.say(.startBatch)
        guest.say(.block(BodyMessage(body: body)))
        #expect(guest.tip?.height == 1 && guest.tip?.hash == "\(header.id)")
        let spaces = guest.solo.effects.flatMap { effect -> [StoreSpace] in
            if case .persist(_, let changes) = effect { changes.map(\.space) } else { [] }
        }
        #expect(spaces.contains(.header) && spaces.contains(.body))
        let kinds = guest.solo.events.compactMap { event in
            if case .chain(let note) = event.note { note.kind } else { nil }
        }
        #expect(kinds == [.announced, .fetched, .adopted])
        let peer = guest.companion.row(guest.solo)
        #expect(peer?.scores?.headersFirst == 1 && peer?.scores?.blocksFetched == 1)
        #expect(guest.end == nil)
    }

    @Test func `a node that is behind says how high the chains of its hot peers reach`() throws {
        var guest = try #require(ChainGuest())
        let body = Body([]).encoding
        let header = guest.header(body: body)
        // What a peer says of its tip is only its word.
        let claim = Point.block(height: 9_000, slot: 9_000, .zero)
        guest.begin(tip: claim)
        #expect(guest.tip?.bestHeight == nil)
        guest.say(.rollForward([header], tip: claim))
        #expect(guest.tip?.height == 0 && guest.tip?.bestHeight == 1)
        guest.say(.startBatch)
        guest.say(.block(BodyMessage(body: body)))
        #expect(guest.tip?.height == 1 && guest.tip?.bestHeight == nil)
    }

    @Test func `a block of our own is heard of by nobody before the store has it`() throws {
        var guest = try #require(ChainGuest(isProducer: true))
        guest.companion.use(.hot, &guest.solo)
        guest.say(.findIntersect([.origin]))
        guest.say(.requestNext(count: 5))
        guest.solo.isDiskSlow = true
        guest.companion.pass(.seconds(1), &guest.solo)
        let batch = try #require(guest.solo.unwritten)
        #expect(!guest.hasShownHeaders && guest.tip?.height == 0)
        guest.solo.feed(.persisted(batch: batch))
        #expect(guest.hasShownHeaders && guest.tip?.height == 1)
    }

    @Test func `a lowering is acknowledged after what was owed is answered`() throws {
        var guest = try #require(ChainGuest())
        let header = guest.header()
        guest.begin(tip: header.point)
        guest.companion.use(.hot, &guest.solo)
        // Its body is awaited of the same peer, which asks for it: the node is to wait.
        guest.say(.rollForward([header], tip: header.point))
        guest.say(.requestRange(from: header.point, to: header.point))
        let before = guest.said(on: [.lifecycle, GossipChannel.blocks]).count
        guest.companion.use(.warm, &guest.solo)
        let answers = guest.said(on: [.lifecycle, GossipChannel.blocks]).dropFirst(before)
        try #require(answers.count == 2)
        #expect(answers.first?.channel == GossipChannel.blocks)
        #expect(try BlockMessage(answers.first?.bytes ?? []) == .noBlocks)
        #expect(answers.last?.channel == .lifecycle)
    }

    @Test func `a peer with nothing in common is no longer hot, rests, and stays connected`() throws
    {
        var guest = try #require(ChainGuest())
        guest.companion.serve(&guest.solo)
        guest.say(.intersectNotFound(tip: .origin))
        #expect(guest.end == nil)
        let row = try #require(guest.companion.row(guest.solo))
        #expect(row.temperature == .warm)
        guest.companion.pass(.seconds(100), &guest.solo)
        #expect(guest.companion.row(guest.solo)?.temperature == .warm)
    }

    @Test(arguments: [true, false])
    func `where nobody rests between warm and hot, a peer with nothing in common goes`(
        _ isStatic: Bool
    ) throws {
        var guest = try #require(
            ChainGuest { birth in
                birth.configuration.peerManager = .ensurePeers
                birth.configuration.enablesP2P = !isStatic
            }
        )
        guest.companion.serve(&guest.solo)
        guest.say(.intersectNotFound(tip: .origin))
        #expect(guest.end == .forkTooDeep)
        #expect(guest.solo.node.invariantViolation() == nil)
    }

    @Test func `a header without its body is taken back from those who follow`() throws {
        var guest = try #require(ChainGuest())
        let header = guest.header()
        guest.begin(tip: header.point)
        guest.companion.use(.hot, &guest.solo)
        guest.say(.findIntersect([.origin]))
        guest.say(.requestNext(count: 5))
        guest.say(.rollForward([header], tip: header.point))
        #expect(guest.hasShownHeaders)
        let before = guest.takenBackCount
        guest.companion.pass(.milliseconds(5_001), &guest.solo)
        #expect(guest.takenBackCount == before + 1)
        #expect(guest.tip?.height == 0 && guest.end == nil)
    }

    @Test func `two blocks of one producer for one slot are counted, noted and kept`() throws {
        var guest = try #require(ChainGuest())
        #expect(guest.solo.node.snapshot(now: guest.solo.now).equivocationCount == 0)
        let headers = (1...2).map { number in
            guest.header(body: Body([Transaction(.payload([UInt8(number)]))]).encoding)
        }
        guest.begin()
        guest.say(.rollForward([headers[0]], tip: headers[0].point))
        guest.say(.rollBackward(.origin, tip: .origin))
        guest.say(.rollForward([headers[1]], tip: headers[1].point))
        #expect(guest.solo.node.snapshot(now: guest.solo.now).equivocationCount == 1)
        let evidence = guest.solo.effects.flatMap { effect -> [StoreChange] in
            guard case .persist(_, let changes) = effect else { return [] }
            return changes.filter { $0.space == .evidence }
        }
        let value = try #require(evidence.first?.value)
        for header in headers {
            let encoding = header.encoding
            #expect(value.indices.contains { value[$0...].starts(with: encoding) })
        }
        let notes = guest.solo.events.compactMap { event -> NodeID? in
            if case .chain(.equivocation(let producer, _, _, _)) = event.note {
                producer
            } else {
                nil
            }
        }
        #expect(notes == [ChainGuest.key.id] && guest.end == nil)
        // A next life knows it from the store.
        var later = Solo(boots: false) { $0.genesis = ChainGuest.genesis }
        var wanted: [Node.Effect] = []
        later.node.handle(
            .loaded(evidence),
            now: later.now,
            random: &later.random,
            into: &wanted
        )
        for case .load(let id, _) in wanted { later.feed(.loadedRange(id, [])) }
        #expect(later.node.snapshot(now: later.now).equivocationCount == 1)
    }

    @Test func `pools that a block registers become ledger peers`() throws {
        var guest = try #require(ChainGuest { $0.topology.useLedgerAfterSlot = 0 })
        let registration = RelayRegistration(
            pledge: 5,
            serial: 1,
            relays: [World.point(5)],
            by: ChainGuest.key
        )
        let body = Body([Transaction(.registration(registration))]).encoding
        let header = guest.header(body: body)
        guest.begin(tip: header.point)
        guest.say(.rollForward([header], tip: header.point))
        guest.say(.startBatch)
        guest.say(.block(BodyMessage(body: body)))
        guest.say(.batchDone)
        guest.say(.awaitReply)
        #expect(guest.tip?.height == 1)
        guest.companion.pass(.seconds(300), &guest.solo)
        let peers = guest.solo.node.snapshot(now: guest.solo.now).peers
        let row = peers.first { $0.id == World.id(5) }
        #expect(row?.source == .ledger || row?.source == .bigLedger)
    }
}

extension ChainGuest {
    /// How often the node told the peer to go back.
    fileprivate var takenBackCount: Int {
        said(on: [GossipChannel.chain]).count { message in
            if case .rollBackward? = try? ChainMessage(message.bytes.span) { true } else { false }
        }
    }

    /// Whether the node told the peer of any header.
    fileprivate var hasShownHeaders: Bool {
        said(on: [GossipChannel.chain]).contains { message in
            if case .rollForward? = try? ChainMessage(message.bytes.span) { true } else { false }
        }
    }
}

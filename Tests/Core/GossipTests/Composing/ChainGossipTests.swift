import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// What the parts of the gossip make of several peers together.
struct ChainGossipTests {
    private static let (alice, bob) = (Gathering.alice, Gathering.bob)

    private func body(_ number: Int) -> Body { Body([Transaction(.payload([UInt8(number)]))]) }

    // MARK: - Headers

    @Test func `a peer whose header's parent is gone by now is asked for the intersection anew`() {
        var net = Gathering()
        net.begin()
        net.begin(Self.bob)
        // Of one slot's headers four are kept: the one with the greatest hash goes.
        let rivals = (0..<5).map { net.header(slot: 10, body($0)) }.sorted { $0.id > $1.id }
        // The first to come is shown to others, and stays for that.
        net.show([rivals[1]], by: Self.bob)
        net.show([rivals[0]])
        for rival in rivals.dropFirst(2) {
            net.goBack(to: .origin, by: Self.bob)
            net.show([rival], by: Self.bob)
        }
        net.sent = []
        net.show([net.header(on: rivals[0])])
        let asked = net.told().contains { message in
            if case .findIntersect = message { true } else { false }
        }
        #expect(asked)
        #expect(net.stops.isEmpty && net.demotions.isEmpty)
        // What it shows from there on counts.
        net.begin()
        net.show([rivals[1]])
        #expect(net.stops.isEmpty)
    }

    @Test func `headers too far ahead are held until the tip is higher`() throws {
        var net = Gathering([Self.alice])
        net.begin()
        let headers = net.headers(2060)
        net.show(headers)
        #expect(net.announced == 2048)
        let bodies = Dictionary(uniqueKeysWithValues: headers.map { ($0.height, Body([])) })
        let first = net.asked().flatMap { Array($0) }
        #expect(first.first == 1 && first.count >= 12)
        net.say(.startBatch)
        for height in first.prefix(5) {
            let body = try #require(bodies[height])
            net.say(.block(BodyMessage(body: body.encoding)))
        }
        #expect(net.announced == 2053)
        #expect(net.stops.isEmpty)
    }

    @Test func `a flaw among held headers ends the peer when its turn comes`() {
        var net = Gathering([Self.alice])
        net.begin()
        let headers = net.headers(2048)
        net.show(headers)
        // Its slot is long in the future.
        let bad = net.header(on: headers.last, slot: 5_000_000)
        net.show([bad])
        #expect(net.stops.isEmpty)
        _ = net.asked()
        net.say(.startBatch)
        net.say(.block(BodyMessage(body: Body([]).encoding)))
        #expect(net.stops.map(\.reason) == [.futureSlot])
    }

    @Test func `a header without its body is taken back from followers after 5 s`() {
        var net = Gathering()
        net.begin()
        net.follow(Self.bob)
        let header = net.header()
        net.show([header])
        #expect(net.told(Self.bob).last == .rollForward([header], tip: .origin))
        net.pass(.milliseconds(4_999))
        #expect(net.told(Self.bob).last == .rollForward([header], tip: .origin))
        net.pass(.milliseconds(1))
        #expect(net.told(Self.bob).last == .rollBackward(.origin, tip: .origin))
        // It comes after all.
        net.serve([1: Body([])])
        #expect(net.told(Self.bob).last == .rollForward([header], tip: header.point))
        #expect(net.stops.isEmpty)
    }

    // MARK: - Bodies

    @Test func `a body that the first peer does not have is asked of the second`() {
        var net = Gathering()
        net.begin()
        net.begin(Self.bob)
        let header = net.header(body(1))
        net.show([header])
        net.show([header], by: Self.bob)
        #expect(net.asked() == [1...1] && net.asked(Self.bob).isEmpty)
        net.say(.noBlocks)
        net.serve([1: body(1)], by: Self.bob)
        #expect(net.gossip.chain.tip == header.point)
        #expect(net.stops.isEmpty)
    }

    @Test func `a block that breaks the rules is asked of nobody else, and blames who built on it`()
    {
        var net = Gathering()
        net.begin()
        net.begin(Self.bob)
        let twice = Body([Transaction(.payload([1])), Transaction(.payload([1]))])
        let header = net.header(twice)
        net.show([header])
        net.show([header], by: Self.bob)
        net.serve([1: twice])
        #expect(net.stops.map(\.peer) == [Self.alice])
        #expect(net.stops.map(\.reason) == [.badTransaction])
        net.tell(.removePeer(Self.alice, .badTransaction))
        #expect(net.asked(Self.bob).isEmpty, "it need not be looked at twice")
        #expect(net.gossip.chain.tip == .origin)
        // The second showed it in good faith; what it builds on it, it has seen.
        net.show([net.header(on: header)], by: Self.bob)
        #expect(net.stops.map(\.peer) == [Self.alice, Self.bob])
        #expect(net.stops.last?.reason == .badHeader)
    }

    // MARK: - Evidence

    @Test func `two blocks of one producer for one slot are on record once, with both headers`() {
        var net = Gathering()
        net.begin()
        net.begin(Self.bob)
        let (one, two, three) = (
            net.header(slot: 9, body(1)), net.header(slot: 9, body(2)), net.header(slot: 9, body(3))
        )
        net.show([one])
        net.show([two], by: Self.bob)
        net.goBack(to: .origin, by: Self.bob)
        net.show([three], by: Self.bob)
        let found = net.notes.compactMap { note -> [Hash]? in
            guard case .equivocation(_, 9, let first, let second) = note else { return nil }
            return [first, second]
        }
        #expect(found.count == 1 && Set(found.joined()) == [one.id, two.id])
        #expect(net.gossip.chain.evidence.count == 1)
        #expect(net.rows.values.count { $0.space == .evidence } == 1)
        #expect(net.stops.isEmpty, "who shows it need not be who did it")
    }

    @Test func `sixteen blocks of one producer for one slot are borne of a peer, and not one more`()
    {
        var net = Gathering()
        net.begin()
        // The first is no more than a block yet.
        let rivals = (0..<18).map { net.header(slot: 9, body($0)) }
        net.show([rivals[0]])
        for rival in rivals[1...16] {
            net.goBack(to: .origin)
            net.show([rival])
        }
        #expect(net.stops.isEmpty)
        #expect(net.announced == 8 && net.gossip.chain.forkHeaderCount == 4)
        net.goBack(to: .origin)
        net.show([rivals[17]])
        #expect(net.stops.map(\.reason) == [.equivocationFlood])
        #expect(net.stops.map(\.peer) == [Self.alice])
    }

    @Test func `whoever follows us is shown eight blocks of one producer for one slot at most`() {
        let suppliers = (1...6).map { PeerID(rawValue: $0) }
        let follower = PeerID(rawValue: 9)
        var net = Gathering(suppliers + [follower])
        net.follow(follower)
        net.say(.requestNext(count: 90), by: follower)
        // Ever lower hashes: each is better than the one before.
        let rivals = (0..<60).map { net.header(slot: 9, body($0)) }.sorted { $1.id < $0.id }
        let bodies = (0..<60).map { body($0) }
        for (place, rival) in rivals.enumerated() {
            let peer = suppliers[place % suppliers.count]
            if place < suppliers.count {
                net.begin(peer)
            } else {
                net.goBack(to: .origin, by: peer)
            }
            net.show([rival], by: peer)
            guard let body = bodies.first(where: { Hash(of: $0.encoding) == rival.body }) else {
                continue
            }
            net.serve([1: body], by: peer)
        }
        let shown = net.told(follower).flatMap { message -> [Hash] in
            guard case .rollForward(let headers, _) = message else { return [] }
            return headers.map(\.id)
        }
        #expect(Set(shown).count == 8)
        #expect(net.stops.isEmpty, "each has shown ten")
        // What stands on one of the others is followed all the same.
        net.show([net.header(on: rivals[59])], by: suppliers[59 % 6])
        #expect(net.gossip.chain.header(rivals[59].id) != nil)
    }

    @Test func `a long fork whose bodies nobody gives leaves room for others' chains`() {
        var net = Gathering()
        net.begin()
        net.begin(Self.bob)
        var (lure, honest): ([Header], [Header]) = ([], [])
        for number: UInt64 in 1...2_048 {
            lure.append(net.header(on: lure.last, slot: 2 * number))
            if number < 2_048 { honest.append(net.header(on: honest.last, slot: 2 * number + 1)) }
        }
        net.show(lure)
        net.show(honest, by: Self.bob)
        #expect(!net.asked().isEmpty)
        let bodies = Dictionary(uniqueKeysWithValues: honest.map { ($0.height, Body([])) })
        net.serve(bodies, by: Self.bob)
        #expect(net.gossip.chain.tip == honest.last?.point)
    }

    // MARK: - The ledger's age

    @Test func `an old chain is trusted in trusted company, while nobody has more to show`() {
        var net = Gathering([Self.alice])
        #expect(net.ledgerStates == [.tooOld])
        net.begin()
        net.say(.awaitReply)
        #expect(net.ledgerStates == [.tooOld])
        net.act { $0.trust(true, now: $1, random: &$2, into: &$3) }
        #expect(net.ledgerStates == [.tooOld, .youngEnough])
        net.pass(.seconds(20 * 60 - 1))
        #expect(net.ledgerStates.count == 2)
        net.pass(.seconds(3 * 60 + 1))
        #expect(net.ledgerStates == [.tooOld, .youngEnough, .tooOld])
    }

    @Test func `who shows more keeps an old chain from being trusted, until its bodies are here`() {
        var net = Gathering([Self.alice])
        net.act { $0.trust(true, now: $1, random: &$2, into: &$3) }
        net.begin()
        let header = net.header()
        net.show([header])
        net.say(.awaitReply)
        #expect(net.ledgerStates == [.tooOld])
        net.serve([1: Body([])])
        #expect(net.ledgerStates == [.tooOld, .youngEnough])
    }

    // MARK: - The pool

    @Test func `what blocks left behind held comes back, from the store where it is only there`() {
        var net = Gathering([Self.alice])
        net.begin()
        let count = 60
        let bodies = (0..<count).map { number in
            Body(
                (0..<5).map { place in
                    let tag = [UInt8(number), UInt8(place)]
                    return Transaction(
                        .payload(tag + [UInt8](repeating: 1, count: 15_998))
                    )
                }
            )
        }
        let first = net.chain(of: bodies)
        net.show(first)
        net.serve(net.numbered(bodies))
        #expect(net.gossip.chain.tip.height == UInt64(count) && net.gossip.mempool.count == 0)
        // One transaction is in both.
        let shared = bodies[0].transactions[0]
        let heavy = (0..<count + 1).map { number in
            Body(
                (0..<5).map { place in
                    if number == 0, place == 0 { return shared }
                    let tag = [UInt8(number), UInt8(place)]
                    return Transaction(
                        .payload(tag + [UInt8](repeating: 2, count: 15_998))
                    )
                }
            )
        }
        net.goBack(to: .origin)
        net.show(net.chain(of: heavy))
        net.serve(net.numbered(heavy))
        #expect(net.gossip.chain.tip.height == UInt64(count) + 1)
        let inMemory = net.gossip.mempool.count
        #expect(inMemory > 0 && inMemory < 5 * count)
        #expect(net.readBodies() == (5 * count - inMemory) / 5)
        let returned = bodies.flatMap(\.transactions).map(\.id).filter { $0 != shared.id }
        #expect(returned.allSatisfy(net.gossip.mempool.contains))
        #expect(net.gossip.mempool.count == returned.count)
        #expect(net.loads.isEmpty && net.stops.isEmpty)
    }

    @Test func `a registration in a block changes the pools that are told`() {
        var net = Gathering([Self.alice])
        net.begin()
        let relay = Topology.AccessPoint(
            id: nil,
            host: .ip(IPAddress(v4: 0x7F02_0005)),
            port: 3001
        )
        let registration = RelayRegistration(
            pledge: 7,
            serial: 1,
            relays: [relay],
            by: TestChain.key
        )
        let body = Body([Transaction(.registration(registration))])
        net.show([net.header(body)])
        let before = net.pools.count
        net.serve([1: body])
        #expect(net.pools.count == before + 1)
        #expect(net.pools.last?.flatMap(\.relays) == [relay])
    }
}

extension Gathering {
    fileprivate var announced: Int {
        notes.count { if case .announced = $0 { true } else { false } }
    }

    /// The peer uses the node, and follows its chain.
    fileprivate mutating func follow(_ peer: PeerID) {
        act { $0.used(by: peer, isHot: true, now: $1, random: &$2, into: &$3) }
        say(.findIntersect([.origin]), by: peer)
        say(.requestNext(count: 10), by: peer)
    }

    fileprivate func chain(of bodies: [Body]) -> [Header] {
        var headers: [Header] = []
        for body in bodies { headers.append(header(on: headers.last, body)) }
        return headers
    }

    fileprivate func numbered(_ bodies: [Body]) -> [UInt64: Body] {
        Dictionary(uniqueKeysWithValues: bodies.enumerated().map { (UInt64($0) + 1, $1) })
    }
}

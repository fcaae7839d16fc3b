import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

/// A fetcher and some servers of one chain, with little credit; what happens next is up to chance.
private struct Net {
    /// How a server treats its client.
    enum Manner { case honest, silent, liar }

    static let fetcherID = PeerID(rawValue: 100)

    var fetcher = BlockFetcher()
    var chain: TestChain
    var servers: [BlockServer] = []
    var manners: [Manner]
    var candidates = Roster<PeerID, Candidate>()
    var random: Random
    var now = Instant.epoch
    var credit = Credit()
    var serverCredits: [Credit] = []
    var toServer: [[[UInt8]]]
    var toFetcher: [[[UInt8]]]
    var loads: [(server: Int, id: LoadID, range: StoreRange)] = []
    var fetched: Set<Hash> = []
    var problems: [String] = []
    var stopped: [PeerID: CloseReason] = [:]
    var duplicateCount = 0

    init(seed: Seed, manners: [Manner]) {
        random = seed.random
        self.manners = manners
        chain = TestChain(depth: 12)
        chain.grow(30 + random.below(40), bodyBytes: random.below(40))
        toServer = manners.map { _ in [] }
        toFetcher = manners.map { _ in [] }
        tell(.mode(random.chance(1, in: 2) ? .bulkSync : .deadline))
        for index in manners.indices {
            servers.append(BlockServer())
            var credit = Credit()
            credit.open(Self.fetcherID, ChannelDescriptor(id: .blocks, sendQueueLimit: 2))
            serverCredits.append(credit)
            self.credit.open(peer(index), ChannelDescriptor(id: .blocks, sendQueueLimit: 2))
            candidates[peer(index)] = chain.candidate
            tell(.ready(peer(index)))
        }
        want()
    }

    func peer(_ index: Int) -> PeerID { PeerID(rawValue: UInt32(index)) }

    mutating func want() { tell(.wanted(chain.headers.filter { !fetched.contains($0.id) })) }

    mutating func tell(_ input: BlockFetcher.Input) {
        var effects: [BlockFetcher.Effect] = []
        fetcher.handle(input, candidates: candidates, now: now, credit: &credit, into: &effects)
        for effect in effects {
            switch effect {
            case .send(let peer, let bytes): toServer[Int(peer.rawValue)].append(bytes)
            case .body(_, let header, let message):
                if message.bytes != chain.messages[header.id] {
                    problems.append("a wrong body at \(header.height)")
                }
                if !fetched.insert(header.id).inserted { problems.append("a body twice") }
            case .duplicate: duplicateCount += 1
            case .stop(let peer, let reason): stopped[peer] = reason
            }
        }
        for peer in stopped.keys.sorted() where candidates.contains(peer) {
            candidates[peer] = nil
            toServer[Int(peer.rawValue)] = []
            toFetcher[Int(peer.rawValue)] = []
            tell(.removed(peer))
        }
    }

    mutating func tell(_ index: Int, _ input: BlockServer.Input) {
        var effects: [BlockServer.Effect] = []
        servers[index].handle(input, chain: chain, credit: &serverCredits[index], into: &effects)
        for effect in effects {
            switch effect {
            case .send(_, let bytes):
                guard manners[index] != .liar || !isBody(bytes) else {
                    toFetcher[index].append(BodyMessage(body: [6, 6, 6]).bytes)
                    continue
                }
                toFetcher[index].append(bytes)
            case .load(let id, let range): loads.append((index, id, range))
            case .stop(_, let reason): problems.append("server \(index) stops: \(reason)")
            }
        }
    }

    private func isBody(_ bytes: [UInt8]) -> Bool { bytes.first == 0x22 }

    /// Lets one thing happen; false when nothing can but time go by.
    mutating func step() -> Bool {
        var choices: [(Int, Int)] = []
        for index in manners.indices {
            if !toServer[index].isEmpty, manners[index] != .silent { choices.append((0, index)) }
            if !toFetcher[index].isEmpty { choices.append((1, index)) }
        }
        if !loads.isEmpty { choices.append((2, 0)) }
        guard !choices.isEmpty else { return false }
        let (kind, index) = choices[random.below(choices.count)]
        switch kind {
        case 0:
            let bytes = toServer[index].removeFirst()
            if credit.restore(peer(index), .blocks, messages: 1, bytes: bytes.count) {
                tell(.sendable(peer(index)))
            }
            if let message = try? BlockMessage(bytes) {
                tell(index, .received(message, from: Self.fetcherID))
            }
        case 1:
            let bytes = toFetcher[index].removeFirst()
            if serverCredits[index].restore(
                Self.fetcherID,
                .blocks,
                messages: 1,
                bytes: bytes.count
            ) {
                tell(index, .sendable(Self.fetcherID))
            }
            if let message = try? BlockMessage(bytes) {
                tell(.received(message, from: peer(index)))
            }
        default:
            let (server, id, range) = loads.removeFirst()
            tell(server, .loaded(id, chain.load(range)))
        }
        return true
    }

    /// The chain goes on, or goes back some blocks and on from there; all servers show it.
    mutating func change() {
        if chain.isEarly {
            if random.chance(1, in: 2) { chain.adoptShown() } else { chain.withdrawShown() }
        } else if random.chance(1, in: 3) {
            chain.show()
        } else {
            let back = random.below(Int(chain.tip.height - chain.anchor.height) + 1)
            let height = Int(chain.tip.height) - back
            chain.grow(back + random.below(4), from: height, bodyBytes: 5)
        }
        for index in manners.indices {
            tell(index, .chainChanged)
            if candidates.contains(peer(index)) { candidates[peer(index)] = chain.candidate }
        }
        tell(.candidatesChanged)
        want()
    }

    /// Lets time go by until nothing is due any more.
    mutating func rest() {
        for _ in 0..<500 {
            while step() {}
            guard let due = fetcher.nextDeadline else { return }
            now = max(now, due)
            tell(.deadline)
        }
        problems.append("it never rests")
    }
}

@Suite struct `A fetcher and its servers` {
    @Test(arguments: Seed.sweep(40))
    func `bring every body once, in whatever order things happen`(seed: Seed) {
        var net = Net(seed: seed, manners: [.honest, .honest, .honest])
        for _ in 0..<net.random.below(200) {
            if net.random.chance(1, in: 8) { net.change() }
            _ = net.step()
        }
        if net.chain.isEarly { net.change() }
        if net.chain.isEarly { net.chain.adoptShown() }
        for index in net.manners.indices { net.tell(index, .chainChanged) }
        net.want()
        net.rest()
        #expect(net.problems.isEmpty && net.stopped.isEmpty)
        #expect(net.chain.headers.allSatisfy { net.fetched.contains($0.id) })
        #expect(net.duplicateCount == 0, "nobody was slow")
        #expect(net.fetcher.owedCount == 0)
    }

    @Test(arguments: Seed.sweep(20))
    func `get by with one honest peer, and part from the others`(seed: Seed) {
        var net = Net(seed: seed, manners: [.silent, .liar, .honest])
        net.rest()
        #expect(net.problems.isEmpty)
        #expect(net.chain.headers.allSatisfy { net.fetched.contains($0.id) })
        for (peer, reason) in net.stopped {
            #expect(
                [0: [CloseReason.blocksTimeout], 1: [.bodyMismatch, .bodyTooLarge]][peer.rawValue]?
                    .contains(reason) == true
            )
        }
        #expect(net.stopped[net.peer(2)] == nil)
    }
}

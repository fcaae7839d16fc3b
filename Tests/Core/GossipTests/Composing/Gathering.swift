import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// A node's gossip, with the test as its store and as all its peers.
struct Gathering {
    static let alice = PeerID(rawValue: 1)
    static let bob = PeerID(rawValue: 2)
    static let channels = [
        GossipChannel.chain, GossipChannel.blocks, GossipChannel.transactions,
    ]

    var gossip: ChainGossip
    var now = Instant.epoch.advanced(by: .seconds(100_000))
    let rules: ChainRules
    private var random = Random(seed: 3)
    private var credit = Credit()
    /// All rows that were to be written, the last of each key.
    private(set) var rows: [[UInt8]: StoreChange] = [:]
    private(set) var loads: [(id: LoadID, range: StoreRange)] = []
    private(set) var notes: [ChainNote] = []
    private(set) var stops: [(peer: PeerID, reason: CloseReason)] = []
    private(set) var demotions: [PeerID] = []
    private(set) var pools: [[LedgerPeers.Pool]] = []
    private(set) var ledgerStates: [LedgerState] = []
    /// What went out, by the order.
    var sent: [(peer: PeerID, channel: ChannelID, bytes: [UInt8])] = []

    /// A chain of one producer who leads every slot, and peers that all are hot.
    init(_ peers: [PeerID] = [Self.alice, Self.bob], securityParameter: Int = 2160) {
        var rules = ChainRules(
            genesisID: Hash(of: [4]),
            start: .epoch,
            activeSlotMillionths: 1_000_000,
            leaderSeed: [UInt8](repeating: 7, count: 32),
            producers: [
                ChainRules.Producer(key: Hash(TestChain.key.publicKey) ?? .zero, stake: 1)
            ]
        )
        rules.securityParameter = securityParameter
        self.rules = rules
        gossip = ChainGossip(settings: ChainGossip.Settings(rules: rules, pools: []))
        act { $0.begin(residents: [], now: $1, random: &$2, into: &$3) }
        while let load = loads.popLast() {
            act { $0.loaded(load.id, [], now: $1, random: &$2, into: &$3) }
        }
        for peer in peers {
            for channel in gossip.channels {
                credit.open(peer, ChannelDescriptor(id: channel.id, sendQueueLimit: 10_000))
            }
            tell(.initPeer(Self.guest(peer)))
            tell(.addPeer(Self.guest(peer)))
            act { $0.use(peer, isHot: true, now: $1, random: &$2, into: &$3) }
        }
    }

    private static func guest(_ peer: PeerID) -> Peer {
        let number = UInt8(truncatingIfNeeded: peer.rawValue)
        let address = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 3000 + UInt16(number))
        return Peer(
            id: peer,
            nodeID: NodeID([UInt8](repeating: number, count: NodeID.byteCount))
                ?? NodeID(publicKey: [number]),
            moniker: "guest",
            channels: channels,
            isOutbound: true,
            isPersistent: false,
            isUnconditional: false,
            connection: .dialed(UInt64(number)),
            remote: address,
            listenAddress: address
        )
    }

    // MARK: - Doing things to it

    mutating func act(
        _ body: (inout ChainGossip, Instant, inout Random, inout Outbox<ChainGossip.Report>) -> Void
    ) {
        var outbox = Outbox<ChainGossip.Report>(credit: credit)
        body(&gossip, now, &random, &outbox)
        credit = outbox.credit
        for effect in outbox.effects {
            switch effect {
            case .send(let peer, let channel, let bytes): sent.append((peer, channel, bytes))
            case .stop(let peer, let reason, _): stops.append((peer, reason))
            case .note(.chain(let note)): notes.append(note)
            case .note: break
            case .report(let report): hear(report)
            }
        }
    }

    private mutating func hear(_ report: ChainGossip.Report) {
        switch report {
        case .persist(let changes), .record(let changes):
            for change in changes { rows[change.space.rawValue.utf8 + change.key] = change }
        case .load(let id, let range): loads.append((id, range))
        case .demote(let peer, _, _): demotions.append(peer)
        case .pools(let pools): self.pools.append(pools)
        case .fact(.ledgerState(let state)): ledgerStates.append(state)
        case .restored, .unusable, .hold, .release, .fact: break
        }
    }

    mutating func tell(_ event: ReactorEvent) {
        act { $0.handle(event, now: $1, random: &$2, into: &$3) }
    }

    mutating func say(_ message: ChainMessage, by peer: PeerID = alice) {
        tell(.receive(GossipChannel.chain, message.bytes, from: peer))
    }

    mutating func say(_ message: BlockMessage, by peer: PeerID = alice) {
        tell(.receive(GossipChannel.blocks, message.bytes, from: peer))
    }

    /// Answers the readings of bodies that are under way, from what was written; how many there were.
    mutating func readBodies() -> Int {
        var count = 0
        while let load = loads.first {
            loads.removeFirst()
            let found = rows[load.range.space.rawValue.utf8 + load.range.from].map { [$0] } ?? []
            act { $0.loaded(load.id, found, now: $1, random: &$2, into: &$3) }
            count += 1
        }
        return count
    }

    /// Time passes, and deadlines are heard.
    mutating func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while let due = gossip.nextDeadline, due <= end {
            now = max(now, due)
            tell(.deadline)
        }
        now = end
    }

    // MARK: - Peers

    /// Agrees with the node on the origin.
    mutating func begin(_ peer: PeerID = alice) {
        say(.intersectFound(.origin, tip: .origin), by: peer)
        say(.rollBackward(.origin, tip: .origin), by: peer)
    }

    mutating func show(_ headers: [Header], by peer: PeerID = alice) {
        var rest = headers[...]
        while let last = rest.prefix(300).last {
            say(.rollForward(Array(rest.prefix(300)), tip: last.point), by: peer)
            rest = rest.dropFirst(300)
        }
    }

    mutating func goBack(to point: Point, by peer: PeerID = alice) {
        say(.rollBackward(point, tip: point), by: peer)
    }

    /// The ranges that a peer was asked for since the last time.
    mutating func asked(_ peer: PeerID = alice) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for message in sent where message.peer == peer && message.channel == GossipChannel.blocks {
            guard case .requestRange(let from, let to)? = try? BlockMessage(message.bytes) else {
                continue
            }
            ranges.append(from.height...to.height)
        }
        sent.removeAll { $0.peer == peer && $0.channel == GossipChannel.blocks }
        return ranges
    }

    /// Answers all requests for bodies, until there are none.
    mutating func serve(_ bodies: [UInt64: Body], by peer: PeerID = alice) {
        while true {
            let ranges = asked(peer)
            if ranges.isEmpty { return }
            for range in ranges {
                say(.startBatch, by: peer)
                for height in range {
                    guard let body = bodies[height] else { continue }
                    say(.block(BodyMessage(body: body.encoding)), by: peer)
                }
                say(.batchDone, by: peer)
            }
        }
    }

    /// What a peer was told on 0x71, but for that there is nothing more.
    func told(_ peer: PeerID = alice) -> [ChainMessage] {
        sent.filter { $0.peer == peer && $0.channel == GossipChannel.chain }
            .compactMap { try? ChainMessage($0.bytes.span) }
            .filter { $0 != .awaitReply }
    }

    // MARK: - Blocks

    /// A header on another, in the slot after it or in `slot`.
    func header(
        on previous: Header? = nil,
        slot: UInt64? = nil,
        _ body: Body = Body([])
    ) -> Header {
        Header(
            Header.Content(
                height: (previous?.height ?? 0) + 1,
                slot: slot ?? (previous?.slot ?? 0) + 1,
                previous: previous?.id ?? rules.genesisID,
                body: Hash(of: body.encoding),
                bodySize: body.encoding.count,
                time: .epoch
            ),
            by: TestChain.key
        )
    }

    func headers(_ count: Int, on first: Header? = nil) -> [Header] {
        var headers: [Header] = []
        for _ in 0..<count { headers.append(header(on: headers.last ?? first)) }
        return headers
    }
}

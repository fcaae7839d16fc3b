package import WarrenChain
package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Gives bodies of blocks to the peers that use this node, on channel 0x72.
///
/// ```
///  RequestRange ──▶ naming ⇄ load header rows ──▶ serving ──▶ StartBatch Block … Block BatchDone
///                     │ not on the chain            │  ├─ in memory: the message as it came
///                     └────────▶ NoBlocks ◀─────────┘  ├─ in the store: load some, send them
///                          the first one is not here   ├─ on its way here: wait for it
///                                                      └─ gone meanwhile: BatchDone
/// ```
///
/// Every request is answered, in its order, also to a peer that lowered its use. Without credit
/// nothing is read and nothing queued. What a `.send` holds has spent its credit already.
///
/// Rows of ``StoreSpace/body`` are bodies in their encoding. Whoever runs it tells of every change of
/// the chain, of every body that came and of every one that was given up. Sources: O§8.6, design
/// §17.8.
package struct BlockServer: Sendable {
    package enum Input: Hashable, Sendable {
        /// The peer uses us no longer: it is not to wait for bodies that are on their way.
        case lowered(PeerID)
        case raised(PeerID)
        /// A request.
        case received(BlockMessage, from: PeerID)
        case sendable(PeerID)
        /// The connection is gone.
        case removed(PeerID)
        /// Bodies came or were given up, or the chain shows something else.
        case chainChanged
        /// The rows of a `.load`, in the order that was asked for.
        case loaded(LoadID, [StoreChange])
    }

    package enum Effect: Hashable, Sendable {
        case send(PeerID, [UInt8])
        case load(LoadID, StoreRange)
        case stop(PeerID, CloseReason)
    }

    /// How many requests a peer may have open.
    ///
    /// Twice what our own clients use.
    package static let requestLimit = 16
    /// Bytes after which a reading of bodies ends; it may go past it by one body.
    package static let loadByteLimit = 1 << 19
    /// How many readings of bodies may be under way or in memory at once: with their last bodies, a
    /// dozen MiB at most.
    package static let loadLimit = 8

    private static let part: UInt8 = 0x72

    var clients = Roster<PeerID, Client>()
    /// Those that wait for others' readings to end, first come first served.
    var waiting: [PeerID] = []
    /// How many clients have a reading of bodies.
    private(set) var loadCount = 0
    /// Numbers the readings.
    private var serial: UInt32 = 0

    /// What one peer asked for.
    struct Client: Hashable {
        var isRaised = true
        var requests: [Request] = []
        var reading: Reading?
        /// Bodies that were read and are not sent yet, in the order of their keys.
        var rows: ArraySlice<StoreChange> = []
        /// It has a reading of bodies, or rows from one.
        var holdsLoad = false
        /// It broke a rule and is being stopped.
        var isOver = false
    }

    struct Request: Hashable {
        let from: Point
        let to: Point
        /// The blocks from ``from`` on, as far as they are known.
        var points: [Point] = []
        /// How many of them are sent.
        var sentCount = 0
        var isStarted = false
        /// What is left of it is not here.
        var isGone = false

        var isNamed: Bool { points.last?.height == to.height }
    }

    /// What is being read from the store.
    struct Reading: Hashable {
        var id: LoadID
        var purpose: Purpose

        enum Purpose: Hashable {
            /// Which blocks lie from this height on?
            case headers(UInt64)
            /// The body under this key, and others after it.
            case bodies([UInt8])
        }
    }

    package init() {}

    /// Whether `.loaded` with this id is for this part of the node.
    package static func owns(_ id: LoadID) -> Bool { id.part == part }

    /// How many answers are owed to a peer that lowered its use, before that is acknowledged (design
    /// §17.2).
    package func owedReplyCount(to peer: PeerID) -> Int { clients[peer]?.requests.count ?? 0 }

    package mutating func handle(
        _ input: Input,
        chain: some ChainReading,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        switch input {
        case .raised(let peer): _ = clients.update(peer) { $0.isRaised = true }
        case .lowered(let peer):
            _ = clients.update(peer) { $0.isRaised = false }
            serve(peer, chain, credit: &credit, into: &effects)
        case .received(let message, let peer):
            receive(message, peer, into: &effects)
            serve(peer, chain, credit: &credit, into: &effects)
        case .sendable(let peer): serve(peer, chain, credit: &credit, into: &effects)
        case .removed(let peer):
            if clients.remove(peer)?.holdsLoad == true { loadCount -= 1 }
            waiting.removeAll { $0 == peer }
        case .chainChanged:
            for peer in clients.ids { serve(peer, chain, credit: &credit, into: &effects) }
        case .loaded(let id, let rows):
            loaded(id, rows, into: &effects)
            serve(id.peer, chain, credit: &credit, into: &effects)
        }
        while loadCount < Self.loadLimit, let peer = waiting.first {
            waiting.removeFirst()
            serve(peer, chain, isNext: true, credit: &credit, into: &effects)
        }
    }

    // MARK: - Rows

    private mutating func receive(
        _ message: BlockMessage,
        _ peer: PeerID,
        into effects: inout [Effect]
    ) {
        var client = clients[peer] ?? Client()
        guard !client.isOver else { return }
        guard case .requestRange(let from, let to) = message,
            client.requests.count < Self.requestLimit
        else { return fail(peer, .unsolicitedMessage, into: &effects) }
        client.requests.append(Request(from: from, to: to))
        clients[peer] = client
    }

    private mutating func fail(
        _ peer: PeerID,
        _ reason: CloseReason,
        into effects: inout [Effect]
    ) {
        if clients[peer]?.holdsLoad == true { loadCount -= 1 }
        clients[peer] = Client(isOver: true)
        effects.append(.stop(peer, reason))
    }

    private mutating func loaded(
        _ id: LoadID,
        _ rows: [StoreChange],
        into effects: inout [Effect]
    ) {
        guard var client = clients[id.peer], let reading = client.reading, reading.id == id
        else { return }
        client.reading = nil
        switch reading.purpose {
        case .headers(let height): client.take(headers: rows, from: height)
        case .bodies(let key): client.take(bodies: rows, from: key)
        }
        clients[id.peer] = client
    }

    // MARK: - Steer

    /// Answers as far as credit goes, and reads what it takes; bodies only when nobody waits for
    /// that, or the client is the next of those who do.
    private mutating func serve(
        _ peer: PeerID,
        _ chain: some ChainReading,
        isNext: Bool = false,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        guard var client = clients[peer], !client.isOver else { return }
        // So that the arrays in it are changed where they are.
        clients[peer] = Client()
        let heldLoad = client.holdsLoad
        let others = loadCount - (heldLoad ? 1 : 0)
        var line = Line(
            peer: peer,
            mayLoad: others < Self.loadLimit && (isNext || waiting.isEmpty),
            serial: serial,
            credit: credit,
            effects: effects
        )
        (credit, effects) = (Credit(), [])
        client.advance(chain, &line)
        (credit, effects, serial) = (line.credit, line.effects, line.serial)
        loadCount = others + (client.holdsLoad ? 1 : 0)
        if line.wantsLoad, !waiting.contains(peer) { waiting.append(peer) }
        clients[peer] = client
    }

    /// What it takes to talk to one client: taken apart from the machine, whose row is in hand.
    struct Line {
        let peer: PeerID
        /// There is room for another reading of bodies.
        let mayLoad: Bool
        /// The client would read bodies if there were.
        var wantsLoad = false
        var serial: UInt32
        var credit: Credit
        var effects: [Effect]

        init(
            peer: PeerID,
            mayLoad: Bool,
            serial: UInt32,
            credit: Credit,
            effects: [Effect]
        ) {
            self.peer = peer
            self.mayLoad = mayLoad
            self.serial = serial
            self.credit = credit
            self.effects = effects
        }

        /// True when a message would be taken; else `.sendable` follows.
        mutating func hasCredit() -> Bool {
            if credit.allows(peer, GossipChannel.blocks) { return true }
            _ = credit.spend(peer, GossipChannel.blocks, bytes: 0)
            return false
        }

        /// Sends a message, or answers false without credit.
        mutating func send(_ bytes: [UInt8]) -> Bool {
            guard credit.spend(peer, GossipChannel.blocks, bytes: bytes.count) else { return false }
            effects.append(.send(peer, bytes))
            return true
        }

        mutating func load(_ range: StoreRange) -> LoadID {
            serial &+= 1
            let id = LoadID(BlockServer.part, for: peer, number: serial)
            effects.append(.load(id, range))
            return id
        }
    }
}

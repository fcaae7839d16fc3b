package import WarrenChain
package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Shows this node's chain to the peers that use it, on channel 0x71: one state for each follower.
///
/// ```
///  FindIntersect ──▶ looking ⇄ load a header row ──▶ answering ──▶ IntersectFound, IntersectNotFound
///
///  pointer:   rewinding(to) ── RollBackward ──▶ at(point) ── RollForward ──▶ at(later point)
///                 ▲                                │  └─ at what the chain shows: AwaitReply, once
///                 └───────── the chain rolled back ┘
/// ```
///
/// The pointer is always on the chain, so that it is all that is kept of what a follower is to be
/// told: without credit nothing is queued, and rows that were read from the store and cannot be sent
/// are read again. What a `.send` holds has spent its credit already.
///
/// Whoever runs it tells of every change of the chain before anything else, and has rows up to the
/// chain's anchor in the store. Sources: O§8.5, design §17.8.
package struct ChainServer: Sendable {
    package enum Input: Hashable, Sendable {
        /// The peer uses us: its requests are served.
        case raised(PeerID)
        /// The peer uses us no longer: grants lapse; only a FindIntersect is still answered.
        case lowered(PeerID)
        /// A request.
        case received(ChainMessage, from: PeerID)
        case sendable(PeerID)
        /// The connection is gone.
        case removed(PeerID)
        /// What the chain shows is another than before; `rollback` is the last block that it has in
        /// common with what it was, when that is not simply the end of it.
        case chainChanged(rollback: Point?)
        /// The rows of a `.load`, in the order that was asked for.
        case loaded(LoadID, [StoreChange])
        case deadline
    }

    package enum Effect: Hashable, Sendable {
        case send(PeerID, [UInt8])
        case load(LoadID, StoreRange)
        case stop(PeerID, CloseReason)
    }

    /// How long a follower may ask for nothing: ChainSyncIdleTimeout.
    package static let idleLimit: Duration = .seconds(3373)
    /// How many FindIntersects a peer may have unanswered.
    ///
    /// An honest client waits for each answer; one more may be left from before it lowered its use.
    package static let searchLimit = 2
    /// Rows of one reading: what a RollForward can hold of the shortest headers.
    package static let loadRowLimit = 400

    private static let part: UInt8 = 0x71

    var followers = Roster<PeerID, Follower>()
    /// Numbers the readings.
    private var serial: UInt32 = 0
    /// No later than the soonest deadline of any follower.
    private var soon: Instant?

    /// Where one peer stands.
    struct Follower: Hashable {
        var isRaised = false
        var pointer = Pointer.rewinding(to: .origin)
        /// Replies that we owe.
        var grant = 0
        /// AwaitReply went out for the next of them.
        var isParked = false
        var searches: [Search] = []
        var reading: Reading?
        /// Until when it must ask for something; while we owe it nothing.
        var idleUntil: Instant?
        /// It broke a rule and is being stopped.
        var isOver = false
    }

    enum Pointer: Hashable {
        case at(Point)
        /// A roll back is due.
        case rewinding(to: Point)
    }

    enum Search: Hashable {
        /// None of the points before these is on the chain.
        case looking([Point])
        /// Found, and where the follower is to go: further back when the chain has done so since.
        case found(Point, from: Point)
        case notFound
    }

    /// What is being read from the store.
    struct Reading: Hashable {
        var id: LoadID
        var purpose: Purpose

        enum Purpose: Hashable {
            /// Is this point on the chain?
            case row(Point)
            case headers(after: Point)
        }
    }

    package init() {}

    package var nextDeadline: Instant? { soon }

    /// Whether `.loaded` with this id is for this part of the node.
    package static func owns(_ id: LoadID) -> Bool { id.part == part }

    /// How many answers are owed to a peer that lowered its use, before that is acknowledged (design
    /// §17.2).
    package func owedReplyCount(to peer: PeerID) -> Int { followers[peer]?.searches.count ?? 0 }

    package mutating func handle(
        _ input: Input,
        chain: some ChainReading,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        switch input {
        case .raised(let peer):
            followers[peer, default: Follower()].isRaised = true
            serve(peer, chain, now: now, credit: &credit, into: &effects)
        case .lowered(let peer):
            _ = followers.update(peer) { $0.lower() }
            serve(peer, chain, now: now, credit: &credit, into: &effects)
        case .received(let message, let peer):
            receive(message, peer, into: &effects)
            serve(peer, chain, now: now, credit: &credit, into: &effects)
        case .sendable(let peer): serve(peer, chain, now: now, credit: &credit, into: &effects)
        case .removed(let peer): followers.remove(peer)
        case .chainChanged(let rollback):
            for peer in followers.ids {
                if let rollback { _ = followers.update(peer) { $0.goBack(to: rollback) } }
                serve(peer, chain, now: now, credit: &credit, into: &effects)
            }
        case .loaded(let id, let rows):
            loaded(id, rows, chain, credit: &credit, into: &effects)
            serve(id.peer, chain, now: now, credit: &credit, into: &effects)
        case .deadline:
            guard let due = soon, due <= now else { return }
            soon = nil
            for peer in followers.ids {
                if let until = followers[peer]?.idleUntil, until <= now {
                    fail(peer, .chainTimeout, into: &effects)
                }
                touch(peer)
            }
        }
    }

    // MARK: - Rows

    private mutating func receive(
        _ message: ChainMessage,
        _ peer: PeerID,
        into effects: inout [Effect]
    ) {
        var follower = followers[peer] ?? Follower()
        guard !follower.isOver else { return }
        follower.idleUntil = nil
        switch message {
        case .findIntersect(let points):
            follower.forget()
            follower.searches.append(.looking(points))
            guard follower.searches.count <= Self.searchLimit else {
                return fail(peer, .unsolicitedMessage, into: &effects)
            }
        case .requestNext(let count):
            // What was on its way when the peer lowered its use comes to nothing.
            guard follower.isRaised else { return }
            follower.grant += count
            guard follower.grant <= ChainMessage.grantLimit else {
                return fail(peer, .unsolicitedMessage, into: &effects)
            }
        case .intersectFound, .intersectNotFound, .awaitReply, .rollForward, .rollBackward:
            return fail(peer, .unsolicitedMessage, into: &effects)
        }
        followers[peer] = follower
    }

    private mutating func fail(
        _ peer: PeerID,
        _ reason: CloseReason,
        into effects: inout [Effect]
    ) {
        followers[peer] = Follower(isOver: true)
        effects.append(.stop(peer, reason))
    }

    private mutating func touch(_ peer: PeerID) { soon = soonest(soon, followers[peer]?.idleUntil) }

    // MARK: - Steer

    /// Sends what is owed as far as credit goes, and reads what it takes.
    private mutating func serve(
        _ peer: PeerID,
        _ chain: some ChainReading,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        guard var follower = followers[peer], !follower.isOver else { return }
        var line = Line(peer: peer, serial: serial, credit: credit, effects: effects)
        (credit, effects) = (Credit(), [])
        follower.advance(chain, &line)
        (credit, effects, serial) = (line.credit, line.effects, line.serial)
        if follower.searches.isEmpty && follower.grant == 0 && follower.isRaised {
            let until = follower.idleUntil ?? now.advanced(by: Self.idleLimit)
            follower.idleUntil = until
        } else {
            follower.idleUntil = nil
        }
        followers[peer] = follower.isNeeded ? follower : nil
        touch(peer)
    }

    private mutating func loaded(
        _ id: LoadID,
        _ rows: [StoreChange],
        _ chain: some ChainReading,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        let peer = id.peer
        guard var follower = followers[peer], let reading = follower.reading, reading.id == id
        else { return }
        follower.reading = nil
        var line = Line(peer: peer, serial: serial, credit: credit, effects: effects)
        (credit, effects) = (Credit(), [])
        let isSound = follower.take(rows, for: reading.purpose, chain, &line)
        (credit, effects, serial) = (line.credit, line.effects, line.serial)
        followers[peer] = follower
        // Rows are missing below the anchor: the fault is ours, and the peer better served elsewhere.
        if !isSound { fail(peer, .inputOutputError, into: &effects) }
    }

    /// What it takes to talk to one follower: taken apart from the machine, whose row is in hand.
    struct Line {
        let peer: PeerID
        var serial: UInt32
        var credit: Credit
        var effects: [Effect]

        /// True when a message would be taken; else `.sendable` follows.
        mutating func hasCredit() -> Bool {
            if credit.allows(peer, GossipChannel.chain) { return true }
            _ = credit.spend(peer, GossipChannel.chain, bytes: 0)
            return false
        }

        mutating func send(_ bytes: [UInt8]) {
            guard credit.spend(peer, GossipChannel.chain, bytes: bytes.count) else { return }
            effects.append(.send(peer, bytes))
        }

        mutating func load(_ range: StoreRange) -> LoadID {
            serial &+= 1
            let id = LoadID(ChainServer.part, for: peer, number: serial)
            effects.append(.load(id, range))
            return id
        }
    }
}

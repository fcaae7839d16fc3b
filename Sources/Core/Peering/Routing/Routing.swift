package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Finds nodes by nearness of their ids, on channel 0x74: Kademlia among connected peers.
///
/// ```
/// we ask:    lookup ─▶ FindNode to up to 3 peers in use ── Nodes ──▶ .learnt, nearer ones next
///                                                  └─ answerTimeout ─▶ failed
/// they ask:  FindNode ─▶ limiter ─▶ .requested ─▶ answer(…) ─▶ Nodes
///                          └─ too soon ─▶ stop, .misbehaved
/// ```
///
/// It never dials: who is named goes to the address book, and the lookup goes on as the peer
/// manager connects to them. A lookup for our own id begins once the first peer is in use; every
/// hour (at pace 1) each bucket that nobody looked into is looked into again. Peers that did not
/// list the channel are as if they were not there. Sources: Maymounkov and Mazières, "Kademlia",
/// 2002; design §5, §17.15.
package struct Routing: Reactor {
    let settings: Settings
    package internal(set) var table: RoutingTable
    var lines = Roster<PeerID, Line>()
    /// The peers that may be spoken to, by node; only looked up in.
    var handles: [NodeID: PeerID] = [:]
    var lookups: [Lookup] = []
    /// Where to look next, first come first served; see ``Routing/pendingLimit``.
    var pending: [RoutingKey] = []
    var nextNumber: UInt64 = 1
    /// Nil until the first peer is in use.
    var refreshAt: Instant?
    package internal(set) var nextDeadline: Instant?

    package struct Settings: Hashable, Sendable {
        /// Off: no channel, and nothing happens.
        package var isOn = true
        package var ownID: NodeID
        /// As the address book is (see ``RoutingTable/init(ownID:isStrict:)``).
        package var isStrict = true
        /// Never in the table, nor told to anyone, nor believed about (C§5.8).
        package var privateIDs: Set<NodeID> = []
        /// How much faster than Kademlia's hour buckets are looked into, and how much sooner a
        /// lookup ends.
        package var pace = 1
        /// How long an answer may take.
        package var answerTimeout: Duration = .seconds(10)

        package init(ownID: NodeID) { self.ownID = ownID }
    }

    package enum Report: Hashable, Sendable {
        /// The peer asks; the node calls `answer`.
        case requested(PeerID)
        /// Whom the peer named; none is ourselves or private, no address is judged yet.
        case learnt(PeerID, [PeerAddress])
        /// The peer broke a rule; its connection is being ended, the node bans it.
        case misbehaved(PeerID, CloseReason)
        /// A lookup is over: the k nearest that did not fail, nearest first.
        case found(RoutingKey, [NodeID])
    }

    /// How often stale buckets are looked into at pace 1 (Kademlia §2.3), and at least.
    package static let refreshPeriod: Duration = .seconds(3600)
    package static let refreshFloor: Duration = .seconds(10)
    /// How long a lookup waits at pace 1 for those it named to be connected, and at least.
    package static let patience: Duration = .seconds(600)
    package static let patienceFloor: Duration = .seconds(15)
    /// Lookups under way at once.
    package static let lookupLimit = 3
    /// Places that wait to be looked for: every bucket's, and our own.
    package static let pendingLimit = RoutingKey.bitCount + 1
    /// The least time between two requests to one peer, at any pace.
    package static let askInterval: Duration = .seconds(1)
    /// Requests to one peer that may lie unanswered before we stop asking it.
    package static let unansweredLimit = 3

    /// What is between us and one peer that has the channel.
    struct Line: Sendable {
        let id: NodeID
        let address: PeerAddress?
        var stage = Stage.starting
        /// Whether we use the peer: it is warm or hot (design §4).
        var isUsed = false
        var limiter: RoutingLimiter
        /// What the peer waits to be told of.
        var owes: NodeID?
        var unansweredCount = 0
        /// Our open request, if there is one.
        var question: Question?
        var askableAt = Instant.epoch

        /// True for a peer that is not asked any more.
        var isSpent: Bool {
            stage == .stopped || unansweredCount >= Routing.unansweredLimit
        }

        func mayBeAsked(now: Instant) -> Bool {
            stage == .running && isUsed && question == nil && askableAt <= now
                && unansweredCount < Routing.unansweredLimit
        }

        /// True for a peer that may be asked again, in a while.
        func isResting(now: Instant) -> Bool { isUsed && question == nil && askableAt > now }
    }

    struct Question: Hashable, Sendable {
        /// The number of the lookup that asked.
        var lookup: UInt64
        var dueAt: Instant
    }

    enum Stage { case starting, running, stopped }

    package init(settings: Settings) {
        precondition(settings.pace > 0, "a pace of \(settings.pace) goes nowhere")
        self.settings = settings
        table = RoutingTable(ownID: settings.ownID, isStrict: settings.isStrict)
    }

    package var name: String { "routing" }

    package var channels: [ChannelDescriptor] {
        guard settings.isOn else { return [] }
        return [
            ChannelDescriptor(
                id: .routing,
                priority: 1,
                sendQueueLimit: 4,
                sendQueueByteLimit: 1 << 14,
                receiveMessageLimit: RoutingMessage.byteLimit
            )
        ]
    }

    package mutating func handle(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        switch event {
        case .initPeer(let peer):
            guard settings.isOn, peer.channels.contains(.routing) else { return }
            lines[peer.id] = Line(
                id: peer.nodeID,
                address: Self.provedAddress(of: peer),
                limiter: RoutingLimiter(openedAt: now)
            )
            handles[peer.nodeID] = peer.id
        case .addPeer(let peer): start(peer.id, now: now, into: &outbox)
        case .receive(_, let bytes, let peer): receive(bytes, from: peer, now: now, into: &outbox)
        case .sendable(_, let peer):
            if lines[peer]?.owes != nil { outbox.report(.requested(peer)) }
            advance(now: now, into: &outbox)
        case .removePeer(let peer, _):
            settle(peer, .heard)
            if let line = lines.remove(peer), handles[line.id] == peer { handles[line.id] = nil }
            advance(now: now, into: &outbox)
        case .deadline: expire(now: now, random: &random, into: &outbox)
        }
    }

    /// Where it is proved that the peer can be dialed: where we did, or where it says that it
    /// listens, if that is where it came from.
    ///
    /// Else who dials in could name addresses of as many groups as he likes.
    private static func provedAddress(of peer: Peer) -> PeerAddress? {
        if peer.isOutbound { return PeerAddress(id: peer.nodeID, socket: peer.remote) }
        guard let listens = peer.listenAddress, listens.ip == peer.remote.ip else { return nil }
        return PeerAddress(id: peer.nodeID, socket: listens)
    }

    private mutating func start(
        _ peer: PeerID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        guard let line = lines[peer], line.stage == .starting else { return }
        lines[peer]?.stage = .running
        if let address = line.address, !settings.privateIDs.contains(line.id) {
            table.see(address, now: now)
        }
        if line.owes != nil { outbox.report(.requested(peer)) }
    }
}

// MARK: - They ask

extension Routing {
    private mutating func receive(
        _ bytes: [UInt8],
        from peer: PeerID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        guard let line = lines[peer], line.stage != .stopped else { return }
        do throws(RoutingMessage.Flaw) {
            switch try RoutingMessage(bytes) {
            case .findNode(let target):
                // Requests that come before the answer to the last went out are one request.
                let isGranted = lines.update(peer) { line in
                    guard line.limiter.grants(now: now) else { return false }
                    line.owes = target
                    return true
                }
                guard isGranted == true else {
                    return refuse(peer, .requestTooSoon, now: now, into: &outbox)
                }
                if line.stage == .running, line.owes == nil { outbox.report(.requested(peer)) }
            case .nodes(let contacts):
                take(contacts, from: peer, line, now: now, into: &outbox)
            }
        } catch {
            refuse(peer, .badMessage, now: now, into: &outbox)
        }
    }

    /// The nearest to what a peer asked for that `isShared` lets through; nil when it waits for
    /// nothing.
    package func nearest(
        wantedBy peer: PeerID,
        isShared: (NodeID) -> Bool
    ) -> [PeerAddress]? {
        guard let line = lines[peer], let target = line.owes, line.stage == .running else {
            return nil
        }
        return table.closest(to: RoutingKey(target)) { $0 != line.id && isShared($0) }
    }

    /// Tells a peer the nearest to what it asked for.
    ///
    /// Without credit nothing is sent, and `.requested` comes again when there is some. False when
    /// the peer was not told.
    @discardableResult
    package mutating func answer(
        _ peer: PeerID,
        _ nearest: [PeerAddress],
        into outbox: inout Outbox<Report>
    ) -> Bool {
        let message = RoutingMessage.nodes(nearest)
        guard outbox.send(message.bytes, on: .routing, to: peer) else { return false }
        lines.update(peer) { $0.owes = nil }
        return true
    }

    mutating func refuse(
        _ peer: PeerID,
        _ reason: CloseReason,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        settle(peer, .failed)
        lines[peer]?.stage = .stopped
        lines[peer]?.owes = nil
        if let id = lines[peer]?.id { table.remove(id) }
        outbox.stop(peer, reason)
        outbox.report(.misbehaved(peer, reason))
        advance(now: now, into: &outbox)
    }
}

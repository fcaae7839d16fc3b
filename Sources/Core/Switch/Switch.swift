import WarrenObservation
package import WarrenPrimitives

/// The set of peers: who is let in, who is dialed, who is dialed again, and whose message goes to
/// which reactor.
///
/// ```
///            .dial ──▶ dialing ───────┐ authenticated             closed, stop, ban, replaced
///                                     ├───────────────▶ up ───────────────────────────────▶ (gone)
///  .accepted ──▶ handshaking ─────────┘                 ▲
///                     └── authenticated, its dialer ──▶ standby   speaks first, or the peer's
///                         has a connection here already           other connection ends
/// ```
///
/// A connection that the switch closes is forgotten at once: what the driver still says of it is
/// ignored. The effects of one input are carried out in order, and before those of the next; that
/// is what keeps each reactor inside the grammar of ``Reactor``.
///
/// Sources: C§5, mended as C§12 asks; design §4, §17.1, §17.8, §17.16.
package struct Switch: Sendable {
    package let settings: Settings
    /// What the queues still take; lent to a reactor's outbox by ``deliver(_:to:now:random:)``.
    package var credit = Credit()

    let reactors: [[ChannelDescriptor]]
    /// Which reactor owns each channel; a handful, which is looked through.
    let owners: [Owner]
    var sockets = Roster<ConnectionID, Socket>()
    var members = Roster<PeerID, Member>()
    /// The handle under which reactors know a connected node; only looked up in.
    var handles: [NodeID: PeerID] = [:]
    /// The handle that reactors know, by the one it was merged into; only looked up in.
    var aliases: [PeerID: PeerID] = [:]
    /// A second connection dialed by a node that already has one here, by that node.
    var standbys = Roster<NodeID, Standby>() { didSet { isUnplanned = true } }
    var reconnects = Roster<NodeID, Reconnect>() { didSet { isUnplanned = true } }
    /// Connections that ended while another one of the same peer may come up; as many as dials and
    /// peers at most.
    var yields: [Yield] = [] { didSet { isUnplanned = true } }
    /// Reconnects, standbys or yields changed since waits were last drawn and the soonest one found.
    var isUnplanned = false
    var bans = BanList()
    var dialCount: UInt64 = 0
    var phase = Phase.open

    enum Phase: Hashable, Sendable { case open, stopping }

    struct Owner: Hashable, Sendable {
        var channel: ChannelID
        var reactor: Int
        var receiveMessageLimit: Int
    }

    /// What the switch knows of a socket that it has not closed.
    enum Socket: Hashable, Sendable {
        case dialing(Dial)
        case handshaking(from: SocketAddress)
        case standby(NodeID)
        case up(PeerID)
    }

    struct Dial: Hashable, Sendable {
        var peer: PeerID
        var address: SocketAddress
        var expecting: NodeID?
        /// The node asked for it and has not been answered.
        var owesAnswer: Bool
    }

    struct Standby: Hashable, Sendable {
        var connection: ConnectionID
        var who: Authenticated
        var until: Instant
    }

    /// A peer with a running connection; `peer` is as reactors know it.
    struct Member: Hashable, Sendable {
        var peer: Peer
        /// The handle that `peer.id` was merged into since.
        var alias: PeerID?
        var connectedAt: Instant

        /// The peer under the handle that the node now uses.
        var face: Peer {
            var face = peer
            face.id = alias ?? peer.id
            return face
        }
    }

    /// Makes a switch for reactors that own these channels, in this order.
    ///
    /// A channel belongs to one reactor (C§5.7).
    package init(settings: Settings, reactors: [[ChannelDescriptor]]) {
        self.settings = settings
        self.reactors = reactors
        var owners: [Owner] = []
        for (index, channels) in reactors.enumerated() {
            for channel in channels {
                precondition(
                    !owners.contains { $0.channel == channel.id },
                    "two reactors own channel \(channel.id)"
                )
                owners.append(
                    Owner(
                        channel: channel.id,
                        reactor: index,
                        receiveMessageLimit: channel.receiveMessageLimit
                    )
                )
            }
        }
        self.owners = owners
        for entry in settings.persistent where entry.id != settings.ownID {
            reconnects[entry.id] = Reconnect(entry: entry)
        }
    }

    /// When a persistent peer is to be dialed, or a standby to be decided on.
    package internal(set) var nextDeadline: Instant?

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch input {
        case .start: start()
        case .dial(let peer, let address, let expecting):
            dial(peer, address, expecting: expecting, now: now, into: &effects)
        case .accepted(let connection, let address):
            accept(connection, from: address, into: &effects)
        case .authenticated(let connection, let who):
            authenticate(connection, who, now: now, into: &effects)
        case .failed(let connection, let reason), .closed(let connection, let reason):
            end(connection, reason, now: now, into: &effects)
        case .received(let connection, let channel, let message):
            receive(message, on: channel, of: connection, now: now, into: &effects)
        case .sent(let connection, let channel, let messages, let bytes):
            let effect = restore(channel, of: connection, messages: messages, bytes: bytes)
            if let effect { effects.append(effect) }
        case .send(let peer, let channel, let message):
            guard let connection = connection(of: peer) else { break }
            effects.append(.send(connection, channel, message))
        case .stop(let peer, let reason, let flush):
            guard let member = member(peer) else { break }
            drop(member.peer, reason, flush: flush, now: now, into: &effects)
        case .ban(let id, let until): ban(id, until: until, now: now, into: &effects)
        case .moved(let id, let address): reconnects.update(id) { $0.entry.address = address }
        case .merge(let peer, let other): merge(other, into: peer)
        case .deadline: wake(now: now, into: &effects)
        case .stopAll: stopAll(now: now, into: &effects)
        }
        expireYields(now: now, into: &effects)
        plan(now: now, random: &random)
    }
}

// MARK: - Messages

extension Switch {
    private mutating func receive(
        _ message: [UInt8],
        on channel: ChannelID,
        of connection: ConnectionID,
        now: Instant,
        into effects: inout [Effect]
    ) {
        if case .standby(let id) = sockets[connection] {
            promote(id, over: .duplicateConnection, now: now, into: &effects)
        }
        guard case .up(let handle) = sockets[connection], members.contains(handle) else { return }
        switch route(channel, length: message.count) {
        case .success(let reactor):
            effects.append(.tell(reactor, .receive(channel, message, from: handle)))
        case .failure(let reason):
            guard let member = members[handle] else { return }
            drop(member.peer, reason, now: now, into: &effects)
        }
    }

    private func owner(of channel: ChannelID) -> Owner? {
        owners.first { $0.channel == channel }
    }

    private func route(_ channel: ChannelID, length: Int) -> Result<Int, CloseReason> {
        guard let owner = owner(of: channel) else { return .failure(.unknownChannel) }
        return length <= owner.receiveMessageLimit
            ? .success(owner.reactor) : .failure(.messageTooLong)
    }

    /// Which reactor a message is for, and from which peer, where there is nothing else to it: what
    /// `.received` would tell, and all that it would do.
    package func addressee(
        of channel: ChannelID,
        length: Int,
        on connection: ConnectionID
    ) -> (reactor: Int, peer: PeerID)? {
        guard case .up(let handle) = sockets[connection], members.contains(handle),
            case .success(let reactor) = route(channel, length: length)
        else { return nil }
        return (reactor, handle)
    }

    /// What `.sent` does, for whoever has no other input to give: it comes after every message.
    package mutating func restore(
        _ channel: ChannelID,
        of connection: ConnectionID,
        messages: Int,
        bytes: Int
    ) -> Effect? {
        guard case .up(let handle) = sockets[connection], let owner = owner(of: channel),
            credit.restore(handle, channel, messages: messages, bytes: bytes)
        else { return nil }
        return .tell(owner.reactor, .sendable(channel, handle))
    }

    /// Tells a reactor an event with the credit lent to its outbox, and answers what it wants.
    ///
    /// At `initPeer` the outbox takes nothing: a peer may be sent to from `addPeer` on, though its
    /// credit is open from the moment that the switch admitted it.
    package mutating func deliver<Subject: Reactor>(
        _ event: ReactorEvent,
        to reactor: inout Subject,
        now: Instant,
        random: inout Random
    ) -> [Outbox<Subject.Report>.Effect] {
        if case .initPeer = event {
            var outbox = Outbox<Subject.Report>(credit: Credit())
            reactor.handle(event, now: now, random: &random, into: &outbox)
            return outbox.effects
        }
        return withOutbox { (outbox: inout Outbox<Subject.Report>) in
            reactor.handle(event, now: now, random: &random, into: &outbox)
        }
    }

    /// Lends the credit to an outbox for `body`, such as a command to a reactor, and answers what
    /// was put there.
    package mutating func withOutbox<Report: Sendable>(
        _ body: (inout Outbox<Report>) -> Void
    ) -> [Outbox<Report>.Effect] {
        // Moved, not shared: a shared dictionary would be copied by the first message sent.
        var outbox = Outbox<Report>(credit: credit)
        credit = Credit()
        body(&outbox)
        credit = outbox.credit
        return outbox.effects
    }
}

import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Carrying out what the switch wants

extension Node {
    mutating func perform(
        _ effect: Switch.Effect,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch effect {
        case .dial(let connection, let address, let expected):
            effects.append(.dial(connection, address, expecting: expected))
        case .handshake(let connection):
            effects.append(.handshake(connection))
        case .send(let connection, let channel, let message):
            effects.append(.send(connection, channel, message))
        case .close(let connection, let reason, let flush):
            effects.append(.close(connection, reason, flush: flush))
        case .tell(let reactor, let event):
            tell(reactor, event, now: now, random: &random, into: &effects)
        case .connected(let peer):
            welcome(peer, now: now, random: &random)
        case .disconnected(let peer, let reason):
            bidFarewell(peer, reason, now: now, random: &random)
        case .dialFailed(let peer, let reason):
            dialFailed(peer, reason, now: now, random: &random)
        case .note(let note):
            emit(completed(note), now: now, into: &effects)
        }
    }

    private mutating func welcome(_ peer: Peer, now: Instant, random: inout Random) {
        live[peer.id] = LivePeer(peer: peer, now: now)
        directory.setMoniker(peer.moniker, of: peer.id)
        if let listens = peer.listenAddress, !configuration.isPrivate(peer.nodeID) {
            // Its own word on where it listens, given under its own key.
            let address = PeerAddress(id: peer.nodeID, socket: listens)
            if !peer.isOutbound { directory.move(peer.id, to: listens) }
            addToBook(address, from: address, now: now, random: &random)
        }
        if peer.isOutbound, let dialed = directory[peer.id]?.address {
            book.markGood(peer.nodeID, at: dialed, now: now, into: &unsaved)
        }
        agenda.append(
            .crawlerInput(
                .connected(
                    peer.id,
                    peer.nodeID,
                    isOutbound: peer.isOutbound,
                    isKept: peer.isPersistent || peer.isUnconditional
                )
            )
        )
        if live[peer.id]?.greeting == LivePeer.Greeting.none { greeted(peer.id, now: now, random: &random) }
    }

    /// The peer is ready for use: it said hello, or never will.
    mutating func greeted(_ peer: PeerID, now: Instant, random: inout Random) {
        guard let row = live[peer] else { return }
        if jobs[peer] == .promoteCold { finishPromotion(row, now: now, random: &random) }
        if seedJob?.current?.peer == peer { askSeed(peer, now: now) }
    }

    private mutating func bidFarewell(
        _ peer: Peer,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random
    ) {
        live.remove(peer.id)
        agenda.append(.crawlerInput(.disconnected(peer.id)))
        switch jobs.remove(peer.id) {
        case .promoteCold: agenda.append(.governorInput(.promoteColdFailed(peer.id, reason)))
        case .demoteHot: agenda.append(.governorInput(.demoteHotFailed(peer.id)))
        case .demoteWarm: agenda.append(.governorInput(.demotedWarm(peer.id)))
        case nil:
            // Every protocol ends with an error when its connection does (O§3.9, O§3.13).
            agenda.append(
                .governorInput(
                    .observed(peer.id, .cold(reason), delay: Self.errorRepromoteDelay)
                )
            )
        }
        if seedJob?.current?.peer == peer.id {
            leaveSeed(peer.id, reason, now: now, random: &random)
        }
        release(peer.id)
    }

    /// How long a peer rests after a protocol error (O§3.9).
    static let errorRepromoteDelay: Duration = .seconds(10)

    private mutating func dialFailed(
        _ peer: PeerID,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random
    ) {
        if let entry = directory[peer] {
            if let address = entry.address { roots.distrust(address, now: now) }
            if let id = entry.id {
                if let address = entry.address, reason.blamesAddress {
                    book.markDialFailed(
                        PeerAddress(id: id, socket: address),
                        now: now,
                        random: &random,
                        into: &unsaved
                    )
                }
                agenda.append(.crawlerInput(.dialFailed(id)))
            }
        }
        if jobs.remove(peer) == .promoteCold {
            agenda.append(.governorInput(.promoteColdFailed(peer, reason)))
        }
        if seedJob?.current?.peer == peer {
            leaveSeed(peer, reason, now: now, random: &random)
        }
        release(peer)
    }

    /// Drops a handle that no machine refers to any more.
    mutating func release(_ peer: PeerID) {
        guard !live.contains(peer), !jobs.contains(peer), manager.governor?.knows(peer) != true,
            !switchboard.isDialing(peer), seedJob?.current?.peer != peer
        else { return }
        directory.drop(peer)
    }

    /// Adds what the directory knows to a note that a machine made from a handle alone.
    private func completed(_ note: Note) -> Note {
        switch note {
        case .dialing(let peer, let connection):
            .dialing(reference(peer.peer), connection)
        case .connected(let peer, let connection, let direction):
            .connected(reference(peer.peer), connection, direction)
        case .disconnected(let peer, let connection, let reason):
            .disconnected(reference(peer.peer), connection, reason)
        case .usedBy(let peer, let level):
            .usedBy(reference(peer.peer), level)
        case .asked(let peer): .asked(reference(peer.peer))
        case .answered(let peer, let count):
            .answered(reference(peer.peer), addressCount: count)
        case .learnt(let peer, let count, let new):
            .learnt(from: reference(peer.peer), addressCount: count, newCount: new)
        case .transition, .merged, .refused, .banned, .reinstated, .targets, .storeFailed: note
        }
    }
}

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
            tellConnections(.accepted(connection), now: now, random: &random)
            if connections.state(of: connection) != nil { effects.append(.handshake(connection)) }
        case .send(let connection, let channel, let message):
            effects.append(.send(connection, channel, message))
        case .close(let connection, let reason, let flush):
            effects.append(.close(connection, reason, flush: flush))
        case .tell(let reactor, let event):
            heed(event, now: now)
            tell(reactor, event, now: now, random: &random, into: &effects)
        case .connected(let peer):
            welcome(peer, now: now, random: &random)
        case .disconnected(let peer, let reason):
            bidFarewell(peer, reason, now: now, random: &random)
        case .dialFailed(let peer, let reason):
            dialFailed(peer, reason, now: now, random: &random)
        case .note(let note):
            emit(completed(note), now: now, into: &effects)
            heed(note, now: now, random: &random)
        }
    }

    /// Tells the connection manager of dials and of sockets that never became a peer's.
    private mutating func heed(_ note: Note, now: Instant, random: inout Random) {
        switch note {
        case .dialing(let peer, let connection):
            tellConnections(.dialing(connection, peer.peer), now: now, random: &random)
        case .refused(let connection, _, _):
            tellConnections(.failed(connection), now: now, random: &random)
        case .transition, .merged, .connected, .disconnected, .usedBy, .connection, .inbound,
            .banned, .reinstated, .asked, .answered, .learnt, .targets, .churned, .chain,
            .bootstrapTimedOut, .storeFailed:
            break
        }
    }

    /// Takes note of what concerns the node in what a reactor is about to be told.
    private mutating func heed(_ event: ReactorEvent, now: Instant) {
        switch event {
        case .receive(_, _, let handle):
            live.update(switchboard.nodeHandle(handle)) { $0.heardAt = now }
        case .initPeer(let peer):
            // What we say of ourselves on this connection (O§1.3, diffusion mode of a group).
            var mode = configuration.diffusionMode
            if peer.isOutbound, case .promoteCold(.initiatorOnly, _) = jobs[peer.id] {
                mode = .initiatorOnly
            }
            lifecycle.settings.hello.diffusionMode = mode
        case .addPeer, .removePeer, .sendable, .deadline: break
        }
    }

    private mutating func welcome(_ peer: Peer, now: Instant, random: inout Random) {
        live[peer.id] = LivePeer(peer: peer, now: now)
        directory.setMoniker(peer.moniker, of: peer.id)
        if let listens = peer.listenAddress, !configuration.isPrivate(peer.nodeID) {
            // Its own word on where it listens, given under its own key.
            let address = PeerAddress(id: peer.nodeID, socket: listens)
            if !peer.isOutbound, directory[peer.id]?.isConfigured == false {
                directory.move(peer.id, to: listens)
            }
            if isMereSeed(peer.nodeID, at: listens) {
                // It may be there from a time when it was not configured.
                book.remove(peer.nodeID, into: &unsaved)
            } else {
                addToBook(address, from: address, now: now, random: &random)
            }
        }
        if peer.isOutbound {
            book.markGood(peer.nodeID, at: peer.remote, now: now, into: &unsaved)
        }
        tellConnections(.connected(peer.connection, peer.id), now: now, random: &random)
        enterCircle(peer)
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
        if live[peer.id]?.greeting == LivePeer.Greeting.none {
            greeted(peer.id, now: now, random: &random)
        }
    }

    /// The peer is ready for use: it said hello, or never will.
    mutating func greeted(_ peer: PeerID, now: Instant, random: inout Random) {
        guard let row = live[peer] else { return }
        negotiate(row, now: now, random: &random)
        if row.peer.isPersistent, row.use == .none, row.greeting != LivePeer.Greeting.none {
            // It is kept whatever the peer manager wants of it, so the other end must know that it
            // is in use: it would close an idle connection, and we would dial again (C§5.8).
            takeUp(peer, now: now, random: &random)
            use(peer, .warm, now: now, random: &random)
        }
        enlist(row)
        if jobs[peer]?.promotesCold == true { pursue(peer, now: now, random: &random) }
        if seedJob?.current?.peer == peer { askSeed(peer, now: now, random: &random) }
        letGoUnlessWanted(peer, now: now, random: &random)
    }

    private mutating func bidFarewell(
        _ peer: Peer,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random
    ) {
        live.remove(peer.id)
        // Of two connections with one node the other stays, or is about to come up: what waits for a
        // hello waits on, and nothing has failed.
        let isReplaced = switchboard.isUp(peer.id)
        let hasRival = !isReplaced && switchboard.awaitsRival(peer.id)
        let reason = hasRival ? .lostSimultaneousDial : reason
        agenda.append(.crawlerInput(.disconnected(peer.id)))
        agenda.append(.circleInput(.disconnected(peer.id, reason)))
        let isHeldBack = connections.state(of: peer.connection) == .terminating
        if jobs[peer.id]?.promotesCold != true || !(isReplaced || hasRival || isHeldBack) {
            endJob(of: peer.id, reason)
        } else if hasRival {
            dial(peer.id)
        }
        tellInbound(.disconnected(peer.connection), now: now, random: &random)
        tellConnections(.failed(peer.connection), now: now, random: &random)
        settleCold(peer.id)
        // Every protocol ends with an error when its connection does (O§3.9, O§3.13). What the job
        // reported already is ignored.
        agenda.append(
            .governorInput(
                .observed(
                    peer.id,
                    .cold(reason),
                    delay: isReplaced || hasRival ? nil : Self.errorRepromoteDelay
                )
            )
        )
        if let current = seedJob?.current, current.peer == peer.id, !isReplaced || current.wasAsked
        {
            leaveSeed(peer.id, reason, now: now, random: &random)
        }
        release(peer.id)
    }

    /// The connection is gone, or was never made: what the governor asked for has failed.
    ///
    /// What was to become cold is so once the connection manager lets it go.
    private mutating func endJob(of peer: PeerID, _ reason: CloseReason) {
        switch jobs[peer] {
        case .promoteCold: failPromotion(peer, reason)
        case .demoteHot:
            jobs.remove(peer)
            agenda.append(.governorInput(.demoteHotFailed(peer)))
        case .demoteWarm, nil: break
        }
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
            blame(entry, reason, now: now, random: &random)
            if let address = entry.address {
                if reason == .ownID { disown(peer, at: address, now: now) }
                readdress(peer, notAt: address)
            }
        }
        if switchboard.isUp(peer) {
            // It came to us meanwhile, or is there under another handle: that will do.
            if let row = live[peer] { enterCircle(row.peer) }
            if let row = live[peer], row.greeting != .awaited {
                greeted(peer, now: now, random: &random)
            }
            return
        }
        if jobs[peer]?.promotesCold == true { endJob(of: peer, reason) }
        leaveCircle(peer, reason, now: now)
        if seedJob?.current?.peer == peer {
            leaveSeed(peer, reason, now: now, random: &random)
        }
        release(peer)
    }

    /// Tells those that dial, or advise on dialing, that it came to nothing.
    private mutating func blame(
        _ entry: PeerDirectory.Entry,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random
    ) {
        if let address = entry.address, reason.blamesAddress || reason == .wrongID {
            roots.distrust(address, now: now)
            if let id = entry.id, reason != .wrongID {
                routing.markUnreachable(id)
                book.markDialFailed(
                    PeerAddress(id: id, socket: address),
                    now: now,
                    random: &random,
                    into: &unsaved
                )
            }
        }
        if let id = entry.id { agenda.append(.crawlerInput(.dialFailed(id))) }
    }

    /// Adds what the directory knows to a note that a machine made from a handle alone.
    ///
    /// Mutating though it changes nothing, or it would take a copy of the whole node.
    private mutating func completed(_ note: Note) -> Note {
        switch note {
        case .dialing(let peer, let connection):
            .dialing(directory.reference(peer.peer), connection)
        case .connected(let peer, let connection, let direction):
            .connected(directory.reference(peer.peer), connection, direction)
        case .disconnected(let peer, let connection, let reason):
            .disconnected(directory.reference(peer.peer), connection, reason)
        case .usedBy(let peer, let level):
            .usedBy(directory.reference(peer.peer), level)
        case .asked(let peer): .asked(directory.reference(peer.peer))
        case .answered(let peer, let count):
            .answered(directory.reference(peer.peer), addressCount: count)
        case .learnt(let peer, let count, let new):
            .learnt(from: directory.reference(peer.peer), addressCount: count, newCount: new)
        case .chain(let note): .chain(completed(note))
        case .transition, .merged, .connection, .inbound, .refused, .banned, .reinstated, .targets,
            .churned, .bootstrapTimedOut, .storeFailed:
            note
        }
    }

    private mutating func completed(_ note: ChainNote) -> ChainNote {
        switch note {
        case .announced(let block, let peer):
            .announced(block, by: directory.reference(current(peer.peer)))
        case .fetched(let block, let peer, let bytes):
            .fetched(block, from: directory.reference(current(peer.peer)), bytes: bytes)
        case .sighted(let transaction, let peer):
            .sighted(
                transaction: transaction,
                from: peer.map { directory.reference(switchboard.nodeHandle($0.peer)) }
            )
        case .made, .adopted, .rolledBack, .equivocation: note
        }
    }
}

import WarrenObservation
import WarrenPrimitives

// MARK: - Up

extension Switch {
    /// Makes an authenticated connection a peer's: `initPeer` and `addPeer` on every reactor.
    mutating func admit(
        _ connection: ConnectionID,
        _ who: Authenticated,
        now: Instant,
        into effects: inout [Effect]
    ) {
        precondition(members[who.peer] == nil, "handle \(who.peer) stands for two nodes")
        let peer = Peer(
            id: who.peer,
            nodeID: who.id,
            moniker: who.info.moniker,
            channels: who.info.channels,
            isOutbound: connection.isOutbound,
            isPersistent: reconnects.contains(who.id),
            isUnconditional: settings.unconditional.contains(who.id),
            connection: connection,
            remote: who.remote,
            listenAddress: who.info.dialableAddress(at: who.remote.ip)
        )
        if case .dialing(let dial) = sockets[connection], dial.owesAnswer, dial.peer != peer.id {
            // The node knows it by another handle than the one it asked for, and merged nothing.
            effects.append(.dialFailed(dial.peer, .duplicateConnection))
        }
        sockets[connection] = .up(peer.id)
        members[peer.id] = Member(peer: peer, connectedAt: now)
        handles[peer.nodeID] = peer.id
        for index in reactors.indices { effects.append(.tell(index, .initPeer(peer))) }
        for channel in reactors.joined() where peer.channels.contains(channel.id) {
            credit.open(peer.id, channel)
        }
        for index in reactors.indices { effects.append(.tell(index, .addPeer(peer))) }
        let direction: Direction = peer.isOutbound ? .outbound : .inbound
        effects.append(.note(.connected(reference(peer), connection, direction)))
        effects.append(.connected(peer))
        settleDials(of: peer, into: &effects)
        settleYields(with: peer, into: &effects)
        reconnects.update(peer.nodeID) { job in
            job.state = .idle(failureCount: job.failureCount)
            if !peer.isOutbound { job.seenAddress = peer.listenAddress ?? job.seenAddress }
        }
    }

    /// Answers the dials to a peer that is up now, and ends those that could not win against it.
    private mutating func settleDials(of peer: Peer, into effects: inout [Effect]) {
        let mayWin = !peer.isOutbound && settings.ownID < peer.nodeID
        for connection in sockets.ids {
            guard case .dialing(var dial) = sockets[connection],
                dial.peer == peer.id || dial.expecting == peer.nodeID
            else { continue }
            if dial.peer == peer.id { dial.owesAnswer = false }
            sockets[connection] = .dialing(dial)
            if !mayWin { refuse(connection, .lostSimultaneousDial, into: &effects) }
        }
    }

    /// Puts the standby connection of a node in the place of its peer's.
    mutating func promote(
        _ id: NodeID,
        over reason: CloseReason,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let standby = standbys.remove(id) else { return }
        if let member = member(of: id) { drop(member.peer, reason, now: now, into: &effects) }
        admit(standby.connection, standby.who, now: now, into: &effects)
    }
}

// MARK: - Down

extension Switch {
    /// Ends a peer's connection, and the one on standby for it.
    mutating func drop(
        _ peer: Peer,
        _ reason: CloseReason,
        flush: Bool = false,
        now: Instant,
        into effects: inout [Effect]
    ) {
        remove(peer, reason, closing: (true, flush), now: now, into: &effects)
        if let standby = standbys[peer.nodeID] {
            refuse(standby.connection, reason, into: &effects)
        }
    }

    /// The driver says that a socket is no more.
    mutating func end(
        _ connection: ConnectionID,
        _ reason: CloseReason,
        now: Instant,
        into effects: inout [Effect]
    ) {
        switch sockets[connection] {
        case .up(let handle):
            guard let member = members[handle] else { return }
            remove(member.peer, reason, closing: (false, false), now: now, into: &effects)
            promote(member.peer.nodeID, over: reason, now: now, into: &effects)
            guard handles[member.peer.nodeID] == nil else { return }
            _ = yield(
                member.face.id,
                member.peer.nodeID,
                at: member.peer.remote.ip,
                reason,
                owesAnswer: false,
                now: now
            )
        case .dialing(var dial):
            let isYielded = yield(
                dial.peer,
                dial.expecting,
                at: dial.address.ip,
                reason,
                owesAnswer: dial.owesAnswer,
                now: now
            )
            if isYielded {
                dial.owesAnswer = false
                sockets[connection] = .dialing(dial)
            }
            forget(connection, reason, isFailure: !isYielded, into: &effects)
        case .handshaking, .standby:
            forget(connection, reason, into: &effects)
        case nil: break
        }
    }

    /// Closes a socket that never became a peer's.
    mutating func refuse(
        _ connection: ConnectionID,
        _ reason: CloseReason,
        into effects: inout [Effect]
    ) {
        effects.append(.close(connection, reason, flush: false))
        forget(connection, reason, into: &effects)
    }

    private mutating func forget(
        _ connection: ConnectionID,
        _ reason: CloseReason,
        isFailure: Bool = true,
        into effects: inout [Effect]
    ) {
        let address: SocketAddress
        switch sockets.remove(connection) {
        case .handshaking(let remote): address = remote
        case .standby(let id):
            guard let standby = standbys.remove(id) else { return }
            address = standby.who.remote
        case .dialing(let dial):
            address = dial.address
            if dial.owesAnswer { effects.append(.dialFailed(dial.peer, reason)) }
            if isFailure, let id = dial.expecting, handles[id] == nil { countFailure(of: id) }
        case .up, nil: return
        }
        effects.append(.note(.refused(connection, address: address.description, reason)))
    }

    /// Takes a peer out of the set: first `removePeer` on every reactor, so that the same peer can
    /// come again only after it (C§5.5).
    private mutating func remove(
        _ peer: Peer,
        _ reason: CloseReason,
        closing: (closes: Bool, flush: Bool),
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let member = members.remove(peer.id) else { return }
        handles[peer.nodeID] = nil
        if let alias = member.alias { aliases[alias] = nil }
        sockets.remove(peer.connection)
        for index in reactors.indices { effects.append(.tell(index, .removePeer(peer.id, reason))) }
        for channel in reactors.joined() { credit.close(peer.id, channel.id) }
        if closing.closes {
            effects.append(.close(peer.connection, reason, flush: closing.flush))
        }
        effects.append(.note(.disconnected(reference(member.face), peer.connection, reason)))
        effects.append(.disconnected(member.face, reason))
        lose(member, reason, now: now)
    }

    mutating func stopAll(now: Instant, into effects: inout [Effect]) {
        phase = .stopping
        for member in members.rows { drop(member.peer, .stopping, now: now, into: &effects) }
        for connection in sockets.ids { refuse(connection, .stopping, into: &effects) }
        failYields(.stopping, into: &effects)
        for id in reconnects.ids { reconnects.update(id) { $0.state = .idle(failureCount: 0) } }
    }

    mutating func ban(
        _ id: NodeID,
        until: Instant?,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let until, now < until else {
            bans.lift(id)
            reconnects.update(id) {
                if case .waiting = $0.state { $0.state = .unplanned(failureCount: 0) }
            }
            return
        }
        bans.set(id, until: until)
        if let member = member(of: id) { drop(member.peer, .banned, now: now, into: &effects) }
        for connection in sockets.ids {
            guard case .dialing(let dial) = sockets[connection], dial.expecting == id else {
                continue
            }
            refuse(connection, .banned, into: &effects)
        }
        failYields(.banned, of: id, into: &effects)
    }

    private func reference(_ peer: Peer) -> PeerReference {
        let address = peer.isOutbound ? peer.remote : peer.listenAddress ?? peer.remote
        return PeerReference(peer: peer.id, id: peer.nodeID, address: address.description)
    }
}

// MARK: - Handles

extension Switch {
    /// What was known under `other` goes on as `peer`.
    ///
    /// Reactors keep the handle that they were given for as long as the connection lasts (a new
    /// one would mean `removePeer` and a second Hello on one connection); the switch answers to
    /// both, and says the new one in `.disconnected`. Source: design §17.1.
    mutating func merge(_ other: PeerID, into peer: PeerID) {
        guard other != peer else { return }
        for connection in sockets.ids {
            guard case .dialing(var dial) = sockets[connection], dial.peer == other else {
                continue
            }
            dial.peer = peer
            sockets[connection] = .dialing(dial)
        }
        for id in reconnects.ids {
            reconnects.update(id) { if $0.entry.peer == other { $0.entry.peer = peer } }
        }
        for id in standbys.ids {
            standbys.update(id) { if $0.who.peer == other { $0.who.peer = peer } }
        }
        for place in yields.indices where yields[place].peer == other { yields[place].peer = peer }
        guard let member = member(other) else { return }
        precondition(self.member(peer) == nil, "\(peer) and \(other) are two connected nodes")
        if let alias = member.alias { aliases[alias] = nil }
        let handle = member.peer.id
        members.update(handle) { $0.alias = handle == peer ? nil : peer }
        if handle != peer { aliases[peer] = handle }
    }
}

extension NodeInfo {
    /// Where a node says it listens, if that can be dialed: its host replaced by the socket's when
    /// it is unspecified, and never looked up when it is a name (design §17.1).
    func dialableAddress(at ip: IPAddress) -> SocketAddress? {
        // By bytes: to find where characters end is dear.
        let text = listenAddress.utf8.split(separator: UInt8(ascii: "/")).last
        guard let text, var address = SocketAddress(String(Substring(text))), address.port != 0
        else { return nil }
        if address.ip.isUnspecified { address.ip = ip }
        return address
    }
}

import WarrenObservation
import WarrenPrimitives

// MARK: - Dialing

extension Switch {
    /// Dials for the node: answered by exactly one `.connected` or `.dialFailed` of `peer`.
    ///
    /// When the peer connects to us meanwhile, that `.connected` is the answer, and what becomes
    /// of the dial is said in notes only. There is no outbound limit here: it is the peer
    /// manager's to heed, which sees ``counts``. Source: C§5.3.
    mutating func dial(
        _ peer: PeerID,
        _ address: SocketAddress,
        expecting: NodeID?,
        now: Instant,
        into effects: inout [Effect]
    ) {
        if join(peer) { return }
        if let reason = refusal(dialing: peer, address, expecting: expecting, now: now) {
            effects.append(.dialFailed(peer, reason))
            return
        }
        open(
            Dial(peer: peer, address: address, expecting: expecting, owesAnswer: true),
            into: &effects
        )
    }

    /// Makes an attempt that is under way for nobody's sake, such as that of a reconnect, answer
    /// for the node too.
    private mutating func join(_ peer: PeerID) -> Bool {
        guard phase == .open, member(peer) == nil else { return false }
        if joinYield(peer) { return true }
        for connection in sockets.ids {
            guard case .dialing(var dial) = sockets[connection], dial.peer == peer,
                !dial.owesAnswer
            else { continue }
            dial.owesAnswer = true
            sockets[connection] = .dialing(dial)
            return true
        }
        return false
    }

    private func refusal(
        dialing peer: PeerID,
        _ address: SocketAddress,
        expecting: NodeID?,
        now: Instant
    ) -> CloseReason? {
        if phase == .stopping { return .stopping }
        if expecting == settings.ownID { return .ownID }
        if let expecting, bans.end(expecting, now: now) != nil { return .banned }
        if isBusy(peer, expecting) { return .duplicateConnection }
        return isTaken(address.ip, exceptBy: nil) ? .duplicateIP : nil
    }

    mutating func open(_ dial: Dial, into effects: inout [Effect]) {
        let connection = ConnectionID.dialed(dialCount)
        dialCount += 1
        sockets[connection] = .dialing(dial)
        let reference = PeerReference(
            peer: dial.peer,
            id: dial.expecting,
            address: dial.address.description
        )
        effects.append(.note(.dialing(reference, connection)))
        effects.append(.dial(connection, dial.address, expecting: dial.expecting))
    }

    /// True while the peer is connected or being dialed, by handle or by id.
    func isBusy(_ peer: PeerID, _ id: NodeID?) -> Bool {
        if member(peer) != nil { return true }
        if let id, handles[id] != nil { return true }
        if yields.contains(where: { $0.peer == peer || (id != nil && $0.id == id) }) { return true }
        return sockets.rows.contains { socket in
            guard case .dialing(let dial) = socket else { return false }
            return dial.peer == peer || (id != nil && dial.expecting == id)
        }
    }

    /// True when some other node has a connection from or to this IP, where that is not allowed.
    ///
    /// Dials in progress do not count: if they did, two nodes that dial each other at once would
    /// refuse each other. Sources: C§5.1, C§5.3.
    func isTaken(_ ip: IPAddress, exceptBy id: NodeID?) -> Bool {
        guard !settings.allowsDuplicateIP else { return false }
        return members.rows.contains { $0.peer.remote.ip == ip && $0.peer.nodeID != id }
            || standbys.rows.contains { $0.who.remote.ip == ip && $0.who.id != id }
    }
}

// MARK: - Accepting

extension Switch {
    /// How many accepted sockets may be unauthenticated at once.
    ///
    /// Upstream bounds them only by its inbound limit. Sources: C§5.1; C§13,
    /// TransportMultiplexAcceptMultiple wants 127.
    package static let handshakeLimit = 256

    /// How long a second connection of a peer may stay silent before it takes over all the same.
    ///
    /// As long as a handshake may take (C§5.1): an honest dialer has hung up one of two by then.
    package static let standbyTimeout: Duration = .seconds(3)

    mutating func accept(
        _ connection: ConnectionID,
        from address: SocketAddress,
        into effects: inout [Effect]
    ) {
        if let reason = refusal(accepting: address) {
            effects.append(.close(connection, reason, flush: false))
            let text = address.description
            effects.append(.note(.refused(connection, address: text, reason)))
            return
        }
        sockets[connection] = .handshaking(from: address)
        effects.append(.handshake(connection))
    }

    /// Decided at once, so that nobody hangs: above its limit upstream lets clients wait (C§12).
    ///
    /// Sockets in handshake count, and there is room for every unconditional peer on top, since
    /// who it is shows only later (C§5.1).
    private func refusal(accepting address: SocketAddress) -> CloseReason? {
        if phase == .stopping { return .stopping }
        var handshakeCount = 0
        var inboundCount = 0
        for (connection, socket) in zip(sockets.ids, sockets.rows) where !connection.isOutbound {
            inboundCount += 1
            guard case .handshaking(let other) = socket else { continue }
            handshakeCount += 1
            if !settings.allowsDuplicateIP, other.ip == address.ip { return .duplicateIP }
        }
        if isTaken(address.ip, exceptBy: nil) { return .duplicateIP }
        if handshakeCount >= Self.handshakeLimit { return .inboundLimit }
        let room = settings.inboundLimit + settings.unconditional.count
        return inboundCount >= room ? .inboundLimit : nil
    }
}

// MARK: - Authenticated

extension Switch {
    mutating func authenticate(
        _ connection: ConnectionID,
        _ who: Authenticated,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let dialed: Dial?
        switch sockets[connection] {
        case .dialing(let dial): dialed = dial
        case .handshaking: dialed = nil
        case .standby, .up, nil: return
        }
        if let reason = refusal(of: who, dialed: dialed, now: now) {
            return refuse(connection, reason, into: &effects)
        }
        guard let member = member(of: who.id) else {
            return admit(connection, who, now: now, into: &effects)
        }
        switch verdict(on: connection, against: member.peer) {
        case .replaces:
            drop(member.peer, .lostSimultaneousDial, now: now, into: &effects)
            admit(connection, who, now: now, into: &effects)
        case .loses(let reason):
            refuse(connection, reason, into: &effects)
        case .waits:
            guard standbys[who.id] == nil else {
                return refuse(connection, .duplicateConnection, into: &effects)
            }
            sockets[connection] = .standby(who.id)
            standbys[who.id] = Standby(
                connection: connection,
                who: who,
                until: now.advanced(by: Self.standbyTimeout)
            )
        }
    }

    private func refusal(of who: Authenticated, dialed: Dial?, now: Instant) -> CloseReason? {
        if who.id == settings.ownID { return .ownID }
        if let expected = dialed?.expecting, expected != who.id { return .wrongID }
        if bans.end(who.id, now: now) != nil { return .banned }
        if isTaken(who.remote.ip, exceptBy: who.id) { return .duplicateIP }
        if dialed != nil || settings.unconditional.contains(who.id) { return nil }
        // A node that this one has or dials is wanted: were its connection refused here for the
        // limit while the other end gives up the second one for it, neither would be left.
        if isBusy(who.peer, who.id) { return nil }
        return counts.inbound >= settings.inboundLimit ? .inboundLimit : nil
    }

    private enum Verdict {
        case replaces
        case loses(CloseReason)
        case waits
    }

    /// Which of two connections with one node stays.
    ///
    /// When each end dialed one, the one dialed by the lower id stays. Both ends know both ids and
    /// who dialed, so both answer alike in whatever order the handshakes end, and neither closes
    /// the one that the other keeps.
    ///
    /// When one end dialed both, that end alone chooses: it keeps the older and hangs up the newer
    /// without a word (as CometBFT does). The other end cannot know the order there, and must not
    /// choose: it keeps the newer on standby. If its dialer speaks on it, or hangs up the older,
    /// the newer takes over, for then its dialer has no other (it lost the older one without our
    /// knowledge); if its dialer hangs it up, nothing happened.
    ///
    /// One case remains: a lower node that still holds a dead connection refuses the new one of a
    /// restarted higher node, until a keep-alive on the dead one fails. Source: C§12.
    private func verdict(on connection: ConnectionID, against current: Peer) -> Verdict {
        switch (connection.isOutbound, current.isOutbound) {
        case (true, true): .loses(.duplicateConnection)
        case (false, false): .waits
        case (true, false), (false, true):
            connection.isOutbound == (settings.ownID < current.nodeID)
                ? .replaces : .loses(.lostSimultaneousDial)
        }
    }
}

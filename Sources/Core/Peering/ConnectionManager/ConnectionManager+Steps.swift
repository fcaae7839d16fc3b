import WarrenObservation
import WarrenPrimitives

// MARK: - From state to state

extension ConnectionManager {
    /// Puts a connection into another state, and says so.
    ///
    /// The only way to change one. Every step is one that O§6.3 permits.
    mutating func move(
        _ connection: ConnectionID,
        to state: ConnectionState,
        until: Instant? = nil,
        into effects: inout [Effect]
    ) {
        guard let row = rows[connection] else { return }
        let from = row.state
        assert(
            ConnectionState.permits(from: from, to: state),
            "\(connection) must not go from \(from) to \(state)"
        )
        rows.update(connection) {
            $0.state = state
            $0.until = until
        }
        effects.append(.transition(connection, row.peer, from: from, to: state))
    }

    private mutating func begin(
        _ connection: ConnectionID,
        _ peer: PeerID?,
        _ state: ConnectionState,
        into effects: inout [Effect]
    ) {
        guard rows[connection] == nil else { return }
        rows[connection] = Row(peer: peer, state: .unknown)
        move(connection, to: state, into: &effects)
    }

    mutating func reserve(
        _ connection: ConnectionID,
        _ peer: PeerID,
        into effects: inout [Effect]
    ) {
        begin(connection, peer, .reservedOutbound, into: &effects)
    }

    /// Lets an accepted socket in, unless there are as many as may be (O§6.4, includeInbound).
    mutating func include(_ connection: ConnectionID, into effects: inout [Effect]) {
        guard inboundCount < settings.hardLimit else {
            return effects.append(.turnAway(connection))
        }
        begin(connection, nil, .unnegotiated(.inbound), into: &effects)
    }

    /// The socket is the peer's; what is held back of an earlier one makes way for it.
    mutating func connected(
        _ connection: ConnectionID,
        _ peer: PeerID,
        into effects: inout [Effect]
    ) {
        rows.update(connection) { $0.peer = peer }
        for old in terminating where rows[old]?.peer == peer { end(old, into: &effects) }
        if rows[connection]?.state == .reservedOutbound {
            move(connection, to: .unnegotiated(.outbound), into: &effects)
        }
    }

    mutating func negotiated(
        _ connection: ConnectionID,
        _ flow: ConnectionState.DataFlow,
        into effects: inout [Effect]
    ) {
        guard case .unnegotiated(let provenance) = rows[connection]?.state else { return }
        switch (provenance, flow) {
        case (.outbound, .unidirectional): move(connection, to: .outboundUni, into: &effects)
        case (.outbound, .duplex): move(connection, to: .outboundDup(.ticking), into: &effects)
        case (.inbound, let flow): move(connection, to: .inboundIdle(flow), into: &effects)
        }
    }

    /// Takes a connection out of the table: it is gone at once, with no time-wait.
    mutating func end(_ connection: ConnectionID, into effects: inout [Effect]) {
        guard let row = rows[connection] else { return }
        move(connection, to: .terminated, into: &effects)
        move(connection, to: .unknown, into: &effects)
        rows.remove(connection)
        terminating.removeAll { $0 == connection }
        if let peer = row.peer, row.state == .terminating, state(of: peer) == nil {
            effects.append(.free(peer))
        }
    }

    /// Closes a connection that nobody uses any more, and holds its end back.
    mutating func terminate(
        _ connection: ConnectionID,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let peer = rows[connection]?.peer else { return end(connection, into: &effects) }
        let until = now.advanced(by: settings.timeWaitTimeout)
        move(connection, to: .terminating, until: until, into: &effects)
        effects.append(.close(connection, peer))
        terminating.append(connection)
        if terminating.count > Self.terminatingLimit { end(terminating[0], into: &effects) }
    }

    /// Ends what is due: idle ones go to time-wait, those in time-wait for good.
    mutating func expire(now: Instant, into effects: inout [Effect]) {
        while let connection = terminating.first, let until = rows[connection]?.until,
            until <= now
        {
            end(connection, into: &effects)
        }
        for connection in rows.ids.sorted() {
            guard let row = rows[connection], case .outboundIdle = row.state,
                let until = row.until, until <= now
            else { continue }
            terminate(connection, now: now, into: &effects)
        }
    }
}

package import WarrenPrimitives

/// Follows what one node tells, for the sake of one of its peers.
///
/// ```
///   facts of the node ──▶ NodeState: temperatures, targets ───────┐
///         │                                                       ├──▶ PeerExplanation
///         └─ of the peer ▶ history, dials, connection, last row ──┘
/// ```
/// A value: facts in their order in, an explanation for the instant of the last one out.
package struct PeerExplainer: Sendable {
    /// Changes of temperature that are kept; older ones are counted.
    package static let historyLimit = 50

    let subject: PeerSubject
    private(set) var state: NodeState
    /// What the node calls it in its present life; more than one until two handles are merged.
    private var handles: Set<PeerID> = []
    private var connections: Set<ConnectionID> = []
    private var dials: Set<ConnectionID> = []
    private(set) var history: [PeerExplanation.Step] = []
    private(set) var historyCount = 0
    private(set) var attempts = PeerExplanation.Attempts()
    private(set) var connection: PeerExplanation.Connection?
    private(set) var bannedUntil: Instant?
    private(set) var hasMet = false
    private(set) var last: Last?

    /// The last snapshot of the node's present life, and what happened since.
    struct Last: Hashable, Sendable {
        var snapshot: Snapshot
        /// Nil if it has none of the peer.
        var row: Snapshot.Peer?
        /// Nothing was told of the peer since.
        var isRowFresh = true
        /// No peer changed its temperature since, nor did the targets.
        var areCountsFresh = true
    }

    /// `targets` are those that the node is declared with, until it tells its own.
    package init(_ subject: PeerSubject, targets: Targets? = nil) {
        self.subject = subject
        state = NodeState(targets: targets)
    }

    /// The last event that was taken in, of the node's present life.
    package var position: EventPosition? {
        state.incarnation.map { EventPosition(incarnation: $0, sequence: state.sequence) }
    }

    package mutating func take(_ fact: Fact.NodeFact, at now: Instant) {
        switch fact {
        case .event(let event):
            if state.incarnation != event.incarnation { beginLife() }
            if event.sequence > state.sequence || state.incarnation != event.incarnation {
                note(event.note, at: now)
            }
        case .snapshot(let snapshot):
            if state.incarnation != snapshot.node.incarnation.number { beginLife() }
            note(snapshot)
        case .down: beginLife()
        case .gap:
            last?.isRowFresh = false
            last?.areCountsFresh = false
        case .healthy, .unhealthy, .unasked: break
        }
        _ = state.take(fact, at: now, liveness: NetworkState.defaultLiveness)
    }

    /// What lives in the node's memory is gone; what happened stays.
    private mutating func beginLife() {
        handles = []
        connections = []
        dials = []
        connection = nil
        last = nil
        let end = attempts.lastEnd
        attempts = PeerExplanation.Attempts()
        attempts.lastEnd = end
    }

    /// The rows that are about the peer, the closest first.
    var rows: [PeerState] {
        state.peers.filter { handles.contains($0.reference.peer) }
            .sorted { a, b in
                (b.temperature, b.isConnected ? 1 : 0) < (a.temperature, a.isConnected ? 1 : 0)
            }
    }
}

// MARK: - Snapshots

extension PeerExplainer {
    private mutating func note(_ snapshot: Snapshot) {
        let isOld =
            state.incarnation == snapshot.node.incarnation.number
            && snapshot.sequence < state.sequence
        guard !isOld else { return }
        var best: Snapshot.Peer?
        for row in snapshot.peers {
            let reference = PeerReference(peer: row.peer, id: row.id, address: row.address)
            guard isAbout(reference) else { continue }
            if best.map({ $0.temperature < row.temperature }) ?? true { best = row }
        }
        last = Last(snapshot: snapshot, row: best)
        guard let best else { return }
        attempts.failCount = best.failCount
        attempts.nextAt = best.nextAttemptAt
        attempts.toldAt = snapshot.takenAt
        bannedUntil = best.bannedUntil
        if best.connectionState != nil || best.direction != nil {
            var found = PeerExplanation.Connection()
            found.direction = best.direction
            found.state = best.connectionState
            found.inboundState = best.inboundState
            found.usedBy = best.usedBy
            found.since = best.connectedAt
            found.roundTripNanoseconds = best.roundTripNanoseconds
            connection = found
        } else {
            connection = nil
        }
        if let change = best.lastTransition,
            history.last.map({ $0.transition.at < change.at }) ?? true
        {
            append(.init(transition: change, source: best.source, direction: best.direction))
        }
    }

    /// The last row, if it still tells how the peer is.
    var freshRow: Snapshot.Peer? { last.flatMap { $0.isRowFresh ? $0.row : nil } }
}

// MARK: - Events

extension PeerExplainer {
    /// Whether a reference is about the peer; notes what the node calls it.
    private mutating func isAbout(_ reference: PeerReference) -> Bool {
        let isMeant = subject.isMeant(by: reference)
        switch isMeant {
        case true?: handles.insert(reference.peer)
        case false?: handles.remove(reference.peer)
        case nil: break
        }
        let isAbout = handles.contains(reference.peer)
        if isAbout { hasMet = true }
        return isAbout
    }

    private mutating func touch() {
        last?.isRowFresh = false
    }

    private mutating func append(_ step: PeerExplanation.Step) {
        historyCount += 1
        history.append(step)
        if history.count > Self.historyLimit { history.removeFirst() }
    }

    private mutating func note(_ note: Note, at now: Instant) {
        switch note {
        case .transition(let transition):
            last?.areCountsFresh = false
            if isAbout(transition.peer) { change(transition, at: now) }
        case .merged(let peer, let other):
            last?.areCountsFresh = false
            merge(peer, other: other)
        case .dialing(let peer, let connection):
            if isAbout(peer) { dial(connection, at: now) }
        case .connected(let peer, let connection, let direction):
            if isAbout(peer) { connect(connection, direction, at: now) }
        case .disconnected(let peer, let connection, let reason):
            if isAbout(peer) { disconnect(connection, reason, at: now) }
        case .refused(let connection, let address, let reason):
            refuse(connection, address, reason, at: now)
        case .connection(let peer, let connection, _, let state):
            if peer.map({ isAbout($0) }) ?? connections.contains(connection) {
                touch()
                follow(connection, to: state)
            }
        case .inbound(let peer, _, _, let state):
            if isAbout(peer) {
                touch()
                connection?.inboundState = state
            }
        case .usedBy(let peer, let level):
            if isAbout(peer) { connection?.usedBy = level }
        case .banned(let id, let until):
            guard id == subject.id else { return }
            hasMet = true
            touch()
            bannedUntil = until
        case .reinstated(let id):
            guard id == subject.id else { return }
            touch()
            bannedUntil = nil
        case .targets: last?.areCountsFresh = false
        case .asked(let peer), .answered(let peer, _), .learnt(let peer, _, _): _ = isAbout(peer)
        case .churned, .chain, .bootstrapTimedOut, .storeFailed: break
        }
    }

    private mutating func change(_ transition: Transition, at now: Instant) {
        touch()
        append(
            PeerExplanation.Step(
                transition: Snapshot.LastTransition(
                    from: transition.from,
                    to: transition.to,
                    reason: transition.reason,
                    at: now
                ),
                source: transition.source,
                direction: transition.direction
            )
        )
        if transition.to == .unknown {
            attempts.failCount = nil
            attempts.toldAt = nil
        }
        attempts.nextAt = nil
        if let direction = transition.direction { connection?.direction = direction }
    }

    private mutating func merge(_ peer: PeerReference, other: PeerID) {
        let wasOther = handles.remove(other) != nil
        if wasOther, subject.isMeant(by: peer) != false { handles.insert(peer.peer) }
        if isAbout(peer) || wasOther { touch() }
    }

    private mutating func dial(_ connection: ConnectionID, at now: Instant) {
        touch()
        attempts.dialCount += 1
        attempts.nextAt = nil
        dials.insert(connection)
        connections.insert(connection)
    }

    private mutating func connect(
        _ connection: ConnectionID,
        _ direction: Direction,
        at now: Instant
    ) {
        touch()
        dials.remove(connection)
        connections.insert(connection)
        var found = self.connection ?? PeerExplanation.Connection()
        found.direction = direction
        found.since = now
        self.connection = found
    }

    private mutating func disconnect(
        _ connection: ConnectionID,
        _ reason: CloseReason,
        at now: Instant
    ) {
        touch()
        connections.remove(connection)
        attempts.lastEnd = .init(reason: reason, at: now)
        if let state = self.connection?.state, state == .terminating || state == .reservedOutbound {
            // The entry outlives the socket.
            var rest = PeerExplanation.Connection()
            rest.state = state
            self.connection = rest
        } else if connections.isEmpty {
            self.connection = nil
        }
    }

    /// A dial of ours that came to nothing, or a stranger from the peer's address turned away.
    private mutating func refuse(
        _ connection: ConnectionID,
        _ address: String,
        _ reason: CloseReason,
        at now: Instant
    ) {
        let isDial = dials.remove(connection) != nil
        let isOurs = connections.remove(connection) != nil
        guard isDial || isOurs || subject.addresses.contains(address) else { return }
        touch()
        if isDial { attempts.failedDialCount += 1 }
        attempts.lastEnd = .init(reason: reason, at: now)
        if connections.isEmpty { self.connection = nil }
    }

    private mutating func follow(_ connection: ConnectionID, to state: ConnectionState) {
        switch state {
        case .unknown, .terminated:
            connections.remove(connection)
            guard connections.isEmpty else { return }
            self.connection = nil
        case .reservedOutbound, .unnegotiated, .outboundUni, .outboundDup, .outboundIdle,
            .inboundIdle, .inbound, .duplex:
            connections.insert(connection)
            var found = self.connection ?? PeerExplanation.Connection()
            found.state = state
            self.connection = found
        case .terminating:
            connections.insert(connection)
            var found = PeerExplanation.Connection()
            found.state = state
            self.connection = found
        }
    }
}

package import WarrenPrimitives

/// What an observer knows of one node at an instant, rebuilt from its events.
package struct NodeState: Equatable, Sendable {
    package private(set) var health = Health.unborn
    /// Events are missing or the node was not to be asked: the rest may be wrong.
    package private(set) var isInDoubt = false
    /// The last instant at which it was in doubt, however soon a snapshot ended that.
    package private(set) var doubtedAt: Instant?
    package private(set) var incarnation: UInt64?
    /// The last event taken in.
    package private(set) var sequence: UInt64 = 0
    /// Kept when the node goes down; nil until it has told.
    package private(set) var targets: Targets?
    private var table = Roster<PeerID, PeerState>()
    private var dialing: Set<ConnectionID> = []
    private var banned: Set<NodeID> = []
    package private(set) var departures = Departures()

    /// `targets` are those it is declared with, until it tells its own.
    package init(targets: Targets? = nil) { self.targets = targets }

    package enum Health: Hashable, Sendable { case unborn, healthy, unhealthy, down }

    package var peers: [PeerState] { table.rows }
    package var dialingCount: Int { dialing.count }
    package var bannedCount: Int { banned.count }

    /// The process is there, whether or not it makes progress.
    package var isUp: Bool {
        switch health {
        case .healthy, .unhealthy: true
        case .unborn, .down: false
        }
    }

    /// Takes in a fact; says whether the graph of connections may have changed.
    mutating func take(_ fact: Fact.NodeFact, at now: Instant, liveness: Duration) -> Bool {
        switch fact {
        case .healthy: return setHealth(.healthy)
        case .unhealthy: return setHealth(.unhealthy)
        case .down:
            forget()
            return setHealth(.down)
        case .unasked, .gap:
            isInDoubt = true
            doubtedAt = now
            return true
        case .event(let event): return take(event, at: now)
        case .snapshot(let snapshot):
            take(snapshot, at: now, liveness: liveness)
            return true
        }
    }

    private mutating func setHealth(_ health: Health) -> Bool {
        defer { self.health = health }
        return self.health != health
    }

    /// Empties what lives in the node's memory.
    private mutating func forget() {
        isInDoubt = false
        incarnation = nil
        sequence = 0
        table = Roster()
        dialing = []
        banned = []
        departures = Departures()
    }

    private mutating func take(_ event: Event, at now: Instant) -> Bool {
        var changes = false
        if incarnation != event.incarnation {
            forget()
            incarnation = event.incarnation
            changes = true
        }
        guard event.sequence > sequence else { return changes }
        if event.sequence != sequence + 1 {
            isInDoubt = true
            doubtedAt = now
        }
        sequence = event.sequence
        return take(event.note, at: now) || changes
    }
}

extension NodeState {
    private mutating func take(_ note: Note, at now: Instant) -> Bool {
        switch note {
        case .transition(let transition):
            change(transition, at: now)
            return transition.to == .unknown
        case .merged(let peer, let other):
            merge(other, into: peer)
            return true
        case .connected(let peer, let connection, let direction):
            dialing.remove(connection)
            update(peer) {
                $0.connection = connection
                $0.direction = direction
                $0.isSilent = false
            }
            return true
        case .disconnected(let peer, let connection, _):
            dialing.remove(connection)
            update(peer) {
                guard $0.connection == connection || $0.connection == nil else { return }
                $0.connection = nil
                $0.direction = nil
            }
            return true
        case .refused(let connection, _, _):
            dialing.remove(connection)
            return false
        case .dialing(let peer, let connection):
            dialing.insert(connection)
            update(peer) { _ in }
            return false
        case .usedBy(let peer, let level):
            update(peer) { $0.usedBy = level }
            return false
        case .asked(let peer), .answered(let peer, _), .learnt(let peer, _, _):
            update(peer) { _ in }
            return false
        case .banned(let id, _):
            banned.insert(id)
            return false
        case .reinstated(let id):
            banned.remove(id)
            return false
        case .targets(let targets):
            self.targets = targets
            return false
        case .churned, .bootstrapTimedOut, .storeFailed: return false
        }
    }

    /// Changes the row of `reference`, made if there is none, dropped if nothing is left in it.
    private mutating func update(_ reference: PeerReference, _ body: (inout PeerState) -> Void) {
        var row = table[reference.peer] ?? PeerState(reference)
        row.reference.learn(from: reference)
        body(&row)
        table[reference.peer] = row.isEmpty ? nil : row
    }

    private mutating func change(_ transition: Transition, at now: Instant) {
        departures.note(transition, at: now)
        update(transition.peer) {
            $0.temperature = transition.to
            $0.source = transition.source
            $0.last = transition
            $0.changedAt = now
            if let direction = transition.direction, $0.isConnected { $0.direction = direction }
        }
    }

    private mutating func merge(_ other: PeerID, into peer: PeerReference) {
        let gone = table.remove(other)
        update(peer) { row in
            guard let gone else { return }
            row.reference.learn(from: gone.reference)
            if gone.temperature > row.temperature || row.last == nil {
                row.temperature = max(gone.temperature, row.temperature)
                row.last = gone.last
                row.changedAt = gone.changedAt
            }
            if gone.source == .localRoot || row.source == nil { row.source = gone.source }
            if !row.isConnected {
                row.connection = gone.connection
                row.direction = gone.direction
                row.isSilent = gone.isSilent
            }
        }
    }
}

extension NodeState {
    private mutating func take(_ snapshot: Snapshot, at now: Instant, liveness: Duration) {
        let told = snapshot.node.incarnation.number
        let isSameLife = incarnation == told
        if isInDoubt || incarnation == nil || !isSameLife {
            guard !isSameLife || snapshot.sequence >= sequence else { return }
            resync(snapshot, at: now)
        }
        if targets == nil { targets = snapshot.targets }
        for row in snapshot.peers {
            guard let heardAt = row.heardAt else { continue }
            _ = table.update(row.peer) {
                $0.isSilent = heardAt.duration(to: snapshot.takenAt) > liveness
            }
        }
    }

    private mutating func resync(_ snapshot: Snapshot, at now: Instant) {
        let old = table
        forget()
        incarnation = snapshot.node.incarnation.number
        sequence = snapshot.sequence
        targets = snapshot.targets
        for row in snapshot.peers {
            var state = PeerState(row)
            let before = old[row.peer]
            state.connection = before?.connection
            state.changedAt = before?.temperature == row.temperature ? before?.changedAt : now
            if !state.isEmpty { table[row.peer] = state }
            if let id = row.id, row.bannedUntil != nil { banned.insert(id) }
        }
    }

    /// Where `snapshot` contradicts the events, if both tell of the same point of the same life.
    package func contradictions(in snapshot: Snapshot) -> [Contradiction] {
        guard !isInDoubt, incarnation == snapshot.node.incarnation.number,
            sequence == snapshot.sequence
        else { return [] }
        var found: [Contradiction] = []
        var said: Set<PeerID> = []
        for row in snapshot.peers {
            said.insert(row.peer)
            let here = table[row.peer]?.temperature ?? .unknown
            if here != row.temperature {
                found.append(.init(peer: row.peer, events: here, snapshot: row.temperature))
            }
        }
        for row in peers where row.temperature != .unknown && !said.contains(row.reference.peer) {
            let peer = row.reference.peer
            found.append(.init(peer: peer, events: row.temperature, snapshot: .unknown))
        }
        return found
    }

    /// A snapshot and the events before it disagree on a peer: an error of the node.
    package struct Contradiction: Hashable, Sendable {
        package var peer: PeerID
        package var events: Temperature
        package var snapshot: Temperature

        package init(peer: PeerID, events: Temperature, snapshot: Temperature) {
            self.peer = peer
            self.events = events
            self.snapshot = snapshot
        }
    }
}

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
    package private(set) var chain = NodeChain()
    /// To connected peers, as the last snapshot told; only looked up in.
    private var roundTrips: [PeerID: Duration] = [:]
    /// It claims more than is kept of a node; what is kept is in doubt until it claims less.
    package private(set) var excess: Excess?

    /// Peers kept of one node, and bans, and dials: as many of each.
    ///
    /// A node may know 10,000 peers and 10,000 big ledger peers (O§3.2); the rest is room for
    /// guests that its governor does not know. Who claims more is lying or broken, and would
    /// otherwise fill the observer's memory.
    package static let claimLimit = 25_000

    /// Of what a node claims too many.
    package enum Excess: String, Hashable, Sendable { case peers, bans, dials }

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

    /// What the network at large needs to know of a node.
    struct Standing: Equatable {
        var isHealthy: Bool
        var isUp: Bool
        var isInDoubt: Bool
        var excess: Excess?
    }

    var standing: Standing {
        Standing(
            isHealthy: health == .healthy,
            isUp: isUp,
            isInDoubt: isInDoubt,
            excess: excess
        )
    }

    /// Whose rows a fact may have changed.
    package enum Change: Hashable, Sendable {
        case none
        case row(PeerID)
        case rows
    }

    func row(of peer: PeerID) -> PeerState? { table[peer] }

    /// How long the way to a connected peer and back takes, where it was measured.
    package func roundTrip(to peer: PeerID) -> Duration? { roundTrips[peer] }

    /// The last event that was taken in, of which life.
    struct Place: Equatable {
        var incarnation: UInt64?
        var sequence: UInt64
    }

    var place: Place { Place(incarnation: incarnation, sequence: sequence) }

    /// Takes in a fact; says what it may have changed of the peers.
    mutating func take(_ fact: Fact.NodeFact, at now: Instant, liveness: Duration) -> Change {
        switch fact {
        case .healthy:
            health = .healthy
            return .none
        case .unhealthy:
            health = .unhealthy
            return .none
        case .down:
            forget()
            health = .down
            return .rows
        case .unasked, .gap:
            doubt(at: now)
            return .none
        case .event(let event): return take(event, at: now)
        case .snapshot(let snapshot):
            take(snapshot, at: now, liveness: liveness)
            return .rows
        }
    }

    private mutating func doubt(at now: Instant) {
        isInDoubt = true
        doubtedAt = now
    }

    private mutating func refuse(_ excess: Excess, at now: Instant) {
        self.excess = self.excess ?? excess
        doubt(at: now)
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
        excess = nil
        chain.forget()
        roundTrips = [:]
    }

    private mutating func take(_ event: Event, at now: Instant) -> Change {
        var isNewLife = false
        if incarnation != event.incarnation {
            forget()
            incarnation = event.incarnation
            isNewLife = true
        }
        guard event.sequence > sequence else { return isNewLife ? .rows : .none }
        if event.sequence != sequence + 1 { doubt(at: now) }
        sequence = event.sequence
        let change = take(event.note, at: now)
        return isNewLife ? .rows : change
    }
}

extension NodeState {
    private mutating func take(_ note: Note, at now: Instant) -> Change {
        switch note {
        case .transition(let transition):
            change(transition, at: now)
            return .row(transition.peer.peer)
        case .merged(let peer, let other):
            merge(other, into: peer, at: now)
            return .rows
        case .connected(let peer, let connection, let direction):
            dialing.remove(connection)
            return update(peer, at: now) {
                $0.connection = connection
                $0.direction = direction
                $0.isSilent = false
            }
        case .disconnected(let peer, let connection, _):
            dialing.remove(connection)
            let change = update(peer, at: now) {
                guard $0.connection == connection || $0.connection == nil else { return }
                $0.connection = nil
                $0.direction = nil
            }
            if table[peer.peer]?.isConnected != true { roundTrips[peer.peer] = nil }
            return change
        case .refused(let connection, _, _):
            dialing.remove(connection)
            return .none
        case .dialing(let peer, let connection):
            if dialing.count < Self.claimLimit || dialing.contains(connection) {
                dialing.insert(connection)
            } else {
                refuse(.dials, at: now)
            }
            return update(peer, at: now) { _ in }
        case .usedBy(let peer, let level): return update(peer, at: now) { $0.usedBy = level }
        case .asked(let peer), .answered(let peer, _), .learnt(let peer, _, _):
            return update(peer, at: now) { _ in }
        case .banned(let id, _):
            ban(id, at: now)
            return .none
        case .reinstated(let id):
            banned.remove(id)
            return .none
        case .targets(let targets):
            self.targets = targets
            return .none
        case .chain(let note):
            chain.take(note, at: now)
            return .none
        case .connection, .inbound, .churned, .bootstrapTimedOut, .storeFailed: return .none
        }
    }

    private mutating func ban(_ id: NodeID, at now: Instant) {
        guard banned.count < Self.claimLimit || banned.contains(id) else {
            return refuse(.bans, at: now)
        }
        banned.insert(id)
    }

    /// Changes the row of `reference`, made if there is none, dropped if nothing is left in it.
    @discardableResult
    private mutating func update(
        _ reference: PeerReference,
        at now: Instant,
        _ body: (inout PeerState) -> Void
    ) -> Change {
        var row = table[reference.peer] ?? PeerState(reference)
        row.reference.learn(from: reference)
        body(&row)
        put(row, at: now)
        return .row(reference.peer)
    }

    private mutating func put(_ row: PeerState, at now: Instant) {
        let peer = row.reference.peer
        guard !row.isEmpty else {
            table.remove(peer)
            return
        }
        guard table.count < Self.claimLimit || table.contains(peer) else {
            return refuse(.peers, at: now)
        }
        table[peer] = row
    }

    private mutating func change(_ transition: Transition, at now: Instant) {
        departures.note(transition, at: now)
        update(transition.peer, at: now) {
            $0.temperature = transition.to
            $0.source = transition.source
            $0.last = transition
            $0.changedAt = now
            if let direction = transition.direction, $0.isConnected { $0.direction = direction }
        }
    }

    private mutating func merge(_ other: PeerID, into peer: PeerReference, at now: Instant) {
        let gone = table.remove(other)
        update(peer, at: now) { row in
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
        if chain.tip == nil, snapshot.sequence >= sequence { chain.learn(snapshot.chain, at: now) }
        roundTrips = [:]
        for row in snapshot.peers {
            if let time = row.roundTripNanoseconds, table.contains(row.peer) {
                roundTrips[row.peer] = .nanoseconds(time)
            }
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
        chain.learn(snapshot.chain, at: now)
        for row in snapshot.peers {
            var state = PeerState(row)
            let before = old[row.peer]
            state.connection = before?.connection
            state.changedAt = before?.temperature == row.temperature ? before?.changedAt : now
            put(state, at: now)
            if let id = row.id, row.bannedUntil != nil { ban(id, at: now) }
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

    /// Where `snapshot` contradicts the events on the tip, as ``contradictions(in:)`` does on peers.
    package func tipContradiction(in snapshot: Snapshot) -> TipContradiction? {
        guard !isInDoubt, incarnation == snapshot.node.incarnation.number,
            sequence == snapshot.sequence, let here = chain.tip, let told = snapshot.chain,
            here.height != told.height || here.slot != told.slot
                || here.hash.description != told.hash
        else { return nil }
        return TipContradiction(events: here, snapshot: told)
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

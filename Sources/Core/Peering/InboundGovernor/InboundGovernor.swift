package import WarrenObservation
package import WarrenPrimitives

/// Follows how far others use us on every connection that they may use.
///
/// It decides nothing about targets: it turns the other end's use into calls of the connection
/// manager, lets connections that nobody uses end, and knows the duplex peers that have been here
/// for long. ``InboundState`` has its states and the table of transitions. What upstream learns from
/// the first bytes of a mini-protocol, a peer says here itself, with `Use` (design §17.2): none is
/// all responders stopped, warm is established ones running, hot is hot ones running too.
///
/// Upstream looks for matured peers at every event and at the latest every 31.4 s; here maturity
/// has its exact deadline. Source: O§7.
package struct InboundGovernor: Sendable, Equatable {
    package struct Settings: Hashable, Sendable {
        /// How long the other end may take to begin, or to begin again, to use a connection:
        /// `ProtocolIdleTimeout`, not paced (O§7.2, design §17.5).
        package var idleTimeout: Duration = .seconds(5)
        /// How long a duplex peer must have been here to be told to others, paced already (O§7.5).
        package var maturityAge: Duration = .seconds(900)
        package init() {}
    }

    package enum Input: Hashable, Sendable {
        /// A connection that the other end may use is negotiated.
        ///
        /// One that does not expire is that of a peer that cannot say how far it uses us, or that is
        /// kept whatever it does.
        case connected(
            ConnectionID,
            PeerID,
            ConnectionState.DataFlow,
            sharesPeers: Bool,
            expires: Bool = true
        )
        /// The other end says how far it uses us.
        case used(ConnectionID, Lifecycle.Level)
        /// What the connection manager answers to `.releaseInbound`.
        case released(ConnectionID, ConnectionManager.Tracking)
        case disconnected(ConnectionID)
        /// `other` turned out to be `peer` (design §17.1).
        case merged(PeerID, other: PeerID)
        case deadline
    }

    package enum Effect: Hashable, Sendable {
        // Calls of the connection manager (O§7.3).
        case promotedToWarm(ConnectionID)
        case demotedToCold(ConnectionID)
        case releaseInbound(ConnectionID)
        case transition(ConnectionID, PeerID, from: InboundState?, to: InboundState?)
        /// All mature duplex peers, with whether each takes part in peer sharing; said when it changes.
        case matured([PeerID: Bool])
    }

    package let settings: Settings
    /// When a connection has been idle for too long, or a peer matures.
    package private(set) var nextDeadline: Instant?
    private var rows = Roster<ConnectionID, Row>()
    private var mature: [PeerID: Bool] = [:]
    /// A mature connection ended, or changed its peer, since ``mature`` was made.
    private var isMatureOld = false

    private struct Row: Hashable, Sendable {
        var peer: PeerID
        var state: InboundState
        /// When its idle time is over; nil when it is not idle, or may be so for ever.
        var idleUntil: Instant?
        var expires: Bool
        var maturity: Maturity
        var sharesPeers: Bool
    }

    /// How far a connection is on its way from the fresh queue to the mature peers (O§7.5).
    private enum Maturity: Hashable, Sendable {
        /// It is one-way: we could not use it.
        case never
        case fresh(until: Instant)
        case mature
    }

    package init(settings: Settings) { self.settings = settings }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        into effects: inout [Effect]
    ) {
        switch input {
        case .connected(let connection, let peer, let flow, let sharesPeers, let expires):
            guard rows[connection] == nil else { break }
            let age = now.advanced(by: settings.maturityAge)
            rows[connection] = Row(
                peer: peer,
                state: .idle,
                idleUntil: expires ? now.advanced(by: settings.idleTimeout) : nil,
                expires: expires,
                maturity: flow == .duplex ? .fresh(until: age) : .never,
                sharesPeers: sharesPeers
            )
            effects.append(.transition(connection, peer, from: nil, to: .idle))
        case .used(let connection, let level):
            follow(connection, level, now: now, into: &effects)
            return plan()  // The most frequent input, and one that makes nobody mature.
        case .released(let connection, let tracking):
            guard rows[connection]?.state == .idle else { break }
            switch tracking {
            case .keep: move(connection, to: .cold, into: &effects)
            case .commit: forget(connection, into: &effects)
            case .unsupported: break
            }
        case .disconnected(let connection): forget(connection, into: &effects)
        case .merged(let peer, let other):
            for id in rows.ids { rows.update(id) { if $0.peer == other { $0.peer = peer } } }
            isMatureOld = true
        case .deadline: expire(now: now, into: &effects)
        }
        ripen(now: now, into: &effects)
        plan()
    }

    private mutating func plan() {
        var soon: Instant?
        for row in rows.rows {
            soon = soonest(soon, row.idleUntil)
            if case .fresh(let until) = row.maturity { soon = soonest(soon, until) }
        }
        nextDeadline = soon
    }
}

// MARK: - From state to state

extension InboundGovernor {
    private mutating func move(
        _ connection: ConnectionID,
        to state: InboundState?,
        idleUntil: Instant? = nil,
        into effects: inout [Effect]
    ) {
        guard let row = rows[connection] else { return }
        assert(
            InboundState.permits(from: row.state, to: state),
            "\(connection) must not go from \(row.state) to \(String(describing: state))"
        )
        effects.append(.transition(connection, row.peer, from: row.state, to: state))
        guard let state else {
            rows.remove(connection)
            if row.maturity == .mature { isMatureOld = true }
            return
        }
        rows.update(connection) {
            $0.state = state
            $0.idleUntil = idleUntil
        }
    }

    private mutating func forget(_ connection: ConnectionID, into effects: inout [Effect]) {
        move(connection, to: nil, into: &effects)
    }

    /// The other end began or stopped to use us, or changed how far.
    private mutating func follow(
        _ connection: ConnectionID,
        _ level: Lifecycle.Level,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let row = rows[connection] else { return }
        switch (row.state, level) {
        case (.idle, .warm), (.cold, .warm):
            move(connection, to: .warm, into: &effects)
            effects.append(.promotedToWarm(connection))
        case (.idle, .hot), (.cold, .hot):
            move(connection, to: .hot, into: &effects)
            effects.append(.promotedToWarm(connection))
        case (.warm, .hot): move(connection, to: .hot, into: &effects)
        case (.hot, .warm): move(connection, to: .warm, into: &effects)
        case (.warm, .none), (.hot, .none):
            let until = row.expires ? now.advanced(by: settings.idleTimeout) : nil
            move(connection, to: .idle, idleUntil: until, into: &effects)
            effects.append(.demotedToCold(connection))
        case (.idle, .none), (.cold, .none), (.warm, .warm), (.hot, .hot): break
        }
    }

    /// Idle time that is over; the connection manager says what becomes of the connection.
    private mutating func expire(now: Instant, into effects: inout [Effect]) {
        for connection in rows.ids.sorted() {
            guard let until = rows[connection]?.idleUntil, until <= now else { continue }
            rows.update(connection) { $0.idleUntil = nil }
            effects.append(.releaseInbound(connection))
        }
    }

    /// Moves connections of age from the fresh queue to the mature, and says who is mature now.
    private mutating func ripen(now: Instant, into effects: inout [Effect]) {
        var isChanged = isMatureOld
        rows.updateEach { _, row in
            guard case .fresh(let until) = row.maturity, until <= now else { return }
            row.maturity = .mature
            isChanged = true
        }
        guard isChanged else { return }
        isMatureOld = false
        var peers: [PeerID: Bool] = [:]
        for row in rows.rows where row.maturity == .mature { peers[row.peer] = row.sharesPeers }
        guard peers != mature else { return }
        mature = peers
        effects.append(.matured(peers))
    }
}

// MARK: - What can be seen

extension InboundGovernor {
    package func state(of connection: ConnectionID) -> InboundState? { rows[connection]?.state }

    /// The duplex peers that have been here for long, with whether each takes part in peer sharing.
    package var maturePeers: [PeerID: Bool] { mature }

    /// How many connections it follows.
    package var count: Int { rows.count }

    /// How many are in each state (O§7.6).
    package var counters: Snapshot.Use {
        var use = Snapshot.Use()
        for row in rows.rows {
            switch row.state {
            case .idle: use.none += 1
            case .warm: use.warm += 1
            case .hot: use.hot += 1
            case .cold: use.cold += 1
            }
        }
        return use
    }
}

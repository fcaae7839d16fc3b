package import WarrenObservation
package import WarrenPrimitives

/// Keeps account of every connection: who uses it, who may, and when it ends.
///
/// ``ConnectionState`` has the states and the table of transitions. Connections are told apart by
/// their own number, since each has a port of its own, and a peer's are found by its handle
/// (design §17.1); so a dial and an accept of one peer are two rows until the switch gives one of
/// them up, and what upstream calls overwritten and self-connection does not occur.
///
/// It opens and closes nothing: it says what is to be done, and the node does it. Idle time of the
/// inbound side is the inbound governor's; the outbound side's and the time-wait are kept here.
/// Source: O§6.
package struct ConnectionManager: Sendable, Equatable {
    package let settings: Settings
    /// When an idle or terminating connection is due.
    package private(set) var nextDeadline: Instant?
    var rows = Roster<ConnectionID, Row>()
    /// Those in time-wait, the first to end first.
    var terminating: [ConnectionID] = []

    struct Row: Hashable, Sendable {
        /// Nil until an accepted socket has shown whose it is.
        var peer: PeerID?
        var state: ConnectionState
        /// When the state ends by itself: of those that our side let go, and of those in time-wait.
        var until: Instant?
    }

    /// How many ended connections are held back at once; the oldest make room.
    ///
    /// A stranger may connect, idle and be closed as often as it likes.
    package static let terminatingLimit = 1024

    package init(settings: Settings) { self.settings = settings }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch input {
        case .acquire(let peer, let dials): acquire(peer, dials: dials, into: &effects)
        case .dialing(let connection, let peer): reserve(connection, peer, into: &effects)
        case .accepted(let connection): include(connection, into: &effects)
        case .connected(let connection, let peer):
            connected(connection, peer, into: &effects)
        case .negotiated(let connection, let flow): negotiated(connection, flow, into: &effects)
        case .release(let connection):
            release(connection, now: now, random: &random, into: &effects)
        case .promotedToWarm(let connection):
            promotedToWarm(connection, random: &random, into: &effects)
        case .demotedToCold(let connection): demotedToCold(connection, into: &effects)
        case .releaseInbound(let connection):
            releaseInbound(connection, now: now, into: &effects)
        case .failed(let connection):
            if rows[connection]?.state != .terminating { end(connection, into: &effects) }
        case .deadline: expire(now: now, into: &effects)
        case .stop: for id in rows.ids.sorted() { end(id, into: &effects) }
        }
        plan()
    }

    /// What was known under `other` goes on as `peer` (design §17.1).
    package mutating func merge(_ other: PeerID, into peer: PeerID) {
        for id in rows.ids { rows.update(id) { if $0.peer == other { $0.peer = peer } } }
    }

    private mutating func plan() {
        var soon: Instant?
        for row in rows.rows { soon = soonest(soon, row.until) }
        nextDeadline = soon
    }
}

// MARK: - What can be seen

extension ConnectionManager {
    package func state(of connection: ConnectionID) -> ConnectionState? { rows[connection]?.state }

    /// The state that counts for a peer: that of a connection that stands, else that of a dial, else
    /// that of one that ended and is held back.
    package func state(of peer: PeerID) -> ConnectionState? { row(of: peer)?.row.state }

    func row(of peer: PeerID) -> (connection: ConnectionID, row: Row)? {
        var best: (connection: ConnectionID, row: Row)?
        for (connection, row) in zip(rows.ids, rows.rows) where row.peer == peer {
            guard let other = best else {
                best = (connection, row)
                continue
            }
            let (rank, otherRank) = (Self.rank(row.state), Self.rank(other.row.state))
            if rank > otherRank || (rank == otherRank && connection < other.connection) {
                best = (connection, row)
            }
        }
        return best
    }

    /// As ``state(of:)`` of a peer, of every peer that has one.
    package var peerStates: [PeerID: ConnectionState] {
        var states: [PeerID: ConnectionState] = [:]
        for row in rows.rows {
            guard let peer = row.peer else { continue }
            if let other = states[peer], Self.rank(other) >= Self.rank(row.state) { continue }
            states[peer] = row.state
        }
        return states
    }

    private static func rank(_ state: ConnectionState) -> Int {
        switch state {
        case .unknown, .terminating, .terminated: 0
        case .reservedOutbound: 1
        case .unnegotiated: 2
        case .outboundUni, .outboundDup, .outboundIdle, .inboundIdle, .inbound, .duplex: 3
        }
    }

    /// True while a peer that we let go is not cold yet: O§3.13's "still outbound".
    package func holdsOutbound(_ peer: PeerID) -> Bool {
        rows.rows.contains { $0.peer == peer && $0.state.isHeldOutbound }
    }

    /// How many connections count as inbound (O§6.2).
    package var inboundCount: Int { rows.rows.count { $0.state.isCountedInbound } }

    /// How many connections there are, ended ones included.
    package var count: Int { rows.count }

    /// How many connections are in each state that any is in, in the order of the states.
    package var stateCounts: [Snapshot.StateCount] {
        var counts: [ConnectionState: Int] = [:]
        for row in rows.rows { counts[row.state, default: 0] += 1 }
        return ConnectionState.allCases.compactMap { state in
            counts[state].map { Snapshot.StateCount(state: state, count: $0) }
        }
    }

    /// The sums of O§6.9.
    package var counters: Snapshot.ConnectionCounters {
        rows.rows.reduce(into: Snapshot.ConnectionCounters()) { $0.count($1.state) }
    }
}

extension Snapshot.ConnectionCounters {
    /// Counts one connection in this state, in the columns of O§6.2.
    package mutating func count(_ state: ConnectionState) {
        switch state {
        case .unknown, .reservedOutbound, .terminated: break
        case .unnegotiated(.outbound): outbound += 1
        case .unnegotiated(.inbound): inbound += 1
        case .outboundUni, .outboundDup, .outboundIdle: outbound += 1
        case .inboundIdle, .inbound: inbound += 1
        case .duplex:
            fullDuplex += 1
            inbound += 1
            outbound += 1
        case .terminating: terminating += 1
        }
        switch state.dataFlow {
        case .unidirectional: unidirectional += 1
        case .duplex: duplex += 1
        case nil: break
        }
    }
}

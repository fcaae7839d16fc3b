import WarrenObservation
import WarrenPrimitives

// MARK: - What the inbound governor says of the other side

extension ConnectionManager {
    /// Source: O§6.4, promotedToWarmRemote.
    mutating func promotedToWarm(
        _ connection: ConnectionID,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        let state = rows[connection]?.state ?? .unknown
        switch state {
        case .outboundDup: admit(connection, as: .duplex, random: &random, into: &effects)
        case .outboundIdle(.duplex):
            admit(connection, as: .inbound(.duplex), random: &random, into: &effects)
        case .inboundIdle(let flow): move(connection, to: .inbound(flow), into: &effects)
        case .inbound, .duplex: break
        case .unknown, .reservedOutbound, .unnegotiated, .outboundUni,
            .outboundIdle(.unidirectional), .terminating, .terminated:
            effects.append(.unsupported(.promotedToWarm, connection, state))
        }
    }

    /// Source: O§6.4, demotedToColdRemote.
    mutating func demotedToCold(_ connection: ConnectionID, into effects: inout [Effect]) {
        let state = rows[connection]?.state ?? .unknown
        switch state {
        case .inbound(let flow): move(connection, to: .inboundIdle(flow), into: &effects)
        case .duplex: move(connection, to: .outboundDup(.ticking), into: &effects)
        case .inboundIdle, .outboundDup, .outboundIdle: break
        case .unknown, .reservedOutbound, .unnegotiated, .outboundUni, .terminating, .terminated:
            effects.append(.unsupported(.demotedToCold, connection, state))
        }
    }

    /// The other side has not used us for the idle time.
    ///
    /// Of one in use upstream changes the state although it should not have been asked; here nothing
    /// changes. Source: O§6.4, releaseInbound.
    mutating func releaseInbound(
        _ connection: ConnectionID,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let state = rows[connection]?.state ?? .unknown
        let answer: Tracking
        switch state {
        case .outboundDup(.ticking):
            move(connection, to: .outboundDup(.expired), into: &effects)
            answer = .keep
        case .outboundDup(.expired): answer = .keep
        case .inboundIdle:
            terminate(connection, now: now, into: &effects)
            answer = .commit
        case .unknown, .outboundIdle, .terminating: answer = .commit
        case .inbound, .duplex, .reservedOutbound, .unnegotiated, .outboundUni, .terminated:
            effects.append(.unsupported(.releaseInbound, connection, state))
            answer = .unsupported
        }
        effects.append(.inboundReleased(connection, answer))
    }
}

// MARK: - The limit

extension ConnectionManager {
    /// Makes a connection count as inbound, and closes others, or itself, if there are too many then.
    ///
    /// Source: O§6.6.
    func pruned(
        making connection: ConnectionID,
        _ state: ConnectionState,
        random: inout Random
    ) -> [ConnectionID] {
        let excess = inboundCount + 1 - settings.hardLimit
        guard excess > 0 else { return [] }
        var ranks: [(rank: PruningRank, connection: ConnectionID)] = []
        for (id, row) in zip(rows.ids, rows.rows) {
            let next = id == connection ? state : row.state
            guard next.isCountedInbound else { continue }
            ranks.append((PruningRank(next, drawn: random.next()), id))
        }
        ranks.sort { ($0.rank, $0.connection) < ($1.rank, $1.connection) }
        return ranks.prefix(excess).map(\.connection)
    }

    mutating func admit(
        _ connection: ConnectionID,
        as state: ConnectionState,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        let picked = pruned(making: connection, state, random: &random)
        for id in picked {
            effects.append(.prune(id, rows[id]?.peer))
            end(id, into: &effects)
        }
        if !picked.contains(connection) { move(connection, to: state, into: &effects) }
    }
}

/// Who is closed first when there are too many: those we do not use, in random order.
///
/// Source: O§6.6, prunePolicy.
struct PruningRank: Comparable {
    var isUpstream: Bool
    var drawn: UInt64
    var type: Int

    init(_ state: ConnectionState, drawn: UInt64) {
        self.drawn = drawn
        switch state {
        case .unnegotiated(.inbound): (isUpstream, type) = (false, 0)
        case .inboundIdle: (isUpstream, type) = (false, 1)
        case .inbound: (isUpstream, type) = (false, 2)
        case .unknown, .reservedOutbound, .unnegotiated(.outbound): (isUpstream, type) = (true, 3)
        case .outboundIdle: (isUpstream, type) = (true, 4)
        case .outboundUni, .outboundDup: (isUpstream, type) = (true, 5)
        case .duplex, .terminating, .terminated: (isUpstream, type) = (true, 6)
        }
    }

    static func < (lhs: PruningRank, rhs: PruningRank) -> Bool {
        (lhs.isUpstream ? 1 : 0, lhs.drawn, lhs.type)
            < (rhs.isUpstream ? 1 : 0, rhs.drawn, rhs.type)
    }
}

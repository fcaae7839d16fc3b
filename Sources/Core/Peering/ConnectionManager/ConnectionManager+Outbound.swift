import WarrenObservation
import WarrenPrimitives

// MARK: - What our own side asks for

extension ConnectionManager {
    /// Finds a connection for our side, or says how one is to be had.
    ///
    /// Source: O§6.4, acquireOutbound.
    mutating func acquire(_ peer: PeerID, dials: Bool, into effects: inout [Effect]) {
        guard let (connection, row) = row(of: peer) else {
            return effects.append(
                dials ? .dial(peer) : .refused(peer, .inboundConnectionNotFound)
            )
        }
        switch row.state {
        case .reservedOutbound, .unnegotiated(.outbound), .outboundUni, .outboundDup, .duplex:
            effects.append(.refused(peer, .connectionExists))
        case .unnegotiated(.inbound), .terminating:
            effects.append(.wait(peer))
        case .inboundIdle(.duplex):
            move(connection, to: .outboundDup(.ticking), into: &effects)
            effects.append(.acquired(peer, connection))
        case .inbound(.duplex):
            move(connection, to: .duplex, into: &effects)
            effects.append(.acquired(peer, connection))
        case .inboundIdle(.unidirectional), .inbound(.unidirectional):
            effects.append(.refused(peer, .forbiddenConnection))
        case .outboundIdle:
            effects.append(.refused(peer, .forbiddenOperation))
        case .unknown, .terminated:
            preconditionFailure("\(connection) is \(row.state) and in the table")
        }
    }

    /// Lets go of a connection.
    ///
    /// Of one that becomes inbound by it the limit is asked; unlike upstream's, its state follows
    /// whenever it is not the one picked (O§12 Q11). Source: O§6.4, releaseOutbound.
    mutating func release(
        _ connection: ConnectionID,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let state = rows[connection]?.state else { return }
        let idleUntil = now.advanced(by: settings.outboundIdleTimeout)
        switch state {
        case .outboundUni:
            move(
                connection,
                to: .outboundIdle(.unidirectional),
                until: idleUntil,
                into: &effects
            )
        case .outboundDup(.expired):
            move(connection, to: .outboundIdle(.duplex), until: idleUntil, into: &effects)
        case .outboundDup(.ticking):
            admit(connection, as: .inboundIdle(.duplex), random: &random, into: &effects)
        case .duplex:
            move(connection, to: .inbound(.duplex), into: &effects)
        case .outboundIdle, .inboundIdle, .terminating, .terminated: break
        case .unknown, .reservedOutbound, .unnegotiated, .inbound:
            effects.append(.unsupported(.release, connection, state))
        }
    }
}

import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A connection manager alone, with its clock and its chance.
struct ConnectionBench {
    var machine: ConnectionManager
    var now = Instant.epoch
    var random: Random
    private var dialCount: UInt64 = 0
    private var acceptCount: UInt64 = 0

    init(hardLimit: Int = 512, seed: UInt64 = 1, timeWait: Duration = .seconds(60)) {
        var settings = ConnectionManager.Settings()
        settings.hardLimit = hardLimit
        settings.timeWaitTimeout = timeWait
        machine = ConnectionManager(settings: settings)
        random = Random(seed: seed)
    }

    @discardableResult
    mutating func feed(_ input: ConnectionManager.Input) -> [ConnectionManager.Effect] {
        var effects: [ConnectionManager.Effect] = []
        machine.handle(input, now: now, random: &random, into: &effects)
        return effects
    }

    /// What is wanted besides the transitions.
    mutating func answers(_ input: ConnectionManager.Input) -> [ConnectionManager.Effect] {
        feed(input).filter { if case .transition = $0 { false } else { true } }
    }

    @discardableResult
    mutating func pass(_ duration: Duration) -> [ConnectionManager.Effect] {
        now = now.advanced(by: duration)
        return feed(.deadline)
    }

    static func peer(_ number: UInt32) -> PeerID { PeerID(rawValue: number) }

    /// Brings a connection of `peer` into a state, from nothing.
    mutating func make(_ state: ConnectionState, of peer: PeerID) -> ConnectionID {
        let isDialed: Bool
        switch state {
        case .reservedOutbound, .unnegotiated(.outbound), .outboundUni, .outboundDup, .duplex,
            .outboundIdle:
            isDialed = true
        case .unknown, .unnegotiated(.inbound), .inboundIdle, .inbound, .terminating, .terminated:
            isDialed = false
        }
        let connection: ConnectionID
        if isDialed {
            connection = .dialed(dialCount)
            dialCount += 1
            feed(.dialing(connection, peer))
        } else {
            connection = .accepted(acceptCount)
            acceptCount += 1
            if state != .unknown { feed(.accepted(connection)) }
        }
        for step in steps(to: state, connection, peer) { feed(step) }
        return connection
    }

    private func steps(
        to state: ConnectionState,
        _ id: ConnectionID,
        _ peer: PeerID
    ) -> [ConnectionManager.Input] {
        func up(_ flow: ConnectionState.DataFlow) -> [ConnectionManager.Input] {
            [.connected(id, peer), .negotiated(id, flow)]
        }
        switch state {
        case .unknown, .reservedOutbound: return []
        case .unnegotiated: return [.connected(id, peer)]
        case .outboundUni: return up(.unidirectional)
        case .outboundDup(.ticking): return up(.duplex)
        case .outboundDup(.expired): return up(.duplex) + [.releaseInbound(id)]
        case .outboundIdle(.unidirectional): return up(.unidirectional) + [.release(id)]
        case .outboundIdle(.duplex): return up(.duplex) + [.releaseInbound(id), .release(id)]
        case .inboundIdle(let flow): return up(flow)
        case .inbound(let flow): return up(flow) + [.promotedToWarm(id)]
        case .duplex: return up(.duplex) + [.promotedToWarm(id)]
        case .terminating: return up(.duplex) + [.releaseInbound(id)]
        case .terminated: return up(.duplex) + [.failed(id)]
        }
    }
}

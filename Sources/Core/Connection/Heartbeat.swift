package import WarrenPrimitives

/// Pings: when to ask, how long to wait, and the answers we owe.
///
/// The wait for a pong starts when the ping is due, though a full socket may hold the ping back: a
/// peer that reads nothing is as dead as one that says nothing. Pings that arrive before our pong
/// leaves are answered by one pong, so a flood costs one flag. Source: C§4.4, C§4.5.
package struct Heartbeat: Sendable, Hashable {
    private let interval: Duration
    private let timeout: Duration
    private var pingAt: Instant
    private var pongDueAt: Instant?
    private var pingSentAt: Instant?
    package private(set) var owesPing = false
    package private(set) var owesPong = false
    /// From the last ping that left to its pong.
    package private(set) var roundTrip: Duration?

    package init(interval: Duration, timeout: Duration, now: Instant) {
        precondition(
            .zero < timeout && timeout < interval,
            "the pong timeout \(timeout) must be shorter than the ping interval \(interval)"
        )
        self.interval = interval
        self.timeout = timeout
        pingAt = now.advanced(by: interval)
    }

    package var nextDeadline: Instant { soonest(pingAt, pongDueAt) ?? pingAt }
    package var owesAny: Bool { owesPing || owesPong }

    /// Absorbs the time: a ping may fall due, or a pong be overdue.
    package mutating func advance(now: Instant) throws(Connection.Violation) {
        if let due = pongDueAt, due <= now { throw .pongTimeout }
        guard pingAt <= now else { return }
        owesPing = true
        pingSentAt = nil
        pongDueAt = pongDueAt ?? now.advanced(by: timeout)
        pingAt = now.advanced(by: interval)
    }

    package mutating func gotPing() { owesPong = true }

    /// A pong that nobody asked for changes nothing.
    package mutating func gotPong(now: Instant) {
        guard let sentAt = pingSentAt else { return }
        roundTrip = sentAt.duration(to: now)
        pingSentAt = nil
        pongDueAt = nil
    }

    /// Time in which we ourselves stopped reading does not count against the peer.
    package mutating func excuse(_ pause: Duration) {
        pongDueAt = pongDueAt?.advanced(by: pause)
    }

    /// Appends the packets that are owed.
    package mutating func cutPackets(now: Instant, into plain: inout [UInt8]) {
        if owesPong { plain.append(contentsOf: Packet.pongBytes) }
        if owesPing {
            plain.append(contentsOf: Packet.pingBytes)
            pingSentAt = now
        }
        owesPong = false
        owesPing = false
    }
}

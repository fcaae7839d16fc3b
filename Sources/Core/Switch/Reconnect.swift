import WarrenObservation
package import WarrenPrimitives

/// The one job that keeps a persistent peer connected.
///
/// ```
///  idle ──▶ unplanned ──▶ waiting ──▶ dialing ──▶ idle (connected)
///               ▲                        │ failed
///               └────────────────────────┘
/// ```
///
/// Upstream gives up after 30 attempts; operators want "for ever, at most every so often", so the
/// last period repeats, and a configured limit caps every wait. Sources: C§5.2, C§12.
struct Reconnect: Hashable, Sendable {
    var entry: Switch.PersistentPeer
    /// Where the peer said it listens when it last connected, if that is not `entry.address`.
    var seenAddress: SocketAddress?
    var state = State.idle(failureCount: 0)

    enum State: Hashable, Sendable {
        /// Connected, dialed for someone else, let go, or not started.
        case idle(failureCount: Int)
        /// To be dialed again; the wait has not been drawn yet.
        case unplanned(failureCount: Int)
        case waiting(until: Instant, failureCount: Int)
        case dialing(failureCount: Int)
    }

    var failureCount: Int {
        switch state {
        case .idle(let count), .unplanned(let count), .waiting(_, let count), .dialing(let count):
            count
        }
    }

    var nextDeadline: Instant? {
        switch state {
        case .waiting(let until, _): until
        case .idle, .unplanned, .dialing: nil
        }
    }

    /// Where to dial next: as configured, and every other time where it was last seen.
    var address: SocketAddress {
        failureCount.isMultiple(of: 2) ? entry.address : seenAddress ?? entry.address
    }
}

/// How long to wait before a persistent peer is dialed once more.
///
/// Sources: C§5.2; `schedules.json`, `reconnect`.
package enum ReconnectSchedule {
    /// Attempts at a steady period before the wait grows.
    package static let steadyAttemptCount = 20
    package static let steadyPeriod: Duration = .seconds(5)
    /// The wait before grown attempt i is 3^i s, i = 1…10; before v0.38.14 it was i = 0…9, which
    /// made 8 hours of the promised 24.
    package static let growth = 3
    package static let lastExponent = 10
    /// Whole milliseconds in `0..<jitterLimit` are added to every wait.
    package static let jitterLimit = 3000
    /// A connection that stood for less counts as one more failure, so that a peer that accepts
    /// and hangs up is not dialed in a tight loop.
    package static let settledAfter: Duration = .seconds(5)

    /// The wait after this many failures in a row: first jitter alone, then 20 times 5 s, then 3,
    /// 9, … 59,049 s, and for ever the last of these; never longer than `limit`, unless it is zero.
    package static func wait(
        afterFailures count: Int,
        limit: Duration,
        random: inout Random
    ) -> Duration {
        var wait = jitter(&random)
        if (1...steadyAttemptCount).contains(count) { wait += steadyPeriod }
        if count >= steadyAttemptCount {
            // Between the two phases upstream sleeps for both.
            if count == steadyAttemptCount { wait += jitter(&random) }
            wait += grown(min(count - steadyAttemptCount + 1, lastExponent))
        }
        return limit > .zero ? min(wait, limit) : wait
    }

    private static func grown(_ exponent: Int) -> Duration {
        .seconds((0..<exponent).reduce(1) { product, _ in product * growth })
    }

    private static func jitter(_ random: inout Random) -> Duration {
        .milliseconds(random.below(jitterLimit))
    }
}

extension CloseReason {
    /// True when this node let the peer go on purpose, so that nothing was lost.
    var isGraceful: Bool {
        switch self {
        case .stopping, .demoted, .duplicateConnection, .lostSimultaneousDial, .notWanted,
            .seedAnswered, .seedIdle, .reactorStopped:
            true
        case .banned, .duplicateIP, .inboundLimit, .outboundLimit, .connectRefused,
            .connectTimeout, .unreachable, .resetByPeer, .closedByPeer, .inputOutputError,
            .nameNotResolved, .handshakeTimeout, .badEphemeralKey, .lowOrderKey, .reflectedKey,
            .forgedFrame, .frameTooLong, .emptyFrame, .badAuthMessage, .unsupportedKeyType,
            .badSignature, .wrongID, .ownID, .badNodeInfo, .wrongNetwork, .wrongBlockVersion,
            .noCommonChannel, .nonceExhausted, .badPacket, .packetTooLong, .unknownChannel,
            .messageTooLong, .pongTimeout, .badMessage, .unsolicitedMessage, .requestTooSoon,
            .helloTimeout, .helloMissing, .keepAliveTimeout, .useTimeout, .badHeader,
            .badBlockSignature, .wrongLeader, .futureSlot, .forkTooDeep, .forkFlood,
            .equivocationFlood, .bodyMismatch, .bodyTooLarge, .badTransaction, .bodyMissing,
            .chainTimeout, .blocksTimeout, .transactionsTimeout,
            .transactionFlood:
            false
        }
    }
}

import WarrenObservation
import WarrenPrimitives

/// What is known, awaited and owed on channel 0x70 with one peer.
struct Conversation: Hashable, Sendable {
    /// Whether the peer introduced itself.
    enum Greeting: Hashable, Sendable {
        case awaited(until: Instant)
        case received
    }

    /// Our keep-alives.
    enum Pulse: Hashable, Sendable {
        /// The next one is due then; until the Hello came, never.
        case resting(until: Instant)
        /// Due, but without credit.
        case due
        case awaiting(cookie: UInt32, since: Instant)
    }

    /// A Use that we sent and that is not acknowledged yet.
    struct Claim: Hashable, Sendable {
        var epoch: UInt64
        var level: Lifecycle.Level
        var until: Instant
    }

    /// A Use that the peer sent and that we have not acknowledged yet.
    struct Debt: Hashable, Sendable {
        var epoch: UInt64
        /// It lowers the level, so replies that we owe go first.
        var isLowering: Bool
    }

    var greeting: Greeting
    /// `addPeer` came, so that the peer may be sent to.
    var isAdded = false
    /// What we say of ourselves on this connection.
    let hello: Lifecycle.Hello
    /// Our Hello is not out yet.
    var owesHello = true
    /// A violation or a timeout was answered with a stop; nothing more is said or heard.
    var isOver = false

    var pulse: Pulse
    /// The cookie of the peer's keep-alive that is not answered yet.
    ///
    /// One is enough: a peer sends the next only after the reply.
    var owedCookie: UInt32?
    /// The peer's keep-alives since the start of the current second.
    var pulseCount = 0
    var pulseCountSince: Instant

    /// The last level that we announced, and its epoch.
    var level = Lifecycle.Level.none
    var epoch: UInt64 = 0
    /// The level that we want to announce, once there is credit and room.
    var wanted: Lifecycle.Level?
    var claims: [Claim] = []

    var theirLevel = Lifecycle.Level.none
    var theirEpoch: UInt64 = 0
    var debts: [Debt] = []
    /// How many replies other reactors still owe; while there are any, no lowering is acknowledged.
    var owedReplyCount = 0

    init(now: Instant, settings: Lifecycle.Settings) {
        hello = settings.hello
        greeting = .awaited(until: now.advanced(by: settings.helloTimeout))
        pulse = .resting(until: .distantFuture)
        pulseCountSince = now
    }

    func nextDeadline(_ settings: Lifecycle.Settings) -> Instant? {
        guard !isOver else { return nil }
        var soon: Instant?
        if case .awaited(let until) = greeting { soon = until }
        switch pulse {
        case .resting(let until): soon = soonest(soon, until == .distantFuture ? nil : until)
        case .due: break
        case .awaiting(_, let since):
            soon = soonest(soon, since.advanced(by: settings.keepAliveTimeout))
        }
        return soonest(soon, claims.first?.until)
    }

    /// The limit that has passed, if one has.
    func timeout(now: Instant, _ settings: Lifecycle.Settings) -> CloseReason? {
        if case .awaited(let until) = greeting, until <= now { return .helloTimeout }
        if case .awaiting(_, let since) = pulse,
            since.advanced(by: settings.keepAliveTimeout) <= now
        {
            return .keepAliveTimeout
        }
        if let until = claims.first?.until, until <= now { return .useTimeout }
        return nil
    }
}

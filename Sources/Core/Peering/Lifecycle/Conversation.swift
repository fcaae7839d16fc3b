import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

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

    // What deadlines are made of comes first, as it is looked at most often.

    /// A violation or a timeout was answered with a stop; nothing more is said or heard.
    var isOver = false
    var greeting: Greeting
    var pulse: Pulse
    var claims: [Claim] = []

    /// `addPeer` came, so that the peer may be sent to.
    var isAdded = false
    /// Our Hello is not out yet.
    var owesHello = true
    /// The cookie of the peer's keep-alive that is not answered yet.
    ///
    /// One is enough: a peer sends the next only after the reply.
    var owedCookie: UInt32?
    /// The level that we want to announce, once there is credit and room.
    var wanted: Lifecycle.Level?
    var debts: [Debt] = []
    /// How many replies other reactors still owe; while there are any, no lowering is acknowledged.
    var owedReplyCount = 0

    /// The peer's keep-alives since the start of the current second.
    var pulseCount = 0
    var pulseCountSince: Instant

    /// The last level that we announced, and its epoch.
    var level = Lifecycle.Level.none
    var epoch: UInt64 = 0
    var theirLevel = Lifecycle.Level.none
    var theirEpoch: UInt64 = 0
    /// What we say of ourselves on this connection.
    let hello: Lifecycle.Hello

    init(now: Instant, settings: Lifecycle.Settings) {
        hello = settings.hello
        greeting = .awaited(until: now.advanced(by: settings.helloTimeout))
        pulse = .resting(until: .distantFuture)
        pulseCountSince = now
    }

    /// Lets it be changed in place through an optional.
    @discardableResult
    mutating func change<Result>(_ body: (inout Conversation) -> Result) -> Result { body(&self) }

    /// When anything is due; a reply may take as long as `keepAliveTimeout`.
    func nextDeadline(_ keepAliveTimeout: Duration) -> Instant? {
        guard !isOver else { return nil }
        var soon: Instant?
        if case .awaited(let until) = greeting { soon = until }
        switch pulse {
        case .resting(let until): soon = soonest(soon, until == .distantFuture ? nil : until)
        case .due: break
        case .awaiting(_, let since):
            soon = soonest(soon, since.advanced(by: keepAliveTimeout))
        }
        return soonest(soon, claims.first?.until)
    }

    /// The limit that has passed, if one has.
    private func timeout(now: Instant, _ keepAliveTimeout: Duration) -> CloseReason? {
        if case .awaited(let until) = greeting, until <= now { return .helloTimeout }
        if case .awaiting(_, let since) = pulse, since.advanced(by: keepAliveTimeout) <= now {
            return .keepAliveTimeout
        }
        if let until = claims.first?.until, until <= now { return .useTimeout }
        return nil
    }
}

// MARK: - What we say

extension Conversation {
    /// Sends what is due and owed as far as credit goes, or ends what took too long; answers when
    /// anything is due next.
    mutating func settle(
        _ peer: PeerID,
        _ keepAliveTimeout: Duration,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Lifecycle.Report>
    ) -> Instant? {
        if let reason = timeout(now: now, keepAliveTimeout) {
            isOver = true
            outbox.stop(peer, reason)
            return nil
        }
        if case .resting(let until) = pulse, until <= now { pulse = .due }
        if isAdded { speak(to: peer, now: now, random: &random, into: &outbox) }
        return nextDeadline(keepAliveTimeout)
    }

    private mutating func speak(
        to peer: PeerID,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Lifecycle.Report>
    ) {
        func send(_ message: LifecycleMessage) -> Bool {
            outbox.send(message.bytes, on: .lifecycle, to: peer)
        }
        if owesHello {
            guard send(.hello(hello)) else { return }
            owesHello = false
        }
        if let cookie = owedCookie {
            guard send(.keepAliveReply(cookie: cookie)) else { return }
            owedCookie = nil
        }
        while let debt = debts.first, !debt.isLowering || owedReplyCount == 0 {
            guard send(.useAck(epoch: debt.epoch)) else { return }
            debts.removeFirst()
        }
        if let level = wanted, claims.count < Lifecycle.useLimit {
            guard send(.use(epoch: epoch + 1, level)) else { return }
            claim(level, now: now)
        }
        if case .due = pulse {
            let cookie = UInt32(truncatingIfNeeded: random.next())
            guard send(.keepAlive(cookie: cookie)) else { return }
            pulse = .awaiting(cookie: cookie, since: now)
        }
    }
}

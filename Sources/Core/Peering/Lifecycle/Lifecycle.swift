import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// The protocol that speaks of the connection itself, on channel 0x70.
///
/// ```
///  addPeer ──▶ Hello each way, once and first ──▶ KeepAlive ⇄ KeepAliveReply, every interval
///                                             └─▶ Use ⇄ UseAck, each direction on its own
/// ```
///
/// A peer that did not list the channel (a real CometBFT node) is reported `.without` and never
/// spoken to. What cannot be sent for want of credit is kept as an intent, never queued: one
/// Hello, one keep-alive, one reply, one wanted level and ``useLimit`` acknowledgements a peer.
///
/// Sources: design §4, §5, §17.2, §17.3; O§8.8.
package struct Lifecycle: Reactor {
    package struct Settings: Hashable, Sendable {
        /// What this node says of itself; it may change, for peers to come.
        package var hello: Hello
        /// How long the peer's Hello may take: the handshake timeout (design §17.3).
        package var helloTimeout: Duration = .seconds(3)
        /// From one reply to the next keep-alive (O§8.8: 10 s).
        package var keepAliveInterval: Duration = .seconds(10)
        /// How long a reply may take: that of upstream's StServer (O§8.8: 60 s).
        package var keepAliveTimeout: Duration = .seconds(60)

        package init(hello: Hello) { self.hello = hello }
    }

    /// What the node learns from here.
    package enum Report: Hashable, Sendable {
        /// The peer introduced itself: with us, it can be warm.
        case hello(PeerID, Hello)
        /// The time from a keep-alive to its reply.
        case roundTrip(PeerID, Duration)
        /// How much the peer uses us from now on.
        case usedBy(PeerID, Level)
        /// The peer acknowledged that we use it so much.
        case acknowledged(PeerID, Level)
        /// The peer does not speak this protocol: it can be warm, never hot.
        case without(PeerID)
    }

    /// How many Uses one end may have unacknowledged.
    package static let useLimit = 8
    /// How many keep-alives a peer may send in a second; an honest one waits for each reply and
    /// its interval.
    package static let keepAliveRateLimit = 10
    /// How long an acknowledgement may take: of hot to warm and of anything to none (O§3.13), and
    /// of a raise, which owes nothing to wait for: as a step of the handshake (O§8.11: 10 s).
    package static let lowerToWarmTimeout: Duration = .seconds(300)
    package static let lowerToNoneTimeout: Duration = .seconds(120)
    package static let raiseTimeout: Duration = .seconds(10)

    package let name = "lifecycle"
    package var settings: Settings
    var standings = Roster<PeerID, Standing>()
    /// No later than the soonest deadline of any peer; made exact when it is reached.
    private var soon: Instant?

    enum Standing: Hashable, Sendable {
        case without
        case talking(Conversation)

        func nextDeadline(_ settings: Settings) -> Instant? {
            switch self {
            case .without: nil
            case .talking(let conversation): conversation.nextDeadline(settings)
            }
        }
    }

    package init(settings: Settings) { self.settings = settings }

    package var channels: [ChannelDescriptor] {
        [
            ChannelDescriptor(
                id: .lifecycle,
                priority: 10,
                sendQueueLimit: 16,
                sendQueueByteLimit: 1 << 14,
                receiveMessageLimit: LifecycleMessage.byteLimit
            )
        ]
    }

    package var nextDeadline: Instant? { soon }

    package mutating func handle(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        switch event {
        case .initPeer(let peer):
            standings[peer.id] =
                peer.channels.contains(.lifecycle)
                ? .talking(Conversation(now: now, settings: settings)) : .without
            touch(peer.id)
        case .addPeer(let peer):
            if case .without = standings[peer.id] { outbox.report(.without(peer.id)) }
            change(peer.id) { $0.isAdded = true }
            settle(peer.id, now: now, random: &random, into: &outbox)
        case .receive(_, let bytes, let peer):
            receive(bytes, from: peer, now: now, into: &outbox)
            settle(peer, now: now, random: &random, into: &outbox)
        case .sendable(_, let peer):
            settle(peer, now: now, random: &random, into: &outbox)
        case .removePeer(let peer, _):
            standings.remove(peer)
        case .deadline:
            guard let due = soon, due <= now else { return }
            soon = nil
            for peer in standings.ids {
                if let next = deadline(of: peer), next > now {
                    // Nothing is due of it, and what waits for credit is told when there is some.
                    soon = soonest(soon, next)
                } else {
                    settle(peer, now: now, random: &random, into: &outbox)
                }
            }
        }
    }

    // MARK: - Rows

    func conversation(_ peer: PeerID) -> Conversation? {
        switch standings[peer] {
        case .talking(let conversation): conversation.isOver ? nil : conversation
        case .without, nil: nil
        }
    }

    mutating func change(_ peer: PeerID, _ body: (inout Conversation) -> Void) {
        guard var conversation = conversation(peer) else { return }
        body(&conversation)
        standings[peer] = .talking(conversation)
    }

    /// Ends the conversation, and with it the connection.
    mutating func fail(
        _ peer: PeerID,
        _ reason: CloseReason,
        into outbox: inout Outbox<Report>
    ) {
        change(peer) { $0.isOver = true }
        outbox.stop(peer, reason)
    }

    private mutating func touch(_ peer: PeerID) { soon = soonest(soon, deadline(of: peer)) }

    /// When anything of the peer is due, looked up where it stands: rows are dear to copy.
    private mutating func deadline(of peer: PeerID) -> Instant? {
        let settings = settings
        return standings.update(peer) { $0.nextDeadline(settings) } ?? nil
    }

    // MARK: - Steer

    /// Sends what is due and owed as far as credit goes, and ends what took too long.
    mutating func settle(
        _ peer: PeerID,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard var conversation = conversation(peer) else { return }
        if let reason = conversation.timeout(now: now, settings) {
            return fail(peer, reason, into: &outbox)
        }
        if case .resting(let until) = conversation.pulse, until <= now { conversation.pulse = .due }
        if conversation.isAdded {
            speak(peer, &conversation, now: now, random: &random, into: &outbox)
        }
        standings[peer] = .talking(conversation)
        touch(peer)
    }

    private func speak(
        _ peer: PeerID,
        _ conversation: inout Conversation,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        func send(_ message: LifecycleMessage) -> Bool {
            outbox.send(message.bytes, on: .lifecycle, to: peer)
        }
        if conversation.owesHello {
            guard send(.hello(conversation.hello)) else { return }
            conversation.owesHello = false
        }
        if let cookie = conversation.owedCookie {
            guard send(.keepAliveReply(cookie: cookie)) else { return }
            conversation.owedCookie = nil
        }
        while let debt = conversation.debts.first,
            !debt.isLowering || conversation.owedReplyCount == 0
        {
            guard send(.useAck(epoch: debt.epoch)) else { return }
            conversation.debts.removeFirst()
        }
        if let level = conversation.wanted, conversation.claims.count < Self.useLimit {
            guard send(.use(epoch: conversation.epoch + 1, level)) else { return }
            conversation.claim(level, now: now)
        }
        if case .due = conversation.pulse {
            let cookie = UInt32(truncatingIfNeeded: random.next())
            guard send(.keepAlive(cookie: cookie)) else { return }
            conversation.pulse = .awaiting(cookie: cookie, since: now)
        }
    }
}

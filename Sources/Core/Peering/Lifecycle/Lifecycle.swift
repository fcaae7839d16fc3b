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
    /// What is under way with each peer; nil with one that does not speak this protocol.
    var conversations = Roster<PeerID, Conversation?>()
    /// When each conversation is to be looked at, no later than its deadline; at the places of
    /// `conversations`, from which it stands apart so that a look at all of them is a short one.
    private var dues = Roster<PeerID, Instant>()
    /// No later than the soonest deadline of any peer; made exact when it is reached.
    package private(set) var nextDeadline: Instant?

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

    package mutating func handle(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        switch event {
        case .initPeer(let peer):
            let conversation = Conversation(now: now, settings: settings)
            let speaks = peer.channels.contains(.lifecycle)
            conversations[peer.id] = .some(speaks ? conversation : nil)
            dues[peer.id] = speaks ? .epoch : .distantFuture
            touch(peer.id)
        case .addPeer(let peer):
            let isWithout = conversations.read(peer.id) { $0 == nil }
            if isWithout == true { outbox.report(.without(peer.id)) }
            change(peer.id) { $0.isAdded = true }
            settle(peer.id, now: now, random: &random, into: &outbox)
        case .receive(_, let bytes, let peer):
            receive(bytes, from: peer, now: now, into: &outbox)
            settle(peer, now: now, random: &random, into: &outbox)
        case .sendable(_, let peer):
            settle(peer, now: now, random: &random, into: &outbox)
        case .removePeer(let peer, _):
            conversations.remove(peer)
            dues.remove(peer)
        case .deadline:
            if let due = nextDeadline, due <= now { wake(now: now, random: &random, into: &outbox) }
        }
    }

    // MARK: - Looking ahead, as a driver of very many nodes does

    package mutating func glance() -> Int {
        conversations.glance() &+ dues.glance()
            &+ Int(truncatingIfNeeded: nextDeadline?.nanoseconds ?? 0)
    }

    package mutating func glance(dueBy instant: Instant) -> Int {
        guard let nextDeadline, nextDeadline <= instant else { return 0 }
        var seen = 0
        for place in dues.rows.indices where dues.rows[place] <= instant {
            let debtCount = conversations.read(dues.ids[place]) { $0?.debts.count ?? 0 }
            seen &+= debtCount ?? 0
        }
        return seen
    }

    package mutating func glance(at peer: PeerID) -> Int {
        let due = dues.read(peer) { Int(truncatingIfNeeded: $0.nanoseconds) }
        let debtCount = conversations.read(peer) { $0?.debts.count ?? 0 }
        return (due ?? 0) &+ (debtCount ?? 0)
    }

    // MARK: - Rows

    /// A copy of what is under way with a peer: dear, so look where it stands when it is asked for
    /// often.
    func conversation(_ peer: PeerID) -> Conversation? {
        guard case .some(.some(let conversation)) = conversations[peer], !conversation.isOver else {
            return nil
        }
        return conversation
    }

    /// Changes what is under way with a peer, where it stands; nil if nothing is.
    @discardableResult
    mutating func change<Result>(
        _ peer: PeerID,
        _ body: (inout Conversation) -> Result
    ) -> Result? {
        let result: Result?? = conversations.update(peer) { row in
            row?.change { $0.isOver ? nil : body(&$0) } ?? nil
        }
        return result ?? nil
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

    private mutating func touch(_ peer: PeerID) {
        let limit = settings.keepAliveTimeout
        plan(peer, change(peer) { $0.nextDeadline(limit) })
    }

    /// Keeps when a conversation is due next: nil if there is none, or it is over.
    ///
    /// What has no deadline may wait for credit, and is looked at whenever anything is.
    private mutating func plan(_ peer: PeerID, _ next: Instant??) {
        guard let next else { return }
        dues.update(peer) { $0 = next ?? .epoch }
        nextDeadline = soonest(nextDeadline, next)
    }

    // MARK: - Steer

    /// Sends what is due and owed as far as credit goes, and ends what took too long.
    mutating func settle(
        _ peer: PeerID,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        let limit = settings.keepAliveTimeout
        let next = change(peer) {
            $0.settle(peer, limit, now: now, random: &random, into: &outbox)
        }
        plan(peer, next)
    }

    /// Settles with everybody of whom something may be due.
    private mutating func wake(
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        let limit = settings.keepAliveTimeout
        var least: Instant?
        // Moved, as what is changed cannot be looked into meanwhile.
        var dues = Roster<PeerID, Instant>()
        swap(&dues, &self.dues)
        dues.updateEach { peer, due in
            if due <= now {
                // What waits for credit is tried again too: nothing is due of it.
                let next = conversations.update(peer) { row in
                    row?.change { conversation -> Instant in
                        guard !conversation.isOver else { return .distantFuture }
                        let next = conversation.nextDeadline(limit)
                        if let next, next > now { return next }
                        return conversation.settle(
                            peer,
                            limit,
                            now: now,
                            random: &random,
                            into: &outbox
                        ) ?? .epoch
                    } ?? .distantFuture
                }
                due = next ?? .distantFuture
            }
            if due > .epoch, due < .distantFuture { least = soonest(least, due) }
        }
        swap(&dues, &self.dues)
        nextDeadline = least
    }
}

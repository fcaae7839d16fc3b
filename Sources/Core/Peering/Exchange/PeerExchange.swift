package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Asks peers for addresses and lets them ask us, on channel 0x00, in CometBFT's messages.
///
/// ```
/// we ask:     ask ─▶ open ── answer ──▶ .received
///                     └─ answerTimeout ─▶ .noAnswer; a late answer is still heeded
/// they ask:   request ─▶ limiter ─▶ .requested ─▶ answer(…) ─▶ sent
///                          └─ too soon ─▶ stop, .misbehaved
/// ```
///
/// It asks nobody by itself: ``ask(_:now:into:)`` is a command of the node (design §17.4), and the
/// node answers each `.requested` with ``answer(_:_:into:)``. Peers that did not list the channel
/// are as if they were not there.
///
/// What differs from CometBFT, on purpose (C§12): a request ends by a time-out, so that a silent
/// peer is not waited for as long as its connection lasts; and two requests to one peer are at
/// least ``Settings/askInterval`` apart, over all its connections, so that an honest pair never
/// bans itself. Source: C§7.
package struct PeerExchange: Reactor {
    private let settings: Settings
    private var lines = Roster<PeerID, Line>()
    /// When each peer was last asked, also after its connection is gone.
    private var askedAt = Roster<PeerID, Instant>()
    package private(set) var nextDeadline: Instant?

    package struct Settings: Hashable, Sendable {
        /// Off: no channel, and nothing happens (C§9, `pex = false`).
        package var isOn = true
        /// A seed answers an inbound peer once and hangs up.
        package var isSeed = false
        /// How long an answer may take.
        package var answerTimeout: Duration = .seconds(30)
        /// The least time between two requests to one peer, at any pace: the 10 s after which
        /// CometBFT bans, and a second for the road (design §17.5).
        package var askInterval: Duration = .seconds(11)

        package init() {}
    }

    package enum Report: Hashable, Sendable {
        /// The peer wants addresses; the node calls `answer`.
        case requested(PeerID)
        /// What the peer knows; ids are well formed, addresses not yet judged.
        case received(PeerID, [PeerAddress])
        /// The peer broke a rule; its connection is being ended, the node bans it.
        case misbehaved(PeerID, CloseReason)
        /// A request timed out, or its connection ended first.
        case noAnswer(PeerID)
    }

    /// Requests to one peer that may lie unanswered before we stop asking it.
    package static let unansweredLimit = 3
    /// How many peers' last requests are remembered; past it, nobody is asked for a while.
    package static let askedLimit = 4096

    /// What is between us and one peer that has the channel.
    private struct Line: Sendable {
        let isOutbound: Bool
        var stage = Stage.starting
        var limiter: RequestLimiter
        /// Whether a request of the peer waits for our answer.
        var owesAnswer = false
        /// A seed's one answer went out, or is about to.
        var isServed = false
        /// Our requests that the peer did not answer yet, the open one among them.
        var unansweredCount = 0
        /// When the open request times out; nil when none is open.
        var answerDueAt: Instant?
    }

    private enum Stage {
        /// Messages may come, but nothing may be sent yet.
        case starting
        case running
        /// We asked for its end.
        case stopped
    }

    package init(settings: Settings = Settings()) { self.settings = settings }

    package var name: String { "peer-exchange" }

    package var channels: [ChannelDescriptor] {
        guard settings.isOn else { return [] }
        return [
            ChannelDescriptor(
                id: .peerExchange,
                priority: 1,
                sendQueueLimit: 10,
                receiveMessageLimit: ExchangeMessage.byteLimit
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
            guard settings.isOn, peer.channels.contains(.peerExchange) else { return }
            lines[peer.id] = Line(
                isOutbound: peer.isOutbound,
                limiter: RequestLimiter(openedAt: now)
            )
        case .addPeer(let peer): start(peer.id, into: &outbox)
        case .receive(_, let bytes, let peer): receive(bytes, from: peer, now: now, into: &outbox)
        case .sendable(_, let peer):
            if lines[peer]?.owesAnswer == true { outbox.report(.requested(peer)) }
        case .removePeer(let peer, _):
            if settle(peer) { outbox.report(.noAnswer(peer)) }
            lines.remove(peer)
        case .deadline: expire(now: now, into: &outbox)
        }
    }
}

// MARK: - We ask

extension PeerExchange {
    /// Asks a peer for addresses; false when it cannot or must not be asked now.
    ///
    /// A true is followed by one `.received` or `.noAnswer`.
    package mutating func ask(
        _ peer: PeerID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) -> Bool {
        guard let line = lines[peer], line.stage == .running, line.answerDueAt == nil,
            line.unansweredCount < Self.unansweredLimit, mayAsk(peer, now: now),
            outbox.send(ExchangeMessage.request.bytes, on: .peerExchange, to: peer)
        else { return false }
        let dueAt = now.advanced(by: settings.answerTimeout)
        lines[peer]?.answerDueAt = dueAt
        nextDeadline = soonest(nextDeadline, dueAt)
        lines[peer]?.unansweredCount += 1
        askedAt[peer] = now
        return true
    }

    /// When a peer may be asked again; nil for at once, as far as time goes.
    package func askableAt(_ peer: PeerID, now: Instant) -> Instant? {
        guard let last = askedAt[peer] else { return nil }
        let next = last.advanced(by: settings.askInterval)
        return next > now ? next : nil
    }

    private mutating func mayAsk(_ peer: PeerID, now: Instant) -> Bool {
        guard askableAt(peer, now: now) == nil else { return false }
        guard askedAt.count >= Self.askedLimit, !askedAt.contains(peer) else { return true }
        for old in askedAt.ids where askableAt(old, now: now) == nil { askedAt.remove(old) }
        return askedAt.count < Self.askedLimit
    }

    private mutating func expire(now: Instant, into outbox: inout Outbox<Report>) {
        guard let nextDeadline, nextDeadline <= now else { return }
        for peer in lines.ids {
            guard let dueAt = lines[peer]?.answerDueAt, dueAt <= now else { continue }
            lines[peer]?.answerDueAt = nil
            outbox.report(.noAnswer(peer))
        }
        findDeadline()
    }

    /// Closes the open request to a peer; false when none was open.
    @discardableResult
    private mutating func settle(_ peer: PeerID) -> Bool {
        guard let dueAt = lines[peer]?.answerDueAt else { return false }
        lines[peer]?.answerDueAt = nil
        if dueAt == nextDeadline { findDeadline() }
        return true
    }

    private mutating func findDeadline() {
        nextDeadline = lines.rows.reduce(nil) { soonest($0, $1.answerDueAt) }
    }
}

// MARK: - They ask

extension PeerExchange {
    /// Answers a peer's request, with as many of `addresses` as one message takes.
    ///
    /// Without credit nothing is sent, and `.requested` comes again when there is some. A seed ends
    /// the connection with its answer. False when the peer waits for none.
    @discardableResult
    package mutating func answer(
        _ peer: PeerID,
        _ addresses: [PeerAddress],
        into outbox: inout Outbox<Report>
    ) -> Bool {
        guard let line = lines[peer], line.owesAnswer, line.stage == .running,
            outbox.send(
                ExchangeMessage.answer(addresses).bytes,
                on: .peerExchange,
                to: peer
            )
        else { return false }
        lines[peer]?.owesAnswer = false
        if line.isServed {
            lines[peer]?.stage = .stopped
            outbox.stop(peer, .seedAnswered, flush: true)
        }
        return true
    }

    private mutating func start(_ peer: PeerID, into outbox: inout Outbox<Report>) {
        guard let line = lines[peer], line.stage == .starting else { return }
        lines[peer]?.stage = .running
        if line.owesAnswer { outbox.report(.requested(peer)) }
    }

    private mutating func receive(
        _ bytes: [UInt8],
        from peer: PeerID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        guard let line = lines[peer], line.stage != .stopped else { return }
        do throws(ExchangeMessage.Flaw) {
            switch try ExchangeMessage(bytes) {
            case .request: takeRequest(of: peer, line, now: now, into: &outbox)
            case .addresses(let addresses): take(addresses, from: peer, line, into: &outbox)
            }
        } catch {
            refuse(peer, .badMessage, into: &outbox)
        }
    }

    private mutating func takeRequest(
        of peer: PeerID,
        _ line: Line,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        if settings.isSeed, !line.isOutbound {
            guard !line.isServed else { return }
            lines[peer]?.isServed = true
        } else if lines[peer]?.limiter.grants(now: now) == false {
            refuse(peer, .requestTooSoon, into: &outbox)
            return
        }
        // Requests that come before the answer to the last went out are one request.
        lines[peer]?.owesAnswer = true
        if line.stage == .running, !line.owesAnswer { outbox.report(.requested(peer)) }
    }

    private mutating func take(
        _ addresses: [AnnouncedAddress],
        from peer: PeerID,
        _ line: Line,
        into outbox: inout Outbox<Report>
    ) {
        guard line.unansweredCount > 0 else {
            refuse(peer, .unsolicitedMessage, into: &outbox)
            return
        }
        lines[peer]?.unansweredCount -= 1
        settle(peer)
        outbox.report(.received(peer, addresses.compactMap(\.peerAddress)))
    }

    private mutating func refuse(
        _ peer: PeerID,
        _ reason: CloseReason,
        into outbox: inout Outbox<Report>
    ) {
        let wasAsked = settle(peer)
        lines[peer]?.stage = .stopped
        lines[peer]?.owesAnswer = false
        outbox.stop(peer, reason)
        outbox.report(.misbehaved(peer, reason))
        if wasAsked { outbox.report(.noAnswer(peer)) }
    }
}

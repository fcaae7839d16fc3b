package import WarrenChain
package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Follows the chains of the peers that a node uses, on channel 0x71.
///
/// ```
///            FindIntersect        IntersectFound        RollBackward
///  .follow ──▶ asking ──▶ intersecting ──▶ confirming ──▶ following ◀─┐ RollForward, RollBackward
///                ▲             │ our own chain moved        │  └──────┘
///                └─────────────┘                            │
///  ended ◀── .unfollow; no point in common above our anchor ┘
/// ```
///
/// Replies are asked for ahead, so that no header waits for a round trip; while one is owed:
///
/// ```
///  canAwait (10 s) ──▶ reply                         a reply that is owed besides: canAwait again
///        └─ AwaitReply ──▶ mustReply (601 to 911 s, none for trustable peers) ──▶ reply
/// ```
///
/// Headers are read and linked here, and judged by whoever gets them. What a `.send` holds has spent
/// its credit already. Source: O§8.5.
package struct ChainClient: Sendable {
    package struct Settings: Hashable, Sendable {
        package var genesisID: Hash
        /// How many blocks a node may take back: k.
        package var securityParameter: Int

        package init(genesisID: Hash, securityParameter: Int) {
            self.genesisID = genesisID
            self.securityParameter = securityParameter
        }

        /// How many headers a peer may take back at once: one may be shown above its tip.
        var rollBackLimit: Int { securityParameter + 1 }
    }

    package enum Input: Hashable, Sendable {
        /// The peer acknowledged that it is hot: its chain is of interest from now on.
        ///
        /// Of a trustable local root any silence at the tip is taken.
        case follow(PeerID, isTrustable: Bool)
        /// The peer is to be hot no longer; what it still owes is ignored.
        case unfollow(PeerID)
        /// A message that is no request.
        case received(ChainMessage, from: PeerID)
        case sendable(PeerID)
        /// The connection is gone.
        case removed(PeerID)
        /// Our own chain is another than before.
        case chainChanged
        case deadline
    }

    package enum Effect: Hashable, Sendable {
        case send(PeerID, [UInt8])
        /// The peer's chain and ours have this block in common; its candidate begins.
        case intersected(PeerID, Point, tip: Point)
        /// These follow on the peer's candidate; their links are right, and nothing else is looked
        /// at.
        case headers(PeerID, [Header], tip: Point)
        case rolledBack(PeerID, to: Point, tip: Point)
        /// The peer's chain is of no use to us, and that is no offence: it has nothing in common
        /// with what we cannot take back, or is that far behind.
        case ended(PeerID, CloseReason)
        case stop(PeerID, CloseReason)
    }

    /// How long the server may take in StIntersect and in StCanAwait: shortWait.
    package static let shortWait: Duration = .seconds(10)
    /// Between which a limit for StMustReply is drawn.
    package static let replyLimits = (least: Duration.seconds(601), most: Duration.seconds(911))
    /// How many replies are asked for at once, and at how many the next are.
    ///
    /// Ten messages of 64 KB cover 100 ms of a link of 50 Mbit/s.
    package static let openLimit = 10
    package static let openLow = 5
    /// How many headers a candidate may be ahead of our own tip, besides k, until its peer is asked
    /// for no more.
    ///
    /// What is fetched at once, ``BlockFetcher/windowLimit``, lies within; and k more, so that what is
    /// fetched can be rolled back by a peer that we owe a request.
    package static let aheadLimit = 4096
    /// How often a peer may go back before its chain is longer than it ever was.
    ///
    /// Nobody leaves a chain but for a better one, or a header whose body did not come: an honest peer
    /// goes back for each rival of its tip, and those of one producer for one slot are eight at most
    /// (``Blockchain/Limits/headersTakenPerSlot``). Eight such producers are room enough.
    package static let rollBackCountLimit = 64

    package let settings: Settings
    var sessions = Roster<PeerID, Session>()
    /// The chains of those that are followed, for ``BlockFetcher`` to see.
    package internal(set) var candidates = Roster<PeerID, Candidate>()
    /// No later than the soonest deadline of any peer.
    private var soon: Instant?

    /// What is under way with one peer.
    struct Session: Hashable {
        var phase: Phase
        var isTrustable: Bool
        /// Replies that the server owes.
        var openCount = 0
        var wait = Wait.none
        /// The peer's own tip, as it last said.
        var tip = Point.origin
        /// How high its chain ever reached, and how often it went back since.
        var reach: UInt64 = 0
        var rollBackCount = 0
        /// Replies, and answers to FindIntersect, that were asked for before the peer was let go,
        /// and may still come.
        var staleReplyCount = 0
        var staleAnswerCount = 0
    }

    enum Phase: Hashable {
        /// A FindIntersect is due, as soon as there is credit.
        case asking
        case intersecting([Point])
        /// The server's first reply must be a roll back.
        case confirming
        case following
        case ended
        /// The peer broke a rule and is being stopped: nothing of it counts.
        case over
    }

    enum Wait: Hashable {
        case none
        case intersect(until: Instant)
        case canAwait(until: Instant)
        case mustReply(until: Instant?)

        var until: Instant? {
            switch self {
            case .none: nil
            case .intersect(let until), .canAwait(let until): until
            case .mustReply(let until): until
            }
        }
    }

    package init(settings: Settings) { self.settings = settings }

    package var nextDeadline: Instant? { soon }

    /// Whether somebody is followed, all of them have nothing more to show, and no chain of theirs is
    /// better than one that ends with `tip`.
    ///
    /// Source: O§9.6.
    package func isIdle(at tip: Point) -> Bool {
        var isFollowing = false
        for (peer, session) in zip(sessions.ids, sessions.rows) {
            switch (session.phase, session.wait) {
            case (.ended, _), (.over, _): continue
            case (.following, .mustReply): break
            case (.following, _), (.asking, _), (.intersecting, _), (.confirming, _): return false
            }
            isFollowing = true
            guard let shown = candidates[peer]?.tip else { return false }
            let isLower = shown.id.map { id in tip.id.map { id < $0 } ?? true } ?? false
            if shown.height > tip.height || shown.height == tip.height && isLower { return false }
        }
        return isFollowing
    }

    package mutating func handle(
        _ input: Input,
        chain: some ChainReading,
        now: Instant,
        random: inout Random,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        switch input {
        case .follow(let peer, let isTrustable):
            follow(peer, isTrustable)
            settle(peer, chain, now: now, credit: &credit, into: &effects)
        case .unfollow(let peer): unfollow(peer)
        case .received(let message, let peer):
            guard let session = sessions[peer] else {
                return effects.append(.stop(peer, .unsolicitedMessage))
            }
            guard session.phase != .over else { return }
            receive(message, peer, chain, now: now, random: &random, into: &effects)
            settle(peer, chain, now: now, credit: &credit, into: &effects)
        case .sendable(let peer): settle(peer, chain, now: now, credit: &credit, into: &effects)
        case .removed(let peer):
            sessions.remove(peer)
            candidates.remove(peer)
        case .chainChanged:
            for peer in sessions.ids {
                settle(peer, chain, now: now, credit: &credit, into: &effects)
            }
        case .deadline:
            guard let due = soon, due <= now else { return }
            soon = nil
            for peer in sessions.ids {
                if let until = sessions[peer]?.wait.until, until <= now {
                    fail(peer, .chainTimeout, into: &effects)
                }
                touch(peer)
            }
        }
    }

    // MARK: - Rows

    private mutating func follow(_ peer: PeerID, _ isTrustable: Bool) {
        var session = sessions[peer] ?? Session(phase: .ended, isTrustable: isTrustable)
        guard session.phase == .ended else { return }
        session.phase = .asking
        session.isTrustable = isTrustable
        sessions[peer] = session
    }

    private mutating func unfollow(_ peer: PeerID) {
        guard var session = sessions[peer], session.phase != .over else { return }
        if case .intersecting = session.phase { session.staleAnswerCount += 1 }
        session.end()
        sessions[peer] = session
        candidates.remove(peer)
    }

    mutating func fail(_ peer: PeerID, _ reason: CloseReason, into effects: inout [Effect]) {
        _ = sessions.update(peer) { session in
            session.phase = .over
            session.wait = .none
        }
        candidates.remove(peer)
        effects.append(.stop(peer, reason))
    }

    mutating func touch(_ peer: PeerID) { soon = soonest(soon, sessions[peer]?.wait.until) }

    // MARK: - Steer

    /// Asks for what should be asked for, as far as credit goes.
    private mutating func settle(
        _ peer: PeerID,
        _ chain: some ChainReading,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        guard var session = sessions[peer] else { return }
        func send(_ message: ChainMessage) -> Bool {
            let bytes = message.bytes
            guard credit.spend(peer, GossipChannel.chain, bytes: bytes.count) else { return false }
            effects.append(.send(peer, bytes))
            return true
        }
        switch session.phase {
        case .asking:
            let points = chain.intersectionPoints
            guard send(.findIntersect(points)) else { return }
            session.phase = .intersecting(points)
            session.wait = .intersect(until: now.advanced(by: Self.shortWait))
        case .confirming, .following:
            trim(peer, chain)
            guard session.openCount <= Self.openLow, !isFarAhead(peer, chain) else { break }
            guard send(.requestNext(count: Self.openLimit - session.openCount)) else { return }
            if session.openCount == 0 {
                session.wait = .canAwait(until: now.advanced(by: Self.shortWait))
            }
            session.openCount = Self.openLimit
        case .intersecting, .ended, .over: break
        }
        sessions[peer] = session
        touch(peer)
    }

    private func isFarAhead(_ peer: PeerID, _ chain: some ChainReading) -> Bool {
        guard let tip = candidates[peer]?.tip.height, tip > chain.tip.height else { return false }
        return tip - chain.tip.height >= UInt64(Self.aheadLimit + settings.securityParameter)
    }

    /// A candidate keeps what its peer may roll back, and what is not ours yet.
    private mutating func trim(_ peer: PeerID, _ chain: some ChainReading) {
        let depth = UInt64(settings.rollBackLimit)
        let anchor = chain.anchor.height
        _ = candidates.update(peer) { candidate in
            guard candidate.tip.height > depth else { return }
            candidate.trim(below: min(anchor, candidate.tip.height - depth))
        }
    }
}

extension ChainClient.Session {
    /// Takes note of how high the peer's chain is.
    mutating func climb(to height: UInt64) {
        guard height > reach else { return }
        (reach, rollBackCount) = (height, 0)
    }

    /// Asks for nothing more; what is owed may still come.
    mutating func end() {
        staleReplyCount += openCount
        openCount = 0
        wait = .none
        phase = .ended
    }
}

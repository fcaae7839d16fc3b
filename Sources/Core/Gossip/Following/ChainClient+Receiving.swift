import WarrenChain
import WarrenObservation
import WarrenPrimitives

// MARK: - What servers say

extension ChainClient {
    mutating func receive(
        _ message: ChainMessage,
        _ peer: PeerID,
        _ chain: some ChainReading,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch message {
        case .findIntersect, .requestNext: fail(peer, .unsolicitedMessage, into: &effects)
        case .intersectFound(let point, let tip):
            guard let points = answered(peer, into: &effects) else { return }
            guard points.contains(point) else { return fail(peer, .badMessage, into: &effects) }
            intersect(peer, point, tip: tip, chain, into: &effects)
        case .intersectNotFound:
            guard answered(peer, into: &effects) != nil else { return }
            end(peer, into: &effects)
        case .awaitReply: wait(peer, now: now, random: &random, into: &effects)
        case .rollForward(let headers, let tip):
            guard replied(peer, .following, tip: tip, now: now, into: &effects) else { return }
            for header in headers {
                let genesisID = settings.genesisID
                guard candidates.update(peer, { $0.append(header, genesisID: genesisID) }) == true
                else { return fail(peer, .badHeader, into: &effects) }
            }
            let height = candidates[peer]?.tip.height ?? 0
            _ = sessions.update(peer) { $0.climb(to: height) }
            effects.append(.headers(peer, headers, tip: tip))
        case .rollBackward(let point, let tip):
            // The first only says where the two chains part.
            let isCounted = sessions[peer]?.phase == .following
            guard replied(peer, .confirming, tip: tip, now: now, into: &effects) else { return }
            if isCounted { _ = sessions.update(peer) { $0.rollBackCount += 1 } }
            rollBack(peer, to: point, tip: tip, into: &effects)
        }
    }

    /// The points of the FindIntersect that was answered just now; nil when the answer is not wanted
    /// any more, or never was.
    private mutating func answered(_ peer: PeerID, into effects: inout [Effect]) -> [Point]? {
        guard var session = sessions[peer] else { return nil }
        if session.staleAnswerCount > 0 {
            session.staleAnswerCount -= 1
            sessions[peer] = session
            return nil
        }
        guard case .intersecting(let points) = session.phase else {
            fail(peer, .unsolicitedMessage, into: &effects)
            return nil
        }
        // The server forgot what it owed when it was asked, and answers in order.
        session.staleReplyCount = 0
        session.wait = .none
        sessions[peer] = session
        return points
    }

    private mutating func intersect(
        _ peer: PeerID,
        _ point: Point,
        tip: Point,
        _ chain: some ChainReading,
        into effects: inout [Effect]
    ) {
        let anchor = chain.anchor
        guard point.height >= anchor.height else { return end(peer, into: &effects) }
        var candidate = Candidate(base: anchor)
        for height in anchor.height..<point.height {
            guard let header = chain.header(at: height + 1) else { break }
            guard candidate.append(header, genesisID: settings.genesisID) else { break }
        }
        guard candidate.contains(point) else {
            // Our own chain went another way since it was asked for.
            _ = sessions.update(peer) { $0.phase = .asking }
            return
        }
        candidates[peer] = candidate
        _ = sessions.update(peer) { session in
            session.phase = .confirming
            session.tip = tip
            session.climb(to: point.height)
        }
        effects.append(.intersected(peer, point, tip: tip))
    }

    private mutating func end(_ peer: PeerID, into effects: inout [Effect]) {
        _ = sessions.update(peer) { $0.end() }
        effects.append(.ended(peer, .forkTooDeep))
    }

    /// Takes a reply off those that are owed; `phase` is the first in which it may come.
    ///
    /// Answers false when it is not wanted any more, or never was.
    private mutating func replied(
        _ peer: PeerID,
        _ phase: Phase,
        tip: Point,
        now: Instant,
        into effects: inout [Effect]
    ) -> Bool {
        guard var session = sessions[peer] else { return false }
        if session.isStale {
            session.staleReplyCount -= 1
            sessions[peer] = session
            return false
        }
        guard session.openCount > 0, session.phase == phase || session.phase == .following else {
            fail(peer, .unsolicitedMessage, into: &effects)
            return false
        }
        session.openCount -= 1
        session.wait =
            session.openCount > 0
            ? .canAwait(until: now.advanced(by: Self.shortWait)) : .none
        session.tip = tip
        session.phase = .following
        sessions[peer] = session
        return true
    }

    private mutating func rollBack(
        _ peer: PeerID,
        to point: Point,
        tip: Point,
        into effects: inout [Effect]
    ) {
        guard sessions[peer].map({ $0.rollBackCount <= Self.rollBackCountLimit }) == true else {
            return fail(peer, .forkFlood, into: &effects)
        }
        let depth = settings.rollBackLimit
        switch candidates.update(peer, { $0.rollBack(to: point, atMost: depth) }) {
        case .done: effects.append(.rolledBack(peer, to: point, tip: tip))
        case .tooDeep: fail(peer, .forkTooDeep, into: &effects)
        case .unknown, nil: fail(peer, .badMessage, into: &effects)
        }
    }

    /// The server has nothing more for now.
    ///
    /// One that told of a tip above what it sent has: chains that are followed never get shorter.
    private mutating func wait(
        _ peer: PeerID,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard var session = sessions[peer], !session.isStale else { return }
        guard case .following = session.phase, case .canAwait = session.wait,
            let candidate = candidates[peer], session.tip.height <= candidate.tip.height
        else { return fail(peer, .unsolicitedMessage, into: &effects) }
        let limit = random.duration(from: Self.replyLimits.least, to: Self.replyLimits.most)
        session.wait = .mustReply(until: session.isTrustable ? nil : now.advanced(by: limit))
        sessions[peer] = session
    }
}

extension ChainClient.Session {
    /// Whether replies that come now were owed before the peer was let go.
    fileprivate var isStale: Bool {
        switch phase {
        case .asking, .intersecting, .ended: staleReplyCount > 0
        case .confirming, .following, .over: false
        }
    }
}

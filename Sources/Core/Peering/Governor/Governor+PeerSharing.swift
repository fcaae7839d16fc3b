import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Peers asked together, and what they answered so far.
    ///
    /// Answers are used when all are in or 3 s have passed, those that come later when all are in
    /// or 10 s have passed; the rest counts for nothing. Source: O§3.6.5.
    struct ShareBatch: Hashable, Sendable {
        /// How many peers of it count as under way.
        var askedCount: Int
        var unanswered: [PeerID]
        var found: [PeerID] = []
        /// When the current wait is over.
        var until: Instant
        /// The wait for the late ones, if that is still to come.
        var lateLimitAt: Instant?
    }

    /// How many peers are under way with a request.
    var shareRequestCount: Int { shareBatches.reduce(0) { $0 + $1.askedCount } }

    var askableCount: Int { census.ordinary.askable + census.bigLedger.askable }

    /// Asks established peers whom they know.
    ///
    /// Source: O§3.6.5.
    mutating func askPeers(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        let possible = Policy.shareLimit - shareRequestCount
        guard settings.sharesPeers, possible > 0, askableCount > 0 else { return false }
        let picks = random.sample(possible, of: peers(where: \.isAskable))
        let wanted = (targets.known - census.ordinary.known) / picks.count
        let amount = min(max(wanted, Policy.askedRange.lowerBound), Policy.askedRange.upperBound)
        let pause = max(paced(Policy.askAgainDuration), Policy.askFloor)
        for peer in picks {
            revise(peer) {
                $0.asking = .waiting(until: now.advanced(by: pause))
                $0.lastAskedAt = now
            }
            effects.append(.ask(peer, amount: amount))
        }
        shareBatches.append(
            ShareBatch(
                askedCount: picks.count,
                unanswered: picks,
                until: now.advanced(by: Policy.batchDuration),
                lateLimitAt: now.advanced(by: Policy.batchLimitDuration)
            )
        )
        return true
    }

    /// Takes one peer's answer; one that nobody waits for is left to the address book.
    mutating func absorbAnswer(
        by peer: PeerID,
        _ peers: [PeerID],
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        for place in shareBatches.indices {
            guard let asked = shareBatches[place].unanswered.firstIndex(of: peer) else { continue }
            shareBatches[place].unanswered.remove(at: asked)
            shareBatches[place].found += peers.prefix(Policy.askedRange.upperBound)
        }
        closeShareBatches(now: now, random: &random, into: &effects)
    }

    /// Uses the answers of batches that are complete or have waited long enough.
    mutating func closeShareBatches(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        var place = 0
        while place < shareBatches.count {
            let batch = shareBatches[place]
            guard batch.unanswered.isEmpty || batch.until <= now else {
                place += 1
                continue
            }
            if let limit = batch.lateLimitAt, !batch.unanswered.isEmpty {
                shareBatches[place].askedCount = batch.unanswered.count
                shareBatches[place].found = []
                shareBatches[place].until = limit
                shareBatches[place].lateLimitAt = nil
                // Looked at again: the longer wait may be over too.
            } else {
                shareBatches.remove(at: place)
            }
            use(batch.found, now: now, random: &random, into: &effects)
        }
    }

    /// Learns those that are new, at random as many as are wanted.
    private mutating func use(
        _ found: [PeerID],
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard permitsProgress else { return }
        var seen: Set<PeerID> = []
        let new = found.filter { !known.contains($0) && seen.insert($0).inserted }
        let room = targets.known - census.ordinary.known
        for peer in random.sample(room, of: new) {
            learn(peer, from: .peerExchange, advertise: .advertised, now: now, into: &effects)
        }
    }
}

import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Makes one peer of two handles.
    ///
    /// The better standing and the higher temperature stay; between equals, the one with a job
    /// under way, then `peer`. Transitions say it all: `other` becomes unknown and `peer` takes its
    /// temperature if that is higher. Source: design §17.1.
    mutating func merge(
        _ other: PeerID,
        into peer: PeerID,
        now: Instant,
        random: inout Random,
        effects: inout [Effect]
    ) {
        guard peer != other else { return }
        rename(other, to: peer)
        if let otherRow = known[other] {
            drop(other, .merged, into: &effects)
            if let row = known[peer] {
                join(peer, row, with: otherRow, now: now, into: &effects)
            } else {
                var moved = otherRow
                moved.changedAt = now
                moved.lastReason = .merged
                enter(peer, moved, .merged, into: &effects)
            }
        }
        regroup(demotesRemoved: false, now: now, into: &effects)
        closeShareBatches(now: now, random: &random, into: &effects)
    }

    private mutating func join(
        _ peer: PeerID,
        _ row: KnownPeer,
        with other: KnownPeer,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let prefersOther =
            (other.temperature, other.phase.destination == nil ? 0 : 1)
            > (row.temperature, row.phase.destination == nil ? 0 : 1)
        let pause = max(paced(Policy.askAgainDuration), Policy.askFloor)
        revise(peer) {
            if prefersOther {
                $0.phase = other.phase
                $0.failCount = other.failCount
                $0.forgivenAt = other.forgivenAt
                $0.asking = other.asking
                $0.score = other.score
            }
            let sharing = prefersOther ? (other, row) : (row, other)
            $0.sharing = sharing.0.sharing == .unknown ? sharing.1.sharing : sharing.0.sharing
            if other.standing.rank < row.standing.rank { $0.standing = other.standing }
            if $0.advertise == .unknown { $0.advertise = other.advertise }
            $0.isTepid = row.isTepid || other.isTepid
            $0.hasConnected = row.hasConnected || other.hasConnected
            $0.lastAskedAt = [row.lastAskedAt, other.lastAskedAt].compactMap(\.self).max()
            if let lastAskedAt = $0.lastAskedAt, $0.asking != .never {
                let askAt = max(lastAskedAt.advanced(by: pause), $0.time(of: .ask) ?? now)
                $0.asking = askAt > now ? .waiting(until: askAt) : .available
            }
        }
        guard other.temperature > row.temperature, let joined = known[peer] else { return }
        revise(peer) {
            $0.changedAt = now
            $0.lastReason = .merged
        }
        effects.append(
            .transition(
                peer,
                from: row.temperature,
                to: joined.temperature,
                .merged,
                joined.source
            )
        )
    }

    /// Puts `peer` wherever `other` is meant.
    private mutating func rename(_ other: PeerID, to peer: PeerID) {
        for place in configuredGroups.indices {
            let members = configuredGroups[place].members
            guard members.contains(other) else { continue }
            configuredGroups[place].members = members.map { $0 == other ? peer : $0 }
        }
        if let place = inboundPeers.firstIndex(where: { $0.peer == other }) {
            if inboundPeers.contains(where: { $0.peer == peer }) {
                inboundPeers.remove(at: place)
            } else {
                inboundPeers[place].peer = peer
            }
        }
        for place in shareBatches.indices {
            let batch = shareBatches[place]
            shareBatches[place].found = batch.found.map { $0 == other ? peer : $0 }
            guard let asked = batch.unanswered.firstIndex(of: other) else { continue }
            if shareBatches.contains(where: { $0.unanswered.contains(peer) }) {
                shareBatches[place].unanswered.remove(at: asked)
            } else {
                shareBatches[place].unanswered[asked] = peer
            }
        }
    }

    /// Forgets a peer on the node's word; it stays unknown until it is offered again.
    mutating func forget(
        _ peer: PeerID,
        _ reason: Reason,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        for place in configuredGroups.indices {
            configuredGroups[place].members.removeAll { $0 == peer }
        }
        inboundPeers.removeAll { $0.peer == peer }
        for place in shareBatches.indices { shareBatches[place].found.removeAll { $0 == peer } }
        drop(peer, reason, into: &effects)
        regroup(demotesRemoved: false, now: now, into: &effects)
        absorbAnswer(by: peer, [], now: now, random: &random, into: &effects)
    }
}

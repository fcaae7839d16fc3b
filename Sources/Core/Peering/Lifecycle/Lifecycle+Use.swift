package import WarrenPrimitives
package import WarrenSwitch

// MARK: - What the node asks for

extension Lifecycle {
    /// Announces how much this node uses the peer from now on; `.acknowledged` with that level
    /// follows, at once when it holds already.
    ///
    /// Wanting another level before the announcement could be sent replaces it. Answers false when
    /// the peer is not there, or is to be hot but does not speak this protocol (design §4).
    @discardableResult
    package mutating func use(
        _ peer: PeerID,
        _ level: Level,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) -> Bool {
        switch conversations[peer] {
        case nil: return false
        case .some(nil):
            guard level < .hot else { return false }
            outbox.report(.acknowledged(peer, level))
            return true
        case .some(let conversation?):
            guard !conversation.isOver else { return false }
            if level != conversation.level {
                change(peer) { $0.wanted = level }
                settle(peer, now: now, random: &random, into: &outbox)
            } else {
                change(peer) { $0.wanted = nil }
                if conversation.claims.isEmpty { outbox.report(.acknowledged(peer, level)) }
            }
            return true
        }
    }

    /// Another reactor owes the peer one more reply: a lowering is not acknowledged before it.
    package mutating func hold(_ peer: PeerID) { change(peer) { $0.owedReplyCount += 1 } }

    /// A reply that ``hold(_:)`` announced is on its way.
    ///
    /// The acknowledgement that waited for the last one goes out.
    package mutating func release(
        _ peer: PeerID,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        change(peer) { $0.owedReplyCount = max(0, $0.owedReplyCount - 1) }
        settle(peer, now: now, random: &random, into: &outbox)
    }

    /// True when the peer has acknowledged everything that was announced to it, and nothing is
    /// still to be announced.
    package func isSettled(_ peer: PeerID) -> Bool {
        guard let conversation = conversation(peer) else { return true }
        return conversation.claims.isEmpty && conversation.wanted == nil
    }

    /// How much the peer uses us, as it last said.
    package func usedBy(_ peer: PeerID) -> Level { conversation(peer)?.theirLevel ?? .none }

    /// How much we use the peer, as we last said.
    package func level(_ peer: PeerID) -> Level { conversation(peer)?.level ?? .none }

    /// What we say of ourselves on the peer's connection.
    package func announced(to peer: PeerID) -> Hello? { conversation(peer)?.hello }

    /// True once the peer introduced itself.
    package func isGreeted(_ peer: PeerID) -> Bool { conversation(peer)?.greeting == .received }
}

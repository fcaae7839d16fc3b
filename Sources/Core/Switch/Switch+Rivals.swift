import WarrenObservation
package import WarrenPrimitives

// MARK: - Connections that the other end gave up for another one

/// When two nodes dial each other at once, the end that keeps one connection hangs up the other,
/// and its hang-up may come before the other end knows whose the one that stays is.
///
/// So an end that is hung up on while a socket from the same place is in handshake waits for that
/// one: it answers the dial, and nothing has failed. If it turns out to be nobody's, or somebody
/// else's, the dial has failed then. Source: design §4, §17.3.
extension Switch {
    /// What waits for the connection that took its place.
    struct Yield: Hashable, Sendable {
        var peer: PeerID
        var id: NodeID?
        /// Where the other connection must come from.
        var ip: IPAddress
        /// Why this one ended, which is said if no other comes.
        var reason: CloseReason
        var until: Instant
        /// The node asked for it and has not been answered.
        var owesAnswer: Bool
    }

    /// True while another connection of a peer, dialed by either end, may still come up.
    package func awaitsRival(_ peer: PeerID) -> Bool {
        yields.contains { $0.peer == peer } || isDialing(peer)
    }

    /// Has a connection that ended wait for its rival, if there may be one; false if not.
    mutating func yield(
        _ peer: PeerID,
        _ id: NodeID?,
        at ip: IPAddress,
        _ reason: CloseReason,
        owesAnswer: Bool,
        now: Instant
    ) -> Bool {
        guard phase == .open, reason.isHangUp, hasRival(at: ip) else { return false }
        let until = now.advanced(by: Self.standbyTimeout)
        yields.append(
            Yield(
                peer: peer,
                id: id,
                ip: ip,
                reason: reason,
                until: until,
                owesAnswer: owesAnswer
            )
        )
        return true
    }

    private func hasRival(at ip: IPAddress) -> Bool {
        sockets.rows.contains { socket in
            if case .handshaking(let remote) = socket { remote.ip == ip } else { false }
        }
    }

    /// The rival is up: that is the answer.
    mutating func settleYields(with peer: Peer, into effects: inout [Effect]) {
        guard !yields.isEmpty else { return }
        for yield in yields where yield.owesAnswer && yield.peer != peer.id {
            guard yield.id == peer.nodeID else { continue }
            effects.append(.dialFailed(yield.peer, .duplicateConnection))
        }
        yields.removeAll { $0.peer == peer.id || $0.id == peer.nodeID }
    }

    /// Ends those whose time is over or whose rivals came to nothing.
    mutating func expireYields(now: Instant, into effects: inout [Effect]) {
        guard !yields.isEmpty else { return }
        for yield in yields where yield.until <= now || !hasRival(at: yield.ip) {
            fail(yield, yield.reason, into: &effects)
        }
    }

    mutating func failYields(
        _ reason: CloseReason,
        of id: NodeID? = nil,
        into effects: inout [Effect]
    ) {
        for yield in yields where id == nil || yield.id == id {
            fail(yield, reason, into: &effects)
        }
    }

    private mutating func fail(
        _ yield: Yield,
        _ reason: CloseReason,
        into effects: inout [Effect]
    ) {
        yields.removeAll { $0 == yield }
        if yield.owesAnswer { effects.append(.dialFailed(yield.peer, reason)) }
        if let id = yield.id, handles[id] == nil { countFailure(of: id) }
    }

    /// Has one that waits answer for the node too; false if there is none.
    mutating func joinYield(_ peer: PeerID) -> Bool {
        guard let place = yields.firstIndex(where: { $0.peer == peer && !$0.owesAnswer }) else {
            return false
        }
        yields[place].owesAnswer = true
        return true
    }
}

extension CloseReason {
    /// True when the other end ended the connection without a word.
    var isHangUp: Bool {
        self == .closedByPeer || self == .resetByPeer || self == .inputOutputError
    }
}

package import WarrenPrimitives

// MARK: - Looking ahead

extension Switch {
    /// Looks at what the next message will be looked up in; the number means nothing.
    package mutating func glance() -> Int {
        sockets.glance() &+ members.glance() &+ credit.glance() &+ owners.count &+ aliases.count
            &+ Int(truncatingIfNeeded: nextDeadline?.nanoseconds ?? 0)
    }

    /// Looks at what a message on `connection` will look at; who it is from, if anybody.
    package mutating func glance(at connection: ConnectionID) -> (peer: PeerID, seen: Int)? {
        guard case .up(let peer) = sockets[connection] else { return nil }
        let seen = members.read(peer) { Int(truncatingIfNeeded: $0.connectedAt.nanoseconds) }
        return (peer, (seen ?? 0) &+ credit.glance(at: peer))
    }
}

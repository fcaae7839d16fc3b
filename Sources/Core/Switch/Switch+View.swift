package import WarrenPrimitives

// MARK: - What can be seen

extension Switch {
    /// How many peers and attempts there are.
    ///
    /// As upstream's NumPeers, without unconditional peers. Source: C§5.4.
    package struct Counts: Hashable, Sendable {
        package var outbound = 0
        package var inbound = 0
        package var dialing = 0
        /// Accepted sockets that have not said who they are.
        package var handshaking = 0

        package init(outbound: Int = 0, inbound: Int = 0, dialing: Int = 0, handshaking: Int = 0) {
            self.outbound = outbound
            self.inbound = inbound
            self.dialing = dialing
            self.handshaking = handshaking
        }
    }

    package var counts: Counts {
        var counts = Counts()
        for member in members.rows where !member.peer.isUnconditional {
            if member.peer.isOutbound { counts.outbound += 1 } else { counts.inbound += 1 }
        }
        for socket in sockets.rows {
            switch socket {
            case .dialing: counts.dialing += 1
            case .handshaking: counts.handshaking += 1
            case .standby, .up: break
            }
        }
        return counts
    }

    /// The peers that are up, in the order of their handles.
    package var peers: [Peer] { members.rows.map(\.face).sorted { $0.id < $1.id } }

    /// The peer with this handle, merged ones included.
    package func peer(_ id: PeerID) -> Peer? { member(id)?.face }

    package func peer(of id: NodeID) -> Peer? { member(of: id)?.face }

    /// Whom a dial in progress is for.
    package func peer(dialedOn connection: ConnectionID) -> PeerID? {
        dialed(on: connection)?.peer
    }

    /// Where a dial in progress goes.
    package func address(dialedOn connection: ConnectionID) -> SocketAddress? {
        dialed(on: connection)?.address
    }

    private func dialed(on connection: ConnectionID) -> Dial? {
        guard case .dialing(let dial) = sockets[connection] else { return nil }
        return dial
    }

    package func isDialing(_ peer: PeerID) -> Bool {
        if yields.contains(where: { $0.peer == peer && $0.owesAnswer }) { return true }
        return sockets.rows.contains { socket in
            guard case .dialing(let dial) = socket else { return false }
            return dial.peer == peer
        }
    }

    /// True while the node was promised `.connected` or `.dialFailed` of `peer`.
    package func owesAnswer(_ peer: PeerID) -> Bool {
        if yields.contains(where: { $0.peer == peer && $0.owesAnswer }) { return true }
        return sockets.rows.contains { socket in
            guard case .dialing(let dial) = socket else { return false }
            return dial.peer == peer && dial.owesAnswer
        }
    }

    /// The handles of attempts, standbys and yields: whom the switch speaks of before they are up.
    package var awaitedPeers: [PeerID] {
        var peers = standbys.rows.map(\.who.peer)
        for case .dialing(let dial) in sockets.rows { peers.append(dial.peer) }
        for yield in yields { peers.append(yield.peer) }
        return peers
    }

    package func isUp(_ peer: PeerID) -> Bool {
        members.contains(peer) || aliases[peer] != nil
    }

    /// The handle that the node uses for the peer that reactors know as `handle`.
    package func nodeHandle(_ handle: PeerID) -> PeerID {
        members.read(handle) { $0.alias ?? handle } ?? handle
    }

    /// Where what is said to a peer goes; nil while it is not up.
    package func connection(of id: PeerID) -> ConnectionID? {
        members.read(reactorHandle(id)) { $0.peer.connection }
    }

    package func connectedAt(_ id: PeerID) -> Instant? { member(id)?.connectedAt }

    /// The handle under which reactors know a peer; another than `id` only after a merge.
    package func reactorHandle(_ id: PeerID) -> PeerID {
        aliases.isEmpty || members.contains(id) ? id : aliases[id] ?? id
    }

    /// When a persistent peer is dialed next; nil when it is connected or was let go.
    package func nextDial(of id: NodeID) -> Instant? { reconnects[id]?.nextDeadline }

    /// How many bans are held at once (see `BanList`).
    package static let banLimit = BanList.limit

    package func isBanned(_ id: NodeID, now: Instant) -> Bool { bans.end(id, now: now) != nil }

    func member(_ id: PeerID) -> Member? { members[id] ?? aliases[id].flatMap { members[$0] } }

    func member(of id: NodeID) -> Member? { handles[id].flatMap { members[$0] } }
}

package import WarrenObservation
package import WarrenPrimitives

extension Switch {
    /// How the switch admits and keeps peers.
    ///
    /// Sources: C§5, C§9.
    package struct Settings: Hashable, Sendable {
        package var ownID: NodeID
        package var inboundLimit = 40
        /// For the peer manager to heed: dialing has no limit here, as upstream (C§5.3).
        package var outboundLimit = 10
        package var allowsDuplicateIP = false
        package var unconditional: Set<NodeID> = []
        /// Peers that are dialed at start and again, for ever, when lost.
        package var persistent: [PersistentPeer] = []
        /// The longest wait between two attempts to reach a persistent peer; zero is no limit.
        package var persistentDialPeriodLimit: Duration = .zero

        package init(ownID: NodeID) { self.ownID = ownID }
    }

    package struct PersistentPeer: Hashable, Sendable {
        package var peer: PeerID
        package var id: NodeID
        package var address: SocketAddress

        package init(peer: PeerID, id: NodeID, address: SocketAddress) {
            self.peer = peer
            self.id = id
            self.address = address
        }
    }

    /// Whom the handshake proved to be at the other end.
    package struct Authenticated: Hashable, Sendable {
        package var peer: PeerID
        package var id: NodeID
        package var info: NodeInfo
        package var remote: SocketAddress

        package init(peer: PeerID, id: NodeID, info: NodeInfo, remote: SocketAddress) {
            self.peer = peer
            self.id = id
            self.info = info
            self.remote = remote
        }
    }

    package enum Input: Hashable, Sendable {
        case start
        /// Dial for the node (a peer manager asked); answered by `.connected` or `.dialFailed`.
        case dial(PeerID, SocketAddress, expecting: NodeID?)
        /// A socket was accepted; answered by `.handshake` or `.close`.
        case accepted(ConnectionID, from: SocketAddress)
        /// A dialed or accepted socket is authenticated and its NodeInfo is valid and compatible.
        ///
        /// Apart, like every case that is large and rare: the others are copied with its size.
        indirect case authenticated(ConnectionID, Authenticated)
        /// A dial or a handshake came to nothing.
        case failed(ConnectionID, CloseReason)
        case received(ConnectionID, ChannelID, [UInt8])
        /// Bytes left: credit comes back.
        case sent(ConnectionID, ChannelID, messages: Int, bytes: Int)
        case closed(ConnectionID, CloseReason)
        /// What reactors asked for (drained from an ``Outbox``; its credit was already spent).
        case send(PeerID, ChannelID, [UInt8])
        case stop(PeerID, CloseReason, flush: Bool)
        /// Refuse and drop this node until then; nil lifts the ban (design §17.16).
        case ban(NodeID, until: Instant?)
        /// A persistent peer is to be dialed at another address from now on: its name resolved
        /// anew.
        case moved(NodeID, SocketAddress)
        /// `other` turned out to be `peer` (design §17.1).
        case merge(PeerID, other: PeerID)
        case deadline
        case stopAll
    }

    package enum Effect: Hashable, Sendable {
        case dial(ConnectionID, SocketAddress, expecting: NodeID?)
        /// Go on with an accepted socket.
        case handshake(ConnectionID)
        case send(ConnectionID, ChannelID, [UInt8])
        case close(ConnectionID, CloseReason, flush: Bool)
        /// Tell the reactor at this place of the list given at init.
        case tell(Int, ReactorEvent)
        /// A peer is up: every reactor has been told `addPeer`.
        indirect case connected(Peer)
        /// A peer is down: every reactor has been told `removePeer`.
        indirect case disconnected(Peer, CloseReason)
        /// A dial that the node asked for failed.
        case dialFailed(PeerID, CloseReason)
        indirect case note(Note)
    }
}

package import WarrenObservation
package import WarrenPrimitives

extension ConnectionManager {
    package struct Settings: Hashable, Sendable {
        /// How many connections may count as inbound (O§6.6, O§6.7).
        package var hardLimit = 512
        /// How long a connection that we let go waits for the other end: `ProtocolIdleTimeout`,
        /// not paced (O§6.5, design §17.5).
        package var outboundIdleTimeout: Duration = .seconds(5)
        /// How long the end of a connection is held back, paced already (O§6.5).
        package var timeWaitTimeout: Duration = .seconds(60)
        package init() {}
    }

    /// The operations of O§6.4 and what happens to sockets.
    ///
    /// What concerns a connection that is not in the table is ignored, but for the inbound governor's
    /// calls, which are answered.
    package enum Input: Hashable, Sendable {
        /// Our side wants the peer; answered by exactly one of `.dial`, `.acquired`, `.wait` and
        /// `.refused`.
        ///
        /// Without `dials` only a connection that the peer opened will do: it is behind a firewall.
        case acquire(PeerID, dials: Bool)
        /// A dial began.
        case dialing(ConnectionID, PeerID)
        /// A socket was accepted; answered by `.turnAway` if there is no room.
        case accepted(ConnectionID)
        /// The connection is the peer's; its Hello is still to come.
        case connected(ConnectionID, PeerID)
        /// The handshake is over.
        case negotiated(ConnectionID, ConnectionState.DataFlow)
        /// Our side is done with it.
        case release(ConnectionID)
        /// The peer begins to use us.
        case promotedToWarm(ConnectionID)
        /// The peer stopped using us.
        case demotedToCold(ConnectionID)
        /// The peer has not used us for too long; answered by `.inboundReleased`.
        case releaseInbound(ConnectionID)
        /// The socket broke, was closed by the peer or by us, or never came up.
        case failed(ConnectionID)
        case deadline
        /// The node ends: nothing is held back any longer.
        case stop
    }

    package enum Effect: Hashable, Sendable {
        case dial(PeerID)
        /// Our side uses this connection from now on.
        case acquired(PeerID, ConnectionID)
        /// Ask again once the peer said hello, or at `.free`.
        case wait(PeerID)
        case refused(PeerID, Refusal)
        /// Nothing holds the peer back any more: it may be acquired.
        case free(PeerID)
        /// Do not go on with this accepted socket.
        case turnAway(ConnectionID)
        /// Close it in good order: nobody uses it any more.
        case close(ConnectionID, PeerID)
        /// Close it at once: there are too many.
        case prune(ConnectionID, PeerID?)
        case inboundReleased(ConnectionID, Tracking)
        case transition(ConnectionID, PeerID?, from: ConnectionState, to: ConnectionState)
        /// Someone asked for what the table does not have: an error of ours.
        case unsupported(Operation, ConnectionID, ConnectionState)
    }

    /// Why a peer cannot be acquired (O§6.4).
    package enum Refusal: Hashable, Sendable {
        /// Our side has it already.
        case connectionExists
        /// The connection is the peer's alone.
        case forbiddenConnection
        /// We are just letting it go.
        case forbiddenOperation
        /// It is behind a firewall, and did not connect.
        case inboundConnectionNotFound
    }

    /// What the inbound governor does with a connection whose idle time is over (O§6.4).
    package enum Tracking: Hashable, Sendable {
        /// We use it: KeepTr.
        case keep
        /// It is being closed: CommitTr.
        case commit
        /// It should not have asked.
        case unsupported
    }

    package enum Operation: Hashable, Sendable {
        case release, promotedToWarm, demotedToCold, releaseInbound
    }
}

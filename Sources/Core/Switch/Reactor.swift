public import WarrenObservation
public import WarrenPrimitives

/// A protocol that rides on connections: a value that is told facts and answers with effects.
///
/// For each peer a reactor sees exactly
/// `initPeer receive* (addPeer (receive | sendable)* removePeer | removePeer)`, with `deadline`
/// anywhere between; the same peer may come again after `removePeer`. Source: C§5.7.
public protocol Reactor: Sendable {
    /// What the reactor tells the node that composes it; `Never` when it has nothing to tell.
    associatedtype Report: Sendable = Never

    /// Unique among the reactors of a node.
    var name: String { get }

    /// The channels it owns; no other reactor of the node may own them too.
    var channels: [ChannelDescriptor] { get }

    /// When it wants to be told `.deadline`; nil for never.
    ///
    /// Early and spurious calls do no harm.
    var nextDeadline: Instant? { get }

    mutating func handle(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    )
}

extension Reactor {
    public var nextDeadline: Instant? { nil }
}

/// What can happen to a reactor.
///
/// Source: C§5.7.
public enum ReactorEvent: Hashable, Sendable {
    /// A peer is about to start: room for its state is made here; messages may follow.
    indirect case initPeer(Peer)
    /// The peer is in the set and may be sent to.
    indirect case addPeer(Peer)
    /// A whole message, no longer than the channel's limit.
    case receive(ChannelID, [UInt8], from: PeerID)
    /// A channel without credit has some again.
    case sendable(ChannelID, PeerID)
    /// The peer is gone; nothing more comes from it.
    case removePeer(PeerID, CloseReason)
    case deadline
}

/// A peer with a running connection, as reactors see it.
public struct Peer: Hashable, Sendable {
    public var id: PeerID
    public var nodeID: NodeID
    public var moniker: String
    /// The channels that the peer listed.
    public var channels: [ChannelID]
    /// True when this node dialed.
    public var isOutbound: Bool
    public var isPersistent: Bool
    /// True when inbound limits do not apply to it (C§5.8).
    public var isUnconditional: Bool
    package var connection: ConnectionID
    /// The other end of the socket.
    package var remote: SocketAddress
    /// Where the peer says it can be dialed, its host replaced by the socket's when unspecified
    /// (design §17.1); nil when that is no address one could dial.
    package var listenAddress: SocketAddress?

    package init(
        id: PeerID,
        nodeID: NodeID,
        moniker: String,
        channels: [ChannelID],
        isOutbound: Bool,
        isPersistent: Bool,
        isUnconditional: Bool,
        connection: ConnectionID,
        remote: SocketAddress,
        listenAddress: SocketAddress?
    ) {
        self.id = id
        self.nodeID = nodeID
        self.moniker = moniker
        self.channels = channels
        self.isOutbound = isOutbound
        self.isPersistent = isPersistent
        self.isUnconditional = isUnconditional
        self.connection = connection
        self.remote = remote
        self.listenAddress = listenAddress
    }
}

import WarrenNIO
public import WarrenObservation
public import WarrenPrimitives

/// The peer state of one node at one instant.
public struct NodeSnapshot: Hashable, Sendable {
    /// As the scenario names the node.
    public let name: String
    let whole: Snapshot

    init(name: String, _ whole: Snapshot) {
        self.name = name
        self.whole = whole
    }

    /// On the node's own clock; in the simulator, that is virtual time.
    public var takenAt: Instant { whole.takenAt }

    /// Known, not connected.
    public var cold: Int { whole.counts.cold }
    /// Connected, only measured.
    public var warm: Int { whole.counts.warm }
    /// In full use by all protocols.
    public var hot: Int { whole.counts.hot }
    /// Connections that the peer may use, and those that we may; some count as both.
    public var inbound: Int { whole.counts.inbound }
    public var outbound: Int { whole.counts.outbound }

    /// Every peer that the node knows, in the order of their handles; at most some 20,000.
    public var peers: [Row] { whole.peers.map(Row.init) }

    /// All there is, in the form that `GET /snapshot` serves: `warren/snapshot/1`, described by
    /// `docs/schemas/snapshot.schema.json`.
    public var json: String { EventLineText.text(of: whole) }

    /// What the node knows of one peer.
    public struct Row: Hashable, Sendable {
        /// The node's own handle for it.
        public let peer: PeerID
        /// Nil until it is known.
        public let nodeID: NodeID?
        /// What the peer calls itself; in a network of a scenario, its name there.
        public let name: String?
        /// `host:port`.
        public let address: String?
        public let temperature: Temperature
        /// Where the node learnt of it.
        public let source: PeerSource
        /// Nil while there is no connection.
        public let direction: Direction?
        /// Why it came to its temperature, as `to reach target.active 4`; nil where nothing is
        /// to be said.
        public let reason: String?

        init(_ row: Snapshot.Peer) {
            peer = row.peer
            nodeID = row.id
            name = row.moniker
            address = row.address
            temperature = row.temperature
            source = row.source
            direction = row.direction
            reason = row.lastTransition.map(\.reason.clause).flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}

package import WarrenObservation
package import WarrenPeering
package import WarrenPrimitives

/// What `config.json` says, as a value.
///
/// Sources: design §6, O§1.7, C§9.
package struct NodeConfiguration: Hashable, Sendable {
    package var network = "warren"
    package var role = Role.relay
    package var moniker = "node"
    /// Where to listen for peers; port 0 picks one.
    package var listenAddress = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 3001)
    /// `host:port` to announce instead of the listen address.
    package var externalAddress: String?
    package var adminAddress = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 3101)

    package var peerManager = PeerManagerKind.governor
    /// False: neither governor nor discovery, only the static topology.
    package var enablesP2P = true
    package var pace = 1
    package var diffusionMode = DiffusionMode.initiatorAndResponder
    /// Nil: true for relays and seeds, false for block producers (O§1.1).
    package var peerSharing: Bool?
    /// Nil: true for relays that share peers.
    package var routing: Bool?
    package var targets = Targets(root: 60, known: 150, established: 30, active: 20)
    package var acceptedConnections = AcceptedConnectionsLimit()

    /// Seeds to ask when nobody else is known.
    package var seeds: [Topology.AccessPoint] = []
    package var persistentPeers: [PeerAddress] = []
    package var unconditionalPeers: [NodeID] = []
    /// Never stored in the book, nor anything they tell, nor told to anyone.
    package var privatePeerIDs: [NodeID] = []
    package var inboundLimit = 40
    package var outboundLimit = 10
    package var allowsDuplicateIP = false
    package var addressBookStrict = true
    /// How many entries the book may hold.
    package var addressBookLimit = 10_000

    /// Bytes a second per peer; 0 is no limit.
    package var sendRate = 5_120_000
    package var receiveRate = 5_120_000
    package var flushThrottle: Duration = .milliseconds(10)
    /// Bytes of payload in a packet; must be the same in the whole network.
    package var packetPayloadLimit = 1024
    package var handshakeTimeout: Duration = .seconds(3)
    package var dialTimeout: Duration = .seconds(3)
    package var pingInterval: Duration = .seconds(60)
    package var pongTimeout: Duration = .seconds(45)
    package var keepAliveInterval: Duration = .seconds(10)
    package var persistentDialPeriodLimit: Duration = .zero
    /// How long a connection that nobody uses stays open (O§1.7).
    package var protocolIdleTimeout: Duration = .seconds(5)

    package init() {}

    package struct AcceptedConnectionsLimit: Hashable, Sendable {
        package var hard = 512
        package var soft = 384
        package var delay: Duration = .seconds(5)
        package init() {}
    }

    package enum PeerManagerKind: String, Hashable, Sendable, CaseIterable {
        case governor
        case ensurePeers = "ensure-peers"
    }

    /// Whether addresses are handed out; a static topology has no channel for it.
    package var sharesPeers: Bool { enablesP2P && (peerSharing ?? (role != .blockProducer)) }

    /// Whether the node takes part in routing: what is said, else a relay that shares peers.
    package var isRouting: Bool { enablesP2P && (routing ?? (role == .relay && sharesPeers)) }
}

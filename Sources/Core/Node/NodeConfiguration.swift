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
    /// What must be shown to change the node's state through the admin port (design §15); nil:
    /// nothing on loopback, and elsewhere it cannot be done.
    package var adminToken: String?

    package var peerManager = PeerManagerKind.governor
    /// False: neither governor nor discovery, only the static topology.
    package var enablesP2P = true
    package var pace = 1
    package var diffusionMode = DiffusionMode.initiatorAndResponder
    /// Nil: true for relays and seeds, false for block producers (O§1.1).
    package var peerSharing: Bool?
    /// Nil: true for relays that share peers.
    package var routing: Bool?
    /// What is wanted by a node that is caught up; upstream's deadline targets.
    package var targets = Targets(
        root: 60,
        known: 150,
        established: 30,
        active: 20,
        knownBigLedger: 15,
        establishedBigLedger: 10,
        activeBigLedger: 5
    )
    /// What is wanted in Genesis mode while the ledger is too old.
    package var syncTargets = Targets(
        known: 150,
        established: 10,
        active: 5,
        knownBigLedger: 100,
        establishedBigLedger: 40,
        activeBigLedger: 30
    )
    /// Hot big ledger peers that make a node in Genesis mode trust its company (O§3.12).
    package var trustedBigLedgerLimit = 5
    package var consensusMode = ConsensusMode.praos
    /// What the node holds of its ledger until a chain says better; there is no chain to wait for
    /// yet, so by default that it is fit to be trusted.
    package var ledgerState = LedgerState.youngEnough
    package var acceptedConnections = AcceptedConnectionsLimit()

    /// Seeds to ask when nobody else is known.
    package var seeds: [Topology.AccessPoint] = []
    /// Names each address of which is a seed; one without a port is the owner of SRV records.
    package var dnsSeeds: [Topology.AccessPoint] = []
    /// Who is asked for names instead of the system's servers.
    package var dnsServers: [SocketAddress] = []
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
    /// How long the end of a connection is held back, at pace 1 (O§6.5).
    package var timeWaitTimeout: Duration = .seconds(60)
    /// How the links to peers fare from the start; none: as they are (design §17.12).
    package var links: [LinkRule] = []

    package init() {}

    package struct AcceptedConnectionsLimit: Hashable, Sendable {
        package var hard = 512
        package var soft = 384
        package var delay: Duration = .seconds(5)
        package init() {}

        /// Whether to accept one more while `count` are inbound (O§6.7).
        package func verdict(count: Int) -> AcceptLimits.Verdict {
            AcceptLimits(hard: hard, soft: soft, delay: delay).verdict(count: count)
        }
    }

    package enum PeerManagerKind: String, Hashable, Sendable, CaseIterable {
        case governor
        case ensurePeers = "ensure-peers"
    }

    /// Whether addresses are handed out and asked for.
    ///
    /// A node that only initiates answers nobody, and so does not take part (O§3.15, O§6.8); a static
    /// topology has no channel for it.
    package var sharesPeers: Bool {
        enablesP2P && diffusionMode == .initiatorAndResponder
            && (peerSharing ?? (role != .blockProducer))
    }

    /// Whether the node takes part in routing: what is said, else a relay that shares peers.
    package var isRouting: Bool { enablesP2P && (routing ?? (role == .relay && sharesPeers)) }
}

package import WarrenPrimitives

/// Who a note or a row is about, as far as the node knows.
package struct PeerReference: Hashable, Sendable, Codable {
    package var peer: PeerID
    package var id: NodeID?
    /// `host:port`; the host is a name where only a name is known.
    package var address: String?

    package init(peer: PeerID, id: NodeID? = nil, address: String? = nil) {
        self.peer = peer
        self.id = id
        self.address = address
    }
}

/// One change of one peer's temperature.
package struct Transition: Hashable, Sendable {
    package var peer: PeerReference
    package var from: Temperature
    package var to: Temperature
    package var reason: Reason
    package var source: PeerSource
    package var direction: Direction?

    package init(
        peer: PeerReference,
        from: Temperature,
        to: Temperature,
        reason: Reason,
        source: PeerSource,
        direction: Direction? = nil
    ) {
        self.peer = peer
        self.from = from
        self.to = to
        self.reason = reason
        self.source = source
        self.direction = direction
    }
}

/// A fact that a core puts on record: who, what, why.
///
/// Strings are made at the edge (style 14).
package enum Note: Hashable, Sendable {
    case transition(Transition)
    /// `other` turned out to be `peer`: its rows and counts move there.
    case merged(PeerReference, other: PeerID)
    case connected(PeerReference, ConnectionID, Direction)
    case disconnected(PeerReference, ConnectionID, CloseReason)
    /// A connection that never became a peer's: refused, failed or unauthenticated.
    case refused(ConnectionID, address: String, CloseReason)
    case dialing(PeerReference, ConnectionID)
    /// The other end says how much it uses us (design §17.2).
    case usedBy(PeerReference, Temperature)
    /// A step in the connection manager (O§6.3); who is at the other end, once that is known.
    case connection(PeerReference?, ConnectionID, from: ConnectionState, to: ConnectionState)
    /// A step in the inbound governor (O§7.3); nil is a connection that it does not follow.
    case inbound(PeerReference, ConnectionID, from: InboundState?, to: InboundState?)
    case banned(NodeID, until: Instant)
    case reinstated(NodeID)
    case asked(PeerReference)
    case answered(PeerReference, addressCount: Int)
    case learnt(from: PeerReference, addressCount: Int, newCount: Int)
    /// The governor's state as it changed: targets as they now are.
    case targets(Targets)
    /// A step of churn is over (O§4.3).
    case churned(ChurnStep)
    /// What happened to a block or a transaction.
    case chain(ChainNote)
    /// The node did not get rid of untrusted peers in time; it stops (O§3.11).
    case bootstrapTimedOut
    /// A store operation failed; the node stops (design §17.9).
    case storeFailed
}

/// How many peers of each kind are wanted.
///
/// Source: O§3.2.
package struct Targets: Hashable, Sendable, Codable {
    package var root: Int
    package var known: Int
    package var established: Int
    package var active: Int
    package var knownBigLedger: Int
    package var establishedBigLedger: Int
    package var activeBigLedger: Int

    package init(
        root: Int = 0,
        known: Int = 0,
        established: Int = 0,
        active: Int = 0,
        knownBigLedger: Int = 0,
        establishedBigLedger: Int = 0,
        activeBigLedger: Int = 0
    ) {
        self.root = root
        self.known = known
        self.established = established
        self.active = active
        self.knownBigLedger = knownBigLedger
        self.establishedBigLedger = establishedBigLedger
        self.activeBigLedger = activeBigLedger
    }

    package static let none = Targets()

    /// The first rule of O§3.2 that does not hold, in words; nil when the targets are sane.
    package var complaint: String? { isSane ? nil : brokenRule }

    /// Asked far more often than it is broken, and so without a word being made.
    private var isSane: Bool {
        0 <= active && active <= established && established <= known && 0 <= root
            && root <= known && 0 <= activeBigLedger && activeBigLedger <= establishedBigLedger
            && establishedBigLedger <= knownBigLedger && max(active, activeBigLedger) <= 100
            && max(established, establishedBigLedger) <= 1000
            && max(known, knownBigLedger) <= 10_000
    }

    private var brokenRule: String? {
        let rules: [(Bool, String)] = [
            (0 <= active, "active \(active) must be at least 0"),
            (active <= established, "active \(active) must be at most established \(established)"),
            (established <= known, "established \(established) must be at most known \(known)"),
            (0 <= root && root <= known, "root \(root) must be between 0 and known \(known)"),
            (
                0 <= activeBigLedger && activeBigLedger <= establishedBigLedger
                    && establishedBigLedger <= knownBigLedger,
                "big ledger targets must satisfy 0 ≤ active \(activeBigLedger) ≤ established "
                    + "\(establishedBigLedger) ≤ known \(knownBigLedger)"
            ),
            (active <= 100 && activeBigLedger <= 100, "active must be at most 100"),
            (
                established <= 1000 && establishedBigLedger <= 1000,
                "established must be at most 1000"
            ),
            (known <= 10_000 && knownBigLedger <= 10_000, "known must be at most 10000"),
        ]
        return rules.first { !$0.0 }?.1
    }
}

/// A note with its place in the node's life.
package struct Event: Hashable, Sendable {
    /// Drawn at each start of the node.
    package var incarnation: UInt64
    /// 1, 2, 3, … within the incarnation.
    package var sequence: UInt64
    package var at: Instant
    package var note: Note

    package init(incarnation: UInt64, sequence: UInt64, at: Instant, note: Note) {
        self.incarnation = incarnation
        self.sequence = sequence
        self.at = at
        self.note = note
    }
}

import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// A peer with a running connection, and who uses whom on it.
struct LivePeer: Hashable, Sendable {
    var peer: Peer
    var greeting: Greeting
    /// How much we use it, as last announced.
    var use = Lifecycle.Level.none
    /// How much it uses us, as it last announced.
    var usedBy = Lifecycle.Level.none
    var roundTrip: Duration?
    var connectedAt: Instant
    /// When anything last arrived from it.
    var heardAt: Instant

    enum Greeting: Hashable, Sendable {
        /// It speaks 0x70 and has not said hello yet.
        case awaited
        case heard(Lifecycle.Hello)
        /// It does not speak 0x70: a CometBFT node (design §4).
        case none
    }

    init(peer: Peer, now: Instant) {
        self.peer = peer
        greeting = peer.channels.contains(.lifecycle) ? .awaited : .none
        connectedAt = now
        heardAt = now
    }

    /// Whether it takes part in peer sharing, by its own word or, without one, by its channels.
    var sharesPeers: Bool {
        switch greeting {
        case .awaited: false
        case .heard(let hello): hello.sharesPeers
        case .none: peer.channels.contains(.peerExchange)
        }
    }
}

/// What the governor wants of a peer, until it is done.
enum Job: Hashable, Sendable {
    /// Connect, and hear its hello.
    ///
    /// A connection that this opens is of that mode (O§1.3); without `dials` none is opened.
    case promoteCold(DiffusionMode, dials: Bool)
    /// Our use is lowered to warm; the peer has not confirmed yet.
    case demoteHot
    /// Our use is ended; the peer has not confirmed yet, or the connection is held back (O§3.10).
    case demoteWarm

    var promotesCold: Bool {
        switch self {
        case .promoteCold: true
        case .demoteHot, .demoteWarm: false
        }
    }
}

/// A promotion to hot that failed and is not reported yet.
struct FailedPromotion: Hashable, Sendable {
    var peer: PeerID
    var dueAt: Instant
    var reason: CloseReason

    /// How long the job of a failed promotion lasts on, for the end of the connection to be seen
    /// first (O§3.8.2).
    static let pause: Duration = .seconds(1)
}

extension Lifecycle.Level {
    /// The temperature that a use stands for: nothing is cold.
    var temperature: Temperature {
        switch self {
        case .none: .cold
        case .warm: .warm
        case .hot: .hot
        }
    }
}

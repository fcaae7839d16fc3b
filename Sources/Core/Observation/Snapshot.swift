package import WarrenPrimitives

/// The whole peer state of a node at one instant: `warren/snapshot/1`.
///
/// Plain fields, all with defaults: whoever takes one fills in what it knows. The JSON form has the
/// same names and leaves out what is nil; `docs/schemas/snapshot.schema.json` describes it.
/// Instants are nanoseconds since the Unix epoch, intervals end in `Nanoseconds`. Source: design §7.
package struct Snapshot: Hashable, Sendable, Codable {
    package var schema = Schema.one
    package var node = Node()
    /// The last event that this state includes; 0 before the first.
    package var sequence: UInt64 = 0
    package var takenAt = Instant.epoch
    package var targets = Targets.none
    package var counts = Counts()
    package var book = Book()
    /// How many connections are in each state of the connection manager (O§6), in its order.
    package var connections: [StateCount] = []
    /// The connection manager's counters (O§6.9).
    package var connectionCounters: ConnectionCounters?
    /// How many peers use us, as the inbound governor sees it (O§7).
    package var inboundGovernor: Use?
    package var chain: Tip?
    package var mempool: Mempool?
    /// For how many slots the node has proof that a producer signed two blocks; nil without a chain.
    package var equivocationCount: Int?
    /// One row a peer, in the order of their handles.
    package var peers: [Peer] = []

    package init() {}

    package enum Schema: String, Hashable, Sendable, Codable {
        case one = "warren/snapshot/1"
    }

    /// Who took it.
    package struct Node: Hashable, Sendable, Codable {
        /// Always there in a snapshot that a node serves.
        package var id: NodeID?
        package var moniker = ""
        package var role = Role.relay
        package var network = ""
        /// `host:port`.
        package var listenAddress: String?
        package var adminAddress: String?
        package var version = ""
        /// Drawn at each start.
        package var incarnation = Incarnation(0)
        package var startedAt = Instant.epoch
        package var uptimeNanoseconds: Int64 = 0
        package init() {}
    }

    /// How many peers there are of each kind; known ⊇ established ⊇ active.
    package struct Counts: Hashable, Sendable, Codable {
        package var known = 0
        package var established = 0
        package var active = 0
        package var cold = 0
        package var warm = 0
        package var hot = 0
        /// Connections that may be used in one direction, and in both.
        package var inbound = 0
        package var outbound = 0
        package var duplex = 0
        package var dialing = 0
        package var banned = 0
        package var promotingCold = 0
        package var promotingWarm = 0
        package var demotingWarm = 0
        package var demotingHot = 0
        /// Sources without a peer may be left out.
        package var sources: [SourceCount] = []
        package init() {}
    }

    package struct SourceCount: Hashable, Sendable, Codable {
        package var source: PeerSource
        package var cold: Int
        package var warm: Int
        package var hot: Int
        package init(source: PeerSource, cold: Int, warm: Int, hot: Int) {
            self.source = source
            self.cold = cold
            self.warm = warm
            self.hot = hot
        }
    }

    /// The address book's totals (C§6).
    package struct Book: Hashable, Sendable, Codable {
        package var new = 0
        package var old = 0
        package var banned = 0
        package var total = 0
        package init() {}
    }

    package struct StateCount: Hashable, Sendable, Codable {
        package var state: ConnectionState
        package var count: Int
        package init(state: ConnectionState, count: Int) {
            self.state = state
            self.count = count
        }
    }

    /// How many connections count as what; one that both ends use counts as four things.
    ///
    /// Source: O§6.9.
    package struct ConnectionCounters: Hashable, Sendable, Codable {
        package var fullDuplex = 0
        package var duplex = 0
        package var unidirectional = 0
        package var inbound = 0
        package var outbound = 0
        package var terminating = 0
        package init() {}
    }

    /// How many peers use us not at all, as a warm peer, and fully; and on how many connections
    /// only we use the peer (O§7.6).
    package struct Use: Hashable, Sendable, Codable {
        package var cold = 0
        package var none = 0
        package var warm = 0
        package var hot = 0
        package init() {}
    }

    package struct Tip: Hashable, Sendable, Codable {
        package var slot: UInt64
        package var height: UInt64
        /// Lower-case hex.
        package var hash: String
        /// How high the longest chain reaches that hot peers show; nil unless that is higher.
        ///
        /// The node catches up with it. Not all of its headers need be checked yet.
        package var bestHeight: UInt64?

        package init(slot: UInt64, height: UInt64, hash: String, bestHeight: UInt64? = nil) {
            self.slot = slot
            self.height = height
            self.hash = hash
            self.bestHeight = bestHeight
        }
    }

    package struct Mempool: Hashable, Sendable, Codable {
        package var count = 0
        package var bytes = 0
        package init() {}
    }
}

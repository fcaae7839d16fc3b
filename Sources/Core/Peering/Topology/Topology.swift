package import WarrenPrimitives

/// Whom a node is to know from the start: Cardano's P2P topology file as a value.
///
/// Sources: O§1.2, O§1.3; the `id` on an access point is ours (design §6).
package struct Topology: Hashable, Sendable {
    package var localRoots: [LocalRootGroup] = []
    package var publicRoots: [PublicRootGroup] = []
    /// Nil disables bootstrap peers; empty enables the mode with none of them.
    package var bootstrapPeers: [AccessPoint]?
    /// Below zero (or nil): never use ledger peers; zero: always; else from that slot on.
    package var useLedgerAfterSlot: Int64?
    package var peerSnapshotFile: String?

    package init() {}

    /// A place to dial: an address, a name with a port, or (without port) an SRV name.
    package struct AccessPoint: Hashable, Sendable {
        /// Who must answer; nil where the file names nobody: then the id is learnt and pinned.
        package var id: NodeID?
        package var host: Host
        /// Nil only for SRV names.
        package var port: UInt16?

        package init(id: NodeID? = nil, host: Host, port: UInt16?) {
            self.id = id
            self.host = host
            self.port = port
        }
    }

    package enum Host: Hashable, Sendable {
        case ip(IPAddress)
        case name(String)
    }

    package struct LocalRootGroup: Hashable, Sendable {
        package var accessPoints: [AccessPoint]
        package var advertise = false
        package var trustable = false
        /// How many members are to be hot.
        package var hotValency: Int
        /// How many members are to be at least warm.
        package var warmValency: Int
        /// Members are never dialed; only a duplex connection that they opened is used.
        package var behindFirewall = false
        package var diffusionMode = DiffusionMode.initiatorAndResponder

        package init(accessPoints: [AccessPoint], hotValency: Int, warmValency: Int? = nil) {
            self.accessPoints = accessPoints
            self.hotValency = hotValency
            self.warmValency = warmValency ?? hotValency
        }
    }

    package struct PublicRootGroup: Hashable, Sendable {
        package var accessPoints: [AccessPoint]
        package var advertise = false

        package init(accessPoints: [AccessPoint], advertise: Bool = false) {
            self.accessPoints = accessPoints
            self.advertise = advertise
        }
    }
}

/// Whether a node also serves on the connections it opens.
///
/// Source: O§1.1, O§6.8.
package enum DiffusionMode: String, Hashable, Sendable, Codable, CaseIterable {
    case initiatorOnly = "InitiatorOnly"
    case initiatorAndResponder = "InitiatorAndResponder"
}

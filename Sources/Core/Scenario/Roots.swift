import WarrenObservation
package import WarrenPeering

extension Scenario {
    /// Who decides whom a node connects to.
    ///
    /// Source: design §5.
    package enum PeerManager: String, Hashable, Sendable, CaseIterable {
        /// Cardano's outbound governor.
        case governor
        /// CometBFT's own policy.
        case ensurePeers = "ensure-peers"
        /// Neither: only the static topology (`EnableP2P: false`).
        case fixed = "static"
    }

    /// Whom the nodes of a group know from the start, besides their static routes.
    ///
    /// Names are those of nodes, groups, roles or regions. Source: O§1.2.
    package struct Roots: Hashable, Sendable {
        /// Asked when nobody else is known; nil: every seed, for nodes in the open.
        package var seeds: [String]?
        /// Used while there are no ledger peers.
        package var publicRoots: [String] = []
        package var advertisesPublicRoots = false
        /// Trusted while the node is behind; nil disables them, none at all leaves the mode on.
        package var bootstrap: [String]?
        /// Ledger peers are used from this slot on; nil: never.
        package var ledgerAfter: Int64?
        /// Whether a snapshot of the big ledger peers lies beside the topology file.
        package var hasSnapshot = false

        package init() {}
    }

    /// What others say of the nodes of a group, where they have them as static routes.
    ///
    /// Source: O§1.3.
    package struct AsRoot: Hashable, Sendable {
        /// Nil: yes in a shape, no for relays in front and for what they hide.
        package var advertise: Bool?
        /// Nil: only the relays in front of a node are.
        package var trustable: Bool?
        /// Never dialed; they dial.
        package var behindFirewall = false
        /// Whether those who dial these nodes serve on that connection.
        package var diffusionMode = DiffusionMode.initiatorAndResponder

        package init() {}
    }

    /// Stake of one producer, in any unit.
    ///
    /// So much that 100,000 of them are still a number of 64 bits.
    package static let stakeLimit: Int64 = 1_000_000_000_000

    /// The last slot from which ledger peers may be used, which is more than 30,000 years.
    package static let slotLimit = 1_000_000_000_000

    /// The parts of the network that each get the shape by themselves.
    package var parts: [[Int]] {
        guard topology.isApart, let among = topology.among else { return [participants] }
        return among.map { places(named: $0) ?? [] }
    }
}

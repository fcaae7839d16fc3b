package import WarrenObservation
package import WarrenPrimitives
package import WarrenScenario

/// A node as JSON shows it: what the table of nodes says, with names for its columns.
package struct NodeRow: Hashable, Sendable, Codable {
    package var name: String
    package var id: NodeID
    package var role: Role
    package var group: String
    package var region: String?
    package var address: String
    /// `ok` or `down`.
    package var health: String
    package var cold: Int?
    package var warm: Int?
    package var hot: Int?
    package var inbound: Int?
    package var outbound: Int?
    package var tip: Snapshot.Tip?

    package init(_ node: NetworkManifest.Node, _ snapshot: Snapshot?) {
        name = node.name
        id = node.id
        role = node.role
        group = node.group
        region = node.region
        address = node.address
        health = snapshot == nil ? "down" : "ok"
        guard let snapshot else { return }
        cold = snapshot.counts.cold
        warm = snapshot.counts.warm
        hot = snapshot.counts.hot
        // A duplex connection is used both ways.
        inbound = snapshot.counts.inbound + snapshot.counts.duplex
        outbound = snapshot.counts.outbound + snapshot.counts.duplex
        tip = snapshot.chain
    }
}

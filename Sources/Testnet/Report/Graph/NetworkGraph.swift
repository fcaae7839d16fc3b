package import WarrenObservation
import WarrenPrimitives
package import WarrenScenario

/// Who is connected to whom, for programs that draw.
///
/// Nodes stand in the order of the manifest, then strangers by name; edges in the order of their
/// ends. The same snapshots make the same text.
package struct NetworkGraph: Hashable, Sendable {
    package private(set) var nodes: [Node]
    package private(set) var edges: [Edge] = []
    package let name: String

    package struct Node: Hashable, Sendable {
        package var name: String
        /// Nil for a stranger: a peer that is no node of the network.
        package var role: Role?
        package var group: String?
        package var region: String?
        package var isUp: Bool
    }

    /// What one node holds of another.
    package struct Edge: Hashable, Sendable {
        package var from: Int
        package var to: Int
        package var temperature: Temperature
        package var source: PeerSource
        package var direction: Direction?
    }

    /// Peers colder than `least` are left out.
    package init(
        _ manifest: NetworkManifest,
        snapshots: [String: Snapshot],
        least: Temperature = .warm
    ) {
        name = manifest.name
        nodes = manifest.nodes.map { node in
            Node(
                name: node.name,
                role: node.role,
                group: node.group,
                region: node.region,
                isUp: snapshots[node.name] != nil
            )
        }
        let population = manifest.population
        var held: [(from: Int, to: Int?, stranger: String, row: Snapshot.Peer)] = []
        for (number, node) in manifest.nodes.enumerated() {
            for row in snapshots[node.name]?.peers ?? [] where row.temperature >= least {
                let reference = PeerReference(peer: row.peer, id: row.id, address: row.address)
                // A handle without a name is no place that two nodes could both mean.
                guard row.id != nil || row.address != nil else { continue }
                let other = population.number(of: reference)
                held.append((number, other, population.name(of: reference), row))
            }
        }
        let strangers = Set(held.filter { $0.to == nil }.map(\.stranger)).sorted()
        var places: [String: Int] = [:]
        for stranger in strangers {
            places[stranger] = nodes.count
            nodes.append(Node(name: stranger, isUp: true))
        }
        edges = held.compactMap { edge in
            guard let to = edge.to ?? places[edge.stranger] else { return nil }
            return Edge(
                from: edge.from,
                to: to,
                temperature: edge.row.temperature,
                source: edge.row.source,
                direction: edge.row.direction
            )
        }
        edges.sort { ($0.from, $0.to, $0.temperature) < ($1.from, $1.to, $1.temperature) }
    }
}

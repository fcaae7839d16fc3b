import AsyncHTTPClient
import Foundation
import WarrenObservation
import WarrenPrimitives
package import WarrenScenario

/// Finds out who is in a network that is known only by its nodes' admin addresses.
///
/// Source: design §12.
package enum Attachment {
    /// Why a network could not be attached to.
    package enum Flaw: Error, Hashable, Sendable, CustomStringConvertible {
        case noAddresses
        case silent(String)
        case unreadable(String)
        case nameless(String)
        case twice(String, String)

        package var description: String {
            switch self {
            case .noAddresses: "nothing to attach to: expected admin addresses as host:port"
            case .silent(let address):
                "\(address): nobody answers there: expected a node's admin port"
            case .unreadable(let address):
                "\(address): what answers there is no snapshot: expected a node's admin port"
            case .nameless(let address): "\(address): its snapshot has no node id"
            case .twice(let first, let second): "\(first) and \(second) lead to one node"
            }
        }
    }

    /// Asks every node who it is; they stand in the order of their addresses.
    package static func manifest(
        of addresses: [String],
        name: String = "attached"
    ) async throws(Flaw) -> NetworkManifest {
        guard !addresses.isEmpty else { throw .noAddresses }
        let client = AdminSite.client()
        let answers = await withTaskGroup(of: (Int, Result<Snapshot, Flaw>).self) { group in
            for (number, address) in addresses.enumerated() {
                group.addTask {
                    (number, await snapshot(AdminSite(client: client, address: address)))
                }
            }
            return await group.reduce(into: [Int: Result<Snapshot, Flaw>]()) { $0[$1.0] = $1.1 }
        }
        await Task { try? await client.shutdown() }.value
        return try manifest(
            of: addresses,
            snapshots: addresses.indices.map { answers[$0] ?? .failure(.silent(addresses[$0])) },
            name: name
        )
    }

    private static func snapshot(_ site: AdminSite) async -> Result<Snapshot, Flaw> {
        do throws(AdminSite.Silence) {
            let body = try await site.snapshot()
            guard let snapshot = try? JSONDecoder().decode(Snapshot.self, from: body) else {
                return .failure(.unreadable(site.address))
            }
            return .success(snapshot)
        } catch {
            switch error {
            case .refused, .unasked: return .failure(.silent(site.address))
            case .status, .tooLong: return .failure(.unreadable(site.address))
            }
        }
    }

    private static func manifest(
        of addresses: [String],
        snapshots: [Result<Snapshot, Flaw>],
        name: String
    ) throws(Flaw) -> NetworkManifest {
        var nodes: [NetworkManifest.Node] = []
        var taken: Set<String> = []
        var network = ""
        for (address, result) in zip(addresses, snapshots) {
            let node = try result.get().node
            guard let id = node.id else { throw .nameless(address) }
            if let other = nodes.first(where: { $0.id == id }) {
                throw .twice(other.admin, address)
            }
            network = node.network
            nodes.append(
                NetworkManifest.Node(
                    attached: Self.name(of: node, besides: &taken),
                    id: id,
                    role: node.role,
                    address: node.listenAddress ?? address,
                    admin: address
                )
            )
        }
        return NetworkManifest(attachedTo: nodes, name: name, networkID: network)
    }

    /// A name that sentences can use: the moniker as far as it is one, and a number if it must.
    private static func name(of node: Snapshot.Node, besides taken: inout Set<String>) -> String {
        let letters = node.moniker.lowercased().unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "a"..."z", "0"..."9": Character(scalar)
            default: "-"
            }
        }
        var trimmed = String(letters.drop { !$0.isLetter }.prefix(Scenario.nameLimit))
        while trimmed.last == "-" { trimmed.removeLast() }
        let isWord = !trimmed.isEmpty && !Expectation.keywords.contains(trimmed)
        let stem = isWord ? trimmed : "node"
        var name = stem
        var number = 1
        while !taken.insert(name).inserted {
            number += 1
            name = "\(stem)-\(number)"
        }
        return name
    }
}

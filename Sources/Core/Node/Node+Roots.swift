import WarrenPeering
import WarrenPrimitives

// MARK: - Topology: local roots, public roots and their names

extension Node {
    /// Takes over a topology, at start or on SIGHUP (O§1.1, O§3.7).
    mutating func adopt(_ new: Topology, now: Instant, into effects: inout [Effect]) {
        topology = new
        roots.watch(
            new.localRoots.flatMap(\.accessPoints) + new.publicRoots.flatMap(\.accessPoints)
                + configuration.seeds
        )
        for (lookup, name) in roots.due(now: now) {
            effects.append(.resolve(lookup, host: name.host, port: name.port))
        }
        publishRoots()
    }

    /// Tells the governor the local-root groups as far as they are resolved.
    mutating func publishRoots() {
        guard phase == .running else { return }
        let groups = topology.localRoots.map { group in
            var resolved = Governor.LocalRootGroup(
                members: handles(of: group.accessPoints),
                hotValency: group.hotValency,
                warmValency: group.warmValency
            )
            resolved.advertise = group.advertise
            resolved.trustable = group.trustable
            resolved.behindFirewall = group.behindFirewall
            resolved.diffusionMode = group.diffusionMode
            return resolved
        }
        agenda.append(.governorInput(.localRoots(groups)))
    }

    /// Answers the governor's root request once every name has been looked up (O§3.6.2).
    mutating func settlePublicRoots() {
        guard awaitsPublicRoots else { return }
        let points = topology.publicRoots.flatMap(\.accessPoints)
        guard roots.isResolved(points) else { return }
        awaitsPublicRoots = false
        let found = topology.publicRoots.flatMap { group in
            handles(of: group.accessPoints).map {
                Governor.Root(peer: $0, advertise: group.advertise)
            }
        }
        agenda.append(
            .governorInput(.publicRoots(found, retryAfter: RootDirectory.ttlLeast))
        )
    }

    /// The peers that access points stand for, without ourselves, each once.
    private mutating func handles(of points: [Topology.AccessPoint]) -> [PeerID] {
        var peers: [PeerID] = []
        for point in points {
            for address in roots.addresses(of: point) {
                guard let peer = configuredPeer(point.id, at: address), !peers.contains(peer)
                else { continue }
                peers.append(peer)
            }
        }
        return peers
    }

    /// The handle of a configured peer, whose configured address counts over any other.
    mutating func configuredPeer(_ id: NodeID?, at address: SocketAddress) -> PeerID? {
        let expected = id ?? pins[address]
        guard expected != ownID, address != listening, !address.ip.isUnspecified else {
            return nil
        }
        let peer = directory.peer(id: expected, address: address)
        directory.move(peer, to: address)
        directory.keep(peer)
        return peer
    }

    /// True when some access point stands for this address without naming a node.
    func isUnnamed(_ address: SocketAddress) -> Bool {
        let points =
            topology.localRoots.flatMap(\.accessPoints)
            + topology.publicRoots.flatMap(\.accessPoints) + configuration.seeds
        return points.contains { $0.id == nil && roots.addresses(of: $0).contains(address) }
    }
}

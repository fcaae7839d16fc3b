import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A configured seed is asked, and is nobody's peer (design §17.6).
struct NodeSeedTests {
    /// A seed, and nodes that have it as theirs, by id or by address alone.
    private func world(
        _ kind: NodeConfiguration.PeerManagerKind,
        isNamed: Bool,
        count: Int = 3
    ) -> World {
        var world = World()
        world.isWatched = true
        world.checkPeriod = 17
        _ = world.add { $0.configuration.role = .seed }
        for _ in 0..<count {
            _ = world.add { birth in
                birth.configuration.peerManager = kind
                birth.configuration.seeds = [World.point(1, named: isNamed)]
            }
        }
        return world
    }

    @Test(arguments: NodeConfiguration.PeerManagerKind.allCases, [true, false])
    private func `a seed is never known, whoever tells of it`(
        _ kind: NodeConfiguration.PeerManagerKind,
        isNamed: Bool
    ) {
        var world = world(kind, isNamed: isNamed)
        world.run(for: .seconds(90))
        for host in 1...3 {
            let snapshot = world.snapshot(host)
            #expect(snapshot.counts.hot == 2, "the others are found through it")
            #expect(snapshot.book.total == 2, "the others, not the seed")
            let isKnown = world.hosts[host].events.contains { event in
                guard case .transition(let change) = event.note else { return false }
                return change.peer.id == World.id(1)
            }
            #expect(!isKnown)
        }
        #expect(world.complaints.first == nil)
    }

    @Test(arguments: NodeConfiguration.PeerManagerKind.allCases)
    private func `a seed that is a local root too is a peer`(
        _ kind: NodeConfiguration.PeerManagerKind
    ) {
        var world = World()
        _ = world.add { _ in }
        _ = world.add { birth in
            birth.configuration.peerManager = kind
            birth.configuration.seeds = [World.point(1)]
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [World.point(1)], hotValency: 1)
            ]
        }
        world.run(for: .seconds(30))
        #expect(world.snapshot(1).counts.hot == 1)
    }

    @Test func `in a small network under ensure-peers the seed is left in peace`() {
        var world = world(.ensurePeers, isNamed: true)
        world.run(for: .seconds(60))
        let before = visits(to: world)
        world.run(for: .seconds(300))
        // From each of three at 11, 11, 11, 16, 32, 64 and 128 s; it was two in a second.
        #expect(visits(to: world) - before <= 24)
    }

    private func visits(to world: World) -> Int {
        world.hosts[0].events.count { event in
            guard case .connected(_, _, .inbound) = event.note else { return false }
            return true
        }
    }
}

import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Nodes under each peer manager, alone and together.
struct PeerManagerTests {
    private enum Manager: CaseIterable {
        case governor, ensurePeers, staticTopology
    }

    private func set(_ manager: Manager, _ configuration: inout NodeConfiguration) {
        switch manager {
        case .governor: configuration.peerManager = .governor
        case .ensurePeers: configuration.peerManager = .ensurePeers
        case .staticTopology: configuration.enablesP2P = false
        }
    }

    /// A seed and nodes that know only it.
    private func seeded(_ managers: [Manager], outboundLimit: Int = 3) -> World {
        var world = World()
        world.isWatched = true
        _ = world.add { $0.configuration.role = .seed }
        for manager in managers {
            _ = world.add { birth in
                set(manager, &birth.configuration)
                birth.configuration.outboundLimit = outboundLimit
                birth.configuration.seeds = [World.point(1)]
            }
        }
        return world
    }

    private func group(_ numbers: [Int]) -> Topology.LocalRootGroup {
        Topology.LocalRootGroup(
            accessPoints: numbers.map { World.point($0) },
            hotValency: numbers.count
        )
    }

    // MARK: Ensure-peers

    @Test func `nodes under ensure-peers find each other by a seed and use each other fully`() {
        var world = seeded(Array(repeating: .ensurePeers, count: 7))
        world.run(for: .seconds(60))
        #expect(world.complaints.first == nil)
        for host in 1...7 {
            let counts = world.snapshot(host).counts
            #expect(counts.hot >= 3, "host \(host) has \(counts.hot) hot")
            #expect(counts.known >= counts.hot)
            #expect(counts.warm == 0)
        }
        #expect(misreport(world) == nil)
    }

    @Test func `outbound connections never exceed the limit`() {
        var world = seeded(Array(repeating: .ensurePeers, count: 7), outboundLimit: 2)
        for _ in 0..<240 {
            world.run(for: .milliseconds(250))
            for host in 1...7 {
                let outbound = world.hosts[host].links.keys.count { $0.isOutbound }
                // One more while a seed is asked: it counts in no target (design §17.6).
                #expect(outbound <= 3)
            }
        }
        for host in 1...7 {
            let dialed = world.hosts[host].links.keys.count { $0.isOutbound }
            #expect(dialed <= 2)
        }
        #expect(world.complaints.first == nil)
    }

    @Test func `a killed node under ensure-peers is replaced, and comes back from its book`() {
        var world = seeded(Array(repeating: .ensurePeers, count: 6))
        world.run(for: .seconds(40))
        world.kill(2)
        world.kill(0)
        world.run(for: .seconds(20))
        #expect(world.snapshot(1).counts.hot >= 2)
        world.restart(2)
        world.run(for: .seconds(40))
        #expect(world.snapshot(2).counts.hot >= 2, "without the seed")
        #expect(world.complaints.first == nil)
    }

    @Test func `ensure-peers keeps local roots and persistent peers besides`() {
        var world = World()
        world.isWatched = true
        _ = world.add { birth in
            birth.configuration.peerManager = .ensurePeers
            birth.configuration.outboundLimit = 0
            birth.topology.localRoots = [group([2])]
            birth.configuration.persistentPeers = [
                PeerAddress(id: World.id(3), socket: World.address(3))
            ]
        }
        for _ in 0..<2 { _ = world.add { $0.configuration.peerManager = .ensurePeers } }
        world.run(for: .seconds(20))
        #expect(world.snapshot(0).counts.hot == 2)
        world.kill(1)
        world.kill(2)
        world.run(for: .seconds(30))
        #expect(world.snapshot(0).counts.hot == 0)
        #expect(world.snapshot(0).counts.cold == 2, "nobody configured is forgotten")
        world.restart(1)
        world.restart(2)
        world.run(for: .seconds(30))
        #expect(world.snapshot(0).counts.hot == 2)
        #expect(world.complaints.first == nil)
    }

    @Test func `a public root without an id leads ensure-peers to the rest`() {
        var world = World()
        world.isWatched = true
        for number in 1...4 {
            _ = world.add { birth in
                birth.configuration.peerManager = .ensurePeers
                guard number > 1 else { return }
                birth.topology.publicRoots = [
                    Topology.PublicRootGroup(accessPoints: [World.point(1, named: false)])
                ]
            }
        }
        world.run(for: .seconds(60))
        for host in 0..<4 { #expect(world.snapshot(host).counts.hot == 3) }
        #expect(world.complaints.first == nil)
    }

    @Test func `a peer without 0x70 is warm under ensure-peers, and never hot`() {
        var world = World()
        world.isWatched = true
        for number in 1...2 {
            let host = world.add { birth in
                birth.configuration.peerManager = .ensurePeers
                birth.topology.localRoots = [group([3 - number])]
            }
            world.hosts[host].isPlain = true
        }
        world.run(for: .seconds(20))
        for host in 0..<2 { #expect(world.snapshot(host).counts.warm == 1) }
        #expect(world.complaints.first == nil)
    }

    // MARK: Static topology

    @Test func `a static network is what its topologies say, and nothing more`() {
        var world = World()
        world.isWatched = true
        // A ring of four.
        for number in 1...4 {
            _ = world.add { birth in
                birth.configuration.enablesP2P = false
                birth.topology.localRoots = [group([number % 4 + 1])]
            }
        }
        world.run(for: .seconds(30))
        for host in 0..<4 {
            let snapshot = world.snapshot(host)
            #expect(snapshot.counts.hot == 2)
            #expect(snapshot.counts.known == 2)
        }
        world.kill(1)
        world.run(for: .seconds(10))
        #expect(world.snapshot(0).counts.hot == 1)
        #expect(world.snapshot(0).counts.cold == 1)
        #expect(world.snapshot(2).counts.known == 1, "a guest that left is forgotten")
        world.restart(1)
        world.run(for: .seconds(20))
        #expect(world.snapshot(0).counts.hot == 2)
        #expect(world.complaints.first == nil)
        #expect(misreport(world) == nil)
    }

    @Test func `a static node has no channel for exchange and none for routing`() {
        let solo = Solo { $0.configuration.enablesP2P = false }
        #expect(solo.node.channels.map(\.id) == [.lifecycle])
        let usual = Solo()
        #expect(usual.node.channels.map(\.id) == [.lifecycle, .peerExchange, .routing])
        let withholding = Solo { $0.configuration.peerSharing = false }
        #expect(withholding.node.channels.map(\.id) == [.lifecycle, .peerExchange])
    }

    @Test func `a root taken out of a static topology is let go`() {
        var world = World()
        world.isWatched = true
        for number in 1...2 {
            _ = world.add { birth in
                birth.configuration.enablesP2P = false
                if number == 1 { birth.topology.localRoots = [group([2])] }
            }
        }
        world.run(for: .seconds(10))
        #expect(world.snapshot(0).counts.hot == 1)
        world.feed(0, .topology(Topology()))
        world.run(for: .seconds(10))
        #expect(world.snapshot(0).counts.known == 0)
        #expect(world.snapshot(1).counts.known == 0)
        #expect(world.complaints.first == nil)
    }

    // MARK: Together

    @Test func `the governor and ensure-peers live in one network`() {
        var world = seeded([.governor, .ensurePeers, .governor, .ensurePeers, .governor])
        world.run(for: .seconds(60))
        for host in 1...5 {
            let hot = world.snapshot(host).counts.hot
            #expect(hot >= 2, "host \(host) has \(hot) hot")
        }
        #expect(world.complaints.first == nil)
        #expect(misreport(world) == nil)
    }

    @Test(arguments: Seed.sweep())
    func `no fault breaks a rule under any manager, and roots are met once faults end`(
        _ seed: Seed
    ) {
        var random = seed.random
        var world = World()
        world.isWatched = true
        world.checkPeriod = 7
        let count = 3 + random.below(4)
        let hasSeed = random.chance(1, in: 2)
        for number in 1...count {
            let manager = Manager.allCases[random.below(3)]
            let roots = (0..<random.below(3)).map { _ in 1 + random.below(count) }
            _ = world.add { birth in
                if hasSeed, number == 1 { birth.configuration.role = .seed }
                if number > 1 || !hasSeed { set(manager, &birth.configuration) }
                birth.configuration.outboundLimit = 2
                if hasSeed, number > 1 { birth.configuration.seeds = [World.point(1)] }
                if !roots.isEmpty, number > 1 || !hasSeed {
                    birth.topology.localRoots = [group(roots)]
                }
            }
        }
        for _ in 0..<10 {
            let (host, other) = (random.below(count), random.below(count))
            switch random.below(5) {
            case 0: if world.hosts[host].isUp { world.kill(host) }
            case 1: if !world.hosts[host].isUp { world.restart(host) }
            case 2: world.cut(host, other)
            case 3: world.mend(host, other)
            default: world.feed(host, .topology(world.hosts[host].birth.topology))
            }
            world.run(for: .milliseconds(random.below(8_000)))
        }
        for pair in world.cuts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            world.mend(pair[0], pair[1])
        }
        for host in 0..<count where !world.hosts[host].isUp { world.restart(host) }
        world.run(for: .seconds(180)) { unmetRoot($0) == nil }
        #expect(unmetRoot(world) == nil)
        #expect(world.complaints.first == nil)
        #expect(misreport(world) == nil)
    }

    /// A local root, under ensure-peers or a static topology, that is up and not hot.
    private func unmetRoot(_ world: World) -> String? {
        for host in world.hosts.indices {
            let configuration = world.hosts[host].birth.configuration
            guard !configuration.enablesP2P || configuration.peerManager == .ensurePeers,
                configuration.role != .seed
            else { continue }
            for row in world.snapshot(host).peers where row.rootGroup != nil {
                let isSeed = world.hosts.contains {
                    $0.birth.ownID == row.id && $0.birth.configuration.role == .seed
                }
                if !isSeed, row.temperature != .hot { return "\(row.peer) of \(host) is not hot" }
            }
        }
        return nil
    }

    // MARK: Routing

    /// A line of nodes that tell nothing on 0x00: the first is told of the second, that of the
    /// third.
    private func line(routing: Bool) -> World {
        var world = World()
        world.isWatched = true
        for number in 1...3 {
            _ = world.add { birth in
                birth.configuration.peerSharing = false
                birth.configuration.routing = routing
                guard number < 3 else { return }
                var next = group([number + 1])
                next.advertise = true
                birth.topology.localRoots = [next]
            }
        }
        return world
    }

    @Test(arguments: [false, true])
    func `routing finds a node that no exchange tells of`(isOn: Bool) {
        var world = line(routing: isOn)
        world.run(for: .seconds(180))
        #expect((world.row(of: 2, at: 0) != nil) == isOn)
        #expect(world.complaints.first == nil)
    }

    @Test func `routing names nobody whose group is not advertised`() {
        var world = World()
        for number in 1...3 {
            _ = world.add { birth in
                birth.configuration.peerSharing = false
                birth.configuration.routing = true
                if number < 3 { birth.topology.localRoots = [group([number + 1])] }
                // It dials nobody, and so makes itself known to nobody.
                if number == 3 { birth.configuration.targets = Targets() }
            }
        }
        world.run(for: .seconds(180))
        #expect(world.row(of: 2, at: 0) == nil)
    }

    @Test func `garbage on the routing channel gets its sender banned`() {
        var world = line(routing: true)
        world.run(for: .seconds(20))
        world.inject([0xFF], on: .routing, from: 0, pick: 0)
        world.run(for: .seconds(1))
        let isBanned = world.hosts[1].events.contains { event in
            guard case .banned(World.id(1), _) = event.note else { return false }
            return true
        }
        #expect(isBanned)
        #expect(world.complaints.first == nil)
    }

    // MARK: Checks

    /// The temperatures that the events speak of are those of the snapshot.
    private func misreport(_ world: World) -> String? {
        for host in world.hosts.indices where world.hosts[host].isUp {
            let incarnation = world.hosts[host].birth.incarnation
            var rebuilt: [PeerID: Temperature] = [:]
            for event in world.hosts[host].events where event.incarnation == incarnation {
                guard case .transition(let change) = event.note else { continue }
                if rebuilt[change.peer.peer] ?? .unknown != change.from {
                    return "host \(host): \(change) comes out of nothing"
                }
                rebuilt[change.peer.peer] = change.to == .unknown ? nil : change.to
            }
            var shown: [PeerID: Temperature] = [:]
            for row in world.snapshot(host).peers where row.temperature > .unknown {
                shown[row.peer] = row.temperature
            }
            if rebuilt != shown { return "host \(host): events say \(rebuilt), it is \(shown)" }
        }
        return nil
    }
}

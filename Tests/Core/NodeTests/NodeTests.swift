import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct NodeTests {
    /// A seed, four relays that know only it, and a producer behind the first two relays.
    private func starter(
        hidingProducer: Bool = true,
        advertised: Bool = false,
        producerShares: Bool? = nil
    ) -> World {
        var world = World()
        let producer = 6
        _ = world.add { birth in
            birth.configuration.role = .seed
            if hidingProducer { birth.configuration.privatePeerIDs = [World.id(producer)] }
        }
        for number in 2...5 {
            _ = world.add { birth in
                birth.configuration.seeds = [World.point(1)]
                if hidingProducer { birth.configuration.privatePeerIDs = [World.id(producer)] }
                guard number <= 3 else { return }
                var group = Topology.LocalRootGroup(
                    accessPoints: [World.point(producer)],
                    hotValency: 1
                )
                group.advertise = advertised
                birth.topology.localRoots = [group]
            }
        }
        _ = world.add { birth in
            birth.configuration.role = .blockProducer
            birth.configuration.peerSharing = producerShares
            birth.topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: [World.point(2), World.point(3)],
                    hotValency: 2
                )
            ]
        }
        return world
    }

    private func hot(_ world: World, _ host: Int) -> Int { world.snapshot(host).counts.hot }

    @Test func `relays that know only a seed find each other and grow hot`() {
        var world = starter()
        world.run(for: .seconds(20))
        for relay in 1...4 {
            let snapshot = world.snapshot(relay)
            let relays = snapshot.peers.filter {
                $0.temperature >= .cold && $0.id != World.id(1) && $0.id != World.id(6)
            }
            #expect(relays.count == 3, "relay \(relay) knows \(relays.count)")
            #expect(snapshot.counts.hot >= 2, "relay \(relay) has \(snapshot.counts.hot) hot")
        }
        #expect(hot(world, 5) == 2, "the producer uses both of its relays")
    }

    @Test func `nobody but its own relays learns a hidden producer`() {
        var world = starter(advertised: true)
        world.run(for: .seconds(120))
        #expect(strangersWhoKnowProducer(world).isEmpty)
    }

    /// A producer shares no peers unless it is told to, and so is not told of (O§11.2).
    @Test(arguments: [true, false])
    func `an advertised producer that is not private is learnt by strangers if it shares peers`(
        _ producerShares: Bool
    ) {
        var world = starter(
            hidingProducer: false,
            advertised: true,
            producerShares: producerShares
        )
        world.run(for: .seconds(120))
        #expect(strangersWhoKnowProducer(world).isEmpty == !producerShares)
    }

    private func strangersWhoKnowProducer(_ world: World) -> [Int] {
        (1...4).filter { relay in
            world.snapshot(relay).peers.contains {
                $0.id == World.id(6) && $0.temperature >= .cold && $0.source != .localRoot
            }
        }
    }

    @Test func `a relay that was killed comes back with its book and is hot again`() {
        var world = starter()
        world.run(for: .seconds(20))
        let before = world.snapshot(2).book.total
        #expect(before >= 2)
        world.kill(2)
        world.run(for: .seconds(5))
        world.restart(2)
        #expect(world.snapshot(2).book.total == before)
        world.run(for: .seconds(60))
        #expect(hot(world, 2) >= 2)
    }

    @Test func `an access point without an id is dialed, and its id is learnt and pinned`() {
        var world = World()
        _ = world.add { birth in
            birth.topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: [World.point(2, named: false)],
                    hotValency: 1
                )
            ]
        }
        _ = world.add { _ in }
        world.run(for: .seconds(15))
        #expect(hot(world, 0) == 1)
        #expect(world.snapshot(0).peers.first?.id == World.id(2))
        #expect(world.hosts[0].rows.contains { $0.space == .pin && $0.value == World.id(2).bytes })
    }

    @Test func `a name is resolved, and looked up again when its address stops answering`() {
        var world = World()
        world.names["relay.test"] = [World.address(9)]
        _ = world.add { birth in
            birth.topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: [
                        Topology.AccessPoint(host: .name("relay.test"), port: 3001)
                    ],
                    hotValency: 1
                )
            ]
        }
        _ = world.add { _ in }
        world.run(for: .seconds(3))
        #expect(hot(world, 0) == 0)
        world.names["relay.test"] = [World.address(2)]
        world.run(for: .seconds(30))
        #expect(hot(world, 0) == 1)
    }

    @Test func `two nodes that dial each other at once share one connection`() {
        var world = World()
        for number in 1...2 {
            _ = world.add { birth in
                birth.topology.localRoots = [
                    Topology.LocalRootGroup(
                        accessPoints: [World.point(3 - number)],
                        hotValency: 1
                    )
                ]
            }
        }
        world.run(for: .seconds(30))
        #expect(hot(world, 0) == 1)
        #expect(hot(world, 1) == 1)
        #expect(world.hosts[0].links.count == 1)
        #expect(world.snapshot(0).peers.first?.direction == .duplex)
    }

    @Test func `stopping says goodbye to everyone and ends`() {
        var world = starter()
        world.run(for: .seconds(20))
        world.feed(2, .stop)
        world.run(for: .seconds(1))
        #expect(!world.hosts[2].isUp)
        #expect(world.hosts[2].links.isEmpty)
    }

    @Test func `the same world runs twice alike`() {
        var first = starter()
        var second = starter()
        first.run(for: .seconds(60))
        second.run(for: .seconds(60))
        for host in first.hosts.indices {
            #expect(first.hosts[host].events == second.hosts[host].events)
            #expect(!first.hosts[host].events.isEmpty)
        }
    }

    @Test func `events are numbered without a gap, and transitions rebuild the snapshot`() {
        var world = starter()
        world.run(for: .seconds(60))
        for host in world.hosts.indices {
            let events = world.hosts[host].events
            #expect(events.map(\.sequence) == (0..<events.count).map { UInt64($0 + 1) })
            var rebuilt: [PeerID: Temperature] = [:]
            for case .transition(let change) in events.map(\.note) {
                #expect(rebuilt[change.peer.peer] ?? .unknown == change.from)
                rebuilt[change.peer.peer] = change.to == .unknown ? nil : change.to
            }
            let shown = world.snapshot(host).peers.filter { $0.temperature > .unknown }
            #expect(rebuilt.count == shown.count)
            for row in shown { #expect(rebuilt[row.peer] == row.temperature) }
        }
    }

    @Test func `local roots that are taken away on reload lose their use and stay known`() {
        var world = starter()
        world.run(for: .seconds(20))
        world.feed(5, .topology(Topology()))
        world.run(for: .seconds(20))
        let snapshot = world.snapshot(5)
        #expect(snapshot.peers.count == 2)
        #expect(snapshot.peers.allSatisfy { $0.rootGroup == nil })
        let demoted = world.hosts[5].events.filter { event in
            guard case .transition(let change) = event.note else { return false }
            return change.from == .hot && change.reason == .noLongerConfigured
        }
        #expect(demoted.count == 2)
    }
}

import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// What CometBFT's users complain of (C§12), where several machines of a node must play together.
struct NodeMendsTests {
    /// A node, and another that has it as its local root.
    private func pair() -> World {
        var world = World()
        _ = world.add { _ in }
        _ = world.add { birth in
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [World.point(1)], hotValency: 1)
            ]
        }
        return world
    }

    @Test func `a ban holds for inbound connections, through a restart, and ends when it is due`()
        throws
    {
        var world = pair()
        world.run(for: .seconds(10))
        let link = try #require(world.hosts[0].links.keys.first)
        // Addresses that nobody asked for: PexAddrs, empty.
        world.feed(0, .received(link, .peerExchange, [0x12, 0x00]))
        let banned = world.hosts[0].events.compactMap { event -> Instant? in
            guard case .banned(World.id(2), let until) = event.note else { return nil }
            return until
        }
        let end = try #require(banned.first)
        #expect(world.now.duration(to: end) == .seconds(86_400))
        world.run(for: .seconds(600))
        #expect(world.hosts[0].links.isEmpty)
        world.kill(0)
        world.run(for: .seconds(5))
        world.restart(0)
        let events = world.hosts[0].events.count
        world.run(for: .seconds(600))
        #expect(world.hosts[0].links.isEmpty)
        #expect(world.snapshot(0).counts.banned == 1)
        let refusals = world.hosts[0].events[events...].count { event in
            guard case .refused(_, _, .banned) = event.note else { return false }
            return true
        }
        #expect(refusals > 0, "the other end keeps trying, and is refused")
        world.run(for: world.now.duration(to: end) - .milliseconds(1))
        #expect(world.snapshot(0).counts.banned == 1)
        world.run(for: .seconds(600))
        #expect(world.snapshot(0).counts.banned == 0)
        #expect(world.hosts[0].links.count == 1)
    }

    @Test func `an address where another node answers leaves the book`() throws {
        var world = World()
        _ = world.add { _ in }
        _ = world.add { _ in }
        // Hearsay: id 9 is said to be where node 2 is.
        var rows: [StoreChange] = []
        var random = Random(seed: 1)
        var settings = AddressBook.Settings(ownID: World.id(1))
        settings.isStrict = false
        var book = AddressBook(
            settings: settings,
            newKey: [UInt8](repeating: 1, count: 16),
            rows: [],
            now: world.now,
            random: &random,
            into: &rows
        )
        _ = try book.add(
            PeerAddress(id: World.id(9), socket: World.address(2)),
            from: PeerAddress(id: World.id(3), socket: World.address(3)),
            now: world.now,
            random: &random,
            into: &rows
        )
        world.plant(rows, in: 0)
        #expect(world.snapshot(0).book.total == 1)
        world.run(for: .seconds(60))
        let wrong = world.hosts[0].events.contains { event in
            guard case .refused(_, _, .wrongID) = event.note else { return false }
            return true
        }
        #expect(wrong)
        #expect(world.snapshot(0).book.total == 0)
    }

    @Test func `a persistent peer that was away for days is connected again`() {
        var world = World()
        _ = world.add { birth in
            birth.configuration.persistentPeers = [
                PeerAddress(id: World.id(2), socket: World.address(2))
            ]
            birth.configuration.persistentDialPeriodLimit = .seconds(60)
        }
        _ = world.add { _ in }
        world.run(for: .seconds(10))
        #expect(world.hosts[0].links.count == 1)
        world.kill(1)
        world.run(for: .seconds(3 * 86_400))
        #expect(world.hosts[0].links.isEmpty)
        world.restart(1)
        world.run(for: .seconds(61))
        #expect(world.hosts[0].links.count == 1)
    }
}

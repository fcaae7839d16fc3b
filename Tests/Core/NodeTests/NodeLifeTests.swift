import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// How a node begins and ends, and what it says of itself.
struct NodeLifeTests {
    private func group(_ points: [Topology.AccessPoint]) -> Topology.LocalRootGroup {
        Topology.LocalRootGroup(accessPoints: points, hotValency: 1)
    }

    private func isStopped(_ effects: [Node.Effect]) -> Bool {
        effects.contains { if case .stopped = $0 { true } else { false } }
    }

    @Test func `sockets that listen before the store's rows came do not lose the rows`() {
        var solo = Solo(boots: false) { birth in
            birth.topology.localRoots = [group([World.point(2, named: false)])]
        }
        solo.feed(.listening(World.address(1)))
        #expect(solo.dials.isEmpty)
        let key = Array("\(World.address(2))".utf8)
        solo.feed(.loaded([StoreChange(.pin, key: key, value: World.id(2).bytes)]))
        #expect(solo.dials.map(\.expecting) == [World.id(2)])
    }

    @Test func `nothing is dialed before the sockets listen`() {
        var solo = Solo(boots: false) { birth in birth.configuration.role = .seed }
        solo.feed(.loaded([]))
        #expect(solo.node.nextDeadline == nil)
        solo.feed(.listening(World.address(1)))
        #expect(solo.node.nextDeadline != nil)
    }

    @Test func `a topology that is reloaded before the rows came is the one in force`() {
        var solo = Solo(boots: false)
        var topology = Topology()
        topology.localRoots = [group([World.point(3)])]
        solo.feed(.topology(topology))
        solo.feed(.loaded([]))
        solo.feed(.listening(World.address(1)))
        #expect(solo.dials.map(\.address) == [World.address(3)])
    }

    @Test func `a store that fails stops the node at any time`() {
        var early = Solo(boots: false)
        #expect(isStopped(early.feed(.storeFailed)))
        var late = Solo { $0.topology.localRoots = [group([World.point(2)])] }
        #expect(isStopped(late.feed(.storeFailed)))
        let failures = late.effects.filter {
            if case .emit(let event) = $0, event.note == .storeFailed { true } else { false }
        }
        #expect(failures.count == 1)
    }

    @Test func `a node of initiators only lets nobody in and says so in its hello`() {
        var solo = Solo { birth in
            birth.configuration.diffusionMode = .initiatorOnly
            birth.topology.localRoots = [group([World.point(2)])]
        }
        let effects = solo.feed(.accepted(.accepted(9), from: World.address(5)))
        #expect(
            effects.contains { effect in
                if case .close(.accepted(9), .notWanted, _) = effect { true } else { false }
            }
        )
        #expect(helloMode(&solo) == .initiatorOnly)
    }

    @Test func `a group's diffusion mode is that of the connections it opens`() {
        for mode in DiffusionMode.allCases {
            var solo = Solo { birth in
                var oneWay = group([World.point(2)])
                oneWay.diffusionMode = mode
                birth.topology.localRoots = [oneWay]
            }
            #expect(helloMode(&solo) == mode)
        }
    }

    /// What the node says of itself on the first connection it opens.
    private func helloMode(_ solo: inout Solo) -> DiffusionMode? {
        let effects = connect(&solo, World.id(2), at: World.address(2))
        for case .send(_, .lifecycle, let message) in effects {
            guard case .hello(let hello) = try? LifecycleMessage(message.span) else { continue }
            return hello.diffusionMode
        }
        return nil
    }

    /// The latest dial succeeds.
    private func connect(_ solo: inout Solo, _ id: NodeID, at address: SocketAddress) -> [Node
        .Effect]
    {
        guard let dial = solo.dials.last else { return [] }
        let info = solo.info(id, listening: address)
        return solo.feed(.authenticated(dial.connection, id, info, remote: address))
    }

    @Test func `a local root that turns out to be ourselves is not dialed again`() {
        var solo = Solo { $0.topology.localRoots = [group([World.point(2, named: false)])] }
        solo.feed(.failed(solo.dials[0].connection, .ownID, id: World.id(1)))
        solo.pass(.seconds(400))
        #expect(solo.dials.count == 1)
        #expect(solo.node.snapshot(now: solo.now).peers.isEmpty)
    }

    @Test func `a banned local root is left alone until its ban ends`() {
        var solo = Solo { $0.topology.localRoots = [group([World.point(2)])] }
        let first = solo.dials[0].connection
        _ = connect(&solo, World.id(2), at: World.address(2))
        // An answer that nobody asked for.
        let lie = ExchangeMessage.answer([]).bytes
        solo.feed(.received(first, .peerExchange, lie))
        #expect(solo.node.invariantViolation() == nil)
        solo.pass(.seconds(3600))
        #expect(solo.dials.count == 1)
        solo.pass(AddressBook.banDuration)
        #expect(solo.dials.count > 1)
    }

    @Test func `of several addresses of a named peer the next is tried when one fails`() {
        var world = World()
        world.names["relay.test"] = [World.address(2), World.address(9)]
        _ = world.add { birth in
            birth.topology.localRoots = [
                group([
                    Topology.AccessPoint(id: World.id(2), host: .name("relay.test"), port: 3001)
                ])
            ]
        }
        _ = world.add { _ in }
        world.run(for: .seconds(30))
        #expect(world.snapshot(0).counts.hot == 1)
        var other = World()
        other.names["relay.test"] = [World.address(2), World.address(1 + 200)]
        _ = other.add { birth in
            birth.topology.localRoots = [
                group([
                    Topology.AccessPoint(id: World.id(2), host: .name("relay.test"), port: 3001)
                ])
            ]
        }
        _ = other.add { birth in birth.configuration.listenAddress = World.address(201) }
        other.run(for: .seconds(30))
        #expect(other.snapshot(0).counts.hot == 1)
    }

    @Test func `a relay that shares no peers answers with none`() {
        var solo = Solo { $0.configuration.peerSharing = false }
        let guest = solo.guest(World.id(2), from: World.address(2), listening: World.address(2))
        solo.feed(.received(guest, .lifecycle, Solo.hello()))
        let effects = solo.feed(.received(guest, .peerExchange, ExchangeMessage.request.bytes))
        let answers = effects.filter {
            if case .send(_, .peerExchange, let bytes) = $0 {
                bytes == ExchangeMessage.answer([]).bytes
            } else {
                false
            }
        }
        #expect(answers.count == 1)
    }

    @Test func `a persistent peer that no target asks for keeps its one connection`() {
        var world = World()
        for number in 1...2 {
            _ = world.add { birth in
                birth.configuration.targets = Targets(known: 1)
                guard number == 1 else { return }
                birth.configuration.persistentPeers = [
                    PeerAddress(id: World.id(2), socket: World.address(2))
                ]
            }
        }
        world.run(for: .seconds(120))
        let connections = world.hosts[0].events.filter {
            if case .connected = $0.note { true } else { false }
        }
        #expect(connections.count == 1)
        #expect(world.hosts[0].links.count == 1)
    }
}

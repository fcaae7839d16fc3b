import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Connection manager, inbound governor, governor and switch in one node (O§3.10, O§6, O§7).
struct ConnectionUseTests {
    /// A node that keeps only its local roots connected, at upstream's pace.
    private func solo(
        _ mode: DiffusionMode = .initiatorAndResponder,
        behindFirewall: Bool = false,
        roots: [Int] = [2]
    ) -> Solo {
        Solo { birth in
            birth.configuration.pace = 1
            birth.configuration.targets = Targets(known: 5)
            birth.topology = topology(mode, behindFirewall: behindFirewall, roots: roots)
        }
    }

    private func topology(
        _ mode: DiffusionMode = .initiatorAndResponder,
        behindFirewall: Bool = false,
        roots: [Int]
    ) -> Topology {
        var topology = Topology()
        guard !roots.isEmpty else { return topology }
        var group = Topology.LocalRootGroup(
            accessPoints: roots.map { World.point($0) },
            hotValency: roots.count
        )
        group.diffusionMode = mode
        group.behindFirewall = behindFirewall
        topology.localRoots = [group]
        return topology
    }

    private func temperatureChange(to temperature: Temperature, _ solo: Solo) -> Instant? {
        solo.events.last { event in
            guard case .transition(let change) = event.note else { return false }
            return change.to == temperature
        }?.at
    }

    @Test func `an inbound duplex connection is taken over instead of dialing back`() {
        var solo = solo(behindFirewall: true)
        #expect(solo.dials.isEmpty)
        var guest = Companion(calling: &solo, 2)
        #expect(guest.row(solo)?.failCount == 1, "it was not there when it was wanted")
        #expect(guest.state(solo) == .inboundIdle(.duplex))
        guest.use(.warm, &solo)
        #expect(guest.state(solo) == .inbound(.duplex))
        guest.pass(.seconds(20), &solo)
        #expect(guest.row(solo)?.temperature == .hot)
        #expect(guest.state(solo) == .duplex)
        #expect(solo.dials.isEmpty)
        #expect(solo.node.invariantViolation() == nil)
    }

    @Test func `a peer behind a firewall is never dialed, and its one-way connection not used`() {
        var solo = solo(behindFirewall: true)
        var guest = Companion(calling: &solo, 2, .initiatorOnly)
        guest.use(.warm, &solo)
        guest.pass(.seconds(60), &solo)
        #expect(solo.dials.isEmpty)
        #expect(guest.state(solo) == .inbound(.unidirectional))
        #expect(guest.row(solo)?.temperature == .cold)
        #expect(guest.row(solo)?.failCount ?? 0 > 1)
    }

    @Test func `use of either side moves a connection between duplex, ours and theirs`() {
        var solo = solo()
        var peer = Companion(answering: &solo, 2)
        #expect(peer.row(solo)?.temperature == .hot)
        #expect(peer.state(solo) == .outboundDup(.ticking))
        peer.use(.warm, &solo)
        #expect(peer.state(solo) == .duplex)
        #expect(peer.row(solo)?.inboundState == .warm)
        #expect(peer.row(solo)?.direction == .duplex)
        peer.use(.none, &solo)
        #expect(peer.state(solo) == .outboundDup(.ticking))
        peer.pass(.seconds(5) - .nanoseconds(1), &solo)
        #expect(peer.state(solo) == .outboundDup(.ticking))
        peer.pass(.nanoseconds(1), &solo)
        #expect(peer.state(solo) == .outboundDup(.expired))
        #expect(peer.row(solo)?.inboundState == .cold)
        peer.use(.hot, &solo)
        #expect(peer.state(solo) == .duplex)
        #expect(peer.row(solo)?.inboundState == .hot)
        solo.feed(.topology(topology(roots: [])))
        peer.serve(&solo)
        #expect(peer.state(solo) == .inbound(.duplex))
        #expect(peer.row(solo)?.temperature == .cold, "a duplex connection does not cool")
        #expect(peer.row(solo)?.direction == .inbound)
        #expect(solo.node.invariantViolation() == nil)
    }

    @Test func `a connection that both sides released is closed, and its end held back`() {
        var solo = solo()
        var peer = Companion(answering: &solo, 2)
        peer.use(.warm, &solo)
        solo.feed(.topology(topology(roots: [])))
        peer.serve(&solo)
        peer.use(.none, &solo)
        #expect(peer.state(solo) == .inboundIdle(.duplex))
        peer.pass(.seconds(5) - .nanoseconds(1), &solo)
        #expect(solo.closeReason(of: peer.connection) == nil)
        peer.pass(.nanoseconds(1), &solo)
        #expect(solo.closeReason(of: peer.connection) == .notWanted)
        #expect(peer.state(solo) == .terminating)
        peer.pass(.seconds(60), &solo)
        #expect(peer.state(solo) == nil)
        #expect(
            solo.chain(of: peer.connection) == [
                .reservedOutbound, .unnegotiated(.outbound), .outboundDup(.ticking), .duplex,
                .inbound(.duplex), .inboundIdle(.duplex), .terminating, .terminated, .unknown,
            ]
        )
    }

    @Test func `a peer with time left to use us is cold at once when we let go`() {
        var solo = solo()
        var peer = Companion(answering: &solo, 2)
        peer.pass(.seconds(3), &solo)
        solo.feed(.topology(topology(roots: [])))
        peer.serve(&solo)
        #expect(peer.row(solo)?.temperature == .cold)
        #expect(peer.state(solo) == .inboundIdle(.duplex))
        peer.pass(.seconds(2), &solo)
        #expect(peer.state(solo) == .terminating, "its time ran from the handshake on")
    }

    @Test(arguments: DiffusionMode.allCases)
    func `a connection that only we used cools for 65 s`(_ mode: DiffusionMode) {
        var solo = solo(mode)
        var peer = Companion(answering: &solo, 2)
        peer.pass(.seconds(30), &solo)
        #expect(
            peer.state(solo) == (mode == .initiatorOnly ? .outboundUni : .outboundDup(.expired))
        )
        let start = solo.now
        solo.feed(.topology(topology(roots: [])))
        peer.serve(&solo)
        #expect(peer.row(solo)?.temperature == .warm)
        #expect(peer.row(solo)?.inProgress == .demotingWarm)
        peer.pass(.seconds(5), &solo)
        #expect(solo.closeReason(of: peer.connection) == .demoted)
        #expect(peer.row(solo)?.inProgress == .demotingWarm)
        peer.pass(.seconds(100), &solo)
        #expect(temperatureChange(to: .cold, solo) == start.advanced(by: .seconds(65)))
    }

    @Test func `the time-wait follows the pace, the idle time does not`() {
        var solo = Solo { birth in
            birth.configuration.targets = Targets(known: 5)
            birth.topology = topology(roots: [2])
        }
        var peer = Companion(answering: &solo, 2)
        peer.pass(.seconds(30), &solo)
        let start = solo.now
        solo.feed(.topology(topology(roots: [])))
        peer.serve(&solo)
        peer.pass(.seconds(20), &solo)
        #expect(temperatureChange(to: .cold, solo) == start.advanced(by: .seconds(6)))
    }

    @Test func `a peer that uses us while it cools is cold at once, and stays connected`() {
        var solo = solo()
        var peer = Companion(answering: &solo, 2)
        peer.pass(.seconds(30), &solo)
        solo.feed(.topology(topology(roots: [])))
        peer.serve(&solo)
        peer.pass(.seconds(4), &solo)
        #expect(peer.state(solo) == .outboundIdle(.duplex))
        peer.use(.warm, &solo)
        #expect(peer.row(solo)?.temperature == .cold)
        #expect(peer.state(solo) == .inbound(.duplex))
    }

    @Test func `a peer whose connection breaks while it cools is cold at once`() {
        var solo = solo()
        var peer = Companion(answering: &solo, 2)
        peer.pass(.seconds(30), &solo)
        solo.feed(.topology(topology(roots: [])))
        peer.serve(&solo)
        solo.feed(.closed(peer.connection, .closedByPeer))
        let row = solo.node.snapshot(now: solo.now).peers.first { $0.id == World.id(2) }
        #expect(row?.temperature == .cold)
        #expect(row?.connectionState == nil)
    }

    @Test func `a peer is not dialed while its last connection is held back`() {
        var solo = solo(roots: [])
        var guest = Companion(calling: &solo, 2)
        guest.pass(.seconds(5), &solo)
        #expect(solo.closeReason(of: guest.connection) == .notWanted)
        solo.feed(.topology(topology(roots: [2])))
        #expect(guest.state(solo) == .terminating)
        guest.pass(.seconds(60) - .nanoseconds(1), &solo)
        #expect(solo.dials.isEmpty)
        #expect(solo.node.invariantViolation() == nil)
        guest.pass(.nanoseconds(1), &solo)
        #expect(solo.dials.count == 1)
    }

    @Test func `a peer that is held back may come by itself`() {
        var solo = solo(roots: [])
        var first = Companion(calling: &solo, 2)
        first.pass(.seconds(5), &solo)
        solo.feed(.topology(topology(roots: [2])))
        let second = Companion(calling: &solo, 2)
        #expect(second.row(solo)?.temperature == .hot)
        #expect(second.state(solo) == .outboundDup(.ticking))
        #expect(solo.chain(of: first.connection).suffix(2) == [.terminated, .unknown])
        #expect(solo.dials.isEmpty)
    }

    @Test func `too many inbound connections cost one that we do not use`() {
        var solo = Solo { birth in
            birth.configuration.acceptedConnections.hard = 1
            birth.configuration.targets = Targets(known: 5)
            birth.topology = topology(roots: [2])
        }
        var guest = Companion(calling: &solo, 3)
        guest.use(.warm, &solo)
        var root = Companion(answering: &solo, 2)
        root.use(.warm, &solo)
        #expect(solo.closeReason(of: guest.connection) == .inboundLimit)
        #expect(root.state(solo) == .duplex)
        #expect(solo.node.invariantViolation() == nil)
        let effects = solo.feed(.accepted(.accepted(77), from: World.address(4)))
        let isRefused = effects.contains { effect in
            if case .close(.accepted(77), .inboundLimit, _) = effect { true } else { false }
        }
        #expect(isRefused, "a duplex connection that we dialed counts")
    }

    @Test func `the snapshot counts connections and inbound peers by state`() {
        var solo = solo(roots: [2, 3])
        let dials = solo.dials
        #expect(dials.count == 2)
        var guest = Companion(calling: &solo, 4)
        guest.use(.hot, &solo)
        let snapshot = solo.node.snapshot(now: solo.now)
        #expect(
            snapshot.connections == [
                .init(state: .reservedOutbound, count: 2),
                .init(state: .inbound(.duplex), count: 1),
            ]
        )
        #expect(snapshot.connectionCounters?.inbound == 1)
        #expect(snapshot.connectionCounters?.duplex == 1)
        #expect(snapshot.connectionCounters?.outbound == 0)
        #expect(snapshot.inboundGovernor?.hot == 1)
        #expect(guest.row(solo)?.inboundState == .hot)
        let dialed = snapshot.peers.filter { $0.rootGroup == 0 }.map(\.connectionState)
        #expect(dialed == [.reservedOutbound, .reservedOutbound])
    }

    @Test func `a node that only initiates takes no part in peer sharing, and is one-way`() {
        var solo = Solo { birth in
            birth.configuration.diffusionMode = .initiatorOnly
            birth.configuration.peerSharing = true
            birth.topology = topology(roots: [2])
        }
        let peer = Companion(answering: &solo, 2)
        #expect(peer.state(solo) == .outboundUni)
        #expect(peer.row(solo)?.inboundState == nil)
        let shares = solo.effects.contains { effect in
            guard case .send(_, .lifecycle, let message) = effect,
                case .hello(let hello) = try? LifecycleMessage(message.span)
            else { return false }
            return hello.sharesPeers
        }
        #expect(!shares)
    }

    @Test
    func `a stranger that stays is known after a quarter of an hour, where it says it listens`() {
        var solo = Solo { birth in
            birth.configuration.pace = 1
            birth.configuration.addressBookStrict = true
        }
        var guest = Companion(calling: &solo, 2)
        guest.use(.warm, &solo)
        guest.pass(.seconds(900) - .nanoseconds(1), &solo)
        #expect(guest.row(solo)?.temperature == .unknown)
        guest.pass(.nanoseconds(1), &solo)
        #expect(guest.row(solo)?.source == .inbound)
        #expect(guest.row(solo)?.temperature ?? .unknown > .unknown)
        #expect(guest.row(solo)?.address == "\(World.address(2))")
        guest.serve(&solo)
        #expect(guest.state(solo) == .duplex, "and is used on the connection that it opened")
        #expect(solo.dials.isEmpty)
    }

    @Test func `two nodes that let go of each other end their one connection`() {
        var world = World()
        for number in 1...2 {
            _ = world.add { birth in
                birth.configuration.targets = Targets(known: 5)
                birth.topology = topology(roots: [3 - number])
            }
        }
        world.run(for: .seconds(30))
        #expect(world.row(of: 1, at: 0)?.connectionState == .duplex)
        #expect(world.row(of: 0, at: 1)?.connectionState == .duplex)
        world.feed(0, .topology(Topology()))
        world.run(for: .seconds(20))
        #expect(world.row(of: 1, at: 0)?.connectionState == .inbound(.duplex))
        #expect(world.row(of: 0, at: 1)?.connectionState == .outboundDup(.expired))
        #expect(world.hosts[0].links.count == 1)
        world.feed(1, .topology(Topology()))
        world.run(for: .seconds(30))
        for host in world.hosts {
            #expect(host.links.isEmpty)
            var oracle = TransitionOracle()
            #expect(host.events.compactMap { oracle.take($0) } == [])
            #expect(oracle.open.isEmpty)
        }
    }

    @Test func `every step of a node that stops is one that the tables permit`() {
        var solo = solo()
        var peer = Companion(answering: &solo, 2)
        peer.pass(.seconds(30), &solo)
        _ = Companion(calling: &solo, 3)
        solo.pass(.seconds(6))
        solo.feed(.stop)
        var oracle = TransitionOracle()
        #expect(solo.events.compactMap { oracle.take($0) } == [])
        #expect(oracle.open.isEmpty)
        #expect(oracle.followedCount == 0)
    }
}

import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// Local and public roots, end to end.
///
/// Source: O§11.2.
struct RootProperties {
    private let far = LinkQuality(roundTrip: .milliseconds(80), jitter: .milliseconds(9))

    /// A dial of three flights, the Hello, and the step to hot over 80 ms, with room for one second
    /// of the governor's (P4); no fault delays the first dial.
    private let bound: Duration = .seconds(2)

    /// Two that dial each other at the same instant lose no time by it: whichever connection stays
    /// serves both (design §4).
    @Test(arguments: Seed.sweep())
    func `target_established_local, target_active_local: reachable local roots are soon hot`(
        _ seed: Seed
    ) throws {
        var random = seed.random
        var town = Town(links: [far])
        town.settings.seed = seed.value
        var valencies: [(hot: Int, warm: Int)] = []
        for host in 0..<9 {
            let roots = Set((0..<4).map { _ in random.below(9) }).subtracting([host])
            let warm = 1 + random.below(max(1, roots.count))
            let valency = (hot: 1 + random.below(warm), warm: min(warm, max(1, roots.count)))
            valencies.append(
                roots.isEmpty ? (0, 0) : (min(valency.hot, valency.warm), valency.warm)
            )
            town.add(roots: roots.sorted()) { birth in
                guard !roots.isEmpty else { return }
                birth.topology.localRoots[0].hotValency = valencies[host].hot
                birth.topology.localRoots[0].warmValency = valencies[host].warm
            }
        }
        var simulation = try town.simulation()
        simulation.run(for: bound)
        for host in 0..<9 {
            let peers = simulation.snapshot(host)?.peers.filter { $0.source == .localRoot } ?? []
            let (hot, warm) = (
                peers.count { $0.temperature == .hot }, peers.count { $0.temperature >= .warm }
            )
            #expect(hot >= valencies[host].hot, "host \(host)")
            #expect(warm >= valencies[host].warm, "host \(host)")
        }
    }

    /// P5: from then on, with nobody gone, no local root in use within its valency goes cold.
    @Test(arguments: Seed.sweep())
    func `P5, target_active_local_above: no local root is let go while all is well`(_ seed: Seed)
        throws
    {
        var town = Town(links: [far])
        town.settings.seed = seed.value
        for host in 0..<7 { town.add(roots: [(host + 1) % 7, (host + 2) % 7]) }
        for line in try Chronicle.of(town, for: .seconds(240)).lines {
            guard case .transition(let change) = line.note, change.source == .localRoot else {
                continue
            }
            #expect(
                change.from < .warm || change.to > .cold,
                "\(line.host) at \(line.at): \(change)"
            )
        }
    }

    /// The head start of churn (O§4.2), during which no roots are asked for, then as local ones.
    @Test(arguments: Seed.sweep())
    func `target_established_public, target_active_public: public roots come into use`(
        _ seed: Seed
    ) throws {
        var town = Town(links: [far])
        town.settings.seed = seed.value
        for host in 0..<6 {
            town.add { birth in
                guard host == 0 else { return }
                let points = (1..<6).map(Town.point)
                birth.topology.publicRoots = [Topology.PublicRootGroup(accessPoints: points)]
                birth.configuration.targets = Targets(root: 5, known: 5, established: 4, active: 2)
            }
        }
        var simulation = try town.simulation()
        simulation.run(for: Churn.Settings.headStart + .milliseconds(100) + bound)
        let peers = simulation.snapshot(0)?.peers.filter { $0.source == .publicRoot } ?? []
        #expect(peers.count == 5)
        #expect(peers.count { $0.temperature >= .warm } == 4)
        #expect(peers.count { $0.temperature == .hot } == 2)
    }

    /// After a loss: the pause that goes with it, at most 10 s and 4 s of chance (O§3.9), and the
    /// dial, which meets nobody at first: 5 s and 2 s of chance until the next (O§3.8.1).
    @Test(arguments: Seed.sweep())
    func `unit_reconnect: a local root whose connection broke is connected again`(_ seed: Seed)
        throws
    {
        var town = Town(links: [far])
        town.settings.seed = seed.value
        town.add()
        town.add(roots: [0])
        town.fault(
            at: .seconds(20),
            for: .seconds(1),
            .cut([0], [1], mode: .reset, oneWay: false)
        )
        let lines = try Chronicle.of(town, for: .seconds(60)).of(1)
        let lost = lines.first { $0.note.kind == "disconnected" }
        #expect(lost.map { $0.at < .seconds(21) } == true)
        let back = lines.first { $0.at > .seconds(21) && $0.note.kind == "connected" }
        #expect(back.map { $0.at < .seconds(42) + bound } == true)
        let isHot = lines.contains { line in
            guard line.at > .seconds(21), case .transition(let change) = line.note else {
                return false
            }
            return change.to == .hot && change.source == .localRoot
        }
        #expect(isHot)
    }

    @Test(arguments: Seed.sweep())
    func `connect_failure: dials that fail are tried again after the pause, till one succeeds`(
        _ seed: Seed
    ) throws {
        var town = Town(links: [far])
        town.settings.seed = seed.value
        town.add()
        town.add(roots: [0])
        town.fault(at: .zero, for: .seconds(60), .cut([0], [1], mode: .reset, oneWay: false))
        let lines = try Chronicle.of(town, for: .seconds(180)).of(1)
        let connected = try #require(lines.first { $0.note.kind == "connected" }?.at)
        let dials = lines.filter { $0.note.kind == "dialing" }.map(\.at)
        let failures = lines.filter { $0.note.kind == "refused" }.map(\.at)
        #expect(failures.count >= 3)
        // P11: 5 s · 2^n, give or take 2 s.
        for (number, pair) in zip(failures, dials.dropFirst()).enumerated() {
            let pause = pair.1 - pair.0
            let base = Duration.seconds(5 << min(number, 5))
            #expect(pause >= base - .seconds(2), "dial \(number)")
            #expect(pause <= base + .seconds(2), "dial \(number)")
        }
        #expect(connected > .seconds(60) && connected < .seconds(102) + bound)
    }

    /// Sockets that were accepted and whose handshakes come to nothing: four that a cut leaves in
    /// the midst of them, and one after the other of a node of another network.
    ///
    /// A socket is accepted after 120 ms here, and its handshake is done after 224. Host 0 lets in five, so that places that were not given back would be missed. The cut lasts
    /// 20 s; a dial that it swallowed ends within 3 s, and of at most three dials that fail until
    /// then the last is followed by a pause of 20 s and 2 s of chance (O§3.8.1).
    @Test(arguments: Seed.sweep())
    func `accept_failure: handshakes that fail leave nothing behind, and who comes later gets in`(
        _ seed: Seed
    ) throws {
        var random = seed.random
        var town = Town(links: [far])
        town.settings.seed = seed.value
        town.settings.snapshotPeriod = .milliseconds(50)
        town.add { birth in
            birth.configuration.acceptedConnections.hard = 5
            birth.configuration.acceptedConnections.soft = 5
        }
        for _ in 1...4 { town.add(roots: [0]) }
        town.add(roots: [0]) { $0.configuration.network = "elsewhere" }
        town.fault(
            at: .milliseconds(140 + random.below(60)),
            for: .seconds(20),
            .cut([0], [1, 2, 3, 4], mode: .hang, oneWay: false)
        )
        var simulation = try town.simulation()
        var chronicle = Chronicle(start: town.start)
        var most = 0
        simulation.run(for: .seconds(20 + 3 + 22) + bound) { fact in
            chronicle.take(fact)
            guard case .node(0, .snapshot(let snapshot)) = fact.what else { return }
            most = max(most, snapshot.connectionCounters?.inbound ?? 0)
        }
        let refusals = chronicle.of(0).count { $0.note.kind == "refused" }
        #expect(refusals >= 4 + 3, "four that hung, and a stranger who tries again and again")
        #expect(most <= 5)
        for host in 1...4 {
            #expect(simulation.snapshot(host)?.peer(0)?.temperature == .hot, "host \(host)")
        }
    }

    /// Errors come in the place of the world's own answers, which are slow; then these come.
    ///
    /// After a name that does not exist 900 s pass, after any other error twice as long as before
    /// and 5 s more, up to 900 s (O§3.14).
    @Test(arguments: Seed.sweep())
    func `dns_can_recover: a name that could not be looked up is found once it can be`(_ seed: Seed)
        throws
    {
        var random = seed.random
        var town = Town(links: [far])
        town.settings.seed = seed.value
        town.settings.nameLatency = .seconds(2)
        town.network.names["relay.test"] = Simulation.Name([Town.address(0)])
        town.add()
        town.add { birth in
            let point = Topology.AccessPoint(
                id: Town.key(0).id,
                host: .name("relay.test"),
                port: 3001
            )
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [point], hotValency: 1)
            ]
        }
        var simulation = try town.simulation()
        simulation.run(for: .milliseconds(1))
        var rest = Duration.zero
        for number in 1...UInt64(1 + random.below(6)) {
            let failure: Node.LookupFailure = random.chance(1, in: 4) ? .noSuchName : .noAnswer
            rest =
                failure == .noSuchName ? .seconds(900) : min(rest * 2 + .seconds(5), .seconds(900))
            simulation.tell(1, .unresolved(Node.LookupID(rawValue: number), failure))
            simulation.run(for: rest)
            #expect(simulation.snapshot(1)?.peers.isEmpty == true, "after \(number)")
        }
        simulation.run(for: .seconds(2) + bound)
        #expect(simulation.snapshot(1)?.peer(0)?.temperature == .hot)
    }
}

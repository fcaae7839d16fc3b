import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// Who dials whom, in which direction a connection may be used, and who is told of whom.
///
/// Sources: O§6.8, O§3.15, O§11.2.
struct DiffusionProperties {
    /// A storm in which host 0 and host 1 are each other's roots, and host 1 is behind a firewall
    /// that host 0 knows of.
    private func walledTown(_ seed: Seed) -> Town {
        var town = Storm().town(seed, count: 6)
        var group = Topology.LocalRootGroup(accessPoints: [Town.point(1)], hotValency: 1)
        group.behindFirewall = true
        town.network.hosts[0].birth.topology.localRoots = [group]
        for host in 1..<6 {
            let points = host == 1 ? [Town.point(0)] : [Town.point(0), Town.point(2)]
            town.network.hosts[host].birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: points, hotValency: 1)
            ]
        }
        return town
    }

    @Test(arguments: Seed.sweep())
    func `P14, never_connect_peer_behind_firewall: it is never dialed, and used when it dials`(
        _ seed: Seed
    ) throws {
        var town = walledTown(seed)
        // Kills and restarts of host 1 are what would tempt host 0 to dial.
        town.fault(at: .seconds(40), for: .seconds(5), .kill([1]))
        var isHot = false
        for line in try Chronicle.of(town, for: Storm.end + .seconds(60)).of(0) {
            switch line.note {
            case .dialing(let who, _): #expect(who.id != Town.key(1).id, "at \(line.at)")
            case .transition(let change) where change.peer.id == Town.key(1).id:
                if change.to == .hot { isHot = true }
            default: break
            }
        }
        #expect(isHot)
    }

    /// One group asks for one-way connections, the other takes what comes.
    @Test(arguments: Seed.sweep())
    func `unit_local_root_diffusion_mode: a group's mode shows in its connections`(_ seed: Seed)
        throws
    {
        var town = Town()
        town.settings = Simulation.Settings(seed: seed.value)
        town.settings.snapshotPeriod = nil
        for _ in 0..<2 { town.add { $0.configuration.targets = .none } }
        town.add { birth in
            var groups = [0, 1].map { host in
                Topology.LocalRootGroup(accessPoints: [Town.point(host)], hotValency: 1)
            }
            groups[0].diffusionMode = .initiatorOnly
            birth.topology.localRoots = groups
        }
        var simulation = try town.simulation()
        simulation.run(for: .seconds(10))
        let snapshot = simulation.snapshot(2)
        #expect(snapshot?.peer(0)?.connectionState?.dataFlow == .unidirectional)
        #expect(snapshot?.peer(1)?.connectionState?.dataFlow == .duplex)
        #expect(snapshot?.peer(0)?.temperature == .hot)
        let (one, two) = (simulation.snapshot(0), simulation.snapshot(1))
        #expect(one?.peers.first?.connectionState?.dataFlow == .unidirectional)
        #expect(two?.peers.first?.connectionState?.dataFlow == .duplex)
    }

    /// P14: whoever only initiates has one-way connections and is never dialed in vain.
    @Test(arguments: Seed.sweep())
    func `P14: a node that only initiates has one-way connections only`(_ seed: Seed) throws {
        var town = Storm().town(seed, count: 5)
        town.network.hosts[1].birth.configuration.diffusionMode = .initiatorOnly
        for line in try Chronicle.of(town, for: Storm.end).of(1) {
            guard case .connection(_, _, _, let to) = line.note else { continue }
            #expect(to.dataFlow != .duplex, "at \(line.at): \(to)")
        }
    }

    /// Host 2 knows host 1 alone, which knows host 0.
    private func chain(_ seed: Seed, _ configure: (inout Node.Birth) -> Void) -> Town {
        var town = Town()
        town.settings = Simulation.Settings(seed: seed.value)
        town.settings.snapshotPeriod = nil
        town.add { birth in configure(&birth) }
        town.add { birth in
            let points = [Town.point(0)]
            var group = Topology.LocalRootGroup(accessPoints: points, hotValency: 1)
            group.advertise = true
            birth.topology.localRoots = [group]
        }
        town.add(roots: [1])
        return town
    }

    /// The first question comes 300 s / 60 after host 1 became warm, the next 11 s later (O§3.6.5,
    /// design §17.5); what is told goes through the book.
    @Test(arguments: Seed.sweep())
    func `unit_peer_sharing: a peer that one knows is shared with another`(_ seed: Seed) throws {
        var town = chain(seed) { _ in }
        for host in 0..<3 { town.network.hosts[host].birth.configuration.routing = false }
        var simulation = try town.simulation()
        var chronicle = Chronicle(start: town.start)
        simulation.run(for: .seconds(30)) { chronicle.take($0) }
        // Whichever of the two hears of the other first, hears it from host 1.
        let isTold = chronicle.lines.contains { line in
            guard case .learnt(let who, _, let newCount) = line.note else { return false }
            return line.host != 1 && who.id == Town.key(1).id && newCount == 1
        }
        #expect(isTold)
        let found = simulation.snapshot(2)?.peer(0)
        #expect(found.map { $0.temperature >= .warm } == true)
    }

    /// Host 0 dials host 1 and nobody else, and is used by it.
    @Test(arguments: Seed.sweep())
    func `no_peershare_unwilling: nobody asks a peer that does not take part`(
        _ seed: Seed
    ) throws {
        var town = chain(seed) { $0.configuration.peerSharing = false }
        for host in 0..<3 { town.network.hosts[host].birth.configuration.routing = false }
        town.network.hosts[0].birth.configuration.targets = Targets(
            root: 1,
            known: 1,
            established: 1,
            active: 1
        )
        town.network.hosts[1].birth.topology.localRoots = []
        town.network.hosts[0].birth.topology.localRoots = [
            Topology.LocalRootGroup(accessPoints: [Town.point(1)], hotValency: 1)
        ]
        var simulation = try town.simulation()
        var chronicle = Chronicle(start: town.start)
        simulation.run(for: .seconds(120)) { chronicle.take($0) }
        for line in chronicle.lines {
            guard case .asked(let who) = line.note else { continue }
            #expect(who.id != Town.key(0).id, "host \(line.host) at \(line.at)")
        }
        #expect(chronicle.lines.contains { $0.note.kind == "answered" })
    }

    /// Host 1 knows host 0, uses it and would name it, were it not for what host 0 said: so host 2,
    /// which asks host 1 again and again, never hears of host 0.
    @Test(arguments: Seed.sweep())
    func `no_peershare_unwilling: nobody is told of a peer that does not take part`(_ seed: Seed)
        throws
    {
        var town = chain(seed) { $0.configuration.peerSharing = false }
        for host in 0..<3 { town.network.hosts[host].birth.configuration.routing = false }
        var simulation = try town.simulation()
        var chronicle = Chronicle(start: town.start)
        simulation.run(for: .seconds(120)) { chronicle.take($0) }
        let isUsed = simulation.snapshot(1)?.peer(0).map { $0.temperature >= .warm }
        #expect(isUsed == true)
        let answerCount = chronicle.of(1).count { line in
            guard case .answered(let who, _) = line.note else { return false }
            return who.id == Town.key(2).id
        }
        #expect(answerCount >= 3)
        for line in chronicle.of(2) {
            guard case .transition(let change) = line.note else { continue }
            #expect(change.peer.id != Town.key(0).id, "at \(line.at): \(change)")
        }
        #expect(simulation.snapshot(2)?.book.total == 1, "host 1")
    }
}

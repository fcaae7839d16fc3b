import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// The sensitive state, end to end: P13.
///
/// Sources: O§3.11, O§11.2.
struct TrustProperties {
    /// Host 0 has two bootstrap peers, two trustable local roots, two others and two public roots.
    private func town(_ seed: Seed, _ state: LedgerState) -> Town {
        var town = Town(links: [LinkQuality(roundTrip: .milliseconds(60))])
        town.settings = Simulation.Settings(seed: seed.value)
        town.settings.snapshotPeriod = nil
        town.add { birth in
            birth.configuration.ledgerState = state
            birth.configuration.routing = false
            birth.configuration.targets = Targets(root: 4, known: 8, established: 6, active: 4)
            birth.topology.bootstrapPeers = [Town.point(1), Town.point(2)]
            var groups = [[3, 4], [5, 6]].map { hosts in
                Topology.LocalRootGroup(accessPoints: hosts.map(Town.point), hotValency: 1)
            }
            groups[0].trustable = true
            birth.topology.localRoots = groups
            birth.topology.publicRoots = [
                Topology.PublicRootGroup(accessPoints: [Town.point(7), Town.point(8)])
            ]
        }
        for host in 1..<9 {
            town.add(roots: [1 + host % 8]) { birth in
                birth.configuration.targets = Targets(root: 1, known: 4, established: 2, active: 1)
            }
        }
        return town
    }

    private let trusted = Set((1...4).map { Town.key($0).id })

    /// The above-target rules let everybody go: use down to none over 60 ms, 5 s of idle time and
    /// a time-wait of 60 s / 60; and 2 s for what was being promoted.
    @Test(arguments: Seed.sweep())
    func `P13, only_bootstrap_peers_in_fallback_state: when the ledger is too old, only they stay`(
        _ seed: Seed
    ) throws {
        var simulation = try town(seed, .youngEnough).simulation()
        simulation.run(for: .seconds(40))
        let before = simulation.snapshot(0)?.peers ?? []
        #expect(before.contains { $0.id.map { !trusted.contains($0) } == true })
        simulation.tell(0, .chain(.ledgerState(.tooOld)))
        simulation.run(for: .seconds(8))
        for _ in 0..<60 {
            simulation.run(for: .seconds(1))
            let peers = simulation.snapshot(0)?.peers ?? []
            // Whoever uses us without being known to the governor is no company of ours.
            for peer in peers where peer.temperature >= .cold {
                #expect(peer.id.map { trusted.contains($0) } == true, "\(peer)")
            }
        }
        let sources = Set(simulation.snapshot(0)?.peers.map(\.source) ?? [])
        #expect(sources.contains(.bootstrap) && sources.contains(.localRoot))
        let isInUse = simulation.snapshot(0)?.peers.contains {
            $0.source == .bootstrap && $0.temperature >= .warm
        }
        #expect(isInUse == true)
    }

    @Test(arguments: Seed.sweep())
    func `P13: a node that starts with an old ledger never dials anybody it cannot trust`(
        _ seed: Seed
    ) throws {
        let chronicle = try Chronicle.of(town(seed, .tooOld), for: .seconds(90))
        var dialCount = 0
        for line in chronicle.of(0) {
            guard case .dialing(let who, _) = line.note else { continue }
            dialCount += 1
            #expect(who.id.map { trusted.contains($0) } == true, "\(who) at \(line.at)")
        }
        #expect(dialCount > 0)
        #expect(!chronicle.lines.contains { $0.note == .bootstrapTimedOut })
    }

    /// A dial that nobody answers keeps the node from being sure of its company: two local roots
    /// that nobody vouches for are behind a cut, and dials may take longer than fifteen minutes.
    @Test(arguments: Seed.sweep())
    func `P13, bootstrap_timeout: who cannot get rid of others in fifteen minutes stops`(
        _ seed: Seed
    ) throws {
        var town = town(seed, .youngEnough)
        town.network.hosts[0].birth.configuration.dialTimeout = .seconds(3_000)
        town.fault(at: .zero, for: nil, .cut([0], [5, 6], mode: .hang, oneWay: false))
        var simulation = try town.simulation()
        var chronicle = Chronicle(start: town.start)
        simulation.run(for: .seconds(40)) { chronicle.take($0) }
        simulation.tell(0, .chain(.ledgerState(.tooOld)))
        simulation.run(for: .seconds(899)) { chronicle.take($0) }
        let isUpBefore = simulation.isUp(0)
        #expect(isUpBefore)
        simulation.run(for: .seconds(4)) { chronicle.take($0) }
        let end = try #require(chronicle.lines.first { $0.note == .bootstrapTimedOut })
        #expect(end.host == 0 && end.at == .seconds(940))
        let isUp = simulation.isUp(0)
        #expect(!isUp)
    }
}

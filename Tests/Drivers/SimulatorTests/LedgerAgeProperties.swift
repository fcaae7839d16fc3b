import Testing
import WarrenChain
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// What a node whose chain stands still makes of its ledger: it trusts what trusted peers confirm,
/// for a while.
///
/// Sources: O§3.11, O§3.12, O§9.6.
struct LedgerAgeProperties {
    private static let strangers = [Town.key(2).id, Town.key(3).id]

    /// Host 0 has one bootstrap peer and two public roots; nobody has made a block for an hour.
    private func town(_ seed: Seed) -> Town {
        var town = Town(links: [LinkQuality(roundTrip: .milliseconds(60))])
        town.settings = Simulation.Settings(seed: seed.value)
        town.settings.snapshotPeriod = nil
        var genesis = Genesis(
            leaderSeed: [UInt8](repeating: 3, count: Genesis.leaderSeedLength),
            producers: [
                Genesis.Producer(name: "gone", key: Hash(Town.key(9).publicKey) ?? .zero, stake: 1)
            ]
        )
        genesis.startTime = town.start.advanced(by: .seconds(-3_600))
        let agreed = genesis
        town.add { birth in
            birth.genesis = agreed
            birth.configuration.routing = false
            birth.configuration.targets = Targets(root: 3, known: 3, established: 3, active: 3)
            birth.topology.bootstrapPeers = [Town.point(1)]
            birth.topology.publicRoots = [
                Topology.PublicRootGroup(accessPoints: [Town.point(2), Town.point(3)])
            ]
        }
        for host in 1..<4 {
            town.add(roots: [1 + host % 3]) { birth in
                birth.genesis = agreed
                birth.configuration.targets = Targets(root: 1, known: 4, established: 2, active: 1)
            }
        }
        return town
    }

    @Test(arguments: Seed.sweep(3))
    func `strangers come when trusted peers show no more, and go after twenty minutes and some`(
        _ seed: Seed
    ) throws {
        var simulation = try town(seed).simulation()
        var firstHot: Duration?
        var first: Duration?
        var gone: Duration?
        var again: Duration?
        var passed = Duration.zero
        while passed < .seconds(26 * 60) {
            // Whom it can trust may be all that it has for a moment only: then it may ask others again.
            let isAwaited = first != nil && gone == nil && passed > .seconds(19 * 60)
            let step: Duration = isAwaited ? .milliseconds(20) : .seconds(1)
            simulation.run(for: step)
            passed += step
            let used = (simulation.snapshot(0)?.peers ?? []).filter { $0.temperature >= .warm }
            let usesStrangers = used.contains { peer in Self.strangers.contains { $0 == peer.id } }
            if used.contains(where: { $0.id == Town.key(1).id && $0.temperature == .hot }) {
                firstHot = firstHot ?? passed
            }
            switch (first, gone, usesStrangers) {
            case (nil, _, true): first = passed
            case (.some, nil, false): gone = passed
            case (.some, .some, true): again = again ?? passed
            default: break
            }
        }
        let (begin, end) = (try #require(first), try #require(gone))
        #expect(try #require(firstHot) <= begin, "nobody vouched for the tip")
        #expect(begin < .seconds(120))
        // Dialing takes a moment after the judgement, letting go some seconds.
        #expect(end - begin > .seconds(19 * 60) && end - begin <= .seconds(23 * 60 + 20))
        #expect(try #require(again) > end)
        #expect(simulation.complaints.isEmpty)
    }
}

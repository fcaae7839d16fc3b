import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Histories in the spirit of those that once broke upstream's governor (O§11.1, last row).
///
/// Upstream keeps recorded scripts of its own mock environment, which mean nothing to ours. What
/// is restated is the property that each was recorded for, over histories where targets, local
/// roots and failures arrive at the same instants.
struct IssueTests {
    private func play(_ seed: Seed, _ script: (inout World, Int) -> Void) -> World {
        var world = World(seed: seed)
        world.age(.youngEnough)
        world.want(Targets(root: 2, known: 8, established: 5, active: 3))
        for round in 0..<25 {
            script(&world, round)
            world.advance(by: .seconds([0, 0, 1, 30][world.chance.below(4)]))
        }
        return world
    }

    private func group(_ members: [Int], hot: Int, warm: Int) -> Governor.LocalRootGroup {
        .init(members: members.map { .number(UInt32($0)) }, hotValency: hot, warmValency: warm)
    }

    private func expect(_ world: World, _ rows: [Row], _ seed: Seed) {
        for row in rows {
            #expect(world.violations[row] == nil, "\(seed.testDescription) \(row.rawValue)")
        }
    }

    /// Targets that rise and fall with every step, around local roots that come and go.
    @Test(arguments: Seed.sweep(200))
    func `prop_issue_3233: no livelock while targets and local roots change at one instant`(
        seed: Seed
    ) {
        let world = play(seed) { world, round in
            let isUp = round.isMultiple(of: 2)
            world.take(.localRoots(isUp ? [group([0, 1, 2], hot: 2, warm: 3)] : []))
            world.want(
                isUp
                    ? Targets(root: 5, known: 9, established: 6, active: 6)
                    : Targets(known: 3, established: 1, active: 1)
            )
            if let peer = world.links.randomID(&world.chance) {
                world.lose(peer, delay: .seconds(10))
            }
        }
        expect(world, [.nolivelock, .nofail], seed)
    }

    /// Local roots at the very limit of the known target, some of them being promoted as it falls.
    @Test(arguments: Seed.sweep(200))
    func `prop_issue_3494: nothing breaks when targets cut local roots that are in motion`(
        seed: Seed
    ) {
        let world = play(seed) { world, round in
            world.take(
                .localRoots([group([0, 1], hot: 1, warm: 2), group([2, 3, 4], hot: 3, warm: 3)])
            )
            world.want(Targets(known: 1 + round % 6, established: round % 2))
            world.take(.localRoots([group([round % 5, 4], hot: 2, warm: 2)]))
        }
        expect(world, [.nofail, .nolivelock, .connstatus], seed)
    }

    /// Public roots that become local roots and fall back, while fewer are wanted.
    @Test(arguments: Seed.sweep(200))
    func `prop_issue_3515: no livelock while roots change their kind and fail`(seed: Seed) {
        let world = play(seed) { world, round in
            let roots = [PeerID].numbered(0..<4).map {
                Governor.Root(peer: $0, advertise: true, kind: .allCases[round % 4])
            }
            world.take(.publicRoots(roots, retryAfter: .zero))
            world.take(.localRoots(round % 3 == 0 ? [group([0, 3], hot: 1, warm: 1)] : []))
            world.want(Targets(root: round % 3, known: 3, established: 2, active: round % 2))
            world.take(.promoteColdFailed(.number(UInt32(round % 4)), .unreachable), settling: [])
        }
        expect(world, [.nolivelock, .nofail], seed)
    }

    /// Established peers that fall at the instant at which more are wanted.
    @Test(arguments: Seed.sweep(200))
    func `prop_issue_3550: whoever can be connected is, when many fall at one instant`(
        seed: Seed
    ) {
        let world = play(seed) { world, round in
            for peer in world.links.ids { world.lose(peer, delay: .seconds(round % 2)) }
            let wanted = 1 + round % 7
            world.want(Targets(known: 9, established: wanted, active: wanted / 2))
        }
        expect(world, [.establishedBelow, .nolivelock, .nofail], seed)
    }
}

import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct LocalRootsTests {
    private func groups(
        _ groups: [Governor.LocalRootGroup],
        known: Int = 100
    ) -> [Governor.LocalRootGroup] {
        var rig = Rig(Targets(known: known))
        rig.take(.localRoots(groups))
        return rig.governor.localRootGroups
    }

    @Test func `a member of two groups belongs to the first`() {
        let groups = groups([.of(0..<3, hot: 1, warm: 2), .of(2..<5, hot: 1, warm: 3)])
        #expect(groups[0].members == .numbered(0..<3))
        #expect(groups[1].members == .numbered(3..<5))
        #expect(groups[1].warmValency == 2)
    }

    @Test(arguments: [
        // members, hot, warm; then hot and warm as they come out
        (3, 2, 2, 2, 2), (3, 2, 3, 2, 3), (3, 2, 4, 2, 3), (3, 5, 2, 2, 2), (3, 5, 9, 3, 3),
        (3, 0, 2, 0, 0), (3, 2, 0, 0, 0), (0, 1, 1, 0, 0), (3, -1, 2, 0, 0),
    ])
    func `valencies shrink to the size of the group, and a group that wants nobody is dropped`(
        row: (members: Int, hot: Int, warm: Int, hotAfter: Int, warmAfter: Int)
    ) {
        let group = groups([.of(0..<row.members, hot: row.hot, warm: row.warm)])[0]
        #expect(group.hotValency == row.hotAfter)
        #expect(group.warmValency == row.warmAfter)
        #expect(group.members.count == (row.hotAfter == 0 ? 0 : row.members))
    }

    @Test func `a group that is dropped leaves its members to later ones`() {
        let groups = groups([.of(0..<3, hot: 0, warm: 2), .of(0..<3, hot: 1, warm: 1)])
        #expect(groups.map(\.members) == [[], .numbered(0..<3)])
    }

    @Test(arguments: [
        (6, [3, 3, 0]), (7, [3, 3, 1]), (8, [3, 3, 2]), (5, [3, 2, 0]), (3, [3, 0, 0]),
    ])
    func `no more local roots than may be known, the group that crosses the limit cut`(
        limit: Int,
        sizes: [Int]
    ) {
        let groups = groups(
            [
                .of(0..<3, hot: 2, warm: 3), .of(3..<6, hot: 2, warm: 3),
                .of(6..<8, hot: 2, warm: 2),
            ],
            known: limit
        )
        #expect(groups.map(\.members.count) == sizes)
        #expect(groups.map(\.warmValency) == sizes)
        #expect(groups.map(\.hotValency) == sizes.map { min($0, 2) })
    }

    @Test func `nothing after the group that crosses the limit is kept`() {
        let groups = groups(
            [.of(0..<4, hot: 1, warm: 1), .of(4..<5, hot: 1, warm: 1)],
            known: 3
        )
        #expect(groups.map(\.members.count) == [3, 0])
    }

    @Test func `groups that came before the targets count when there are some`() {
        var rig = Rig()
        #expect(rig.take(.localRoots([.of(0..<2, hot: 1, warm: 2)])).isEmpty)
        let effects = rig.take(.targets(Targets(known: 5)))
        #expect(effects.dialed.sorted() == .numbered(0..<2))
    }

    @Test func `fewer known than local roots cuts them, without closing anything`() {
        var rig = Rig(Targets(known: 4))
        rig.settle(.localRoots([.of(0..<4, hot: 4, warm: 4)]))
        let effects = rig.take(.targets(Targets(known: 2, established: 2, active: 2)))
        #expect(rig.governor.localRootGroups[0].members == .numbered(0..<2))
        #expect(rig.row(3)?.standing == .nonRoot)
        // Two too many are hot now: that is the target's doing.
        #expect(effects.cooled.sorted() == .numbered(2..<4))
        let more = rig.take(.targets(Targets(known: 4, established: 2, active: 2)))
        #expect(rig.governor.localRootGroups[0].members == .numbered(0..<4))
        #expect(more.jobs.isEmpty)
    }

    @Test func `a local root is learnt once, and carries its group's advertise flag`() {
        var rig = Rig(Targets(known: 5))
        var group = Governor.LocalRootGroup.of(0..<1, hot: 1, warm: 1)
        group.advertise = true
        let effects = rig.take(.localRoots([group, .of(1..<2, hot: 1, warm: 1)]))
        #expect(
            effects.transitions == [
                .transition(.number(0), from: .unknown, to: .cold, .learnt, .localRoot),
                .transition(.number(1), from: .unknown, to: .cold, .learnt, .localRoot),
            ]
        )
        #expect(rig.row(0)?.advertise == .advertised)
        #expect(rig.row(1)?.advertise == .withheld)
        #expect(rig.take(.localRoots([group, .of(1..<2, hot: 1, warm: 1)])).isEmpty)
    }

    @Test func `a removed root stays known, and a hot one is demoted at once`() {
        var rig = Rig(Targets(known: 9, established: 9, active: 9))
        rig.settle(.localRoots([.of(0..<2, hot: 1, warm: 2)]))
        rig.settle(.localRoots([.of(0..<2, hot: 2, warm: 2)]))
        #expect(rig.peers(.hot) == .numbered(0..<2))
        let effects = rig.take(.localRoots([.of(1..<2, hot: 1, warm: 1)]))
        #expect(effects.jobs == [.demoteHot(.number(0))])
        #expect(rig.row(0)?.standing == .nonRoot)
        #expect(rig.row(0)?.source == .localRoot)
        #expect(
            rig.take(.demotedHot(.number(0))).transitions == [
                .transition(.number(0), from: .hot, to: .warm, .noLongerConfigured, .localRoot)
            ]
        )
    }

    @Test
    func `a public root that becomes local is no public root any more, and is shown as local`() {
        var rig = Rig(Targets(root: 2, known: 3))
        rig.take(.publicRoots([.init(peer: .number(0), advertise: true)], retryAfter: .seconds(60)))
        #expect(rig.row(0)?.source == .publicRoot)
        rig.take(.localRoots([.of(0..<1, hot: 1, warm: 1)]))
        #expect(rig.row(0)?.standing == .local(group: 0))
        #expect(rig.row(0)?.source == .localRoot)
        #expect(rig.governor.counters.rootCount == 1)
    }

    @Test func `a changed diffusion mode does not restart a connection`() {
        var rig = Rig(Targets(known: 3))
        var group = Governor.LocalRootGroup.of(0..<1, hot: 1, warm: 1)
        rig.settle(.localRoots([group]))
        group.diffusionMode = .initiatorOnly
        #expect(rig.take(.localRoots([group])).isEmpty)
        #expect(rig.governor.localRootGroups[0].diffusionMode == .initiatorOnly)
    }

    @Test func `a group behind a firewall is not dialed, and its mode is its own`() {
        var rig = Rig(Targets(known: 3))
        var group = Governor.LocalRootGroup.of(0..<1, hot: 1, warm: 1)
        group.behindFirewall = true
        group.diffusionMode = .initiatorOnly
        let effects = rig.take(.localRoots([group]))
        #expect(effects.jobs == [.promoteCold(.number(0), mode: .initiatorOnly, dials: false)])
        rig.take(.promoteColdFailed(.number(0), .unreachable))
        #expect(rig.wait(.seconds(7)).dialed == [.number(0)])
    }
}

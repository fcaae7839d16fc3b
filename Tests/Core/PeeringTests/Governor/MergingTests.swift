import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct MergingTests {
    /// Peers 0 and 1 at the given temperatures, from the address book.
    private func rig(_ first: Temperature, _ second: Temperature) -> Rig {
        var rig = Rig(knowing: 2, then: Targets(known: 2, established: 2, active: 2))
        for (peer, temperature) in [(PeerID.number(0), first), (.number(1), second)] {
            switch temperature {
            case .unknown: rig.take(.forget(peer, .banned))
            case .cold: rig.take(.promoteColdFailed(peer, .unreachable))
            case .warm: rig.take(.promotedCold(peer, sharesPeers: true))
            case .hot: rig.settle(.promotedCold(peer, sharesPeers: true))
            }
        }
        return rig
    }

    @Test func `the higher temperature stays, for every pair of them`() {
        for first in Temperature.allCases {
            for second in Temperature.allCases {
                var rig = rig(first, second)
                let effects = rig.take(.merged(.number(0), other: .number(1)))
                #expect(rig.temperature(0) == max(first, second))
                #expect(rig.temperature(1) == .unknown)
                let merged = effects.filter {
                    if case .transition(_, _, _, .merged, _) = $0 { true } else { false }
                }
                let gone = Governor.Effect.transition(
                    .number(1),
                    from: second,
                    to: .unknown,
                    .merged,
                    .addressBook
                )
                let risen = Governor.Effect.transition(
                    .number(0),
                    from: first,
                    to: second,
                    .merged,
                    .addressBook
                )
                #expect(merged.contains(gone) == (second > .unknown))
                #expect(merged.contains(risen) == (second > first))
            }
        }
    }

    @Test func `a local root stays one, whichever of the two it was`() {
        for localNumber in UInt32(0)...1 {
            var rig = Rig(Targets(known: 3))
            let other = PeerID.number(1 - localNumber)
            rig.take(.drawn([other]))
            rig.settle(
                .localRoots([
                    .init(members: [.number(localNumber)], hotValency: 1, warmValency: 1)
                ])
            )
            rig.take(.merged(.number(0), other: .number(1)))
            #expect(rig.governor.localRootGroups[0].members == [.number(0)])
            #expect(rig.row(0)?.standing == .local(group: 0))
            #expect(rig.temperature(0) == .hot)
            #expect(rig.governor.known.count == 1)
        }
    }

    @Test func `two local roots that are one leave a smaller group`() {
        var rig = Rig(Targets(known: 5))
        rig.settle(.localRoots([.of(0..<3, hot: 2, warm: 3), .of(3..<4, hot: 1, warm: 1)]))
        rig.take(.merged(.number(0), other: .number(1)))
        #expect(rig.governor.localRootGroups[0].members == [.number(0), .number(2)])
        #expect(rig.governor.localRootGroups[0].warmValency == 2)
        rig.take(.merged(.number(3), other: .number(2)))
        #expect(
            rig.governor.localRootGroups.map(\.members) == [.numbered(0..<1) + [.number(3)], []]
        )
        #expect(rig.row(3)?.standing == .local(group: 0))
    }

    @Test func `a dial in flight goes on under the handle that stays`() {
        var rig = Rig(knowing: 1, then: Targets(known: 2, established: 1))
        #expect(rig.row(0)?.phase.destination == .warm)
        rig.take(.merged(.number(9), other: .number(0)))
        #expect(rig.row(9)?.phase.destination == .warm)
        #expect(rig.take(.promotedCold(.number(9), sharesPeers: true)).transitions.count == 1)
        #expect(rig.temperature(9) == .warm)
    }

    @Test func `a request to a merged peer is answered under its new handle`() {
        var rig = Rig(Targets(known: 1, established: 1))
        rig.carryOut(rig.take(.drawn(.numbered(0..<1))), sharing: true)
        rig.wait(.seconds(300))
        #expect(rig.take(.targets(Targets(known: 5, established: 1))).asked == [.number(0)])
        rig.take(.merged(.number(9), other: .number(0)))
        rig.take(.shared(by: .number(9), [.number(20)]))
        #expect(rig.row(20)?.source == .peerExchange)
        #expect(rig.governor.counters.shareRequests == 0)
    }

    @Test func `a banned peer is forgotten at any temperature, and from its group`() {
        var rig = Rig(Targets(known: 5))
        rig.settle(.localRoots([.of(0..<2, hot: 1, warm: 2)]))
        let hot = rig.peers(.hot)[0]
        let effects = rig.take(.forget(hot, .banned))
        #expect(
            effects.transitions.first
                == .transition(hot, from: .hot, to: .unknown, .banned, .localRoot)
        )
        #expect(rig.governor.known[hot] == nil)
        #expect(rig.governor.localRootGroups[0].members.count == 1)
        #expect(rig.governor.localRootGroups[0].warmValency == 1)
        // New targets regroup; it stays out until it is offered again.
        rig.take(.targets(Targets(known: 6)))
        #expect(rig.governor.known[hot] == nil)
        rig.take(.localRoots([.of(0..<2, hot: 1, warm: 2)]))
        #expect(rig.governor.known[hot]?.temperature == .cold)
    }

    @Test func `nobody waits for a forgotten peer's answer`() {
        var rig = Rig(Targets(known: 1, established: 1))
        rig.carryOut(rig.take(.drawn(.numbered(0..<1))), sharing: true)
        rig.wait(.seconds(300))
        rig.take(.targets(Targets(known: 5, established: 1)))
        #expect(rig.governor.counters.shareRequests == 1)
        rig.take(.forget(.number(0), .banned))
        #expect(rig.governor.counters.shareRequests == 0)
        #expect(rig.governor.known.isEmpty)
    }
}

import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Promotions to hot that come to nothing (O§3.8.2).
struct NodePromotionTests {
    private func transitions(_ effects: some Sequence<Node.Effect>) -> [Transition] {
        effects.compactMap { effect in
            guard case .emit(let event) = effect, case .transition(let change) = event.note else {
                return nil
            }
            return change
        }
    }

    /// A node whose two local roots greeted it at once: the first is hot, the second is warm.
    private func pair() -> Solo? {
        for seed in 1...20 as ClosedRange<UInt64> {
            var solo = Solo { birth in
                birth.topology.localRoots = [
                    Topology.LocalRootGroup(
                        accessPoints: [World.point(2), World.point(3)],
                        hotValency: 1,
                        warmValency: 2
                    )
                ]
            }
            solo.random = Random(seed: seed)
            let dials = solo.dials
            for dial in dials {
                guard let id = dial.expecting else { return nil }
                let info = solo.info(id, listening: dial.address)
                solo.feed(.authenticated(dial.connection, id, info, remote: dial.address))
            }
            for dial in dials { solo.feed(.received(dial.connection, .lifecycle, Solo.hello())) }
            let rows = solo.node.snapshot(now: solo.now).peers
            let hot = rows.filter { $0.temperature == .hot }.map(\.id)
            if dials.count == 2, hot == [dials[0].expecting] { return solo }
        }
        return nil
    }

    @Test func `one of a peer that is gone by then is over a second later, and costs nothing more`()
        throws
    {
        var solo = try #require(pair())
        // Neither confirms that it is used: both are given up at the same instant, the hot one
        // first, and the warm one is to take its place before its own end is known.
        var due = solo.now
        while !solo.effects.contains(where: { if case .close = $0 { true } else { false } }) {
            due = try #require(solo.node.nextDeadline)
            solo.now = max(solo.now, due)
            solo.feed(.deadline)
        }
        let ends = transitions(solo.effects).filter { $0.to == .cold && $0.from > .cold }
        #expect(ends.map(\.from) == [.hot, .warm])
        #expect(ends.allSatisfy { $0.reason == .closed(.useTimeout) })
        #expect(solo.node.nextDeadline == solo.now.advanced(by: .seconds(1)))
        let before = solo.node.snapshot(now: solo.now).peers.map(\.failCount)
        let after = solo.pass(.seconds(1))
        #expect(transitions(after).isEmpty)
        #expect(solo.node.snapshot(now: solo.now).peers.map(\.failCount) == before)
        #expect(solo.node.invariantViolation() == nil)
    }
}

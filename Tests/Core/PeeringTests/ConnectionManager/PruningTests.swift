import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// The limit on inbound connections (O§6.6).
@Suite struct `Pruning` {
    private func pruned(_ effects: [ConnectionManager.Effect]) -> [ConnectionID] {
        effects.compactMap { if case .prune(let id, _) = $0 { id } else { nil } }
    }

    @Test func `turns accepted sockets away at the limit, not one below`() {
        var bench = ConnectionBench(hardLimit: 3)
        for number in 0..<3 { #expect(bench.answers(.accepted(.accepted(UInt64(number)))) == []) }
        #expect(bench.answers(.accepted(.accepted(3))) == [.turnAway(.accepted(3))])
        #expect(bench.machine.inboundCount == 3)
        bench.feed(.failed(.accepted(0)))
        #expect(bench.answers(.accepted(.accepted(4))) == [])
    }

    @Test(arguments: Seed.sweep(200))
    func `takes one of those that we do not use`(_ seed: Seed) {
        var bench = ConnectionBench(hardLimit: 4, seed: seed.value)
        let ours = bench.make(.duplex, of: ConnectionBench.peer(1))
        let others: [ConnectionID] = [
            bench.make(.inbound(.duplex), of: ConnectionBench.peer(2)),
            bench.make(.inboundIdle(.unidirectional), of: ConnectionBench.peer(3)),
            bench.make(.unnegotiated(.inbound), of: ConnectionBench.peer(4)),
        ]
        let promoted = bench.make(.outboundDup(.ticking), of: ConnectionBench.peer(5))
        let picks = pruned(bench.feed(.promotedToWarm(promoted)))
        #expect(picks.count == 1)
        #expect(others.contains(picks.first ?? ours))
        #expect(bench.machine.state(of: promoted) == .duplex)
        #expect(bench.machine.inboundCount == 4)
    }

    @Test func `takes any of those alike, by chance`() {
        var taken: Set<ConnectionID> = []
        for seed in 1...60 {
            var bench = ConnectionBench(hardLimit: 3, seed: UInt64(seed))
            _ = bench.make(.inbound(.duplex), of: ConnectionBench.peer(2))
            _ = bench.make(.inboundIdle(.duplex), of: ConnectionBench.peer(3))
            _ = bench.make(.unnegotiated(.inbound), of: ConnectionBench.peer(4))
            let promoted = bench.make(.outboundDup(.expired), of: ConnectionBench.peer(5))
            taken.formUnion(pruned(bench.feed(.promotedToWarm(promoted))))
        }
        #expect(taken == [.accepted(0), .accepted(1), .accepted(2)])
    }

    @Test func `takes the promoted one too, and then it is gone`() {
        var ended = 0
        for seed in 1...40 {
            var bench = ConnectionBench(hardLimit: 1, seed: UInt64(seed))
            let other = bench.make(.inbound(.duplex), of: ConnectionBench.peer(2))
            let idle = bench.make(.outboundIdle(.duplex), of: ConnectionBench.peer(5))
            let picks = pruned(bench.feed(.promotedToWarm(idle)))
            #expect(picks == [other] || picks == [idle])
            #expect(bench.machine.state(of: idle) == (picks == [idle] ? nil : .inbound(.duplex)))
            #expect(bench.machine.inboundCount == 1)
            if picks == [idle] { ended += 1 }
        }
        #expect(ended > 5 && ended < 35)
    }

    @Test func `a released connection that is not picked changes its state, unlike upstream's`() {
        var kept = 0
        for seed in 1...40 {
            var bench = ConnectionBench(hardLimit: 1, seed: UInt64(seed))
            let other = bench.make(.inbound(.duplex), of: ConnectionBench.peer(2))
            let released = bench.make(.outboundDup(.ticking), of: ConnectionBench.peer(5))
            let picks = pruned(bench.feed(.release(released)))
            if picks == [other] {
                kept += 1
                #expect(bench.machine.state(of: released) == .inboundIdle(.duplex))
            } else {
                #expect(picks == [released])
                #expect(bench.machine.state(of: other) == .inbound(.duplex))
            }
        }
        #expect(kept > 5 && kept < 35)
    }

    @Test func `does not ask when both sides' use becomes the other's alone`() {
        var bench = ConnectionBench(hardLimit: 1)
        let both = bench.make(.duplex, of: ConnectionBench.peer(1))
        #expect(bench.answers(.release(both)) == [])
        #expect(bench.machine.state(of: both) == .inbound(.duplex))
    }
}

import Foundation
import Testing
import WarrenChain
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A node that starts late comes to the tip on real sockets, whatever some of its suppliers do.
///
/// Source: O§8.6, O§13 (60 s for an answer about blocks).
@Suite(.timeLimit(.minutes(4))) struct CatchUpTests {
    private static let count = 300

    @Test func `a late node comes to the tip though one supplier is silent and one has nothing`()
        async throws
    {
        let sample = try #require(ChainSample(Self.count, transactions: 1, now: SystemClock().now))
        let headers = sample.blocks.map(\.header)
        let bad: [(rule: AdversaryRule, key: NodeKey)] = [
            (.silentBody, .fresh), (.withheldBody, .fresh),
        ]
        let good: [NodeKey] = [.fresh, .fresh]
        let late = try await Subject(
            topology: Stage.guests(bad.map(\.key) + good),
            genesis: sample.genesis
        )
        let address = late.node.listenAddress

        // The bad ones come first, so that nobody else can be asked for what they show.
        let attacks = bad.map { rule, key in
            let adversary = Adversary(rule, sample.rules, key: key, showing: headers)
            return Stage.attack(adversary, address, key: key, within: .seconds(150))
        }
        let isShown = try await late.event(within: .seconds(30)) { note -> Bool? in
            if case .chain(.announced(let mark, let peer)) = note, mark.height == 1 {
                peer.id == bad[0].key.id ? true : nil
            } else {
                nil
            }
        }
        try #require(isShown == true, "the silent one was not heard")

        var suppliers: [Subject] = []
        for key in good {
            let scratch = Scratch()
            let store = try Store(directory: scratch.path)
            for batch in try sample.batches(now: SystemClock().now) { store.write(batch) { _ in } }
            store.close()
            suppliers.append(
                try await Subject(
                    key: key,
                    scratch: scratch,
                    topology: Stage.topology(dialing: late),
                    genesis: sample.genesis
                )
            )
        }

        let tip = try await late.event(within: .seconds(150)) { note -> BlockMark? in
            if case .chain(.adopted(let mark)) = note, mark.height == UInt64(Self.count) {
                mark
            } else {
                nil
            }
        }
        #expect(tip?.hash == headers.last?.id)
        for (attack, adversary) in zip(attacks, bad) {
            #expect(try await attack.value, "\(adversary.rule) is still there")
            let reason = try await late.event(within: .seconds(10)) { note -> CloseReason? in
                if case .disconnected(let peer, _, let reason) = note, peer.id == adversary.key.id {
                    reason
                } else {
                    nil
                }
            }
            #expect(reason == adversary.rule.reason, "\(adversary.rule)")
        }
        for supplier in suppliers { await supplier.stop() }
        await late.stop()
    }
}

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
@Suite(.timeLimit(.minutes(6))) struct CatchUpTests {
    private static let count = 300

    @Test func `a late node comes to the tip though its first supplier is silent`()
        async throws
    {
        let sample = try #require(ChainSample(Self.count, transactions: 1, now: SystemClock().now))
        let headers = sample.blocks.map(\.header)
        let silent = NodeKey.fresh
        let good: [NodeKey] = [.fresh, .fresh]
        let late = try await Subject(
            topology: Stage.guests([silent] + good),
            genesis: sample.genesis
        )

        // It comes first, so that nobody else can be asked for what it shows.
        let attack = Stage.attack(
            Adversary(.silentBody, sample.rules, key: silent, showing: headers),
            late.node.listenAddress,
            key: silent,
            within: .seconds(200)
        )
        let isShown = try await late.event(within: .seconds(90)) { note -> Bool? in
            if case .chain(.announced(let mark, let peer)) = note, mark.height == 1 {
                peer.id == silent.id ? true : nil
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
        #expect(try await attack.value, "it is still there")
        let reason = try await late.event(within: .seconds(10)) { note -> CloseReason? in
            guard case .disconnected(let peer, _, let reason) = note, peer.id == silent.id
            else { return nil }
            return reason
        }
        #expect(reason == AdversaryRule.silentBody.reason)
        for supplier in suppliers { await supplier.stop() }
        await late.stop()
    }
}

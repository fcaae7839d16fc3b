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

        let suppliers = try await Self.suppliers(good, of: sample, to: late)
        let tip = try await Self.adoptedTip(by: late)
        #expect(tip?.hash == headers.last?.id)
        #expect(try await attack.value, "it is still there")
        let reason = try await Self.end(of: silent, at: late, within: .seconds(10))
        #expect(reason == AdversaryRule.silentBody.reason)
        for supplier in suppliers { await supplier.stop() }
        await late.stop()
    }

    /// The slow one gives a body every two seconds: it would take ten minutes.
    @Test func `a late node comes to the tip though one supplier withholds and one is slow`()
        async throws
    {
        let sample = try #require(ChainSample(Self.count, transactions: 1, now: SystemClock().now))
        let headers = sample.blocks.map(\.header)
        let (withholder, slow, good) = (NodeKey.fresh, NodeKey.fresh, NodeKey.fresh)
        let late = try await Subject(
            topology: Stage.guests([withholder, slow, good]),
            genesis: sample.genesis
        )
        let attacks = [(AdversaryRule.withheldBody, withholder), (.slowBody, slow)].map {
            Stage.attack(
                Adversary(
                    $0,
                    sample.rules,
                    key: $1,
                    showing: headers,
                    bodies: sample.blocks.map(\.body.encoding)
                ),
                late.node.listenAddress,
                key: $1,
                within: .seconds(200)
            )
        }
        let isShown = try await late.event(within: .seconds(90)) { note -> Bool? in
            if case .chain(.announced) = note { true } else { nil }
        }
        try #require(isShown == true, "neither was heard")
        let suppliers = try await Self.suppliers([good], of: sample, to: late)

        let tip = try await Self.adoptedTip(by: late)
        #expect(tip?.hash == headers.last?.id)
        // Who says that there are no bodies goes; who is slow is of little use, and breaks no rule.
        let reason = try await Self.end(of: withholder, at: late, within: .seconds(60))
        #expect(reason == AdversaryRule.withheldBody.reason)
        #expect(try await attacks[0].value)
        let end = try await Self.end(of: slow, at: late, within: .milliseconds(1))
        #expect(end == nil)
        let peers = await late.snapshot().peers
        #expect(peers.first { $0.id == slow.id }?.connectionState != nil)
        for supplier in suppliers { await supplier.stop() }
        await late.stop()
        #expect(try await attacks[1].value)
    }

    // MARK: - Steps

    /// Nodes that have the whole chain, and dial the late one.
    private static func suppliers(
        _ keys: [NodeKey],
        of sample: ChainSample,
        to late: Subject
    ) async throws -> [Subject] {
        var suppliers: [Subject] = []
        for key in keys {
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
        return suppliers
    }

    private static func adoptedTip(by late: Subject) async throws -> BlockMark? {
        try await late.event(within: .seconds(150)) { note -> BlockMark? in
            if case .chain(.adopted(let mark)) = note, mark.height == UInt64(count) {
                mark
            } else {
                nil
            }
        }
    }

    private static func end(
        of key: NodeKey,
        at late: Subject,
        within limit: Duration
    ) async throws -> CloseReason? {
        try await late.event(within: limit) { note -> CloseReason? in
            guard case .disconnected(let peer, _, let reason) = note, peer.id == key.id
            else { return nil }
            return reason
        }
    }
}

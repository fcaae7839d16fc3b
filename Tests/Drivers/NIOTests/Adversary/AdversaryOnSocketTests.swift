import Foundation
import Testing
import WarrenChain
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Real nodes on loopback among those who break the rules of the chain.
///
/// The table of rules and reasons is ``AdversaryRule/reason``, the simulator's too.
@Suite(.timeLimit(.minutes(4))) struct AdversaryOnSocketTests {
    /// Longer than a root that did not come in the first half minute is left alone: 5 · 2³ s (O§3.5).
    private static let patience: Duration = .seconds(60)

    /// The network's first producer, who has nearly all stake, and another.
    private static let key = NodeKey(seed: [UInt8](repeating: 42, count: NodeKey.seedByteCount))
    private static let other = NodeKey(seed: [UInt8](repeating: 43, count: NodeKey.seedByteCount))

    @Test func `who breaks a rule goes for the reason in the table, and the others stay together`()
        async throws
    {
        let genesis = Self.genesis()
        let chain = try #require(genesis.chainRules)
        let one = try await Subject(
            topology: Stage.guests(AdversaryRule.allCases.map(Self.key(of:))),
            genesis: genesis
        )
        let two = try await Subject(topology: Stage.topology(dialing: one), genesis: genesis)
        // From then on both have read their stores, and let others in.
        let isUp = try await one.event { note -> Bool? in
            if case .connected = note { true } else { nil }
        }
        try #require(isUp == true)
        let node = one.node.listenAddress
        // A block of somebody honest comes to the second node by way of the first.
        let supplier = Self.attack(.honest, chain, node, within: .seconds(50))
        #expect(try await Self.adoption(at: 1, by: two, within: .seconds(40)) != nil)

        // ``CatchUpTests`` shows what becomes of the one that takes a minute. The one who goes back
        // further than any chain does has a chain made first, which would be in others' way: it has a
        // node of its own.
        let rules = AdversaryRule.broken.filter { $0 != .silentBody && $0 != .deepFork }
        let attacks = rules.map { Self.attack($0, chain, node) }
        for (rule, attack) in zip(rules, attacks) {
            #expect(try await attack.value, "\(rule) is still there")
        }

        #expect(try await !supplier.value, "the honest one was sent away")
        for rule in rules {
            let reason = try await Self.end(of: Self.key(of: rule).id, at: one)
            #expect(reason == rule.reason, "\(rule)")
        }
        // They never lost each other, and come to have one tip.
        for (subject, peer) in [(one, two), (two, one)] {
            let row = await subject.snapshot().peers.first { $0.id == peer.key.id }
            #expect(row?.connectionState != nil)
            let end = try await Self.end(of: peer.key.id, at: subject, within: .milliseconds(1))
            #expect(end == nil)
        }
        let tip = try #require(await one.snapshot().chain)
        let same = try await Self.adoption(at: tip.height, by: two, within: .seconds(40))
        #expect(same.map { "\($0.hash)" } == tip.hash)
        await one.stop()
        await two.stop()
    }

    @Test func `who goes back further than any chain does goes`() async throws {
        let genesis = Self.genesis()
        let chain = try #require(genesis.chainRules)
        let guests = Stage.guests([Self.key(of: .deepFork)])
        let node = try await Subject(topology: guests, genesis: genesis)
        #expect(try await Self.attack(.deepFork, chain, node.node.listenAddress).value)
        let reason = try await Self.end(of: Self.key(of: .deepFork).id, at: node)
        #expect(reason == AdversaryRule.deepFork.reason)
        await node.stop()
    }

    // MARK: - The network

    private static func genesis() -> Genesis {
        var genesis = Genesis(
            leaderSeed: [UInt8](repeating: 3, count: Genesis.leaderSeedLength),
            producers: [
                Genesis.Producer(name: "one", key: Hash(key.publicKey) ?? .zero, stake: 9),
                Genesis.Producer(name: "two", key: Hash(other.publicKey) ?? .zero, stake: 1),
            ]
        )
        genesis.startTime = SystemClock().now.advanced(by: .seconds(-600))
        genesis.activeSlotMillionths = 1_000_000
        genesis.securityParameter = 6
        return genesis
    }

    private static func place(of rule: AdversaryRule) -> Int {
        AdversaryRule.allCases.firstIndex(of: rule) ?? 0
    }

    private static func key(of rule: AdversaryRule) -> NodeKey {
        let byte = UInt8(100 + place(of: rule))
        return NodeKey(seed: [UInt8](repeating: byte, count: NodeKey.seedByteCount))
    }

    // MARK: - Steps

    private static func attack(
        _ rule: AdversaryRule,
        _ chain: ChainRules,
        _ node: HostPort,
        within limit: Duration = patience
    ) -> Task<Bool, any Error> {
        // Each begins in slots of its own, so that none takes another's for its twin.
        let adversary = Adversary(rule, chain, key: key, slotsLeftOut: 10 * place(of: rule))
        return Stage.attack(adversary, node, key: key(of: rule), within: limit)
    }

    private static func end(
        of id: NodeID,
        at subject: Subject,
        within limit: Duration = .seconds(10)
    ) async throws -> CloseReason? {
        try await subject.event(within: limit) { note in
            if case .disconnected(let peer, _, let reason) = note, peer.id == id {
                reason
            } else {
                nil
            }
        }
    }

    private static func adoption(
        at height: UInt64,
        by subject: Subject,
        within limit: Duration = .seconds(10)
    ) async throws -> BlockMark? {
        try await subject.event(within: limit) { note in
            if case .chain(.adopted(let mark)) = note, mark.height == height { mark } else { nil }
        }
    }
}

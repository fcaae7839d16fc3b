import Testing
import WarrenChain
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// For each rule of the chain, one who breaks it: it goes, and the network stays as it was.
///
/// The table of rules and reasons is ``AdversaryRule/reason``; `AdversaryOnSocketTests` holds a real
/// node to it, too.
struct AdversaryProperties {
    /// Hosts 0 to 2 are honest and use each other; 1 and 2 use the last one, too, which is a producer
    /// with nearly all stake, and uses them.
    private static let honest = 0..<3
    private static let liar = 3

    private func town(_ rule: AdversaryRule, _ seed: Seed) -> ChainTown {
        let link = LinkQuality(roundTrip: .milliseconds(20))
        var town = ChainTown(producers: 1, seed: seed.value, links: [link])
        town.isStrict = true
        town.genesis.activeSlotMillionths = 1_000_000
        town.genesis.securityParameter = 6
        town.genesis.producers.append(
            Genesis.Producer(
                name: "liar",
                key: Hash(Town.key(Self.liar).publicKey) ?? .zero,
                stake: 9
            )
        )
        town.add(following: [1, 2])
        town.add(following: [0, 2, 3])
        town.add(following: [0, 1, 3])
        town.town.add(roots: [1, 2])
        guard let rules = town.genesis.chainRules else { return town }
        town.town.network.hosts[Self.liar].reactors = [
            Troublemaker(Adversary(rule, rules, key: Town.key(Self.liar)))
        ]
        return town
    }

    @Test(arguments: AdversaryRule.broken, Seed.sweep(2))
    func `who breaks a rule goes for the reason in the table, and the others stay together`(
        _ rule: AdversaryRule,
        _ seed: Seed
    ) throws {
        let history = try town(rule, seed).run(for: .seconds(150))
        #expect(history.complaints.isEmpty)
        let liarID = Town.key(Self.liar).id
        for host in Self.honest {
            var reasons: Set<CloseReason> = []
            for (at, note) in history.facts.notes(of: host, since: history.start) {
                // One of two connections that were made at once goes.
                guard case .disconnected(let peer, _, let reason) = note,
                    reason != .lostSimultaneousDial
                else { continue }
                if peer.id == liarID {
                    reasons.insert(reason)
                } else {
                    Issue.record("host \(host) lost \(peer) at \(at): \(reason)")
                }
            }
            let expected = Set([rule.reason].compactMap(\.self))
            // The first does not use the liar, which may find it all the same.
            #expect(host == 0 ? reasons.isSubset(of: expected) : reasons == expected)
        }
        try expectOneChain(history, rule)
    }

    /// All honest nodes follow one chain, which grows, and no bad block is in it.
    private func expectOneChain(_ history: ChainHistory, _ rule: AdversaryRule) throws {
        let honest = ChainHistory(
            facts: history.facts,
            tips: Array(history.tips[Self.honest]),
            pools: Array(history.pools[Self.honest]),
            digest: history.digest,
            complaints: [],
            start: history.start
        )
        let height = try #require(honest.commonHeight)
        let made = Set(honest.made.map(\.hash))
        #expect(made.count >= 5 && height >= 5)
        // Those who go back too far, or too often, show sound blocks before.
        guard rule != .deepFork, rule != .wrongSlot, !rule.isRestless else { return }
        for host in Self.honest {
            #expect(history.chain(of: host).allSatisfy { made.contains($0.hash) })
        }
    }
}

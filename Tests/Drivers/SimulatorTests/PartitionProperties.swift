import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// Networks that fall apart, with a liar among them: what comes of their chains.
struct PartitionProperties {
    /// Who is none of the honest, and has stake as they have.
    private static let liar = PartitionShape.hosts.count
    /// Within this time of the end of a cut all follow one chain again.
    ///
    /// A lost local root is dialed again after 10 s and 2 of fuzz, and one that was silent for
    /// longer than it may be is found out on the way; then bodies of some dozens of blocks follow.
    private static let healingTime: Duration = .seconds(40)
    /// A block of a producer's own is in its store and adopted so long after it was made.
    private static let storeTime: Duration = .milliseconds(10)

    /// Rules of which no breach comes with a sound block that no honest node made.
    private static let rules = AdversaryRule.broken.filter {
        $0 != .deepFork && $0 != .wrongSlot && !$0.isRestless
    }

    private func town(_ shape: PartitionShape, _ seed: Seed) -> ChainTown {
        var town = ChainTown(
            producers: shape.producerCount,
            seed: seed.value,
            links: [LinkQuality(roundTrip: .milliseconds(20))]
        )
        town.isStrict = true
        return town
    }

    @Test(arguments: PartitionShape.allCases, Seed.sweep())
    func
        `a network that was cut in any way comes to have one chain in time, and loses no block that all had`(
            _ shape: PartitionShape,
            _ seed: Seed
        ) throws
    {
        var random = seed.random
        let rule = Self.rules[random.below(Self.rules.count)]
        let duration = Duration.seconds([2, 5, 15, 30, 60][random.below(5)])
        let mode = Scenario.Fault.CutMode.allCases[random.below(2)]
        var town = town(shape, seed)
        town.genesis.producers.append(
            Genesis.Producer(
                name: "liar",
                key: Hash(Town.key(Self.liar).publicKey) ?? .zero,
                stake: 1
            )
        )
        for host in PartitionShape.hosts {
            town.add(following: shape.neighbours(of: host) + (host == 5 ? [Self.liar] : []))
        }
        town.town.add(roots: [5])
        let rules = try #require(town.genesis.chainRules)
        town.town.network.hosts[Self.liar].reactors = [
            Troublemaker(Adversary(rule, rules, key: Town.key(Self.liar)))
        ]
        let start: Duration = .seconds(25)
        town.cut(shape, at: start, for: duration, mode)
        let history = try town.run(for: start + duration + Self.healingTime)
            .first(PartitionShape.hosts.count)
        let story = "\(rule), cut by \(mode) for \(duration)"
        #expect(history.complaints.isEmpty)
        let height = try #require(history.commonHeight, "\(story): not one chain")
        let made = history.made
        // Everything that was made in time is behind them, or lost to a rival.
        let before = made.filter { block in block.slot < 20 }.map(\.height).max() ?? 0
        #expect(height > before, "\(story)")
        let sound = Set(made.map(\.hash))
        for host in PartitionShape.hosts {
            for case .adopted(let mark) in history.notes(of: host) {
                #expect(sound.contains(mark.hash), "\(story): \(host) adopted \(mark)")
            }
        }
        let lost = history.lost(after: Self.storeTime)
        #expect(lost.isEmpty, "\(story): \(lost)")
        if shape.forks, duration >= .seconds(15) {
            let depths = PartitionShape.hosts.map { history.deepestRollback(of: $0) }
            #expect(depths.contains { $0 > 0 }, "\(story): nobody's chain gave way")
        }
    }

    /// Each part of the network goes on for longer than anybody may take back.
    ///
    /// Then its chains stay apart: who could only follow by leaving a block that lies
    /// `securityParameter` deep uses the other no more for 120 s (O§3.9), and again and again.
    @Test(arguments: [PartitionShape.halves, .ring, .threeWays], Seed.sweep())
    func
        `parts that went on for longer than may be taken back stay apart, and rest from each other`(
            _ shape: PartitionShape,
            _ seed: Seed
        ) throws
    {
        var town = town(shape, seed)
        town.genesis.activeSlotMillionths = 1_000_000
        town.genesis.securityParameter = 4
        for host in PartitionShape.hosts { town.add(following: shape.neighbours(of: host)) }
        town.cut(shape, at: .seconds(20), for: .seconds(40), .reset)
        let history = try town.run(for: .seconds(140))
        #expect(history.complaints.isEmpty)
        for host in PartitionShape.hosts { #expect(history.deepestRollback(of: host) <= 4) }
        #expect(history.lost(after: Self.storeTime).isEmpty)
        var tips: Set<Hash> = []
        for part in shape.parts {
            let chains = part.map { history.chain(of: $0).map(\.hash) }
            #expect(Set(chains.map(\.last)).count == 1, "one part, several chains")
            if let tip = chains[0].last { tips.insert(tip) }
            #expect(chains[0].count >= 20)
        }
        #expect(tips.count == shape.parts.count, "parts that have one chain again")
        try expectRests(history, shape)
    }

    /// Who had a peer of another part rests from it for 120 s as soon as it was used again.
    private func expectRests(_ history: ChainHistory, _ shape: PartitionShape) throws {
        for host in PartitionShape.hosts {
            let part = try #require(shape.parts.first { $0.contains(host) })
            for stranger in shape.neighbours(of: host) where !part.contains(stranger) {
                let id = Town.key(stranger).id
                let uses = history.facts.notes(of: host, since: history.start)
                    .filter { at, note in
                        guard at > .seconds(60), case .transition(let change) = note else {
                            return false
                        }
                        return change.peer.id == id && change.to == .hot
                    }
                #expect(uses.count == 1, "\(host) used \(stranger) at \(uses.map(\.at))")
            }
        }
    }

    /// One who makes no blocks has none to take back: it catches up however long it was away.
    @Test(arguments: Seed.sweep())
    func `a node that was alone for longer than may be taken back catches up, as it has no fork`(
        _ seed: Seed
    ) throws {
        var town = town(.oneNode, seed)
        town.genesis.activeSlotMillionths = 1_000_000
        town.genesis.securityParameter = 4
        let shape = PartitionShape.oneNode
        for host in PartitionShape.hosts { town.add(following: shape.neighbours(of: host)) }
        town.cut(shape, at: .seconds(20), for: .seconds(40), .reset)
        let history = try town.run(for: .seconds(60) + Self.healingTime)
        #expect(history.complaints.isEmpty)
        #expect(try #require(history.commonHeight) >= 50)
        #expect(history.lost(after: Self.storeTime).isEmpty)
    }
}

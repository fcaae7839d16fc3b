import Testing
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenSimulator
import WarrenSupport

/// The observer's, not Swift Testing's nor the simulator tests'.
private typealias Expectation = WarrenObservation.Expectation
private typealias Story = WarrenObservation.Chronicle

@Suite struct `Propagation in a simulated run` {
    private static let nodeCount = 7

    /// A ring with two producers, and the chronicle of two minutes of it.
    private static func run(seed: UInt64) throws -> (facts: [Fact], chronicle: Story) {
        var ring = ChainTown(producers: 2, seed: seed)
        for host in 0..<nodeCount {
            ring.add(following: [(host + nodeCount - 1) % nodeCount, (host + 1) % nodeCount])
        }
        ring.town.settings.snapshotPeriod = .seconds(5)
        let start = ring.town.start
        let facts = try ring.run(for: .seconds(120)).facts
        var chronicle = Story(
            population,
            from: start,
            to: start.advanced(by: .seconds(120))
        )
        for fact in facts { chronicle.take(fact) }
        chronicle.finish()
        return (facts, chronicle)
    }

    private static var population: Population {
        Population(
            (0..<nodeCount).map { host in
                DeclaredNode(
                    name: "node-\(host)",
                    group: "node",
                    role: host < 2 ? .blockProducer : .relay,
                    id: Town.key(host).id
                )
            }
        )
    }

    @Test(arguments: Seed.sweep(5))
    func `every block has a tree below its producer, in which nobody gives what it has not`(
        _ seed: Seed
    ) throws {
        let chronicle = try Self.run(seed: seed.value).chronicle
        let propagation = chronicle.propagation
        try #require(propagation.blocks.count > 10)
        var stopCount = 0
        for item in propagation.blocks {
            let spread = try #require(chronicle.spread(of: item.id))
            #expect(spread.producer == item.maker && spread.madeAt == item.bornAt)
            var places: [Int: BlockSpread.Stop] = [:]
            for stop in spread.stops { #expect(places.updateValue(stop, forKey: stop.node) == nil) }
            #expect(spread.stops.first?.node == spread.producer)
            for stop in spread.stops.dropFirst() {
                let parent = try #require(stop.parent.flatMap { places[$0] })
                #expect(stop.hops == parent.hops.map { $0 + 1 })
                #expect(stop.reached >= parent.fetched ?? .zero)
                #expect(stop.announced ?? .zero <= stop.fetched ?? .zero)
                #expect(stop.fetched ?? .zero <= stop.adopted ?? .seconds(120))
                #expect(stop.announcementCount >= 1 && stop.deliveryCount >= 1)
            }
            stopCount += spread.stops.count - 1
            // Whoever was to have it has it, or is missing.
            #expect(Set(item.arrivals.map(\.node)).isSubset(of: places.keys))
            #expect(item.arrivals.count + spread.missing.count == item.pairCount)
        }
        #expect(propagation.hopCounts.reduce(0, +) + propagation.strayCount == stopCount)
        let pairs = propagation.blocks.reduce(0) { $0 + $1.pairCount }
        #expect(propagation.blockDelays.pairCount == pairs)
    }

    @Test func `headers come from both sides of a ring, and bodies mostly once`() throws {
        let cost = try Self.run(seed: 7).chronicle.propagation.cost
        #expect(cost.duplicateAnnouncementCount > 0)
        // A node on a ring has two neighbours that follow chains, and no other peer is hot for long.
        #expect(cost.announcementCount <= Self.nodeCount * cost.firstAnnouncementCount)
        #expect(cost.deliveryCount >= cost.firstDeliveryCount)
        #expect(cost.receivedBytes >= cost.usefulBytes)
        #expect(cost.firstDeliveryCount == cost.firstAnnouncementCount)
    }

    @Test func `centiles are those that expectations go by`() throws {
        let (facts, chronicle) = try Self.run(seed: 7)
        let delays = chronicle.propagation.blockDelays
        for centile in Expectation.Centile.allCases {
            guard let time = delays[centile] else { continue }
            for (comparison, word) in [("<=", "held"), ("<", "broken")] {
                let nanoseconds = time.wholeNanoseconds
                let sentence =
                    "finally \(centile.rawValue) of block propagation \(comparison) "
                    + "\(nanoseconds)ns"
                var judge = try Judge([Expectation(sentence)], of: Self.population)
                for fact in facts { judge.take(fact) }
                judge.finish(at: chronicle.endsAt)
                #expect(judge.verdicts[0]?.word == word, "\(sentence)")
            }
        }
        #expect(delays[.p50] != nil)
    }

    @Test func `snapshots name the tip that the events end in`() throws {
        let network = try Self.run(seed: 7).chronicle.network
        #expect(network.tipContradictions.isEmpty && network.conduct.offences.isEmpty)
    }
}

import Testing
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// Nodes with a chain, whole: who makes blocks, who follows, and who catches up.
struct ChainProperties {
    @Test func `a producer's blocks reach nodes three hops away, and all follow one chain`() throws
    {
        var town = ChainTown(producers: 1)
        town.addLine(4)
        let history = try town.run(for: .seconds(90))
        #expect(history.complaints.isEmpty)
        let height = try #require(history.commonHeight)
        // One is on its way, and who has not come up yet makes none.
        #expect(height >= 30 && height + 2 >= UInt64(history.made.count))
        for host in 0..<4 {
            let chain = history.chain(of: host)
            #expect(chain.map(\.height) == (0..<chain.count).map { UInt64($0 + 1) })
        }
        let relayed = history.notes(of: 3).count { note in
            if case .fetched = note { true } else { false }
        }
        #expect(relayed >= 30)
    }

    @Test(arguments: Seed.sweep())
    func `of two blocks in one slot all nodes come to have the one with the lower hash`(
        _ seed: Seed
    ) throws {
        var town = ChainTown(producers: 2, seed: seed.value)
        town.genesis.activeSlotMillionths = 1_000_000
        town.add(following: [1, 2])
        town.add(following: [0, 2])
        town.add(following: [0, 1])
        let history = try town.run(for: .seconds(100))
        #expect(history.complaints.isEmpty)
        #expect(try #require(history.commonHeight) >= 40)
        let settled = history.chain(of: 2).dropLast(2).filter { $0.slot > 40 }
        var rivals = 0
        for block in settled {
            let sameSlot = history.made.filter { $0.slot == block.slot }
            let sameHeight = sameSlot.filter { $0.height == block.height }
            guard sameHeight.count > 1 else { continue }
            rivals += 1
            #expect(sameHeight.allSatisfy { block.hash <= $0.hash })
        }
        #expect(rivals >= 3)
    }

    @Test func `a network that was cut in two comes to have one chain again`() throws {
        var town = ChainTown(producers: 2)
        // The line is 2, 0, 1, 3, with a producer on each side of the cut.
        town.add(following: [1, 2])
        town.add(following: [0, 3])
        town.add(following: [0])
        town.add(following: [1])
        town.town.fault(
            at: .seconds(30),
            for: .seconds(40),
            .cut([0, 2], [1, 3], mode: .reset, oneWay: false)
        )
        let history = try town.run(for: .seconds(180))
        #expect(history.complaints.isEmpty)
        #expect(try #require(history.commonHeight) >= 60)
        let depths = (0..<4).flatMap { history.notes(of: $0) }.compactMap { note -> Int? in
            if case .rolledBack(_, let depth) = note { depth } else { nil }
        }
        #expect(depths.contains { $0 >= 3 })
    }

    @Test(arguments: [2, 0])
    func `a node that was killed comes back with what its store kept, and catches up`(
        _ host: Int
    ) throws {
        var town = ChainTown(producers: 1)
        town.addLine(3)
        town.town.fault(at: .milliseconds(40_003), for: .seconds(30), .kill([host]))
        let history = try town.run(for: .seconds(160))
        #expect(history.complaints.isEmpty)
        let tip = try #require(history.tips[host])
        #expect(history.tips.allSatisfy { $0.map { $0.height + 2 >= tip.height } ?? false })
        #expect(tip.height >= 40)
        // It went on from its store: it adopted each block once.
        let adopted = history.notes(of: host).compactMap { note -> Hash? in
            if case .adopted(let mark) = note { mark.hash } else { nil }
        }
        #expect(adopted.count - Set(adopted).count <= 2)
        // And it signed none twice for a slot.
        #expect(Set(history.made.map(\.slot)).count == history.made.count)
    }

    @Test func `a node that comes late gets its blocks from several peers at once`() throws {
        var town = ChainTown(producers: 1, links: [LinkQuality(roundTrip: .milliseconds(20))])
        town.genesis.slotLength = .milliseconds(50)
        town.add(following: [1, 2])
        town.add(following: [0, 2])
        town.add(following: [0, 1])
        town.add(following: [0, 1, 2])
        town.town.fault(at: .zero, for: .seconds(70), .kill([3]))
        let history = try town.run(for: .seconds(110))
        #expect(history.complaints.isEmpty)
        let height = try #require(history.commonHeight)
        #expect(height >= 800)
        let suppliers = history.notes(of: 3).compactMap { note -> NodeID? in
            if case .fetched(_, let peer, _) = note { peer.id } else { nil }
        }
        #expect(Set(suppliers).count >= 2)
    }

    @Test func `the same seed gives the same chain`() throws {
        var town = ChainTown(producers: 2)
        town.addLine(4)
        let first = try town.run(for: .seconds(60))
        let second = try town.run(for: .seconds(60))
        #expect(first.digest == second.digest && first.tips == second.tips)
        #expect(first.tips.allSatisfy { ($0?.height ?? 0) > 5 })
    }
}

import Testing
import WarrenChain
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// A chain and its transactions, whoever manages the peers and however real the bytes are.
struct ChainManagers {
    enum Manager: CaseIterable {
        case governor, ensurePeers, staticTopology

        func set(_ configuration: inout NodeConfiguration) {
            switch self {
            case .governor: configuration.peerManager = .governor
            case .ensurePeers: configuration.peerManager = .ensurePeers
            case .staticTopology: configuration.enablesP2P = false
            }
        }
    }

    private func expectFlow(_ town: ChainTown, for duration: Duration = .seconds(80)) throws {
        let transactions = (0..<20).map { Transaction(.payload([1, UInt8($0)])) }
        let last = town.town.network.hosts.count - 1
        let history = try town.run(for: duration) { simulation, second in
            guard second >= 20, second < 40 else { return }
            _ = simulation.submit(transactions[second - 20], to: last)
        }
        #expect(history.complaints.isEmpty)
        #expect(history.blameworthyEnds.isEmpty, "\(history.blameworthyEnds)")
        #expect(try #require(history.commonHeight) >= 20)
        let chain = Set(history.chain(of: last).map(\.hash))
        let bodies = history.bodies
        let included = bodies.filter { chain.contains($0.key) }.flatMap(\.value)
        #expect(included.count == 20 && Set(included) == Set(transactions.map(\.id)))
        #expect(history.pools.allSatisfy { $0?.count == 0 })
    }

    @Test(arguments: Manager.allCases)
    func `peers are followed, and transactions reach the producer`(_ manager: Manager) throws {
        var town = ChainTown(producers: 1)
        for roots in [[1], [0, 2], [1, 3], [2]] {
            town.add(following: roots) { manager.set(&$0) }
        }
        try expectFlow(town)
    }

    @Test func `nodes of all managers follow one chain`() throws {
        var town = ChainTown(producers: 1)
        let managers: [Manager] = [.staticTopology, .governor, .ensurePeers, .governor]
        for (manager, roots) in zip(managers, [[1], [0, 2], [1, 3], [2]]) {
            town.add(following: roots) { manager.set(&$0) }
        }
        try expectFlow(town)
    }

    @Test func `real connections carry blocks and transactions as whole messages do`() throws {
        var town = ChainTown(producers: 1, links: [LinkQuality(roundTrip: .milliseconds(20))])
        town.addLine(4)
        town.town.settings.fidelity = .bytes
        try expectFlow(town)
    }
}

import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// A town whose nodes have a chain; the first `producers` of them make its blocks.
struct ChainTown {
    var town: Town
    let producers: Int
    var genesis: Genesis

    init(producers: Int, seed: UInt64 = 7, links: [LinkQuality] = [.near]) {
        self.producers = producers
        town = Town(links: links)
        town.settings.seed = seed
        town.settings.checkPeriod = 97
        genesis = Genesis(
            leaderSeed: [UInt8](repeating: 3, count: Genesis.leaderSeedLength),
            producers: (0..<producers).map { host in
                Genesis.Producer(
                    name: "node-\(host)",
                    key: Hash(Town.key(host).publicKey) ?? .zero,
                    stake: 1
                )
            }
        )
        genesis.startTime = town.start
        genesis.activeSlotMillionths = 500_000
    }

    /// A node that keeps these hot.
    mutating func add(following roots: [Int]) {
        let isProducer = town.network.hosts.count < producers
        let genesis = genesis
        town.add(roots: roots) { birth in
            birth.genesis = genesis
            birth.signer = isProducer ? Town.key(Int(birth.incarnation) - 1) : nil
        }
    }

    /// Each follows its neighbours on a line.
    mutating func addLine(_ count: Int) {
        for host in 0..<count {
            add(following: [host - 1, host + 1].filter { (0..<count).contains($0) })
        }
    }

    func run(for duration: Duration) throws -> ChainHistory {
        var simulation = try town.simulation()
        var facts: [Fact] = []
        simulation.run(for: duration) { facts.append($0) }
        let tips = town.network.hosts.indices.map { simulation.snapshot($0)?.chain }
        return ChainHistory(
            facts: facts,
            tips: tips,
            digest: "\(simulation.digest)",
            complaints: simulation.complaints.map { "\($0)" },
            start: town.start
        )
    }
}

/// What became of a chain, and of every node's view of it.
struct ChainHistory {
    let facts: [Fact]
    let tips: [Snapshot.Tip?]
    let digest: String
    let complaints: [String]
    let start: Instant

    func notes(of host: Int) -> [ChainNote] {
        facts.notes(of: host, since: start).compactMap { note in
            if case .chain(let chain) = note.note { chain } else { nil }
        }
    }

    /// The blocks that the node adopted and did not leave behind again.
    func chain(of host: Int) -> [BlockMark] {
        var chain: [BlockMark] = []
        for note in notes(of: host) {
            switch note {
            case .adopted(let mark): chain.append(mark)
            case .rolledBack(let mark, _): chain.removeAll { $0.height > mark.height }
            case .made, .announced, .fetched, .sighted, .equivocation: break
            }
        }
        return chain
    }

    /// All blocks that were made, by whomever.
    var made: [BlockMark] {
        tips.indices.flatMap { host in
            notes(of: host).compactMap { note in
                if case .made(let mark, _, _) = note { mark } else { nil }
            }
        }
    }

    /// The lowest of the nodes' heights, if all tips are on the first node's chain; 0 for a node
    /// that is down.
    var commonHeight: UInt64? {
        let chain = Set(chain(of: 0).map { "\($0.height) \($0.hash)" })
        var least = UInt64.max
        for tip in tips {
            guard let tip else { return 0 }
            guard tip.height == 0 || chain.contains("\(tip.height) \(tip.hash)") else {
                return nil
            }
            least = min(least, tip.height)
        }
        return least
    }
}

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
    /// Nodes use the roots that they are given, and nobody else.
    var isStrict = false

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
    mutating func add(
        following roots: [Int],
        _ configure: (inout NodeConfiguration) -> Void = { _ in }
    ) {
        let isProducer = town.network.hosts.count < producers
        let (genesis, isStrict) = (genesis, isStrict)
        town.add(roots: roots) { birth in
            if isStrict {
                let count = roots.count
                birth.configuration.targets = Targets(
                    root: count,
                    known: count,
                    established: count,
                    active: 0
                )
            }
            configure(&birth.configuration)
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

    /// Lets it run; `meddle` may do something at the beginning of each second.
    func run(
        for duration: Duration,
        _ meddle: (inout Simulation, Int) -> Void = { _, _ in }
    ) throws -> ChainHistory {
        var simulation = try town.simulation()
        var facts: [Fact] = []
        for second in 0..<Int(duration.components.seconds) {
            meddle(&simulation, second)
            simulation.run(for: .seconds(1)) { facts.append($0) }
        }
        let ends = town.network.hosts.indices.map { simulation.snapshot($0) }
        return ChainHistory(
            facts: facts,
            tips: ends.map { $0?.chain },
            pools: ends.map { $0?.mempool },
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
    var pools: [Snapshot.Mempool?] = []
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

    /// The ends of connections for reasons that a peer is to blame for.
    var blameworthyEnds: [CloseReason] {
        tips.indices.flatMap { facts.ends(of: $0, since: start) }.map(\.reason)
            .filter { $0.isViolation || $0.isTimeout }
    }

    /// The transactions in the bodies of all blocks that were made.
    var bodies: [Hash: [Hash]] {
        var bodies: [Hash: [Hash]] = [:]
        for host in tips.indices {
            for case .made(let mark, _, let transactions) in notes(of: host) {
                bodies[mark.hash] = transactions
            }
        }
        return bodies
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

extension CloseReason {
    /// True when a peer owed an answer for too long.
    var isTimeout: Bool {
        switch self {
        case .bodyMissing, .chainTimeout, .blocksTimeout, .transactionsTimeout, .useTimeout,
            .keepAliveTimeout, .helloTimeout, .pongTimeout:
            true
        default: false
        }
    }
}

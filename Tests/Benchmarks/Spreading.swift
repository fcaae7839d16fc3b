import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// One block on its way.
struct Spreading {
    let mark: BlockMark
    let bytes: Int
    let maker: Int
    let madeAt: Instant
    let isCounted: Bool
    /// By host, from its making on.
    private(set) var delays: [Int: Duration] = [:]
    /// The least that each host's delay could be.
    var bounds: [Duration] = []

    init(_ mark: BlockMark, bytes: Int, by maker: Int, at instant: Instant, _ isCounted: Bool) {
        self.mark = mark
        self.bytes = bytes
        self.maker = maker
        madeAt = instant
        self.isCounted = isCounted
    }

    mutating func arrive(at host: Int, _ instant: Instant) {
        guard delays[host] == nil else { return }
        delays[host] = madeAt.duration(to: instant)
    }
}

/// Who uses whom as a hot peer, and how far away they are.
struct HotGraph {
    private struct Edge {
        var user: Int
        var path: Path
    }

    /// For each host, who follows its chain.
    private var users: [[Edge]]

    init(_ simulation: borrowing Simulation, _ world: Simulation.Network) {
        let count = world.hosts.count
        let ids = Dictionary(
            uniqueKeysWithValues: world.hosts.enumerated().map { ($1.birth.ownID, $0) }
        )
        let regionCount = Int(Double(world.links.count).squareRoot().rounded())
        users = Array(repeating: [], count: count)
        for user in 0..<count {
            for peer in simulation.snapshot(user)?.peers ?? [] where peer.temperature == .hot {
                guard let used = peer.id.flatMap({ ids[$0] }) else { continue }
                let (from, to) = (world.hosts[used].region, world.hosts[user].region)
                let path = Path(world.links[from * regionCount + to])
                users[used].append(Edge(user: user, path: path))
            }
        }
    }

    /// When each host could have a body at the soonest: along the shortest way by latency and by the
    /// time that its bytes take to leave, passed on whole by each host at once and unasked.
    ///
    /// Endless for hosts that no way leads to.
    func soonest(from maker: Int, bytes: Int) -> [Duration] {
        var times = Array(repeating: Int64.max, count: users.count)
        var isDone = Array(repeating: false, count: users.count)
        times[maker] = 0
        while let next = users.indices.filter({ !isDone[$0] && times[$0] < .max })
            .min(by: { times[$0] < times[$1] })
        {
            isDone[next] = true
            for edge in users[next] {
                let time = times[next] + edge.path.oneWay + edge.path.transmission(of: bytes)
                times[edge.user] = min(times[edge.user], time)
            }
        }
        return times.map { $0 == .max ? .seconds(3600) : .nanoseconds($0) }
    }
}

/// Delays of blocks at hosts, and the bounds of these delays.
struct Tally {
    private(set) var blockCount = 0
    /// Blocks that another of the same height won over.
    var rivalCount = 0
    /// Blocks that had too few transactions to be full.
    var smallCount = 0
    private(set) var delays: [Duration] = []
    private(set) var bounds: [Duration] = []
    /// Of the block that came to the fewest hosts in time.
    private(set) var leastShare = 1.0
    private(set) var leastBytes = Int.max

    /// For who never had the block.
    private static let never: Duration = .seconds(3600)

    mutating func add(_ block: Spreading, hostCount: Int, bound: Duration) {
        blockCount += 1
        leastBytes = min(leastBytes, block.bytes)
        var inTime = 0
        for host in 0..<hostCount where host != block.maker {
            let delay = block.delays[host] ?? Self.never
            delays.append(delay)
            bounds.append(block.bounds[host])
            if delay <= bound { inTime += 1 }
        }
        leastShare = min(leastShare, Double(inTime) / Double(max(1, hostCount - 1)))
    }

    mutating func add(_ other: Tally) {
        blockCount += other.blockCount
        rivalCount += other.rivalCount
        smallCount += other.smallCount
        delays += other.delays
        bounds += other.bounds
        leastShare = min(leastShare, other.leastShare)
        leastBytes = min(leastBytes, other.leastBytes)
    }

    /// Milliseconds, by nearest rank in a thousand.
    private static func centile(_ thousandths: Int, of sorted: [Duration]) -> Double {
        guard !sorted.isEmpty else { return .infinity }
        let rank = max(1, (sorted.count * thousandths + 999) / 1000)
        return sorted[min(rank, sorted.count) - 1] / .milliseconds(1)
    }

    func show(_ name: String) {
        let (delays, bounds) = (delays.sorted(), bounds.sorted())
        let shares = [0.98, 0.99].map { leastShare >= $0 ? "yes" : "no" }.joined(separator: "/")
        Figure(
            name: "\(name): p95 of \(blockCount) full blocks; 98/99 %: \(shares)",
            value: Self.centile(950, of: delays),
            unit: .milliseconds,
            floor: Self.centile(950, of: bounds),
            budget: .atMost(5000)
        )
        .show()
    }

    func showDistribution() {
        let (delays, bounds) = (delays.sorted(), bounds.sorted())
        for (name, thousandths) in [
            ("p50", 500), ("p90", 900), ("p95", 950), ("p98", 980), ("p99", 990), ("max", 1000),
        ] {
            Figure(
                name: "block of \(leastBytes) B or more to all nodes, \(name)",
                value: Self.centile(thousandths, of: delays),
                unit: .milliseconds,
                floor: Self.centile(thousandths, of: bounds),
                budget: thousandths == 950 ? .atMost(5000) : nil
            )
            .show()
        }
        Figure(
            name: "least share of nodes in 5 s, of \(blockCount) blocks, %",
            value: leastShare * 100,
            unit: .percent,
            budget: .atLeast(95)
        )
        .show()
    }
}

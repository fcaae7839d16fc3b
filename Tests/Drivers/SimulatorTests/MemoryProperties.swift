import Testing
import WarrenChain
import WarrenGossip
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// What nodes hold in memory in the course of a day.
struct MemoryProperties {
    private static let hosts = 4
    /// How much more than before a collection may hold in the second half of the day: what its size
    /// swings by, in elements and in a share of them.
    private static let slack = (count: 64, share: 3)

    /// Collections that take longer than half a day to be full, and how many elements they may have.
    private static let limits: [(name: String, limit: Int)] = [
        ("chain.mempool.included.places", Mempool.Limits().included),
        ("chain.mempool.included.queue", 2 * Mempool.Limits().included + 64),
        ("chain.sighted.ids", 65_536),
        ("chain.sighted.ring", 65_536),
        ("chain.pull.handed.ids", 4_096),
        ("chain.pull.handed.ring", 4_096),
        ("chain.chain.evidence", Blockchain.Limits().evidence),
        // A message has one byte at least.
        ("chain.chain.bodies.held", Blockchain.Limits().bodyBytes),
        ("chain.chain.bodies.order.places", Blockchain.Limits().bodyBytes),
        ("chain.chain.bodies.order.queue", 2 * Blockchain.Limits().bodyBytes + 64),
        ("chain.chain.bodies.held[].value.message", Blockchain.Limits().bodyBytes),
        // A block on its way to the store.
        ("chain.made.body.encoding", Body.byteLimit),
        ("chain.made.body.transactions[].content.payload", Body.byteLimit),
        ("chain.made.body.transactions[].encoding", Body.byteLimit),
        ("chain.made.message", Body.byteLimit + BodyMessage.overhead),
    ]

    /// A ring with two producers and few blocks that may be taken back; somebody submits all the
    /// time, and every two hours somebody is killed, or cut off, for ten minutes.
    private static func simulation() throws -> Simulation {
        var town = ChainTown(producers: 2, links: [LinkQuality(roundTrip: .milliseconds(20))])
        town.genesis.slotLength = .seconds(4)
        town.genesis.activeSlotMillionths = 100_000
        town.genesis.securityParameter = 50
        town.town.settings.reportsFacts = false
        town.town.settings.checkPeriod = nil
        for host in 0..<hosts {
            town.add(following: [(host + 1) % hosts, (host + hosts - 1) % hosts]) {
                $0.pace = 1
            }
        }
        for number in 0..<11 {
            let start = Duration.seconds(3600 + 7200 * number)
            let host = number % hosts
            if number.isMultiple(of: 2) {
                town.town.fault(at: start, for: .seconds(600), .kill([host]))
            } else {
                let others = (0..<hosts).filter { $0 != host }
                town.town.fault(
                    at: start,
                    for: .seconds(600),
                    .cut([host], others, mode: .hang, oneWay: false)
                )
            }
        }
        return try town.town.simulation()
    }

    @Test func `no collection of any node grows over 24 virtual hours of load and churn`() throws {
        var simulation = try Self.simulation()
        var early = Census(of: 0)
        var late = Census(of: 0)
        var number = 0
        for hour in 1...24 {
            for _ in 0..<120 {
                simulation.run(for: .seconds(30))
                let bytes = (0..<250).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) }
                _ = simulation.submit(Transaction(.payload(bytes)), to: number % Self.hosts)
                number += 1
            }
            for host in 0..<Self.hosts {
                guard let node = simulation.memory(of: host) else { continue }
                let census = Census(of: node)
                if hour <= 12 { early.raise(to: census) } else { late.raise(to: census) }
            }
        }
        let heights = (0..<Self.hosts).compactMap { simulation.snapshot($0)?.chain?.height }
        #expect(heights.count == Self.hosts && heights.allSatisfy { $0 > 1500 }, "\(heights)")
        #expect(early.counts.count > 100, "little was counted")
        for (name, count) in late.counts.sorted(by: { $0.key < $1.key }) {
            let before = early.counts[name] ?? 0
            if let named = Self.limits.first(where: { name.hasSuffix($0.name) }) {
                #expect(count <= named.limit, "\(name): \(count)")
            } else {
                let limit = before + before / Self.slack.share + Self.slack.count
                #expect(count <= limit, "\(name): \(before) in the morning, \(count) later")
            }
        }
    }
}

import Foundation
import Synchronization
import Testing
import WarrenChain
import WarrenGenerator
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

extension Benchmarks {
    /// How many transactions a second a network takes, until they are in a block everywhere.
    @Suite struct LoadBenchmarks {
        /// The starter network, with five times as many slots, and more work than fits in its blocks.
        private static let scenario = """
            name: bench
            seed: 42
            nodes:
              seed: { role: seed, count: 1 }
              relay: { role: relay, count: 4, region: [eu, us] }
              producer: { role: block-producer, count: 2, behind: relay, valency: 2 }
            topology: none
            defaults:
              targets: { known: 20, established: 8, active: 4 }
              pace: 60
            chain: { slot: 200ms }
            """

        @Test(
            .enabled(if: Scale.isEarnest && NodeProgram.path != nil, "processes: only in earnest")
        )
        func `the starter network takes transactions`() throws {
            var options = Network.Options()
            options.startTime = Cost.now
            options.base = Int(ProcessInfo.processInfo.processIdentifier % 80) + 1
            let document = try Document(yaml: Array(Self.scenario.utf8), file: "bench")
            let network = try Network(Scenario.read(document, file: "bench"), options: options)
            var programs: [NodeProgram] = []
            defer {
                for program in programs { program.stop() }
                for program in programs { program.end() }
            }
            for node in network.nodes {
                programs.append(
                    try NodeProgram(node.configuration, node.key, node.topology, network.genesis)
                )
            }
            for program in programs { try program.ready() }
            let places = network.nodes.indices.filter { network.nodes[$0].member.role != .seed }
            let ledger = InclusionRecord(nodes: places.count)
            let watchers = DispatchGroup()
            for (number, place) in places.enumerated() {
                let address = programs[place].adminAddress
                watchers.enter()
                Thread.detachNewThread {
                    let events = try? EventReader(address)
                    while !ledger.isDone, let event = try? events?.next(with: "\"hash\"") {
                        ledger.take(event, from: number)
                    }
                    watchers.leave()
                }
            }
            ledger.started.wait()
            let relays = network.nodes.indices.filter {
                network.nodes[$0].member.role == .relay
            }
            let count = 12_000
            let lanes = relays.map { programs[$0].adminAddress }
            let begin = Cost.now
            DispatchQueue.concurrentPerform(iterations: lanes.count) { lane in
                for number in stride(from: lane, to: count, by: lanes.count) {
                    let transaction = ChainSample.transaction(UInt64(number), size: 250)
                    let at = Cost.now
                    guard Self.submit(transaction, to: lanes[lane]) else { continue }
                    ledger.submitted(transaction.id, at: at)
                }
            }
            let sent = milliseconds(begin.duration(to: Cost.now)) / 1_000
            ledger.finish()
            watchers.wait()
            show(ledger, sent: sent, since: begin, network.genesis)
        }

        private func show(
            _ ledger: InclusionRecord,
            sent: Double,
            since begin: Instant,
            _ genesis: Genesis
        ) {
            let delays = ledger.delays.sorted()
            guard let last = ledger.lastInclusion, !delays.isEmpty else {
                Issue.record("nothing was included")
                return
            }
            let accepted = Double(delays.count)
            // With its framing, in a body.
            let size = Double(ChainSample.transaction(0, size: 250).encoding.count + 3)
            let slot = Double(genesis.slotLength.wholeNanoseconds) / 1e9
            let blocks = Double(genesis.activeSlotMillionths) / 1e6 / slot
            let capacity = blocks * (Double(genesis.maxBodySize) / size).rounded(.down)
            Figure(
                name: "7 processes: transactions accepted, beside the room in blocks",
                value: accepted / sent,
                unit: .perSecond,
                floor: capacity
            )
            .show()
            Figure(
                name: "– in a block everywhere, beside the room in blocks",
                value: accepted / (milliseconds(begin.duration(to: last)) / 1_000),
                unit: .perSecond,
                floor: capacity
            )
            .show()
            // For the next slot that has a leader, of whom nobody knows before.
            let share = Double(genesis.activeSlotMillionths) / 1e6
            func wait(_ centile: Int) -> Double {
                slot * log(1 - Double(centile) / 100) / log(1 - share)
            }
            for centile in [50, 95, 100] {
                Figure(
                    name: "– time until one is, centile \(centile)",
                    value: delays[(delays.count - 1) * centile / 100],
                    unit: .seconds,
                    floor: centile < 100 ? wait(centile) : nil
                )
                .show()
            }
        }

        private static func submit(_ transaction: Transaction, to address: HostPort) -> Bool {
            guard let wire = try? Wire(to: address, patience: 10) else { return false }
            defer { wire.close() }
            let head = """
                POST /tx HTTP/1.1\r\nHost: bench\r\nContent-Type: application/octet-stream\r\n\
                Content-Length: \(transaction.encoding.count)\r\nConnection: close\r\n\r\n
                """
            var room = [UInt8](repeating: 0, count: 4_096)
            guard (try? wire.write(Array(head.utf8) + transaction.encoding)) != nil,
                let count = try? wire.read(into: &room)
            else { return false }
            return String(decoding: room[..<count], as: UTF8.self).hasPrefix("HTTP/1.1 2")
        }
    }
}

/// Which transaction is in which block, and which block is where since when.
private final class InclusionRecord: Sendable {
    /// Signalled once every node has a chain that grows.
    let started = DispatchSemaphore(value: 0)
    private let state: Mutex<State>

    /// Blocks that all have before the load begins.
    private static let firstHeight: UInt64 = 3

    fileprivate struct State {
        var nodes: Int
        var submissions: [Hash: Instant] = [:]
        var bodies: [Hash: [Hash]] = [:]
        /// When each node adopted a block, by the block.
        var adoptions: [Hash: [Int: Instant]] = [:]
        /// Since when a transaction is in a block everywhere.
        var inclusions: [Hash: Instant] = [:]
        var ready: Set<Int> = []
        var isSent = false
        var isDone = false
    }

    init(nodes: Int) { state = Mutex(State(nodes: nodes)) }

    var isDone: Bool { state.withLock { $0.isDone } }

    func submitted(_ id: Hash, at instant: Instant) {
        state.withLock { $0.submissions[id] = instant }
    }

    /// Nothing more is submitted.
    func finish() { state.withLock { $0.isSent = true } }

    func take(_ event: Event, from node: Int) {
        let isStart = state.withLock { state in
            switch event.note {
            case .chain(.made(let mark, _, let transactions)):
                state.bodies[mark.hash] = transactions
                state.settle(mark.hash)
            case .chain(.adopted(let mark)):
                state.adoptions[mark.hash, default: [:]][node] = event.at
                state.settle(mark.hash)
                guard mark.height >= InclusionRecord.firstHeight else { return false }
                return state.ready.insert(node).inserted && state.ready.count == state.nodes
            default: break
            }
            return false
        }
        if isStart { started.signal() }
    }

    /// Seconds from submission to the last node's adoption.
    var delays: [Double] {
        state.withLock { state in
            state.inclusions.compactMap { id, at in
                state.submissions[id].map { milliseconds($0.duration(to: at)) / 1_000 }
            }
        }
    }

    var lastInclusion: Instant? { state.withLock { $0.inclusions.values.max() } }
}

extension InclusionRecord.State {
    fileprivate mutating func settle(_ block: Hash) {
        guard let places = adoptions[block], places.count == nodes, let at = places.values.max(),
            let body = bodies[block]
        else { return }
        for id in body where inclusions[id].map({ at < $0 }) ?? true { inclusions[id] = at }
        isDone = isSent && submissions.keys.allSatisfy { inclusions[$0] != nil }
    }
}

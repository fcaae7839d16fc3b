import Foundation
import Glibc
import Testing
import WarrenPrimitives
import WarrenSimulator

extension Benchmarks {
    /// What it costs to simulate a crowd: the governor with its churn, the connection manager and
    /// the inbound governor, exchange, routing and books, digest only.
    ///
    /// An event is a message delivered, or a deadline that changed something. 100,000 nodes take
    /// minutes and gigabytes: `WARREN_BENCH_CROWD=100000` asks for them. Source: design §16.
    @Suite struct SimulatorBenchmarks {
        private static let virtualTime: Duration = .seconds(Scale.of(600, small: 5))

        private struct Run {
            var hostCount: Int
            var eventCount: Int
            /// CPU seconds of the run, and of its events through a queue alone.
            var time: Double
            var queueTime: Double
            /// Bytes of memory that the run came to hold.
            var memory: Double

            /// Microseconds.
            var timePerEvent: Double { time / Double(eventCount) * 1e6 }
        }

        @Test
        func `a crowd of ten thousand costs little more for each event than one of a thousand`()
            throws
        {
            let few = try run(Scale.of(1000, small: 20), for: Self.virtualTime)
            let many = try run(Scale.of(10_000, small: 40), for: Self.virtualTime)
            show(few, atLeast: nil)
            show(many, atLeast: 3e5)
            Figure(
                name: "simulator: a million events of 10,000 nodes, beside 1,000 nodes",
                value: many.timePerEvent,
                unit: .seconds,
                floor: few.timePerEvent,
                budget: .timesFloorAtMost(2)
            )
            .show()
        }

        /// Ten virtual minutes of as many nodes as the environment asks for.
        @Test func `a crowd as large as is asked for`() throws {
            let text = ProcessInfo.processInfo.environment["WARREN_BENCH_CROWD"]
            guard let count = text.flatMap({ Int($0) }) else { return }
            let crowd = try run(count, for: .seconds(600))
            show(crowd, atLeast: nil)
            Figure(
                name: "simulator: \(count) nodes, ten virtual minutes",
                value: crowd.time,
                unit: .seconds,
                floor: crowd.queueTime,
                budget: .atMost(20 * 60)
            )
            .show()
        }

        private func run(_ count: Int, for duration: Duration) throws -> Run {
            let before = Cost.Memory(of: getpid())?.resident ?? 0
            var simulation = try Simulation.crowd(count, seed: 1)
            let time = Cost.cpu { simulation.run(for: duration) }
            let memory = (Cost.Memory(of: getpid())?.resident ?? 0) - before
            let statistics = simulation.statistics
            #expect(statistics.connectionCount >= count)
            #expect(simulation.complaints.isEmpty)
            return Run(
                hostCount: count,
                eventCount: statistics.eventCount,
                time: time,
                queueTime: queue(
                    statistics.eventCount,
                    waiting: statistics.largestAgenda,
                    hostCount: count
                ),
                memory: memory
            )
        }

        private func show(_ run: Run, atLeast limit: Double?) {
            Figure(
                name: "simulator: events of \(run.hostCount) nodes, beside a queue alone",
                value: Double(run.eventCount) / run.time,
                unit: .perSecond,
                floor: Double(run.eventCount) / run.queueTime,
                budget: limit.map { .atLeast($0) }
            )
            .show()
            // 16 GB for 100,000 nodes.
            Figure(
                name: "simulator: memory of one of \(run.hostCount) nodes",
                value: run.memory / Double(run.hostCount) / 1e3,
                unit: .kilobytes,
                budget: .atMost(160)
            )
            .show()
        }

        /// The CPU seconds of as many events for as many hosts, each of which does nothing but count
        /// and bring about the next.
        private func queue(_ eventCount: Int, waiting: Int, hostCount: Int) -> Double {
            var random = Random(seed: 5)
            var agenda = WorldAgenda()
            var counts = Array(repeating: 0, count: hostCount)
            for number in 0..<max(1, waiting) {
                agenda.add(
                    .start(host: number % hostCount),
                    at: Int64(random.below(10_000_000_000))
                )
            }
            let time = Cost.cpu {
                for _ in 0..<eventCount {
                    guard let (at, due) = agenda.next(),
                        case .happening(.start(let host)) = due
                    else { break }
                    counts[host] += 1
                    agenda.add(.start(host: host), at: at + Int64(random.below(200_000_000)))
                }
            }
            #expect(counts.reduce(0, +) == eventCount)
            return time
        }
    }
}

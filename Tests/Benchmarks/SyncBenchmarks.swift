import Foundation
import Testing
import WarrenChain
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

extension Benchmarks {
    /// How fast a late node comes to the tip: processes over loopback, each with its own store.
    @Suite struct SyncBenchmarks {
        /// A chain, and who has it.
        struct Case: Sendable, CustomTestStringConvertible {
            var count: Int
            /// In each body, of 1 KB each.
            var transactions: Int
            var suppliers: Int
            /// Without it no rate limits a connection, and what does is verification or the disk.
            var hasDefaultRates: Bool

            var testDescription: String {
                "\(count) blocks of \(transactions) KB from \(suppliers)"
                    + (hasDefaultRates ? ", default rates" : "")
            }
        }

        static let cases = [
            Case(count: 8_000, transactions: 1, suppliers: 1, hasDefaultRates: false),
            Case(count: 1_200, transactions: 64, suppliers: 1, hasDefaultRates: false),
            Case(count: 600, transactions: 64, suppliers: 1, hasDefaultRates: true),
            Case(count: 1_200, transactions: 64, suppliers: 3, hasDefaultRates: true),
        ]

        @Test(
            .enabled(if: Scale.isEarnest && NodeProgram.path != nil, "processes: only in earnest"),
            arguments: Self.cases
        )
        func `a late node catches up`(_ setting: Case) throws {
            let sample = try #require(
                ChainSample(setting.count, transactions: setting.transactions, now: Cost.now)
            )
            let batches = try sample.batches(now: Cost.now)
            var disk = (wall: 0.0, cpu: 0.0)
            let keys = (0..<setting.suppliers).map { _ in NodeKey.fresh }
            let adjust = { (configuration: inout NodeConfiguration) in
                configuration.allowsDuplicateIP = true
                configuration.pace = 60
                if !setting.hasDefaultRates {
                    (configuration.sendRate, configuration.receiveRate) = (0, 0)
                }
            }
            let sources = try keys.enumerated().map { place, key in
                try NodeProgram(
                    key: key,
                    ip: ip(UInt32(place + 2)),
                    topology: Topology(),
                    genesis: sample.genesis,
                    prepare: { disk = try Self.write(batches, to: $0) },
                    adjust
                )
            }
            defer { for source in sources { source.end() } }
            for source in sources { try source.ready() }
            var topology = Topology()
            let points = keys.enumerated().map { place, key in
                Topology.AccessPoint(id: key.id, host: .ip(ip(UInt32(place + 2))), port: 3001)
            }
            topology.localRoots = [
                .init(accessPoints: points, hotValency: points.count, warmValency: points.count)
            ]
            topology.localRoots[0].trustable = true
            let late = try NodeProgram(
                key: .fresh,
                ip: ip(1),
                topology: topology,
                genesis: sample.genesis,
                adjust
            )
            defer { late.end() }
            try late.ready()
            let all = sources + [late]
            let before = all.reduce(0) { $0 + ($1.cpuTime ?? 0) }
            let events = try late.events()
            let first = try #require(sample.blocks.first?.header.id)
            let last = try #require(sample.blocks.last?.header.id)
            let begin = try events.first(with: "\(first)") { _ in true }
            let end = try events.first(with: "\(last)") { note in
                if case .chain(.adopted) = note { true } else { false }
            }
            let cpu = all.reduce(0) { $0 + ($1.cpuTime ?? 0) } - before
            let seconds = milliseconds(begin.at.duration(to: end.at)) / 1_000
            show(setting, of: sample, seconds: seconds, cpu: cpu, disk: disk)
        }

        private func show(
            _ setting: Case,
            of sample: ChainSample,
            seconds: Double,
            cpu: Double,
            disk: (wall: Double, cpu: Double)
        ) {
            let megabytes = Double(sample.byteCount) / 1e6
            let count = Double(setting.count)
            let aead = Floor.aead(sample.byteCount)
            let checks = Floor.checks(of: sample, bodies: true)
            Figure(
                name: "sync of \(setting.testDescription), beside its disk",
                value: count / seconds,
                unit: .perSecond,
                floor: count / disk.wall
            )
            .show()
            Figure(
                name: "– beside signatures and digests, then its disk",
                value: count / seconds,
                unit: .perSecond,
                floor: count / (checks + disk.wall)
            )
            .show()
            for (what, time) in [("disk", disk.wall), ("AEAD", aead)] {
                Figure(
                    name: "– its bytes, beside the \(what)'s rate",
                    value: megabytes / seconds,
                    unit: .megabytesPerSecond,
                    floor: megabytes / time
                )
                .show()
            }
            Figure(
                name: "– CPU of all nodes, beside AEAD, digests and store",
                value: cpu * 1e3 / megabytes,
                unit: .millisecondsPerMegabyte,
                floor: (aead + checks + disk.cpu) * 1e3 / megabytes
            )
            .show()
        }

        private func ip(_ number: UInt32) -> IPAddress {
            let net = UInt32(100 + ProcessInfo.processInfo.processIdentifier % 100)
            return IPAddress(v4: 127 << 24 | net << 16 | 77 << 8 | number)
        }

        /// Seconds that a store takes for the chain's own batches, from the first to the last.
        private static func write(
            _ batches: [[StoreChange]],
            to directory: String
        ) throws -> (wall: Double, cpu: Double) {
            let store = try Store(directory: directory)
            let begin = Cost.now
            let cpu = Cost.cpu {
                for batch in batches { store.write(batch) { _ in } }
                store.close()
            }
            return (milliseconds(begin.duration(to: Cost.now)) / 1_000, cpu)
        }
    }
}

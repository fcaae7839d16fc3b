import Foundation
import Testing
import WarrenChain
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

extension Benchmarks {
    /// How fast a late node comes to the tip: two processes over loopback, each with its own store.
    @Suite struct SyncBenchmarks {
        @Test(
            .enabled(if: Scale.isEarnest && NodeProgram.path != nil, "processes: only in earnest"),
            arguments: [(8_000, 1), (600, 64)]
        )
        func `a late node catches up`(count: Int, transactions: Int) throws {
            let sample = try #require(
                ChainSample(count, transactions: transactions, now: Cost.now)
            )
            let batches = try sample.batches(now: Cost.now)
            let megabytes = Double(sample.byteCount) / 1e6
            var disk = (wall: 0.0, cpu: 0.0)
            let key = NodeKey.fresh
            let source = try NodeProgram(
                key: key,
                ip: ip(1),
                topology: Topology(),
                genesis: sample.genesis,
                prepare: { disk = try Self.write(batches, to: $0) }
            ) { $0.allowsDuplicateIP = true }
            defer { source.end() }
            try source.ready()
            var topology = Topology()
            let point = Topology.AccessPoint(id: key.id, host: .ip(ip(1)), port: 3001)
            topology.localRoots = [
                .init(accessPoints: [point], hotValency: 1, warmValency: 1)
            ]
            topology.localRoots[0].trustable = true
            let late = try NodeProgram(
                key: .fresh,
                ip: ip(2),
                topology: topology,
                genesis: sample.genesis
            ) {
                $0.allowsDuplicateIP = true
                $0.pace = 60
            }
            defer { late.end() }
            try late.ready()
            let before = (source.cpuTime ?? 0) + (late.cpuTime ?? 0)
            let events = try late.events()
            let first = try #require(sample.blocks.first?.header.id)
            let last = try #require(sample.blocks.last?.header.id)
            let begin = try events.first(with: "\(first)") { _ in true }
            let end = try events.first(with: "\(last)") { note in
                if case .chain(.adopted) = note { true } else { false }
            }
            let cpu = (source.cpuTime ?? 0) + (late.cpuTime ?? 0) - before
            let seconds = milliseconds(begin.at.duration(to: end.at)) / 1_000
            let aead = Floor.aead(sample.byteCount)
            let name = "sync of \(count) blocks of \(transactions) KB"
            Figure(
                name: "\(name), beside its disk",
                value: Double(count) / seconds,
                unit: .perSecond,
                floor: Double(count) / disk.wall
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
                name: "– CPU of both ends, beside AEAD and store",
                value: cpu * 1e3 / megabytes,
                unit: .millisecondsPerMegabyte,
                floor: (aead + disk.cpu) * 1e3 / megabytes
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

import Foundation
import NIOCore
import NIOPosix
import Testing
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

extension Benchmarks {
    /// What nodes cost a machine: memory of one, and time and memory of many.
    @Suite struct NodeBenchmarks {
        /// 127.(100 to 199).x.y, so that two runs at once seldom meet.
        private func ip(_ number: Int) -> IPAddress {
            let net = 100 + ProcessInfo.processInfo.processIdentifier % 100
            let bits = UInt32(127) << 24 | UInt32(net) << 16 | UInt32(number / 250) << 8
            return IPAddress(v4: bits | UInt32(number % 250 + 1))
        }

        // MARK: - One node

        @Test func `a node holds idle peers`() async throws {
            let count = Scale.of(200, small: 2)
            let node = try NodeProgram(key: .fresh, ip: ip(0), topology: Topology()) {
                $0.inboundLimit = count
                $0.allowsDuplicateIP = true
                $0.protocolIdleTimeout = .seconds(3600)
            }
            defer { node.end() }
            try node.ready()
            let alone = try #require(node.memory)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            var stations: [Station] = []
            for _ in 0..<count {
                let station = try await Station(on: group.next(), channels: [0x00])
                try await station.dial(node.listenAddress)
                stations.append(station)
            }
            let events = try node.events()
            _ = try events.peers(count)
            let busy = try #require(node.memory)
            for station in stations { try await station.close() }
            try await group.shutdownGracefully()
            show("node without peers, private dirty", alone.privateDirty, .megabytes, 5)
            show("node without peers, resident", alone.resident, .megabytes, 40)
            show("node with \(count) idle peers, private dirty", busy.privateDirty, .megabytes, 9)
            show("node with \(count) idle peers, resident", busy.resident, .megabytes, 45)
            let more = busy.resident - alone.resident
            show("each idle peer, resident", more / Double(count), .kilobytes, 20)
            let dirty = busy.privateDirty - alone.privateDirty
            show("each idle peer, private dirty", dirty / Double(count), .kilobytes, 20)
        }

        private func show(_ name: String, _ bytes: Double, _ unit: Figure.Unit, _ limit: Double) {
            let scale: Double = unit == .megabytes ? 1e6 : 1e3
            Figure(name: name, value: bytes / scale, unit: unit, budget: .atMost(limit)).show()
        }

        // MARK: - Many

        @Test(
            .enabled(if: Scale.isEarnest, "many processes: only in earnest"),
            arguments: [(7, 1.5, 6.0), (20, 2.5, 7.0), (50, 6.0, 10.0)]
        )
        func `processes mesh`(count: Int, seconds: Double, megabytes: Double) throws {
            let keys = (0..<count).map { _ in NodeKey.fresh }
            let places = (0..<count).map {
                Topology.AccessPoint(id: keys[$0].id, host: .ip(ip($0 + 1)), port: 3001)
            }
            let begin = Cost.now
            var nodes: [NodeProgram] = []
            defer {
                for node in nodes { node.stop() }
                for node in nodes { node.end() }
            }
            for place in 0..<count {
                var topology = Topology()
                let others = places.indices.filter { $0 != place }.map { places[$0] }
                topology.localRoots = [
                    .init(accessPoints: others, hotValency: 1, warmValency: others.count)
                ]
                nodes.append(
                    try NodeProgram(key: keys[place], ip: ip(place + 1), topology: topology) {
                        $0.targets = Targets(
                            root: count,
                            known: count,
                            established: count,
                            active: min(count, 20)
                        )
                        $0.inboundLimit = count
                    }
                )
            }
            var last = begin
            for node in nodes {
                try node.ready()
                let events = try node.events()
                last = max(last, try events.peers(count - 1))
            }
            let memory = nodes.compactMap(\.memory)
            try #require(memory.count == count)
            Figure(
                name: "\(count) processes, start to fully meshed",
                value: milliseconds(begin.duration(to: last)) / 1000,
                unit: .seconds,
                budget: .atMost(seconds)
            )
            .show()
            let dirty = memory.map(\.privateDirty).reduce(0, +) / Double(count)
            let resident = memory.map(\.resident).reduce(0, +) / Double(count)
            show("\(count) processes meshed, private dirty per node", dirty, .megabytes, megabytes)
            Figure(
                name: "\(count) processes meshed, resident per node",
                value: resident / 1e6,
                unit: .megabytes
            )
            .show()
        }
    }
}

import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario

extension Simulation {
    /// The network that speed is measured on: relays that know a few of each other, with the whole
    /// governor, on links between four regions.
    ///
    /// It is the same for the same count and seed. Targets are modest, so that what is measured is
    /// the life of peers and not their number. Source: design §16.
    package static func crowd(
        _ count: Int,
        seed: UInt64,
        settings: Settings? = nil
    ) throws(Flaw) -> Simulation {
        var random = Random(seed: seed).fork(0xC40D)
        let hosts = (0..<count).map { number in
            Host(
                name: "relay-\(number + 1)",
                birth: birth(number, of: count, random: &random),
                region: number % regionTrips.count
            )
        }
        let links = regionTrips.flatMap { row in
            row.map { LinkQuality(roundTrip: .milliseconds($0), jitter: .milliseconds(2)) }
        }
        return try Simulation(
            Network(hosts: hosts, links: links),
            settings: settings ?? .digestOnly(seed: seed)
        )
    }

    /// Round trips between four regions, in milliseconds.
    private static let regionTrips = [
        [10, 90, 180, 120], [90, 10, 150, 60], [180, 150, 10, 200], [120, 60, 200, 10],
    ]

    private static func birth(_ number: Int, of count: Int, random: inout Random) -> Node.Birth {
        var configuration = NodeConfiguration()
        configuration.moniker = "relay-\(number + 1)"
        configuration.listenAddress = address(number)
        configuration.addressBookStrict = false
        configuration.pace = 60
        configuration.targets = Targets(root: 3, known: 20, established: 8, active: 4)
        var topology = Topology()
        let others = (0..<min(3, count - 1)).map { _ in
            (number + 1 + random.below(count - 1)) % count
        }
        if !others.isEmpty {
            let points = others.map { other in
                Topology.AccessPoint(
                    id: id(other),
                    host: .ip(address(other).ip),
                    port: address(other).port
                )
            }
            topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: Array(points.prefix(2)),
                    hotValency: 1,
                    warmValency: 1
                )
            ]
            topology.localRoots[0].advertise = true
            topology.publicRoots = [
                Topology.PublicRootGroup(accessPoints: points, advertise: true)
            ]
        }
        return Node.Birth(
            configuration: configuration,
            topology: topology,
            ownID: id(number),
            incarnation: random.next(),
            bookKey: Array((random.next().bigEndianBytes + random.next().bigEndianBytes))
        )
    }

    /// Neighbours in number are far apart in address, as strangers are.
    private static func address(_ number: Int) -> SocketAddress {
        let spread = (UInt32(truncatingIfNeeded: number) &+ 1) &* 0x9E37_79B1
        return SocketAddress(ip: IPAddress(v4: 0x0A00_0000 | spread & 0xFF_FFFF), port: 3001)
    }

    private static func id(_ number: Int) -> NodeID {
        var random = Random(seed: UInt64(number)).fork(0x1D)
        let bytes =
            random.next().bigEndianBytes + random.next().bigEndianBytes
            + random.next().bigEndianBytes.prefix(4)
        guard let id = NodeID(bytes) else { preconditionFailure("an id has 20 bytes") }
        return id
    }
}

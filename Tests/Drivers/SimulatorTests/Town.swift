import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// A small network for tests: host number n listens on 127.2.0.n+1 and dials whom it is told to.
struct Town {
    var network = Simulation.Network(hosts: [])
    var settings = Simulation.Settings(seed: 7)

    init(links: [LinkQuality] = [.near]) {
        network.links = links
        settings.startSpread = .zero
        settings.snapshotPeriod = nil
    }

    /// Nodes that all know the first one.
    init(around count: Int, links: [LinkQuality] = [.near]) {
        self.init(links: links)
        for host in 0..<count { add(roots: host == 0 ? [] : [0]) }
    }

    static func address(_ host: Int) -> SocketAddress {
        SocketAddress(ip: IPAddress(v4: 0x7F02_0001 + UInt32(host)), port: 3001)
    }

    static func key(_ host: Int) -> NodeKey {
        var seed = [UInt8](repeating: 9, count: NodeKey.seedByteCount)
        seed[0] = UInt8(host)
        return NodeKey(seed: seed)
    }

    static func point(_ host: Int) -> Topology.AccessPoint {
        Topology.AccessPoint(
            id: key(host).id,
            host: .ip(address(host).ip),
            port: address(host).port
        )
    }

    @discardableResult
    mutating func add(
        roots: [Int] = [],
        region: Int = 0,
        _ configure: (inout Node.Birth) -> Void = { _ in }
    ) -> Int {
        let host = network.hosts.count
        var configuration = NodeConfiguration()
        configuration.moniker = "node-\(host)"
        configuration.listenAddress = Self.address(host)
        configuration.addressBookStrict = false
        configuration.pace = 60
        configuration.targets = Targets(root: 10, known: 20, established: 8, active: 4)
        var topology = Topology()
        if !roots.isEmpty {
            topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: roots.map(Self.point),
                    hotValency: roots.count
                )
            ]
            topology.localRoots[0].advertise = true
        }
        var birth = Node.Birth(
            configuration: configuration,
            topology: topology,
            ownID: Self.key(host).id,
            incarnation: UInt64(host + 1),
            bookKey: [UInt8](repeating: UInt8(host), count: 16)
        )
        configure(&birth)
        network.hosts.append(
            Simulation.Host(
                name: "node-\(host)",
                birth: birth,
                region: region,
                key: Self.key(host)
            )
        )
        return host
    }

    mutating func fault(
        at instant: Duration,
        for duration: Duration?,
        _ action: Simulation.Fault.Action
    ) {
        network.faults.append(
            Simulation.Fault(
                name: "fault-\(network.faults.count)",
                at: instant,
                for: duration,
                action
            )
        )
    }

    func simulation() throws -> Simulation { try Simulation(network, settings: settings) }

    /// All that is told until `duration` has passed.
    func facts(for duration: Duration) throws -> [Fact] {
        var simulation = try simulation()
        var facts: [Fact] = []
        simulation.run(for: duration) { facts.append($0) }
        return facts
    }

    var start: Instant { settings.startsAt }
}

extension [Fact] {
    /// What one host noted, and when, counted from `start`.
    func notes(of host: Int, since start: Instant) -> [(at: Duration, note: Note)] {
        compactMap { fact in
            guard case .node(host, .event(let event)) = fact.what else { return nil }
            return (start.duration(to: fact.at), event.note)
        }
    }

    /// When and why a host's connections ended.
    func ends(of host: Int, since start: Instant) -> [(at: Duration, reason: CloseReason)] {
        notes(of: host, since: start).compactMap { note in
            switch note.note {
            case .disconnected(_, _, let reason), .refused(_, _, let reason): (note.at, reason)
            default: nil
            }
        }
    }

    func firstConnection(of host: Int, since start: Instant) -> Duration? {
        notes(of: host, since: start).first { note in
            if case .connected = note.note { true } else { false }
        }?.at
    }
}

extension Note {
    /// What kind of note it is, without what it says.
    var kind: String { String("\(self)".prefix { $0 != "(" }) }
}

package import WarrenNode
package import WarrenObservation
package import WarrenPrimitives
package import WarrenScenario

/// Many nodes in virtual time: the other driver of ``Node``.
///
/// ```
///   agenda ──▶ what happens next ──▶ one node hears of it ──▶ its effects: dial, send, persist …
///     ▲                                                                │
///     └──────────────── when they arrive, by the links' quality ◀──────┘
/// ```
///
/// There is one agenda, ordered by time and then by the order of scheduling, one clock and one
/// seed. Every node and every connection draws from a stream of its own, named after the hosts, so
/// that one more host leaves the others' draws alone. Nothing depends on the order of a dictionary.
/// The same seed gives the same ``digest`` in every build and process.
///
/// What it tells is what the collector would make of a real run: `Fact`s. It is not copyable since
/// real connections, with their ciphers, are part of it. Source: design §11, style 16.
package struct Simulation: ~Copyable {
    package let hosts: [Host]
    package let settings: Settings
    package internal(set) var statistics = Statistics()
    package internal(set) var digest = Digest()
    package internal(set) var trace: Trace
    /// Rules that nodes broke, the first ``complaintLimit`` of them.
    package internal(set) var complaints: [Complaint] = []
    /// t = 0 of expectations and faults: when all nodes were healthy for the first time.
    package internal(set) var zero: Instant?
    /// What guests told, until somebody takes it.
    package var guestReports: [GuestReport] = []

    // The nodes, each with its draws and what the world keeps of it, at the same places. They are
    // apart so that one can be changed in place while the other is lent.
    var nodes: [Node]
    var randoms: [Random]
    var stations: [Station]
    var lines: [Lines]
    var infos: [NodeInfo]
    /// Whose NodeInfo no real node would accept.
    var flawed: [Bool]
    /// The hashes of the hosts' names.
    let labels: [UInt64]
    /// Only of hosts that may start again.
    var vaults: [Vault?]

    var clock: VirtualClock
    var agenda = WorldAgenda()
    var links: LinkMap
    var ends: [End] = []
    /// Real connections, where bytes are simulated, at the places of their ends.
    var machines: [Machine?] = []
    /// Pairs of places, by the first of them.
    var freeEnds: [Int] = []
    /// Who listens where; only looked up in.
    let addresses: [SocketAddress: Int]
    let names: [String: Name]
    let faults: [Fault]
    let loads: [LoadSchedule]
    /// How each of the network's loads stands.
    package internal(set) var loadTallies: [LoadTally]
    /// The number in `links` of each fault that is in force there.
    var overlays: [Int?]
    let root: Random
    var unhealthyCount: Int
    /// How many times hosts are held still; see ``Station/pauseCount``.
    var pauseCount = 0
    /// What one packet of each host carries, in bytes; of its configuration, which is large.
    let payloadLimits: [Int]

    var effects: [Node.Effect] = []
    /// Lent to each node that thinks.
    var room = Agenda.Room()
    /// The node that thinks got credit back that it waits for.
    var hasMoreToSay = false
    /// Whom the next happenings are about; see ``Simulation/lookAhead()``.
    var soonHosts: [Int] = []
    var soonConnections: [ConnectionID?] = []
    var glances = 0
    var facts: [Fact] = []
    /// What connections reported and nodes have not heard, and what waits to be flushed: empty
    /// between turns, and always so where messages are simulated.
    var reports: [(LifeReference, Node.Input)] = []
    var unflushed: [EndReference] = []
    var isFinishing = false

    package init(_ network: Network, settings: Settings) throws(Flaw) {
        try network.check(settings.fidelity)
        hosts = network.hosts
        self.settings = settings
        names = network.names
        faults = network.faults
        loads = network.loads
        loadTallies = network.loads.map { _ in LoadTally() }
        overlays = Array(repeating: nil, count: network.faults.count)
        root = Random(seed: settings.seed)
        clock = VirtualClock(startingAt: settings.startsAt)
        trace = Trace(start: settings.traceStart, limit: settings.traceLimit)
        links = LinkMap(
            network.links.map(Path.init),
            regionCount: network.regionCount,
            regions: network.hosts.map(\.region)
        )
        addresses = Dictionary(
            network.hosts.enumerated().map { ($1.birth.configuration.listenAddress, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        nodes = network.hosts.map { Node(birth: $0.birth, reactors: $0.reactors) }
        randoms = []
        stations = network.hosts.map { Station(offset: $0.clockOffset.wholeNanoseconds) }
        lines = Array(repeating: Lines(), count: network.hosts.count)
        infos = []
        flawed = []
        labels = network.hosts.map { Self.hash($0.name) }
        let mortal = network.mortalHosts
        vaults = network.hosts.enumerated().map { host, life in
            if mortal.contains(host) { return Vault() }
            return life.birth.genesis == nil ? nil : Vault(keepsResident: false)
        }
        unhealthyCount = network.hosts.count
        payloadLimits = network.hosts.map(\.birth.configuration.packetPayloadLimit)
        prepare()
    }

    private mutating func prepare() {
        for host in hosts.indices {
            let info = info(of: host)
            infos.append(info)
            flawed.append((try? info.validate()) == nil)
            var random = stream(of: host)
            let spread = max(0, settings.startSpread.wholeNanoseconds)
            let delay = spread > 0 ? Int64(random.below(Int(spread) + 1)) : 0
            randoms.append(random.fork(0))
            agenda.add(.start(host: host), at: now + delay)
        }
        if settings.reportsFacts, let period = settings.snapshotPeriod {
            agenda.add(.survey, at: now + max(1, period.wholeNanoseconds))
        }
        if hosts.isEmpty { setZero() }
    }

    /// A stream of numbers named after a host.
    func stream(of host: Int) -> Random { root.fork(labels[host]) }

    /// FNV-1a, 64 bits: `Hasher` differs from process to process.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The world's time, in nanoseconds.
    var now: Int64 { clock.now.nanoseconds }

    /// The world's time.
    package var time: Instant { clock.now }

    // MARK: - Running

    /// Lets everything happen that happens until `end`, and tells it in order.
    package mutating func run(until end: Instant, telling sink: (Fact) -> Void = { _ in }) {
        while let at = agenda.nextAt, at <= end.nanoseconds {
            if agenda.isFrontPassed { lookAhead() }
            if agenda.count > statistics.largestAgenda { statistics.largestAgenda = agenda.count }
            guard let (at, due) = agenda.next() else { break }
            clock.advance(to: Instant(nanoseconds: at))
            switch due {
            case .alarm(let host): wake(host)
            case .happening(let happening): happen(happening)
            }
            if !facts.isEmpty {
                for fact in facts { sink(fact) }
                facts.removeAll(keepingCapacity: true)
            }
        }
        clock.advance(to: end)
    }

    /// As ``run(until:telling:)``, for so long from now on.
    package mutating func run(
        for duration: Duration,
        telling sink: (Fact) -> Void = { _ in }
    ) {
        run(until: clock.now.advanced(by: duration), telling: sink)
    }

    /// Gives a node something to hear that its world does not, such as what its chain says.
    package mutating func tell(_ host: Int, _ input: Node.Input) {
        guard stations[host].isUp else { return }
        step(host, input)
    }

    package func isUp(_ host: Int) -> Bool { stations[host].isUp }

    /// The node of a host as it is now; nil while it does not run.
    package func snapshot(_ host: Int) -> Snapshot? {
        guard stations[host].isUp else { return nil }
        let shown = max(stations[host].shownAt, now + stations[host].offset)
        var snapshot = nodes[host].snapshot(now: Instant(nanoseconds: shown))
        snapshot.node.version = settings.version
        snapshot.node.listenAddress = "\(hosts[host].birth.configuration.listenAddress)"
        snapshot.node.adminAddress = "\(hosts[host].birth.configuration.adminAddress)"
        return snapshot
    }

    /// What a host has in its store now; empty unless some fault may make it start again.
    package func storedRows(_ host: Int) -> [StoreChange] { vaults[host]?.residentRows ?? [] }

    /// How many connections there are, half-open ones included.
    package var connectionCount: Int { ends.count / 2 - freeEnds.count }
}

// MARK: - What is told

extension Simulation {
    mutating func tell(_ fact: Fact.What) {
        if settings.reportsFacts { facts.append(Fact(at: clock.now, fact)) }
    }

    mutating func tell(_ host: Int, _ fact: Fact.NodeFact) {
        if settings.reportsFacts { facts.append(Fact(at: clock.now, .node(host, fact))) }
    }

    mutating func tellSnapshot(_ host: Int) {
        guard settings.reportsFacts, settings.snapshotPeriod != nil,
            stations[host].pauseCount == 0, let snapshot = snapshot(host)
        else { return }
        tell(host, .snapshot(snapshot))
    }

    mutating func survey() {
        for host in hosts.indices where stations[host].listens { tellSnapshot(host) }
    }
}

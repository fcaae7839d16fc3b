import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// What befalls a town for a while, drawn from a seed, and all of which is over by ``end``.
struct Storm {
    static let begin = Duration.seconds(15)
    static let end = Duration.seconds(95)

    /// Whether hosts are held still and clocks set by many seconds, too.
    ///
    /// Two requests for addresses that lie eleven seconds apart may then come at once, or be sent
    /// after what only one end takes for eleven seconds. That gets the asker banned for a day (C§7.4),
    /// so that not everything is reachable afterwards.
    var isHarsh = false

    /// `count` relays in a ring of local roots, on far links that lose packets, and the faults.
    func town(_ seed: Seed, count: Int = 8) -> Town {
        var random = seed.random.fork(0x5702)
        let far = LinkQuality(
            roundTrip: .milliseconds(80),
            jitter: .milliseconds(9),
            lossMillionths: 2_000,
            bandwidth: 10_000_000
        )
        var town = Town(links: [far])
        town.settings = Simulation.Settings(seed: seed.value)
        town.settings.snapshotPeriod = nil
        for host in 0..<count {
            let roots = Set([(host + 1) % count, (host + 3) % count]).subtracting([host])
            town.add(roots: roots.sorted())
            town.network.hosts[host].clockOffset = .milliseconds(random.below(4_000) - 2_000)
        }
        for _ in 0..<10 { disturb(&town, &random) }
        return town
    }

    private func disturb(_ town: inout Town, _ random: inout Random) {
        let count = town.network.hosts.count
        let at = random.duration(from: Self.begin, to: Self.end - .seconds(25))
        let span = random.duration(from: .seconds(2), to: .seconds(24))
        let host = random.below(count)
        let half = (0..<count).filter { _ in random.chance(1, in: 2) }
        let rest = (0..<count).filter { !half.contains($0) }
        switch random.below(isHarsh ? 9 : 8) {
        case 0: town.fault(at: at, for: span, .kill([host]))
        case 1: town.fault(at: at, for: span, .kill([host, (host + 1) % count]))
        case 2: town.fault(at: at, for: span, .stop([host]))
        case 3: town.fault(at: at, for: nil, .restart([host]))
        case 4: town.fault(at: at, for: span, .cut(half, rest, mode: .hang, oneWay: false))
        case 5: town.fault(at: at, for: span, .cut([host], rest, mode: .reset, oneWay: true))
        case 6:
            let slow = LinkQuality(roundTrip: .milliseconds(600), lossMillionths: 50_000)
            town.fault(at: at, for: span, .degrade(half, rest, slow))
        case 7:
            let most = Duration.milliseconds(isHarsh ? 9_000 : 400)
            let offset = random.duration(from: .zero - most, to: most)
            town.fault(at: at, for: span, .skew([host], offset))
        default: town.fault(at: at, for: span, .pause([host]))
        }
    }
}

/// The events of each host in order, with the world's time since the start.
struct Chronicle {
    struct Line {
        var host: Int
        var at: Duration
        var event: Event
        var note: Note { event.note }
    }

    private(set) var lines: [Line] = []
    /// When a host was up, and when not.
    private(set) var power: [(host: Int, at: Duration, isUp: Bool)] = []
    private let start: Instant

    init(start: Instant) { self.start = start }

    mutating func take(_ fact: Fact) {
        guard case .node(let host, let what) = fact.what else { return }
        let at = start.duration(to: fact.at)
        switch what {
        case .event(let event): lines.append(Line(host: host, at: at, event: event))
        case .healthy: power.append((host, at, true))
        case .down: power.append((host, at, false))
        case .unhealthy, .unasked, .gap, .snapshot: break
        }
    }

    func of(_ host: Int) -> [Line] { lines.filter { $0.host == host } }

    /// Everything, once the town has lived for so long.
    static func of(_ town: Town, for duration: Duration) throws -> Chronicle {
        var simulation = try town.simulation()
        var chronicle = Chronicle(start: town.start)
        simulation.run(for: duration) { chronicle.take($0) }
        return chronicle
    }
}

extension Snapshot {
    /// The row of another host.
    func peer(_ host: Int) -> Peer? { peers.first { $0.id == Town.key(host).id } }
}

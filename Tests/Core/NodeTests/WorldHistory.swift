import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// A random world, and what random happens to it.
struct WorldHistory {
    var world = World()
    var random: Random
    /// Whom everybody hides, if anybody.
    private var hidden: Int?
    /// Who ever had a group of one-way connections: those outlast a reload (O§3.7).
    private var oneWay: Set<Int> = []
    /// When a job was first seen: host, life, peer, failures so far, kind.
    private var jobs: [String: Instant] = [:]

    init(_ seed: Seed, hardLimit: Int? = nil) {
        random = seed.random
        world.isWatched = true
        world.checkPeriod = 17
        // Of 3 to 8 nodes, mostly few.
        let count = 3 + min(random.below(6), random.below(6))
        let hasSeed = random.chance(1, in: 2)
        if random.chance(1, in: 3) { hidden = 1 + random.below(count - 1) }
        for host in 0..<count {
            world.names["node-\(host)"] = [World.address(host + 1)]
            let isSeed = hasSeed && host == 0
            let topology = isSeed ? Topology() : drawTopology(of: host, count: count)
            let role: Role = isSeed ? .seed : random.chance(1, in: 4) ? .blockProducer : .relay
            let isOneWay = !isSeed && random.chance(1, in: 10)
            let privates = hidden.map { [World.id($0 + 1)] } ?? []
            let made = world.add { birth in
                birth.configuration.role = role
                birth.configuration.pace = 5
                birth.configuration.keepAliveInterval = .seconds(60)
                birth.configuration.privatePeerIDs = privates
                if isOneWay { birth.configuration.diffusionMode = .initiatorOnly }
                if let hardLimit { birth.configuration.acceptedConnections.hard = hardLimit }
                if hasSeed, !isSeed { birth.configuration.seeds = [World.point(1)] }
                birth.topology = topology
            }
            world.hosts[made].isPlain = !isSeed && random.chance(1, in: 10)
        }
    }

    private mutating func drawTopology(of host: Int, count: Int) -> Topology {
        var topology = Topology()
        for _ in 0..<random.below(3) {
            let points = drawPoints(count: count)
            let hot = 1 + random.below(points.count)
            var group = Topology.LocalRootGroup(
                accessPoints: points,
                hotValency: hot,
                warmValency: hot + random.below(points.count - hot + 1)
            )
            group.advertise = random.chance(1, in: 2)
            group.behindFirewall = random.chance(1, in: 8)
            if random.chance(1, in: 8) {
                group.diffusionMode = .initiatorOnly
                oneWay.insert(host)
            }
            topology.localRoots.append(group)
        }
        if random.chance(1, in: 3) {
            topology.publicRoots = [
                Topology.PublicRootGroup(
                    accessPoints: drawPoints(count: count),
                    advertise: random.chance(1, in: 2)
                )
            ]
        }
        return topology
    }

    /// Access points of any hosts, itself and repetitions included, by every way of naming them.
    private mutating func drawPoints(count: Int) -> [Topology.AccessPoint] {
        (0..<1 + random.below(3)).map { _ in
            let number = 1 + random.below(count)
            var point = World.point(number, named: random.chance(2, in: 3))
            if random.chance(1, in: 4) { point.host = .name("node-\(number - 1)") }
            return point
        }
    }

    // MARK: Faults

    /// One fault, or none, and then some time.
    mutating func step() {
        let count = world.hosts.count
        let (host, other) = (random.below(count), random.below(count))
        switch random.below(9) {
        case 0: if world.hosts[host].isUp { world.kill(host) }
        case 1: world.feed(host, .stop)
        case 2, 3: restart()
        case 4: world.cut(host, other)
        case 5:
            if let pair = world.cuts.sorted(by: { $0.lexicographicallyPrecedes($1) }).first {
                world.mend(pair[0], pair[1])
            }
        case 6:
            if world.hosts[host].birth.configuration.role != .seed {
                let topology = drawTopology(of: host, count: count)
                world.hosts[host].birth.topology = topology
                world.feed(host, .topology(topology))
            }
        case 7: if random.chance(1, in: 3) { misbehave(host) }
        default: break
        }
        world.run(for: .milliseconds(random.below(10) == 0 ? 20_000 : random.below(4_000)))
        noteJobs()
    }

    private mutating func misbehave(_ host: Int) {
        let channels: [ChannelID] = [0x00, 0x70, 0x70, 0x44]
        let channel = channels[random.below(channels.count)]
        let message = (0..<random.below(12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        world.inject(message, on: channel, from: host, pick: random.below(100))
    }

    private mutating func restart() {
        for host in world.hosts.indices where !world.hosts[host].isUp {
            if random.chance(1, in: 2) { world.restart(host) }
        }
    }

    /// Everybody is up, every link works; bans stay.
    mutating func heal() {
        for pair in world.cuts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            world.mend(pair[0], pair[1])
        }
        for host in world.hosts.indices where !world.hosts[host].isUp { world.restart(host) }
    }

    // MARK: Checks

    /// No job lasts longer than its limits allow (O§3.13: 300 s and 120 s; dial and hello: 3 s each,
    /// for each of two tries; O§6.5: idle 5 s and at this pace 12 s of time-wait, which a promotion
    /// waits for too).
    private mutating func noteJobs() {
        var current: [String: Instant] = [:]
        for host in world.hosts.indices where world.hosts[host].isUp {
            for row in world.snapshot(host).peers {
                guard let job = row.inProgress else { continue }
                let since = row.lastTransition?.at ?? .epoch
                let key =
                    "\(host) \(world.hosts[host].life) \(row.peer) \(row.failCount) \(since) \(job)"
                let firstSeenAt = jobs[key] ?? world.now
                current[key] = firstSeenAt
                let limit: Duration =
                    switch job {
                    case .promotingCold: .seconds(15 + 12)
                    case .promotingWarm: .seconds(2)
                    case .demotingWarm: .seconds(120 + 5 + 12)
                    case .demotingHot: .seconds(300)
                    }
                if firstSeenAt.duration(to: world.now) > limit {
                    world.complaints.append(
                        "\(key) seen first at \(firstSeenAt), now it is \(world.now)"
                    )
                }
            }
        }
        jobs = current
    }

    /// Two nodes that are left alone agree on whether they are connected.
    func disagreement() -> String? {
        for host in world.hosts.indices {
            let here = world.hosts[host]
            for other in world.hosts.indices where other != host {
                let isHere = world.row(of: other, at: host)?.connectedAt != nil
                let isThere = world.row(of: host, at: other)?.connectedAt != nil
                if isHere != isThere {
                    return "\(here.birth.configuration.moniker) and host \(other) disagree"
                }
            }
        }
        return nil
    }

    /// The peers that the events speak of, and their temperatures, are those of the snapshot.
    func misreport() -> String? {
        for host in world.hosts.indices where world.hosts[host].isUp {
            let incarnation = world.hosts[host].birth.incarnation
            var oracle = TransitionOracle()
            for event in world.hosts[host].events {
                if let complaint = oracle.take(event) { return "host \(host): \(complaint)" }
            }
            var rebuilt: [PeerID: Temperature] = [:]
            for event in world.hosts[host].events where event.incarnation == incarnation {
                guard case .transition(let change) = event.note else { continue }
                if rebuilt[change.peer.peer] ?? .unknown != change.from {
                    return "host \(host): \(change) comes out of nothing"
                }
                rebuilt[change.peer.peer] = change.to == .unknown ? nil : change.to
            }
            var shown: [PeerID: Temperature] = [:]
            for row in world.snapshot(host).peers where row.temperature > .unknown {
                shown[row.peer] = row.temperature
            }
            if rebuilt != shown { return "host \(host): events say \(rebuilt), it is \(shown)" }
        }
        return nil
    }

    /// Local roots that can be had are had, as many as their group wants.
    func unmetValency() -> String? {
        for host in world.hosts.indices {
            guard world.hosts[host].birth.configuration.role != .seed else { continue }
            let rows = world.snapshot(host).peers
            for (index, group) in world.hosts[host].birth.topology.localRoots.enumerated()
            where !group.behindFirewall {
                let members = rows.filter { $0.rootGroup == index }
                let warm = members.filter { $0.temperature >= .warm }.count
                let hot = members.filter { $0.temperature == .hot }.count
                let warmable = members.filter { canReach($0, from: host) == true }
                let hotable = warmable.filter { !isPlain($0, with: host) }.count
                if warm < min(group.warmValency, members.count, warmable.count) {
                    return
                        "host \(host), group \(index): \(warm) warm of \(text(members, at: host))"
                }
                let spared = members.filter { isPlain($0, with: host) }.count
                if hot < min(group.hotValency, members.count, hotable) - spared {
                    return "host \(host), group \(index): \(hot) hot of \(text(members, at: host))"
                }
            }
        }
        return nil
    }

    private func text(_ rows: [Snapshot.Peer], at host: Int) -> String {
        rows.map { row in
            var refusals: [CloseReason] = []
            for event in world.hosts[host].events {
                guard case .refused(_, row.address, let reason) = event.note else { continue }
                refusals.append(reason)
            }
            return
                "\(number(row) ?? -1) \(row.peer) \(row.temperature) failed \(row.failCount) times, last "
                + "\(row.lastTransition?.reason.code ?? ""), \(refusals.suffix(3))"
        }
        .joined(separator: "; ")
    }

    private func number(_ row: Snapshot.Peer) -> Int? {
        world.hosts.indices.first {
            row.id == world.hosts[$0].birth.ownID || row.address == "\(World.address($0 + 1))"
        }
    }

    /// Bans last a day, longer than any world here.
    private func isBanned(_ host: Int, by other: Int) -> Bool {
        world.hosts[other].events.contains { event in
            guard case .banned(let id, _) = event.note else { return false }
            return id == world.hosts[host].birth.ownID
        }
    }

    private func isPlain(_ row: Snapshot.Peer, with host: Int) -> Bool {
        world.hosts[host].isPlain || number(row).map { world.hosts[$0].isPlain } ?? true
    }

    /// Whether this host can use that peer: it listens, neither bans the other, and no one-way
    /// connection of its own is in the way.
    private func canReach(_ row: Snapshot.Peer, from host: Int) -> Bool {
        guard let other = number(row), other != host,
            world.hosts[other].birth.configuration.diffusionMode == .initiatorAndResponder,
            world.hosts[other].birth.configuration.role != .seed
        else { return false }
        let back = world.row(of: host, at: other)
        if isBanned(other, by: host) || isBanned(host, by: other) { return false }
        if isPlain(row, with: host) { return back?.temperature ?? .cold < .warm }
        return !oneWay.contains(other)
    }
}

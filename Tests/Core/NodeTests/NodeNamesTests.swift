import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// When names are looked up, and what is taken from the answers (O§3.14).
struct NodeNamesTests {
    private struct Ask: Equatable {
        var lookup: Node.LookupID
        var host: String
        var port: UInt16?
    }

    private func asks(_ effects: [Node.Effect]) -> [Ask] {
        effects.compactMap { effect in
            guard case .resolve(let lookup, let host, let port) = effect else { return nil }
            return Ask(lookup: lookup, host: host, port: port)
        }
    }

    private func point(_ name: String, _ port: UInt16? = 3001) -> Topology.AccessPoint {
        Topology.AccessPoint(host: .name(name), port: port)
    }

    private func topology(local: [String] = [], others: [String] = []) -> Topology {
        var topology = Topology()
        topology.localRoots = local.map { .init(accessPoints: [point($0)], hotValency: 1) }
        topology.publicRoots = others.map { .init(accessPoints: [point($0)]) }
        return topology
    }

    /// A node with one local root that is known by name.
    private func solo(_ port: UInt16? = 3001) throws -> (Solo, Ask) {
        let solo = Solo { birth in
            birth.topology.localRoots = [
                .init(accessPoints: [point("relay.test", port)], hotValency: 1)
            ]
        }
        return (solo, try #require(asks(solo.effects).first))
    }

    /// How long a node waits after `answer` until it asks again.
    private func wait(_ solo: inout Solo, _ answer: Node.Input) throws -> (Duration, Ask) {
        let start = solo.now
        #expect(asks(solo.feed(answer)).isEmpty)
        while solo.now < start.advanced(by: .seconds(2000)) {
            let due = try #require(solo.node.nextDeadline)
            let wanted = solo.pass(max(.zero, solo.now.duration(to: due)))
            if let ask = asks(wanted).first { return (start.duration(to: solo.now), ask) }
        }
        throw Never.asked
    }

    private enum Never: Error { case asked }

    @Test func `a time to live is held within its bounds`() throws {
        var (solo, ask) = try solo()
        var waits: [Duration] = []
        for ttl in [0, 59, 60, 61, 899, 900, 901, 1 << 31] {
            let found = try wait(
                &solo,
                .resolved(ask.lookup, [World.address(9)], ttl: .seconds(ttl))
            )
            waits.append(found.0)
            ask = found.1
        }
        #expect(waits == [60, 60, 60, 61, 899, 900, 900, 900].map { .seconds($0) })
    }

    @Test func `errors make the wait longer each time, from where it was`() throws {
        var (solo, ask) = try solo()
        var waits: [Duration] = []
        func rest(_ answer: (Node.LookupID) -> Node.Input) throws {
            let found = try wait(&solo, answer(ask.lookup))
            waits.append(found.0)
            ask = found.1
        }
        for _ in 0..<9 { try rest { .unresolved($0, .noAnswer) } }
        #expect(waits == [5, 15, 35, 75, 155, 315, 635, 900, 900].map { .seconds($0) })
        waits = []
        try rest { .resolved($0, [World.address(9)], ttl: .seconds(60)) }
        try rest { .unresolved($0, .noAnswer) }
        try rest { .unresolved($0, .noSuchName) }
        try rest { .resolved($0, [], ttl: .seconds(300)) }
        #expect(waits == [60, 125, 900, 60].map { .seconds($0) })
    }

    @Test func `addresses stay until a lookup succeeds`() throws {
        var (solo, ask) = try solo()
        let old = World.address(9)
        solo.feed(.resolved(ask.lookup, [old], ttl: .seconds(60)))
        func known() -> [String?] { solo.node.snapshot(now: solo.now).peers.map(\.address) }
        func row(_ address: SocketAddress) throws -> Snapshot.Peer {
            let peers = solo.node.snapshot(now: solo.now).peers
            return try #require(peers.first { $0.address == "\(address)" })
        }
        #expect(known() == ["\(old)"])
        for failure in Node.LookupFailure.allCases {
            ask = try wait(&solo, .unresolved(ask.lookup, failure)).1
            #expect(known() == ["\(old)"])
            #expect(try row(old).rootGroup == 0)
        }
        let new = World.address(8)
        solo.feed(.resolved(ask.lookup, [new], ttl: .seconds(60)))
        #expect(try row(new).rootGroup == 0)
        // Known still, and as what it came, but of no group any more (design §5, O§3.7).
        #expect(try row(old).rootGroup == nil)
        #expect(try row(old).source == .localRoot)
    }

    @Test func `only so many lookups run at once, fewer for local roots`() throws {
        var solo = Solo { birth in
            birth.topology = topology(
                local: (0..<5).map { "local-\($0).test" },
                others: (0..<20).map { "other-\($0).test" }
            )
        }
        let first = asks(solo.effects)
        #expect(first.count { $0.host.hasPrefix("local") } == 2)
        #expect(first.count { $0.host.hasPrefix("other") } == 8)
        #expect(asks(solo.pass(.seconds(10))).isEmpty)
        let local = try #require(first.first { $0.host == "local-0.test" })
        let next = asks(solo.feed(.unresolved(local.lookup, .noSuchName)))
        #expect(next.map(\.host) == ["local-2.test"])
        let other = try #require(first.first { $0.host == "other-3.test" })
        let more = asks(solo.feed(.resolved(other.lookup, [], ttl: .zero)))
        #expect(more.map(\.host) == ["other-8.test"])
        // An answer that comes twice frees no place twice.
        #expect(asks(solo.feed(.resolved(other.lookup, [], ttl: .zero))).isEmpty)
    }

    @Test func `a reloaded topology has its names looked up afresh, and forgets the others`() throws
    {
        var solo = Solo { $0.topology = topology(local: ["a.test", "b.test", "c.test"]) }
        let first = asks(solo.effects)
        #expect(first.map(\.host) == ["a.test", "b.test"])
        let second = asks(solo.feed(.resolved(first[0].lookup, [World.address(9)], ttl: .zero)))
        #expect(second.map(\.host) == ["c.test"])
        solo.pass(.seconds(10))
        // `b` is under way still, `a` was answered, `d` is new; `c` keeps its place till answered.
        let reload = solo.feed(.topology(topology(local: ["a.test", "b.test", "d.test"])))
        #expect(asks(reload).isEmpty)
        let third = asks(solo.feed(.resolved(second[0].lookup, [World.address(8)], ttl: .zero)))
        #expect(third.map(\.host) == ["a.test"])
        let fourth = asks(solo.feed(.unresolved(first[1].lookup, .noSuchName)))
        #expect(fourth.map(\.host) == ["d.test"])
    }

    @Test func `a failed dial has its name looked up again, at most every five seconds`() throws {
        var (solo, ask) = try solo()
        solo.feed(.resolved(ask.lookup, [World.address(9)], ttl: .seconds(900)))
        let start = solo.now
        var last = start
        var gaps: [Duration] = []
        while gaps.count < 4, solo.now < start.advanced(by: .seconds(800)) {
            for dial in solo.dials {
                solo.feed(.failed(dial.connection, .connectRefused, id: nil))
            }
            solo.effects = []
            for asked in asks(solo.pass(.seconds(1))) {
                gaps.append(last.duration(to: solo.now))
                last = solo.now
                ask = asked
                solo.feed(.resolved(ask.lookup, [World.address(9)], ttl: .seconds(900)))
            }
        }
        #expect(gaps.count == 4)
        #expect(gaps.allSatisfy { $0 >= .seconds(4) && $0 < .seconds(400) }, "\(gaps)")
    }

    // MARK: - Services

    @Test func `one target of the lowest priority is looked up, and no other`() throws {
        var (solo, ask) = try solo(nil)
        #expect(ask.port == nil)
        let records: [Node.ServiceRecord] = [
            .init(priority: 2, weight: 9, port: 1, target: "backup.test"),
            .init(priority: 1, weight: 0, port: 0, target: "."),
            .init(priority: 1, weight: 5, port: 4001, target: "main.test"),
        ]
        let next = asks(solo.feed(.services(ask.lookup, records, ttl: .seconds(700))))
        #expect(next.map(\.host) == ["main.test"])
        #expect(next.map(\.port) == [4001])
        let target = try #require(next.first)
        let found = SocketAddress(ip: World.address(7).ip, port: 4001)
        let (rest, again) = try wait(&solo, .resolved(target.lookup, [found], ttl: .seconds(800)))
        #expect(rest == .seconds(700), "the record is due before the address")
        #expect(again.host == "relay.test" && again.port == nil)
        #expect(solo.dials.map(\.address) == [found])
        // No way back to the other target.
        let second = asks(solo.feed(.services(again.lookup, records, ttl: .seconds(700))))
        let (_, third) = try wait(
            &solo,
            .unresolved(try #require(second.first).lookup, .noSuchName)
        )
        #expect(third.host == "relay.test")
    }

    @Test func `services that nobody offers are no address`() throws {
        var (solo, ask) = try solo(nil)
        for records in [[], [Node.ServiceRecord(priority: 0, weight: 0, port: 1, target: "")]] {
            let (rest, again) = try wait(&solo, .services(ask.lookup, records, ttl: .seconds(900)))
            #expect(rest == .seconds(60))
            ask = again
        }
        #expect(solo.dials.isEmpty)
    }

    @Test func `targets are drawn by weight, in whatever order they come`() {
        let records: [Node.ServiceRecord] = [(3, "c"), (0, "z"), (1, "a"), (6, "f")].map {
            .init(priority: 7, weight: $0.0, port: 1, target: $0.1)
        }
        var counts: [String: Int] = [:]
        var random = Random(seed: 5)
        var other = random
        for _ in 0..<11_000 {
            let chosen = Node.ServiceRecord.chosen(from: records, random: &random)
            let turned = Node.ServiceRecord.chosen(from: records.reversed(), random: &other)
            #expect(chosen == turned)
            counts[chosen?.target ?? "", default: 0] += 1
        }
        // Of eleven draws one falls on the weight of 0, which RFC 2782 wants to have a chance.
        for (target, share) in [("z", 1), ("a", 1), ("c", 3), ("f", 6)] {
            let count = counts[target] ?? 0
            #expect(abs(count - share * 1000) < 250, "\(counts)")
        }
    }

    @Test func `targets without weights are drawn alike`() {
        let records = ["a", "b"].map {
            Node.ServiceRecord(priority: 0, weight: 0, port: 1, target: $0)
        }
        var random = Random(seed: 6)
        let count = (0..<1000).count { _ in
            Node.ServiceRecord.chosen(from: records, random: &random)?.target == "a"
        }
        #expect((400...600).contains(count))
    }

    // MARK: - Seeds

    /// A seed and three who look for it by name; names are asked for as soon as a node is there.
    private func seekers(
        _ names: [String: [SocketAddress]],
        latency: Duration = .milliseconds(5),
        _ configure: (inout NodeConfiguration) -> Void
    ) -> World {
        var world = World()
        world.names = names
        world.latency = latency
        _ = world.add { $0.configuration.role = .seed }
        for _ in 2...4 { _ = world.add { configure(&$0.configuration) } }
        return world
    }

    @Test func `every address of a DNS seed is a seed of its own`() {
        // Two that nobody answers at, and the seed.
        let names = ["seeds.test": [World.address(77), World.address(78), World.address(1)]]
        var world = seekers(names) { $0.dnsSeeds = [point("seeds.test")] }
        world.run(for: .seconds(30))
        // They have met; whether the seed is with them at the moment is not of interest.
        for host in 1...3 {
            let hot = world.snapshot(host).peers.filter { $0.temperature == .hot }.compactMap(\.id)
            let others = Set((2...4).map(World.id)).subtracting([World.id(host + 1)])
            #expect(others.isSubset(of: hot), "host \(host)")
        }
    }

    @Test func `a seed is asked as soon as its name is known`() {
        let names = ["seed.test": [World.address(1)]]
        var world = seekers(names, latency: .milliseconds(300)) {
            $0.seeds = [point("seed.test")]
        }
        let start = world.now
        world.run(for: .seconds(30)) { world in
            world.hosts[1].events.contains { event in
                if case .asked = event.note { true } else { false }
            }
        }
        // The lookup, the dial, the handshake; no round of waiting in between.
        #expect(start.duration(to: world.now) < .seconds(3))
    }

    @Test func `a DNS seed that changes is followed`() {
        var world = seekers(["seeds.test": [World.address(77)]]) {
            $0.dnsSeeds = [point("seeds.test")]
        }
        world.run(for: .seconds(20))
        #expect(world.snapshot(1).counts.hot == 0)
        world.names["seeds.test"] = [World.address(1)]
        world.run(for: .seconds(120))
        #expect(world.snapshot(1).counts.hot >= 2)
    }
}

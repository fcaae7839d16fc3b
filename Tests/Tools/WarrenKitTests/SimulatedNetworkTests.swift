import Testing
import WarrenKit

@Suite struct `A simulated network` {
    private func world(_ change: String? = nil) throws -> SimulatedNetwork {
        var scenario = try rumourScenario()
        if let change { try scenario.set(change) }
        return try SimulatedNetwork(scenario, reactors: rumour)
    }

    private func rumours(_ world: SimulatedNetwork) throws -> [UInt64?] {
        try world.nodes.map { try world.reactor(RumourReactor.self, of: $0.name)?.rumour }
    }

    @Test func `spreads a rumour, and judges what must hold`() throws {
        let (hasSpread, judgements) = try simulateRumour()
        #expect(hasSpread)
        #expect(judgements.map(\.outcome) == [.held, .held])
        #expect(judgements[0].description.hasPrefix("held    eventually within 30s every relay"))
    }

    @Test func `runs the same way twice, and another way with another seed`() throws {
        let worlds = [try world(), try world(), try world("seed=43")]
        for world in worlds { world.run(for: .seconds(20)) }
        #expect(worlds[0].digest == worlds[1].digest)
        #expect(worlds[0].digest != worlds[2].digest)
        #expect(worlds[0].digest.count == 32)
    }

    @Test func `passes no time but what it is asked for`() throws {
        let world = try world()
        let start = world.now
        #expect(world.beganAt == nil)
        let begins = world.run(upTo: .seconds(5)) { $0.beganAt != nil }
        #expect(begins)
        #expect(start.duration(to: world.now) <= .milliseconds(200))
        world.run(for: .milliseconds(1234))
        let never = world.run(upTo: .milliseconds(25)) { _ in false }
        #expect(!never)
        let began = try #require(world.beganAt)
        #expect(began.duration(to: world.now) < .milliseconds(1234 + 25 + 100))
    }

    @Test func `gives a command to one reactor, and everybody hears of it`() throws {
        let world = try world()
        world.run(for: .seconds(20))
        _ = world.takeReports(of: RumourReactor.self)
        let answer = try world.command(RumourReactor.self, of: "relay-6") { rumour, outbox, now in
            rumour.believe(70, into: &outbox)
            return now
        }
        #expect(answer == world.now)
        world.run(for: .seconds(5))
        #expect(try rumours(world) == [UInt64?](repeating: 70, count: 8))
        let reports = world.takeReports(of: RumourReactor.self)
        #expect(Set(reports.map(\.node)) == Set(world.nodes.map(\.name)))
        #expect(reports.allSatisfy { $0.report == 70 })
        #expect(reports.first?.node == "relay-6")
        #expect(reports.map(\.at) == reports.map(\.at).sorted())
        #expect(world.takeReports(of: RumourReactor.self).isEmpty)
    }

    @Test func `carries bytes through real connections, if asked to`() throws {
        let world = try SimulatedNetwork(rumourScenario(), fidelity: .bytes, reactors: rumour)
        world.run(for: .seconds(15))
        #expect(try rumours(world) == [UInt64?](repeating: 7, count: 8))
    }

    @Test func `shows a node's peers as it sees them`() throws {
        let world = try world()
        #expect(try world.snapshot(of: "relay-3") == nil)
        world.run(for: .seconds(30))
        let snapshot = try #require(try world.snapshot(of: "relay-3"))
        #expect(snapshot.name == "relay-3" && snapshot.takenAt == world.now)
        #expect(snapshot.hot >= 2)
        let hot = snapshot.peers.filter { $0.temperature == .hot }
        #expect(hot.count == snapshot.hot)
        let neighbours = snapshot.peers.filter { $0.source == .localRoot }.compactMap(\.name)
        #expect(Set(neighbours) == ["relay-2", "relay-4"])
        let ids = Set(world.nodes.map(\.id))
        #expect(hot.allSatisfy { $0.nodeID.map(ids.contains) == true && $0.direction != nil })
        #expect(snapshot.json.hasPrefix("{") && snapshot.json.contains("\"warren/snapshot/1\""))
    }

    @Test func `does to nodes what the scenario says, and one that starts again has forgotten`()
        throws
    {
        let world = try world("faults=[]")
        #expect(world.judgements.map(\.outcome) == [.unknown, .unknown])
        var scenario = try Scenario(
            yaml: """
                nodes: { relay: 2 }
                topology: line
                links: { default: { rtt: 400ms } }
                faults:
                  - { at: 10s, for: 5s, kill: relay-2 }
                expect:
                  - never any relay has hot = 0
                """
        )
        try scenario.set("seed=9")
        let pair = try SimulatedNetwork(scenario) { _ in [RumourReactor(rumour: 1)] }
        pair.run(for: .seconds(8))
        try pair.command(RumourReactor.self, of: "relay-2") { rumour, outbox, _ in
            rumour.believe(5, into: &outbox)
        }
        pair.run(for: .seconds(4))
        #expect(try pair.reactor(RumourReactor.self, of: "relay-1")?.rumour == 5)
        #expect(try pair.reactor(RumourReactor.self, of: "relay-2") == nil)
        #expect(try pair.snapshot(of: "relay-2") == nil)
        let answer = try pair.command(RumourReactor.self, of: "relay-2") { _, _, _ in true }
        #expect(answer == nil)
        let isBack = try pair.run(upTo: .seconds(10)) {
            try $0.reactor(RumourReactor.self, of: "relay-2") != nil
        }
        #expect(isBack)
        #expect(try pair.reactor(RumourReactor.self, of: "relay-2")?.rumour == 1)
        #expect(pair.judgements.map(\.outcome) == [.broken])
    }

    @Test func `of a slow link hears later`() throws {
        func time(_ roundTrip: String) throws -> Duration {
            let scenario = try Scenario(
                yaml: """
                    nodes: { relay: 2 }
                    topology: line
                    links: { default: { rtt: \(roundTrip) } }
                    """
            )
            let world = try SimulatedNetwork(scenario, reactors: rumour)
            world.run(for: .seconds(20))
            let start = world.now
            try world.command(RumourReactor.self, of: "relay-1") { rumour, outbox, _ in
                rumour.believe(8, into: &outbox)
            }
            let hears = try world.run(upTo: .seconds(5)) {
                try $0.reactor(RumourReactor.self, of: "relay-2")?.rumour == 8
            }
            #expect(hears)
            return start.duration(to: world.now)
        }
        #expect(try time("400ms") == .milliseconds(200))
        #expect(try time("2ms") == .milliseconds(10))
    }

    @Test func `names what it was asked for in vain`() throws {
        let world = try world()
        #expect(throws: NetworkError.noSuchNode("relay-9", nearest: "relay-1")) {
            try world.snapshot(of: "relay-9")
        }
        #expect(throws: NetworkError.noSuchReactor("Silent", node: "relay-1")) {
            try world.reactor(Silent.self, of: "relay-1")
        }
        let error = NetworkError.noSuchNode("relay-9", nearest: "relay-1")
        #expect("\(error)".hasSuffix("did you mean 'relay-1'?"))
    }

    private struct Silent: Reactor {
        var name = "silent"
        var channels = [ChannelDescriptor(id: 0x61)]
        mutating func handle(
            _ event: ReactorEvent,
            now: Instant,
            random: inout Random,
            into outbox: inout Outbox<Never>
        ) {}
    }

    @Test(arguments: [ChannelID(rawValue: 0x00), 0x60, 0x70, 0x71, 0x74])
    func `takes no reactor whose channel is somebody else's`(channel: ChannelID) throws {
        let silent = Silent(channels: [ChannelDescriptor(id: channel)])
        let error = try #require(throws: NetworkError.self) {
            try SimulatedNetwork(Scenario(relays: 2)) { _ in [RumourReactor(), silent] }
        }
        #expect("\(error)".contains("reactor 'silent' owns channel \(channel), and so does "))
    }

    @Test func `takes no two reactors of one name`() throws {
        #expect(throws: NetworkError.self) {
            try SimulatedNetwork(Scenario(relays: 2)) { _ in
                [RumourReactor(), Silent(name: "rumour")]
            }
        }
    }

    @Test func `runs several reactors a node, each with reports of its own`() throws {
        let world = try SimulatedNetwork(rumourScenario()) { node in
            rumour(of: node) + [Echo(), Silent()]
        }
        world.run(for: .seconds(15))
        #expect(world.takeReports(of: Echo.self).map(\.report.count).max() ?? 0 >= 1)
        #expect(Set(world.takeReports(of: RumourReactor.self).map(\.report)) == [7])
    }

    /// Reports how often it was told something; a number, as rumours are.
    private struct Echo: Reactor {
        struct Count: Sendable { var count: Int }
        let name = "echo"
        let channels = [ChannelDescriptor(id: 0x62)]
        var count = 0
        mutating func handle(
            _ event: ReactorEvent,
            now: Instant,
            random: inout Random,
            into outbox: inout Outbox<Count>
        ) {
            count += 1
            outbox.report(Count(count: count))
        }
    }
}

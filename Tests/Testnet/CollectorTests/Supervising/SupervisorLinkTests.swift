import Foundation
import Synchronization
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A supervisor that tells scripted nodes what becomes of their links.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct SupervisorLinkTests {
    private let scratch: Scratch
    private let nodes: [ScriptedNode]
    private let manifest: NetworkManifest

    init() throws {
        scratch = try Scratch()
        let clock = ObserverClock()
        nodes = (1...3).map { number in
            ScriptedNode(number, incarnation: UInt64(number) * 100) { clock.now }
        }
        var manifest = try NetworkManifest.relays(3)
        manifest.faults = ["split"]
        manifest.adminToken = "secret"
        self.manifest = manifest
    }

    private var path: String { scratch.file("warren.sqlite") }

    private static func split(
        _ action: ResolvedFault.Action? = nil,
        until: Duration? = .milliseconds(600)
    ) -> ResolvedFault {
        let edges = ResolvedFault.Edges(from: [0], to: [1, 2], isOneWay: true)
        return ResolvedFault(
            name: "split",
            at: .milliseconds(50),
            until: until,
            action: action ?? .cut(edges, mode: .reset)
        )
    }

    private func supervisor(
        _ fault: ResolvedFault,
        _ sentence: String = #"eventually within 20s after fault "split" any relay is up"#,
        until: Duration? = nil,
        patience: Duration = .seconds(20)
    ) throws -> Supervisor {
        let settings = Supervisor.Settings.brisk(until: until, patience: patience)
        let nodes = nodes
        return Supervisor(
            manifest: manifest,
            expectations: [try Expectation(sentence)],
            recording: path,
            settings: settings,
            faults: FaultHand([fault], complain: { _ in }, act: { _, _ in nil }),
            addresses: {
                var found: [String: String] = [:]
                for (number, node) in nodes.enumerated() {
                    found["relay-\(number + 1)"] = node.address
                }
                return found
            }
        )
    }

    private func startAll() async throws {
        for node in nodes { try await node.start() }
    }

    private func endAll() async {
        for node in nodes { await node.die() }
    }

    private struct Rule: Decodable {
        var peers: [String]
        var cut: String?
        var direction: String?
        var rtt: Double?
        var loss: Double?
        var bandwidth: Int64?
        var `for`: Double?
    }

    private func rule(of node: Int) throws -> Rule? {
        try nodes[node].state.withLock { $0.rules["split"] }
            .map { try JSONDecoder().decode(Rule.self, from: $0) }
    }

    /// Waits until all of these nodes hold the rule.
    private func told(_ numbers: [Int] = [0, 1, 2]) async throws {
        while try !numbers.allSatisfy({ try rule(of: $0) != nil }) { await Task.yield() }
    }

    private var story: [String] {
        get throws {
            let recording = try Recording(reading: path)
            defer { recording.close() }
            return try recording.faults().map { line in
                switch line.fact.what {
                case .faultStarted: "started"
                case .faultHealed: "healed"
                case .faultFailed(_, let why): "failed: \(why)"
                case .node, .answered: "?"
                }
            }
        }
    }

    @Test func `a one-way cut is out at the first side and in at the second, and ends by itself`()
        async throws
    {
        try await startAll()
        let supervisor = try supervisor(Self.split())
        let running = Task { try await supervisor.run() }
        try await told()
        let (first, second) = (try rule(of: 0), try rule(of: 1))
        #expect(first?.cut == "reset" && first?.direction == "out")
        #expect(first?.peers == [ScriptedNode.id(2), ScriptedNode.id(3)].map(\.description))
        #expect(second?.direction == "in" && second?.peers == [ScriptedNode.id(1).description])
        // What is left of it, so that it is over in time even if nobody says so.
        #expect((first?.for).map { $0 > 0 && $0 <= 0.55 } == true)
        let outcome = try await running.value
        #expect(outcome.verdicts.map(\.word) == ["held"])
        #expect(try story == ["started", "healed"])
        #expect(try rule(of: 0) == nil && rule(of: 2) == nil)
        let orders = nodes[0].state.withLock { $0.linkOrders }
        #expect(orders.first == "PUT split Bearer secret")
        #expect(orders.last == "DELETE split Bearer secret")
        #expect(orders.count { $0.hasPrefix("PUT") } == 1)
        await endAll()
    }

    @Test func `a degraded link is told in seconds and shares, and what is unsaid is left out`()
        async throws
    {
        try await startAll()
        let slow = LinkQuality(
            roundTrip: .milliseconds(200),
            lossMillionths: 10_000,
            bandwidth: 8_000_000
        )
        let edges = ResolvedFault.Edges(from: [0], to: [1], isOneWay: false)
        let supervisor = try supervisor(Self.split(.degrade(edges, slow)))
        let running = Task { try await supervisor.run() }
        try await told([0, 1])
        let rule = try #require(try rule(of: 1))
        #expect(rule.rtt == 0.2 && rule.loss == 0.01 && rule.bandwidth == 8_000_000)
        #expect(rule.cut == nil && rule.direction == nil)
        #expect(rule.peers == [ScriptedNode.id(1).description])
        _ = try await running.value
        #expect(nodes[2].state.withLock { $0.linkOrders }.isEmpty)
        await endAll()
    }

    @Test func `a node that starts anew meanwhile is told again`() async throws {
        try await startAll()
        let supervisor = try supervisor(
            Self.split(until: nil),
            "eventually within 1m any relay has hot >= 9"
        )
        let running = Task { try await supervisor.run() }
        try await told()
        #expect(try rule(of: 1)?.for == nil)
        await nodes[1].die()
        #expect(try rule(of: 1) == nil)
        try await nodes[1].revive(incarnation: 777)
        try await told([1])
        running.cancel()
        _ = try await running.value
        await endAll()
    }

    @Test func `a node that is away when links are cut is told when it comes`() async throws {
        try await startAll()
        let supervisor = try supervisor(
            Self.split(until: nil),
            "eventually within 1m any relay has hot >= 9"
        )
        let running = Task { try await supervisor.run() }
        while await supervisor.zero == nil { await Task.yield() }
        await nodes[2].die()
        try await told([0, 1])
        try await nodes[2].revive(incarnation: 888)
        try await told([2])
        running.cancel()
        _ = try await running.value
        await endAll()
    }

    @Test func `a node that will not fails the fault, and the others are let go`() async throws {
        try await startAll()
        nodes[2].state.withLock { $0.linkStatus = 400 }
        let supervisor = try supervisor(Self.split(), until: .milliseconds(800))
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts.map(\.word) == ["unknown"])
        #expect(
            try story == [
                "failed: relay-3: PUT /links/split was answered with status 400: no such peer"
            ]
        )
        #expect(try rule(of: 0) == nil && rule(of: 1) == nil)
        await endAll()
    }

    @Test func `a node that keeps its links fails the healing`() async throws {
        try await startAll()
        let supervisor = try supervisor(
            Self.split(until: .milliseconds(200)),
            until: .seconds(2),
            patience: .milliseconds(200)
        )
        let running = Task { try await supervisor.run() }
        try await told()
        nodes[1].state.withLock { $0.linkStatus = 500 }
        _ = try await running.value
        #expect(
            try story == ["started", "failed: it was not healed: relay-2 still holds its links"]
        )
        await endAll()
    }

    @Test func `a supervisor that takes over tells nodes again, and ends it in time`()
        async throws
    {
        try await startAll()
        let long = Self.split(until: .seconds(2))
        let first = try supervisor(long, "eventually within 1m any relay has hot >= 9")
        let running = Task { try await first.run() }
        while (try? story) != ["started"] { await Task.yield() }
        running.cancel()
        _ = try await running.value
        for node in nodes { node.state.withLock { $0.rules = [:] } }
        let second = try supervisor(long)
        let again = Task { try await second.run() }
        try await told()
        #expect(try rule(of: 0)?.for.map { $0 < 2 } == true)
        #expect(try await again.value.verdicts.map(\.word) == ["held"])
        #expect(try story == ["started", "healed"])
        await endAll()
    }
}

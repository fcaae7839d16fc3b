import Foundation
import Synchronization
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Three scripted nodes and their supervisor.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct SupervisorTests {
    private let scratch: Scratch
    private let clock = ObserverClock()
    private let nodes: [ScriptedNode]
    private let manifest: NetworkManifest

    init() throws {
        scratch = try Scratch()
        let clock = clock
        nodes = (1...3).map { number in
            ScriptedNode(number, incarnation: UInt64(number) * 100) { clock.now }
        }
        manifest = try .relays(3)
    }

    private var path: String { scratch.file("warren.sqlite") }

    private func supervisor(
        _ sentences: [String],
        recording: String? = nil,
        _ adjust: (inout Supervisor.Settings) -> Void = { _ in }
    ) throws -> Supervisor {
        var settings = Supervisor.Settings()
        settings.endsWhenDecided = true
        settings.reordering = .milliseconds(30)
        settings.tick = .milliseconds(10)
        settings.queryInterval = .milliseconds(20)
        settings.silence = .seconds(20)
        settings.following.interval = .milliseconds(20)
        settings.following.unhealthyInterval = .milliseconds(10)
        settings.following.retryInterval = .milliseconds(10)
        adjust(&settings)
        let nodes = nodes
        return Supervisor(
            manifest: manifest,
            expectations: try sentences.map { try Expectation($0) },
            recording: recording ?? path,
            settings: settings,
            addresses: {
                var found: [String: String] = [:]
                for (number, node) in nodes.enumerated() {
                    found["relay-\(number + 1)"] = node.address
                }
                return found
            }
        )
    }

    @Test
    func `the load of a run is carried from t = 0 on, and goes on after the supervisor's end`()
        async throws
    {
        try await startAll()
        var loaded = manifest
        let rate = Quantity.Rate(count: 1, per: .milliseconds(5))
        loaded.loads = [
            LoadSchedule(seed: 1, rate: rate, size: 16, nodes: [0, 2]),
            LoadSchedule(seed: 2, rate: rate, size: 16, nodes: [1], limit: 3),
        ]
        let payloads = Mutex<[[UInt8]: String]>([:])
        let repeated = Mutex(0)
        let nodes = nodes
        func supervise(until count: Int) async throws -> Supervisor.Outcome {
            var settings = Supervisor.Settings()
            settings.endIsProper = true
            settings.reordering = .milliseconds(30)
            settings.tick = .milliseconds(10)
            let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
            let supervisor = Supervisor(
                manifest: loaded,
                expectations: [],
                recording: path,
                settings: settings,
                addresses: {
                    var found: [String: String] = [:]
                    for (number, node) in nodes.enumerated() {
                        found["relay-\(number + 1)"] = node.address
                    }
                    return found
                },
                submit: { address, payload in
                    payloads.withLock { payloads in
                        if payloads.updateValue(address, forKey: payload) != nil {
                            repeated.withLock { $0 += 1 }
                        }
                        if payloads.count >= count { continuation.yield() }
                    }
                    return .added
                }
            )
            let run = Task { try await supervisor.run() }
            for await _ in signals { break }
            run.cancel()
            return try await run.value
        }
        let first = try await supervise(until: 23)
        #expect(first.loads[1].acceptedCount == 3)
        #expect(first.loads[0].acceptedCount >= 20)
        let before = payloads.withLock { $0.count }
        let second = try await supervise(until: before + 20)
        // What the first one sent is not sent again.
        #expect(repeated.withLock { $0 } == 0)
        #expect(second.loads[1].sentCount == 0)
        #expect(second.loads[0].acceptedCount >= 20)
        let counts = payloads.withLock { payloads in
            nodes.map { node in payloads.values.count { $0 == node.address } }
        }
        #expect(abs(counts[0] - counts[2]) <= 3 && counts[1] == 3)
        await endAll()
    }

    private func startAll() async throws {
        for node in nodes { try await node.start() }
    }

    private func endAll() async {
        for node in nodes { await node.die() }
    }

    @Test func `judges three nodes while they do what is expected of them`() async throws {
        try await startAll()
        for (node, other) in zip(nodes, [2, 3, 1] as [UInt8]) { node.embrace(other) }
        let told = Mutex<[Int]>([])
        let healthy = Mutex(0)
        let supervisor = try supervisor(["every relay has hot >= 1", "no relay has hot > 1"])
        let outcome = try await supervisor.run(
            each: { number, _ in told.withLock { $0.append(number) } },
            progress: { count in healthy.withLock { $0 = max($0, count) } }
        )
        #expect(outcome.verdicts.map(\.word) == ["held", "held"])
        #expect(!outcome.isLost)
        #expect(told.withLock { $0.sorted() } == [0, 1])
        #expect(healthy.withLock { $0 } == 3)
        #expect(await supervisor.snapshots.keys.sorted() == ["relay-1", "relay-2", "relay-3"])
        let recording = try Recording(path: path)
        #expect(
            try await recording.query("SELECT verdict FROM verdicts ORDER BY number").rows
                == [[.text("held")], [.text("held")]]
        )
        #expect(
            try await recording.query(
                "SELECT node, peer FROM transitions WHERE became = 'hot' ORDER BY node"
            ).rows == [
                [.text("relay-1"), .text("relay-2")], [.text("relay-2"), .text("relay-3")],
                [.text("relay-3"), .text("relay-1")],
            ]
        )
        #expect(try await recording.truth(of: "SELECT count(*) = 0 FROM errors"))
        recording.close()
        await endAll()
    }

    @Test func `sees a promise broken by a node that dies`() async throws {
        try await startAll()
        let supervisor = try supervisor(["always every relay is up"])
        let nodes = nodes
        let hasDied = Mutex(false)
        let task = Task {
            try await supervisor.run(progress: { count in
                guard count == 3, !hasDied.withLock({ $0 }) else { return }
                hasDied.withLock { $0 = true }
                Task { await nodes[1].die() }
            })
        }
        let outcome = try await task.value
        guard case .broken(let broken) = outcome.verdicts.first else {
            Issue.record("\(outcome)")
            return
        }
        #expect(broken.nodes == ["relay-2"])
        await endAll()
    }

    @Test func `catches a node whose connection goes where none may, once, and goes on judging`()
        async throws
    {
        try await startAll()
        for (node, other) in zip(nodes, [2, 3, 1] as [UInt8]) { node.embrace(other) }
        nodes[0].tell(.connection(nil, .accepted(1), from: .unknown, to: .unnegotiated(.inbound)))
        nodes[1].tell(.connection(nil, .accepted(1), from: .unknown, to: .unnegotiated(.inbound)))
        nodes[1].tell(.connection(nil, .accepted(1), from: .unnegotiated(.inbound), to: .duplex))
        let words = "in-1 goes from unnegotiatedInbound to duplex, which O§6.3 does not permit"
        for _ in 0..<2 {
            let outcome = try await supervisor(["eventually every relay has hot >= 1"]).run()
            #expect(outcome.verdicts.map(\.word) == ["held"])
            #expect(outcome.conduct.stepCount == 3)
            #expect(outcome.conduct.offences.map(\.words) == [words])
            #expect(outcome.conduct.offences.map(\.node) == [1])
            #expect(outcome.zero != nil)
        }
        let recording = try Recording(path: path)
        #expect(try recording.conduct().offences.map(\.words) == [words])
        #expect(try recording.conduct().stepCount == 3)
        #expect(
            try await recording.query("SELECT node, kind FROM errors").rows
                == [[.integer(1), .text("misstep")]]
        )
        recording.close()
        await endAll()
    }

    @Test func `asks the recording what sentences cannot say`() async throws {
        try await startAll()
        nodes[0].embrace(2)
        let supervisor = try supervisor([
            "eventually sql: SELECT count(*) FROM peers_now WHERE temperature = 'hot'"
        ])
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts.map(\.word) == ["held"])
        await endAll()
    }

    @Test func `refuses a query that means nothing before anything is judged`() async throws {
        let supervisor = try supervisor(["eventually sql: SELECT x FROM nowhere"])
        await #expect(throws: SupervisionFailure.self) { _ = try await supervisor.run() }
    }

    @Test func `says that the network is lost when nobody answers`() async throws {
        try await startAll()
        await endAll()
        let supervisor = try supervisor(["finally every relay is up"]) {
            $0.silence = .milliseconds(100)
        }
        let outcome = try await supervisor.run()
        #expect(outcome.isLost)
        #expect(outcome.verdicts.map(\.word) == ["unknown"])
    }

    @Test func `records a snapshot that contradicts the events as an error of the node`()
        async throws
    {
        try await startAll()
        nodes[2].embrace(1)
        nodes[2].state.withLock { $0.lie = { $0.peers = [] } }
        let supervisor = try supervisor([
            "eventually sql: SELECT count(*) FROM errors WHERE kind = 'contradiction' AND node = 2"
        ])
        #expect(try await supervisor.run().verdicts.map(\.word) == ["held"])
        await endAll()
    }

    @Test func `goes on where it ended when it is started again`() async throws {
        try await startAll()
        nodes[0].embrace(2)
        let first = try supervisor(["eventually every relay-1 has hot >= 1"])
        #expect(try await first.run().verdicts.map(\.word) == ["held"])
        nodes[0].move(2, .hot, .warm)
        let second = try supervisor(["eventually every relay-1 has hot = 0"])
        #expect(try await second.run().verdicts.map(\.word) == ["held"])
        let recording = try Recording(path: path)
        // Every event once, and nothing lost in between.
        #expect(
            try await recording.query("SELECT sequence FROM transitions ORDER BY number").rows
                == [[.integer(1)], [.integer(2)], [.integer(3)], [.integer(4)]]
        )
        #expect(try await recording.truth(of: "SELECT count(*) = 0 FROM gaps"))
        recording.close()
        await endAll()
    }

    @Test func `puts on record what was lost while nobody looked`() async throws {
        try await startAll()
        nodes[0].embrace(2)
        _ = try await supervisor(["eventually every relay-1 has hot >= 1"]).run()
        await nodes[0].die()
        try await nodes[0].revive(incarnation: 5)
        nodes[0].embrace(3)
        let supervisor = try supervisor([
            "eventually every relay-1 knows relay-3", "never any relay-1 has hot > 2",
        ]) { $0.endIsProper = true }
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            try await supervisor.run(each: { number, _ in continuation.yield(number) })
        }
        for await number in stream where number == 0 { break }
        task.cancel()
        let outcome = try await task.value
        #expect(outcome.verdicts.first?.word == "held")
        // Nobody knows what it did between the two.
        #expect(outcome.verdicts.last?.word == "unknown")
        let recording = try Recording(path: path)
        #expect(
            try await recording.query("SELECT incarnation, first, last FROM gaps").rows
                == [[.text("100"), .integer(4), .null]]
        )
        recording.close()
        await endAll()
    }

    @Test func `looks as long as it is told to, and not a moment longer`() async throws {
        try await startAll()
        let supervisor = try supervisor(["always every relay is up"]) {
            $0.until = .milliseconds(200)
        }
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts == [.held(.during(.milliseconds(200)))])
        await endAll()
    }

    @Test func `being told to end is the proper end of a run that has none`() async throws {
        try await startAll()
        let supervisor = try supervisor(["always every relay is up", "finally every relay is up"]) {
            $0.endsWhenDecided = false
            $0.endIsProper = true
        }
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let task = Task { try await supervisor.run(progress: { continuation.yield($0) }) }
        for await count in stream where count == 3 { break }
        task.cancel()
        let outcome = try await task.value
        #expect(outcome.verdicts.map(\.word) == ["held", "held"])
        await endAll()
    }
}

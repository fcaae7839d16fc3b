import Foundation
import Synchronization
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A supervisor that disturbs two scripted nodes.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct SupervisorFaultTests {
    /// Two scripted nodes, and an engine that does to them what it is told.
    private final class Stage: Sendable {
        let nodes: [ScriptedNode]
        let deeds = Mutex<[String]>([])
        let complaints = Mutex<[String]>([])
        /// What the engine answers instead of doing it.
        let refusal = Mutex<String?>(nil)
        /// An act with which the engine is never done, unless it is told to stop.
        let endless = Mutex<String?>(nil)

        init(_ nodes: [ScriptedNode]) { self.nodes = nodes }

        func has(_ deed: String) -> Bool { deeds.withLock { $0.contains(deed) } }

        func carryOut(_ act: FaultCourse.Act, _ names: [String]) async -> String? {
            let deed = "\(act) \(names.joined(separator: ","))"
            deeds.withLock { $0.append(deed) }
            if endless.withLock({ $0 }) == deed {
                while !Task.isCancelled { await Task.yield() }
                return nil
            }
            if let refusal = refusal.withLock({ $0 }) { return refusal }
            for (number, node) in nodes.enumerated() where names.contains("relay-\(number + 1)") {
                switch act {
                case .kill, .stop: await node.die()
                case .start: try? await node.start()
                case .pause, .resume: break
                }
            }
            return nil
        }
    }

    private let scratch: Scratch
    private let clock = ObserverClock()
    private let stage: Stage
    private let manifest: NetworkManifest

    init() throws {
        scratch = try Scratch()
        let clock = clock
        stage = Stage(
            (1...2).map { number in
                ScriptedNode(number, incarnation: UInt64(number) * 100) { clock.now }
            }
        )
        var manifest = try NetworkManifest.relays(2)
        manifest.faults = ["crash", "nap", "split"]
        manifest.adminToken = "secret"
        self.manifest = manifest
    }

    private static let crash = ResolvedFault(
        name: "crash",
        at: .milliseconds(50),
        until: .milliseconds(300),
        action: .kill([1])
    )

    private var path: String { scratch.file("warren.sqlite") }

    private func supervisor(
        _ sentences: [String],
        _ timetable: [ResolvedFault],
        until: Duration? = nil,
        patience: Duration = .seconds(20),
        inbox: FaultInbox? = nil,
        news: Supervisor.News? = nil,
        isRecorded: Bool = true
    ) throws -> Supervisor {
        let settings = Supervisor.Settings.brisk(until: until, patience: patience)
        let stage = stage
        let hand = FaultHand(timetable, inbox: inbox) { complaint in
            stage.complaints.withLock { $0.append(complaint) }
        } act: { act, names in
            await stage.carryOut(act, names)
        }
        return Supervisor(
            manifest: manifest,
            expectations: try sentences.map { try Expectation($0) },
            recording: isRecorded ? path : nil,
            settings: settings,
            faults: isRecorded ? hand : nil,
            news: news,
            addresses: {
                ["relay-1": stage.nodes[0].address, "relay-2": stage.nodes[1].address]
            }
        )
    }

    private func startAll() async throws {
        for node in stage.nodes { try await node.start() }
    }

    private func endAll() async {
        for node in stage.nodes { await node.die() }
    }

    @Test func `faults begin and are healed in their time, and sentences know of it`()
        async throws
    {
        try await startAll()
        let supervisor = try supervisor(
            [
                #"eventually within 20s after fault "crash" every relay is up"#,
                "sometimes any relay is up",
                #"always during fault "crash" every relay-1 is up"#,
            ],
            [Self.crash],
            until: .seconds(2)
        )
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts.map(\.word) == ["held", "held", "held"])
        #expect(stage.deeds.withLock { $0 } == ["kill relay-2", "start relay-2"])
        let rows = try await Recording(path: path)
            .query("SELECT name FROM faults ORDER BY at").rows
        #expect(rows.first == [.text("crash")])
        await endAll()
    }

    @Test func `a fault is healed only when the node answers again`() async throws {
        try await startAll()
        // Started again, but not by this engine: the first question after `start` is in vain.
        var pause = Self.crash
        pause.action = .pause([1])
        let supervisor = try supervisor(
            [#"eventually within 20s after fault "crash" every relay is up"#],
            [pause]
        )
        let (stage, second) = (stage, stage.nodes[1])
        let clock = clock
        let ended = Mutex<Instant?>(nil)
        let watcher = Task {
            while !stage.has("pause relay-2") { await Task.yield() }
            await second.die()
            while !stage.has("resume relay-2") { await Task.yield() }
            ended.withLock { $0 = clock.now }
            try await second.start()
        }
        let outcome = try await supervisor.run()
        try await watcher.value
        #expect(outcome.verdicts.map(\.word) == ["held"])
        #expect(ended.withLock { $0 } != nil)
        await endAll()
    }

    @Test func `what cannot be done is said, and what hangs on it stays unknown`() async throws {
        try await startAll()
        stage.refusal.withLock { $0 = "no such container" }
        let supervisor = try supervisor(
            [#"eventually within 1s after fault "crash" every relay is up"#],
            [Self.crash],
            until: .milliseconds(500)
        )
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts.map(\.word) == ["unknown"])
        #expect(stage.complaints.withLock { $0 } == ["fault 'crash': no such container"])
        // What was done of it, if anything, is taken back.
        #expect(stage.deeds.withLock { $0 } == ["kill relay-2", "start relay-2"])
        await endAll()
    }

    @Test func `a supervisor that takes over heals what the one before began`() async throws {
        try await startAll()
        var long = Self.crash
        long.until = .seconds(2)
        let first = try supervisor(["eventually within 1m any relay has hot >= 9"], [long])
        let running = Task { try await first.run() }
        while !stage.has("kill relay-2") { await Task.yield() }
        // It has noted the beginning when it is in the recording.
        while try await Self.notes(path) == 0 { await Task.yield() }
        running.cancel()
        _ = try await running.value
        let second = try supervisor(
            [#"eventually within 20s after fault "crash" every relay is up"#],
            [long]
        )
        let outcome = try await second.run()
        #expect(outcome.verdicts.map(\.word) == ["held"])
        // Killed again, as nobody can know how far the first one came; started once.
        #expect(stage.deeds.withLock { $0 } == ["kill relay-2", "kill relay-2", "start relay-2"])
        await endAll()
    }

    private static func notes(_ path: String) async throws -> Int {
        try await Recording(path: path).query("SELECT name FROM faults").rows.count
    }

    /// What is recorded of faults, as `crash failed`, in order.
    private var story: [String] {
        get throws {
            let recording = try Recording(reading: path)
            defer { recording.close() }
            return try recording.faults().compactMap { line in
                switch line.fact.what {
                case .faultStarted(let name): "\(name) started"
                case .faultHealed(let name): "\(name) healed"
                case .faultFailed(let name, let why): "\(name) failed: \(why)"
                case .node, .answered: nil
                }
            }
        }
    }

    /// Waits for the story to have a line that begins so.
    private func recorded(_ line: String) async {
        while (try? story)?.contains(where: { $0.hasPrefix(line) }) != true { await Task.yield() }
    }

    @Test func `what failed is settled: the next supervisor does not try it again`() async throws {
        try await startAll()
        stage.refusal.withLock { $0 = "no such container" }
        let sentence = #"eventually within 1s after fault "crash" every relay is up"#
        let first = try supervisor([sentence], [Self.crash], until: .milliseconds(500))
        _ = try await first.run()
        #expect(try story == ["crash failed: no such container"])
        let deeds = stage.deeds.withLock { $0 }
        stage.refusal.withLock { $0 = nil }
        let second = try supervisor([sentence], [Self.crash], until: .milliseconds(900))
        let outcome = try await second.run()
        #expect(stage.deeds.withLock { $0 } == deeds)
        guard case .unknown(let why) = outcome.verdicts.first else {
            Issue.record("\(outcome.verdicts)")
            return
        }
        #expect(why == #"fault "crash" failed: no such container"#)
        await endAll()
    }

    @Test func `a fault that waits for its node holds up no other`() async throws {
        try await startAll()
        // Nobody ever starts relay-2 again, and the pause of relay-1 is due meanwhile.
        stage.endless.withLock { $0 = "start relay-2" }
        let nap = ResolvedFault(
            name: "nap",
            at: .milliseconds(400),
            until: .milliseconds(500),
            action: .pause([0])
        )
        let supervisor = try supervisor(
            [#"eventually within 20s after fault "nap" any relay is up"#],
            [Self.crash, nap]
        )
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts.map(\.word) == ["held"])
        #expect(try story == ["crash started", "nap started", "nap healed"])
        await endAll()
    }

    @Test func `a node that never comes back fails the fault after a while`() async throws {
        try await startAll()
        stage.endless.withLock { $0 = "start relay-2" }
        let supervisor = try supervisor(
            [#"eventually within 20s after fault "crash" every relay is up"#],
            [Self.crash],
            until: .seconds(2),
            patience: .milliseconds(200)
        )
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts.map(\.word) == ["unknown"])
        let told = try story
        #expect(told.first == "crash started")
        #expect(
            told.last
                == "crash failed: it was not healed: start relay-2 was not done within 200ms"
        )
        #expect(stage.complaints.withLock { $0.count } == 1)
        await endAll()
    }

    @Test func `two faults of one node come one after the other`() async throws {
        try await startAll()
        let nap = ResolvedFault(
            name: "nap",
            at: .milliseconds(50),
            until: .milliseconds(500),
            action: .stop([0, 1])
        )
        let supervisor = try supervisor(
            [#"eventually within 20s after fault "nap" every relay is up"#],
            [Self.crash, nap]
        )
        let outcome = try await supervisor.run()
        #expect(outcome.verdicts.map(\.word) == ["held"])
        let deeds = stage.deeds.withLock { $0 }
        // Of the two at one instant either may be first; relay-2 is ended once, and started once.
        #expect(deeds.count { $0.hasPrefix("start") && $0.contains("relay-2") } == 1)
        #expect(deeds.last == "start relay-1,relay-2" || deeds.last == "start relay-2,relay-1")
        await endAll()
    }

    // MARK: By hand

    private var inbox: FaultInbox { FaultInbox(directory: scratch.file("faults")) }

    private static func hand(_ name: String, for duration: Duration?) -> HandFault {
        HandFault(name: name, fault: .init(at: .zero, for: duration, .kill("relay-2")))
    }

    @Test func `a fault by hand is carried out at once, and healed in its time`() async throws {
        try await startAll()
        let supervisor = try supervisor(
            ["eventually within 1m any relay has hot >= 9"],
            [],
            inbox: inbox
        )
        let running = Task { try await supervisor.run() }
        try inbox.ask(Self.hand("hand-1", for: .milliseconds(200)))
        await recorded("hand-1 healed")
        #expect(try story == ["hand-1 started", "hand-1 healed"])
        #expect(stage.deeds.withLock { $0 } == ["kill relay-2", "start relay-2"])
        #expect(inbox.accepted.map(\.name) == ["hand-1"])
        running.cancel()
        _ = try await running.value
        await endAll()
    }

    @Test func `a fault by hand outlives its supervisor, and ends when somebody says so`()
        async throws
    {
        try await startAll()
        let sentence = "eventually within 1m any relay has hot >= 9"
        let first = try supervisor([sentence], [], inbox: inbox)
        let running = Task { try await first.run() }
        try inbox.ask(Self.hand("hand-1", for: nil))
        await recorded("hand-1 started")
        running.cancel()
        _ = try await running.value
        #expect(stage.deeds.withLock { $0 } == ["kill relay-2"])
        // Asked for while nobody hears it.
        try inbox.askToEnd("hand-1")
        let second = try supervisor([sentence], [], inbox: inbox)
        let again = Task { try await second.run() }
        await recorded("hand-1 healed")
        #expect(
            stage.deeds.withLock { $0 } == ["kill relay-2", "kill relay-2", "start relay-2"]
        )
        again.cancel()
        _ = try await again.value
        // Nobody does any of it a third time.
        let third = try supervisor([sentence], [], until: .milliseconds(300), inbox: inbox)
        _ = try await third.run()
        #expect(stage.deeds.withLock { $0.count } == 3)
        await endAll()
    }

    @Test func `whoever judges beside the supervisor hears of its faults from the recording`()
        async throws
    {
        try await startAll()
        let supervisor = try supervisor(
            ["eventually within 1m any relay has hot >= 9"],
            [Self.crash]
        )
        let running = Task { try await supervisor.run() }
        await recorded("crash started")
        let looking = try Recording(reading: path)
        let beside = try self.supervisor(
            [#"eventually within 20s after fault "crash" every relay is up"#],
            [],
            news: { ((try? looking.faults()) ?? []).map(\.fact) },
            isRecorded: false
        )
        let outcome = try await beside.run()
        #expect(outcome.verdicts.map(\.word) == ["held"])
        looking.close()
        running.cancel()
        _ = try await running.value
        await endAll()
    }
}

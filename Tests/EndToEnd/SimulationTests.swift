import Foundation
import Testing
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// What a simulated run leaves, and how one ends before its time.
struct SimulationTests {
    private static let starter = CommandLineTool.scenario("starter.yaml")

    private func explanation(_ outcome: CommandLineTool.Outcome) throws -> PeerExplanation {
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        return try JSONDecoder().decode(PeerExplanation.self, from: Data(outcome.output.utf8))
    }

    @Test func `a peer of a simulated node is explained at any virtual time`() async throws {
        let warren = try CommandLineTool(base: 67)
        let run = try await warren("simulate", Self.starter, "--set", "expect=[]", "--for", "2m")
        #expect(run.code == 0, "\(run.output)\(run.errors)")
        func explain(at time: String?) async throws -> PeerExplanation {
            let when = time.map { ["--at", $0] } ?? []
            let all = ["explain", "relay-1", "relay-2", "--format", "json"] + when
            return try explanation(await warren.start(all).outcome())
        }
        let end = try await explain(at: nil)
        let zero = try #require(end.zeroAt)
        #expect(end.temperature >= .warm)
        #expect(end.history.first?.transition.reason == .learnt)
        #expect(end.history.last?.transition.to == end.temperature)
        let steps = end.history.filter { zero < $0.transition.at }
        // It is killed in the scenario: that its connection ends is one step, at an instant of its own.
        let step = try #require(steps.first { $0.transition.from == .hot }, "it was never hot")
        let whole = zero.duration(to: step.transition.at) / .milliseconds(1)
        let before = try await explain(at: "\(Int(whole))ms")
        let after = try await explain(at: "\(Int(whole) + 1)ms")
        #expect(before.temperature == step.transition.from)
        #expect(before.history.last?.transition != step.transition)
        #expect(after.history.contains(step))
        #expect(before.historyCount < after.historyCount)
        #expect(after.historyCount <= end.historyCount)
        let text = try await warren("explain", "relay-1", "relay-2", "--at", "1m")
        #expect(text.code == 0 && text.output.hasPrefix("relay-1 → relay-2"), "\(text.output)")
        let late = try await warren("explain", "relay-1", "relay-2", "--at", "3m")
        #expect(late.code == 64 && late.errors.contains("after the end"), "\(late.errors)")
    }

    @Test
    func
        `an interrupted simulation closes its recording, leaves what is open unknown, and says 130`()
        async throws
    {
        let warren = try CommandLineTool(base: 67)
        let started = try warren.start([
            "simulate", Self.starter, "--for", "23h", "--set",
            "expect=[finally every relay is up, never any relay has hot > 20]",
        ])
        #expect(await CommandLineTool.wait { warren.shelf.latest(of: "starter") != nil })
        let run = try #require(warren.shelf.latest(of: "starter"))
        let hasFacts = try await CommandLineTool.wait {
            guard let recording = try? Recording(reading: run.directory.recording) else {
                return false
            }
            defer { recording.close() }
            return try recording.span()?.zeroAt != nil
        }
        #expect(hasFacts)
        started.interrupt()
        let outcome = try await started.outcome()
        #expect(outcome.code == 130, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("interrupted"), "\(outcome.errors)")
        #expect(outcome.output.contains("of virtual time"), "\(outcome.output)")
        let log = FileManager.default.contents(atPath: run.directory.recording + "-wal")
        #expect(log?.count ?? 0 == 0, "all of it is in the one file")
        let recording = try Recording(reading: run.directory.recording)
        defer { recording.close() }
        #expect(try await recording.truth(of: "SELECT ended_at IS NOT NULL FROM runs"))
        let verdicts = "SELECT DISTINCT verdict FROM verdicts"
        #expect(try await recording.query(verdicts).rows == [[.text("unknown")]])
        // What is there can be asked as any ended run.
        let later = try await warren("expect", "eventually every relay has hot >= 0")
        #expect(later.code == 0, "\(later.output)\(later.errors)")
    }

    @Test func `an interrupted sweep over seeds says 130`() async throws {
        let warren = try CommandLineTool(base: 67)
        let started = try warren.start(["simulate", Self.starter, "--seeds", "1..100000"])
        #expect(await CommandLineTool.wait { started.mindsInterrupts })
        #expect(
            await CommandLineTool.wait {
                started.interrupt()
                return !started.isRunning
            }
        )
        let outcome = try await started.outcome()
        #expect(outcome.code == 130, "\(outcome.output)\(outcome.errors)")
        #expect(warren.shelf.names.isEmpty)
    }

    @Test func `a node that told of a step no connection may take breaks what is asked of its run`()
        async throws
    {
        let warren = try CommandLineTool(base: 67)
        let made = try await warren("simulate", Self.starter, "--set", "expect=[]", "--for", "30s")
        #expect(made.code == 0, "\(made.output)\(made.errors)")
        #expect(made.output.contains(#/checked [1-9]\d+ steps of connections: none/#))
        let asked = try await warren("expect", "finally every relay is up")
        #expect(asked.code == 0, "\(asked.output)\(asked.errors)")
        #expect(asked.output.contains("held    finally every relay is up  at the end, t=30.00s"))
        #expect(asked.output.contains(#/checked [1-9]\d+ steps of connections: none/#))
        let run = try #require(warren.shelf.latest(of: "starter"))
        let recording = try Recording(path: run.directory.recording)
        let number = try #require(run.manifest.nodes.firstIndex { $0.name == "relay-2" })
        let last = try #require(try recording.positions()[number])
        let end = try #require(try recording.span()).endsAt
        let lie = Note.connection(nil, .accepted(1 << 40), from: .unknown, to: .duplex)
        var batch = Recording.Batch()
        let event = Event(
            incarnation: last.incarnation,
            sequence: last.sequence + 1,
            at: end,
            note: lie
        )
        batch.sightings = [Sighting(Fact(at: end, .node(number, .event(event))))]
        try recording.write(batch)
        recording.close()
        let outcome = try await warren("expect", "finally every relay is up")
        #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("held    finally every relay is up"))
        #expect(
            outcome.output.contains(
                #/error   relay-2 at t=30\.00s: in-\d+ goes from unknown to duplex, which O§6\.3/#
            ),
            "\(outcome.output)"
        )
    }
}

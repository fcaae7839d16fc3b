import Foundation
import Testing
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenScenario

/// `warren fault` by hand, on processes.
struct FaultTests {
    /// Four relays that know each other, and nothing else.
    private static let words = """
        name: trial
        nodes: { relay: { count: 4, region: [eu, us] } }
        topology: { shape: mesh }
        expect:
          - eventually within 30s network is connected
        """

    private func up(_ warren: CommandLineTool) async throws -> Run {
        let file = try warren.write(Self.words, to: "trial.yaml")
        let up = try await warren("up", file, "--base", "\(warren.base)")
        #expect(up.code == 0, "\(up.output)\(up.errors)")
        return try #require(warren.shelf.latest(of: "trial"))
    }

    private func engine(_ run: Run) throws -> ProcessEngine {
        ProcessEngine(
            run: run.directory,
            manifest: run.manifest,
            program: try CommandLineTool.program("warren-node")
        )
    }

    private func story(_ run: Run) throws -> [String] {
        let recording = try Recording(reading: run.directory.recording)
        defer { recording.close() }
        return try recording.faults().map { line in
            switch line.fact.what {
            case .faultStarted(let name): "\(name) started"
            case .faultHealed(let name): "\(name) healed"
            case .faultFailed(let name, let why): "\(name) failed: \(why)"
            case .node, .answered: "?"
            }
        }
    }

    @Test func `a relay killed by hand comes back in time, and sentences know of it`()
        async throws
    {
        let warren = try CommandLineTool(base: 80)
        let run = try await up(warren)
        let engine = try engine(run)
        let first = try #require(engine.process(of: "relay-2"))
        let killed = try await warren("fault", "kill", "relay-2", "--for", "2s")
        #expect(killed.code == 0, "\(killed.output)\(killed.errors)")
        #expect(killed.output.contains("hand-1: kill relay-2 for 2s"), "\(killed.output)")
        #expect(killed.output.contains("in force since t="), "\(killed.output)")
        #expect(!first.isAlive)
        let judged = try await warren(
            "expect",
            #"eventually within 20s after fault "hand-1" every relay is up"#
        )
        #expect(judged.code == 0, "\(judged.output)\(judged.errors)")
        #expect(engine.aliveNames.count == 4)
        #expect(try story(run) == ["hand-1 started", "hand-1 healed"])
        let list = try await warren("fault", "list")
        #expect(list.output.contains(#/hand-1  kill relay-2  healed at t=/#), "\(list.output)")
        #expect(try await warren("down").code == 0)
        // The recording of a run that is over knows the name too.
        let after = try await warren(
            "expect",
            #"eventually within 20s after fault "hand-1" every relay is up"#,
            "--run",
            "trial"
        )
        #expect(after.code == 0, "\(after.output)\(after.errors)")
    }

    @Test func `a fault by hand that means nobody does nothing`() async throws {
        let warren = try CommandLineTool(base: 81)
        let run = try await up(warren)
        let words: [([String], String)] = [
            (["kill", "rely-2"], "did you mean 'relay"), (["cut", "eu | moon"], "'moon'"),
            (["kill", "relay-2", "--for", "soon"], "'for'"),
            (["kill", "relay-2", "--name", "No"], "small letters"), (["end", "x"], "'x'"),
            (["degrade", "eu | us"], "rtt, jitter, loss or bandwidth"),
            (["cut", "eu | us", "--mode", "bang"], "hang"),
        ]
        for (arguments, expected) in words {
            let outcome = try await warren(["fault"] + arguments)
            #expect(outcome.code == 64, "\(arguments) \(outcome.output)\(outcome.errors)")
            #expect(outcome.errors.contains(expected), "\(outcome.errors)")
        }
        let unknown = try await warren("fault", "kill", "rely-2")
        #expect(unknown.errors.contains("there are relay, eu, us, relay-1"), "\(unknown.errors)")
        #expect(try story(run).isEmpty)
        #expect(try engine(run).aliveNames.count == 4)
        #expect(try await warren("down").code == 0)
        let late = try await warren("fault", "kill", "relay-2", "--run", "trial")
        #expect(late.code == 3 && late.errors.contains("nobody supervises"), "\(late.errors)")
    }

    @Test func `a supervisor killed during a fault and started again ends it`() async throws {
        let warren = try CommandLineTool(base: 82)
        let run = try await up(warren)
        let engine = try engine(run)
        let paused = try await warren("fault", "pause", "relay-3", "--for", "4s", "--name", "nap")
        #expect(paused.code == 0, "\(paused.output)\(paused.errors)")
        let killed = try await warren("fault", "kill", "relay-1", "--name", "crash")
        #expect(killed.code == 0, "\(killed.output)\(killed.errors)")
        let supervisor = try #require(run.supervisor)
        supervisor.signal(SIGKILL)
        #expect(await CommandLineTool.wait { !supervisor.isAlive })
        #expect(try story(run) == ["nap started", "crash started"])
        let next = try warren.start(["collect", "--supervise", run.directory.path])
        #expect(
            await CommandLineTool.wait(within: .seconds(40)) {
                (try? story(run))?.contains("nap healed") == true
            }
        )
        #expect(engine.process(of: "relay-1")?.isAlive != true)
        let ended = try await warren("fault", "end", "crash")
        #expect(ended.code == 0, "\(ended.output)\(ended.errors)")
        #expect(engine.aliveNames.count == 4)
        #expect(
            try story(run)
                == ["nap started", "crash started", "nap healed", "crash healed"]
        )
        let down = try await warren("down")
        #expect(down.code == 0, "\(down.output)\(down.errors)")
        _ = try await next.outcome()
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
    }
}

import Foundation
import Testing
import WarrenEngines

/// `warren test` as a continuous-integration script sees it: by exit code and words.
struct VerdictTests {
    @Test func `the starter network keeps all its promises, and nothing is left of it`()
        async throws
    {
        let warren = try CommandLineTool(base: 60)
        let starter = CommandLineTool.scenario("starter.yaml")
        let outcome = try await warren("test", starter, "--base", "60")
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("7 of 7 healthy"))
        #expect(outcome.output.split(separator: "\n").count { $0.contains("held  ") } == 20)
        // Every step of every connection of every node was checked while they ran.
        let steps = #/checked [1-9]\d+ steps of connections: none that the protocol forbids/#
        #expect(outcome.output.contains(steps), "\(outcome.output)")
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
    }

    @Test func `an expectation that cannot hold is broken, with window, nodes and replay`()
        async throws
    {
        let warren = try CommandLineTool(base: 61)
        let outcome = try await warren(
            "test",
            CommandLineTool.scenario("starter.yaml"),
            "--base",
            "61",
            "--set",
            "faults=[]",
            "--set",
            "expect=[never any relay has hot >= 2]"
        )
        #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("broken  never any relay has hot >= 2"))
        #expect(outcome.output.contains(#/relay-[1-4] had \d+ hot .*t=\d+\.\d\ds/#))
        let replay =
            #/replay: warren test \S+starter.yaml --seed 42 --engine process .*hot >= 2\]'/#
        #expect(outcome.output.contains(replay))
    }

    @Test func `a relay that does not keep a producer's secret is caught`() async throws {
        let warren = try CommandLineTool(base: 62)
        let outcome = try await warren(
            "test",
            CommandLineTool.scenario("starter.yaml"),
            "--base",
            "62",
            "--set",
            "nodes.producer.hidden=false",
            "--set",
            "faults=[]",
            "--set",
            "expect=[never any relay knows producer except from localRoot]"
        )
        #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
        let sentence = "broken  never any relay knows producer except from localRoot"
        #expect(outcome.output.contains(sentence), "\(outcome.output)")
    }

    @Test func `a run that ends too early to tell is unknown, never held`() async throws {
        let warren = try CommandLineTool(base: 63)
        let outcome = try await warren(
            "test",
            CommandLineTool.scenario("starter.yaml"),
            "--base",
            "63",
            "--until",
            "500ms",
            "--set",
            "faults=[]",
            "--set",
            "expect=[eventually within 30s every relay has hot >= 4 for 20s]"
        )
        #expect(outcome.code != 0)
        let late = try await warren(
            "test",
            CommandLineTool.scenario("starter.yaml"),
            "--base",
            "63",
            "--until",
            "500ms",
            "--set",
            "faults=[]",
            "--set",
            "expect=[eventually within 30s for 20s every relay is healthy]"
        )
        #expect(late.code == 2, "\(late.output)\(late.errors)")
        #expect(late.output.contains("unknown eventually within 30s for 20s"))
    }

    @Test func `a scenario that expects nothing is not held`() async throws {
        let warren = try CommandLineTool(base: 64)
        let file = try warren.write("nodes: { relay: 2 }\n", to: "quiet.yaml")
        let outcome = try await warren("test", file, "--base", "64")
        #expect(outcome.code == 2)
        #expect(outcome.errors.contains("nothing to judge"))
    }

    @Test func `a misspelt key names the file, the line and the word that was meant`()
        async throws
    {
        let warren = try CommandLineTool(base: 65)
        let text = "name: typo\nnodes:\n  relay: { cuont: 3 }\n"
        let file = try warren.write(text, to: "typo.yaml")
        for verb in ["validate", "test", "up", "generate"] {
            let outcome = try await warren(verb, file)
            #expect(outcome.code == 64)
            #expect(outcome.errors.contains("typo.yaml:3:"), "\(outcome.errors)")
            #expect(outcome.errors.contains("'cuont'") && outcome.errors.contains("'count'"))
        }
        #expect(warren.shelf.names.isEmpty)
    }

    @Test func `a misspelt expectation names its line too`() async throws {
        let warren = try CommandLineTool(base: 65)
        let text = "nodes: { relay: 2 }\nexpect:\n  - eventually evry relay has hot >= 1\n"
        let outcome = try await warren("validate", try warren.write(text, to: "e.yaml"))
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("e.yaml:3:"), "\(outcome.errors)")
        #expect(outcome.errors.contains("'every'"))
    }

    @Test func `an interrupted test tidies up and says 130`() async throws {
        let warren = try CommandLineTool(base: 66)
        let started = try warren.start([
            "test", CommandLineTool.scenario("starter.yaml"), "--base", "66",
        ])
        #expect(await CommandLineTool.wait { started.text.contains("7 of 7 healthy") })
        started.interrupt()
        let outcome = try await started.outcome()
        #expect(outcome.code == 130, "\(outcome.output)\(outcome.errors)")
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
    }

    private struct Simulated: Decodable {
        var digest: String
        var run: String
        var exitCode: Int32
    }

    @Test func `one seed is one run, in every process and every build`() async throws {
        let warren = try CommandLineTool(base: 67)
        let file = CommandLineTool.scenario("starter.yaml")
        func simulate(_ seed: String, by program: String? = nil) async throws -> Simulated {
            let outcome = try await warren(
                "simulate",
                file,
                "--seed",
                seed,
                "--format",
                "json",
                program: program
            )
            #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
            return try JSONDecoder().decode(Simulated.self, from: Data(outcome.output.utf8))
        }
        let first = try await simulate("7")
        #expect(try await simulate("7").digest == first.digest)
        #expect(try await simulate("8").digest != first.digest)
        let debug = try CommandLineTool.program("warren", isDebug: true)
        #expect(try await simulate("7", by: debug).digest == first.digest)
    }

    @Test func `a simulated run is recorded, judged and drawn like any other`() async throws {
        let warren = try CommandLineTool(base: 67)
        let file = CommandLineTool.scenario("compare-managers.yaml")
        let outcome = try await warren("test", file, "--engine", "simulator")
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        let later = try await warren("expect", "every ensured has established >= 3")
        #expect(later.code == 0, "\(later.output)\(later.errors)")
        let graph = try await warren("graph", "--format", "mermaid")
        #expect(graph.code == 0 && graph.output.contains("ensured"), "\(graph.errors)")
        // Only the simulator bends clocks: elsewhere that would be left out in silence.
        let late = try warren.write(
            "nodes: { relay: 2 }\nfaults:\n  - { at: 1s, skew: { of: relay, by: 2s } }\n",
            to: "late.yaml"
        )
        let refused = try await warren("up", late)
        #expect(refused.code == 64)
        #expect(refused.errors.contains("--engine simulator"), "\(refused.errors)")
    }

    @Test func `of many seeds the first that breaks is shrunk, and the smaller one breaks too`()
        async throws
    {
        let warren = try CommandLineTool(base: 67)
        let outcome = try await warren(
            "simulate",
            CommandLineTool.scenario("starter.yaml"),
            "--seeds",
            "1..3",
            "--set",
            "expect=[always every relay has hot <= 3]"
        )
        #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("0 of 3 seeds held"))
        #expect(outcome.output.contains("--seed 1 "))
        let shrunk = try #require(
            outcome.output.split(separator: "\n").first { $0.contains("smaller:") }?
                .split(separator: " ").last
        )
        let again = try await warren("simulate", String(shrunk))
        #expect(again.code == 1, "\(again.output)\(again.errors)")
    }
}

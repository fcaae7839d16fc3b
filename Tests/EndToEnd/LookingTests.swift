import Testing
import WarrenEngines

/// Verbs that look at a network.
struct LookingTests {
    @Test func `logs, graph, expect and status speak of the network that runs`() async throws {
        let warren = try CommandLineTool(base: 55)
        let ring = CommandLineTool.scenario("ring.yaml")
        let up = try await warren("up", ring, "--base", "55", "--set", "expect=[]")
        #expect(up.code == 0, "\(up.output)\(up.errors)")

        let logs = try await warren("logs", "relay-1", "-n", "3")
        #expect(logs.code == 0 && logs.output.split(separator: "\n").count == 3)
        let stranger = try await warren("logs", "rleay-1")
        #expect(stranger.code == 64 && stranger.errors.contains("relay-1"), "\(stranger.errors)")

        for (format, word) in [("dot", "graph"), ("graphml", "<graphml"), ("mermaid", "relay-1")] {
            let graph = try await warren("graph", "--format", format)
            #expect(graph.code == 0 && graph.output.contains(word), "\(graph.errors)")
        }

        let held = try await warren("expect", "eventually within 20s every relay has hot >= 1")
        #expect(held.code == 0, "\(held.output)\(held.errors)")
        let broken = try await warren(
            "expect",
            "always every relay has hot >= 99",
            "--within",
            "1s"
        )
        #expect(broken.code == 1, "\(broken.output)")
        let ending = try await warren("expect", "finally every relay is up", "--within", "1s")
        #expect(ending.code == 0, "\(ending.output)")
        let steps = #/checked [1-9]\d* steps of connections: none that the protocol forbids/#
        #expect(ending.output.contains(steps), "\(ending.output)")
        let patient = try warren.start(["expect", "always every relay is up", "--within", "1h"])
        #expect(await CommandLineTool.wait { patient.mindsInterrupts })
        #expect(
            await CommandLineTool.wait {
                patient.interrupt()
                return !patient.isRunning
            }
        )
        #expect(try await patient.outcome().code == 130)
        let wrong = try await warren("expect", "every rleay has hot >= 1")
        #expect(wrong.code == 64 && wrong.errors.contains("relay"), "\(wrong.errors)")

        let status = try await warren("status")
        #expect(status.output.contains("NODE") && status.output.contains("relay-6"))
        #expect(!status.output.contains("\u{1B}"), "colours belong on terminals")
        #expect(status.output.contains(steps), "\(status.output)")
        #expect(try await warren("down").code == 0)
    }

    @Test func `generate writes keys for their owner alone, and the same bytes each time`()
        async throws
    {
        let warren = try CommandLineTool(base: 56)
        let starter = CommandLineTool.scenario("starter.yaml")
        for name in ["one", "two"] {
            let words = ["generate", starter, "-o", name, "--start-time", "2026-12-01T12:00:00Z"]
            #expect(try await warren(words).code == 0)
        }
        let key = "nodes/relay-1/node_key.json"
        #expect(try warren.mode(of: "one/\(key)") == 0o600)
        for file in [key, "network.json", "nodes/seed-1/config.json", "genesis.json"] {
            #expect(try warren.read("one/\(file)") == warren.read("two/\(file)"))
        }
    }

    @Test(
        arguments: [
            "validate", "generate", "up", "status", "watch", "logs", "graph", "expect", "explain",
            "collect",
            "test", "simulate", "down", "clean", "doctor",
        ]
    )
    func `every verb explains itself with an example`(verb: String) async throws {
        let warren = try CommandLineTool(base: 0)
        let help = try await warren(verb, "--help")
        #expect(help.code == 0)
        #expect(help.output.contains("Example"))
        #expect(help.output.contains("warren \(verb)"))
    }

    @Test func `a network that only a cluster can start is refused, with what writes its files`()
        async throws
    {
        let warren = try CommandLineTool(base: 0)
        let outcome = try await warren(
            "up",
            CommandLineTool.scenario("starter.yaml"),
            "--engine",
            "kubernetes"
        )
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("--engine kubernetes` writes"), "\(outcome.errors)")
    }
}

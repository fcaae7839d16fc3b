import Foundation
import Testing
import WarrenEngines
import WarrenObservation
import WarrenScenario

/// Transactions given to a real network: by `warren load`, and by a scenario.
struct LoadTests {
    /// A producer and the relay in front of it; a block every 200 ms.
    private static let scenario = """
        name: loaded
        nodes: { relay: 1, producer: 1 }
        chain: { slot: 200ms, activeSlotCoefficient: 1 }
        """

    private struct Shown: Decodable {
        struct Load: Decodable {
            var sent: Int
            var accepted: Int
            var refused: [String: Int]
        }
        var load: Load
        var nodes: [String]
    }

    private func shown(_ outcome: CommandLineTool.Outcome) throws -> Shown {
        try JSONDecoder().decode(Shown.self, from: Data(outcome.output.utf8))
    }

    @Test func `what warren load submits is in blocks, and Ctrl-C ends it with its summary`()
        async throws
    {
        let warren = try CommandLineTool(base: 58)
        let expectation = "\nexpect: [ eventually within 20s every relay has height >= 1 ]\n"
        let file = try warren.write(Self.scenario + expectation, to: "loaded.yaml")
        let up = try await warren("up", file, "--base", "58")
        #expect(up.code == 0, "\(up.output)\(up.errors)")
        func load() async throws -> CommandLineTool.Outcome {
            try await warren(
                "load",
                "producer",
                "--rate",
                "100/s",
                "--count",
                "20",
                "--seed",
                "7",
                "--format",
                "json"
            )
        }
        let first = try await load()
        #expect(first.code == 0, "\(first.output)\(first.errors)")
        #expect(try shown(first).load.accepted == 20)
        #expect(try shown(first).nodes == ["producer-1"])

        let run = try #require(warren.shelf.latest(of: "loaded"))
        let admin = try #require(run.manifest.nodes.first { $0.name == "producer-1" }).admin
        let client = NodeClient(address: admin)
        #expect(
            await CommandLineTool.wait { (try? await client.snapshot())?.mempool?.count == 0 }
        )
        let again = try await load()
        #expect(again.code == 1)
        #expect(try shown(again).load.refused == ["included": 20])

        let endless = try warren.start(["load", "producer", "--rate", "50/s"])
        #expect(await CommandLineTool.wait { endless.text.contains("seed") })
        #expect(await CommandLineTool.wait { endless.mindsInterrupts })
        endless.interrupt()
        let ended = try await endless.outcome()
        #expect(ended.code == 130)
        #expect(ended.output.contains(" sent, "), "\(ended.output)\(ended.errors)")

        #expect(try await warren("load", "realy").code == 64)
        #expect(try await warren("load", "--rate", "10001/s").code == 64)
        #expect(try await warren("load", "--size", "15B").code == 64)
        #expect(try await warren("down").code == 0)
        #expect(try await warren("load").code == 3)
    }

    @Test func `a scenario's load is carried by whoever supervises the run`() async throws {
        let warren = try CommandLineTool(base: 59)
        let load = """

            load: { rate: 20/s, to: producer }
            expect: [ always within 4s every relay has height >= 0 ]

            """
        let file = try warren.write(Self.scenario + load, to: "loaded.yaml")
        let outcome = try await warren("test", file, "--base", "59")
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        // From 1 s to 4 s, less what a busy machine loses at the end.
        let words = #/load    (\d+) sent, (\d+) accepted/#
        let found = try #require(outcome.output.firstMatch(of: words), "\(outcome.output)")
        #expect((Int(found.1) ?? 0) >= 20 && (Int(found.2) ?? 0) >= 20)

        let simulated = try await warren("simulate", file, "--for", "4s", "--format", "json")
        #expect(simulated.code == 0, "\(simulated.errors)")
        #expect(simulated.output.contains(#""accepted" : 61"#), "\(simulated.output)")
    }
}

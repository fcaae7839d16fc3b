import Foundation
import Testing
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// What survives when nothing is certain to: processes are ended between two instructions.
@Suite(.timeLimit(.minutes(5))) struct KillTests {
    private static let kills = 100

    @Test func `a hundred processes killed without warning lose no block that everybody had`()
        async throws
    {
        let warren = try CommandLineTool(base: 62)
        let text = """
            name: killed
            nodes: { relay: 3, producer: 2 }
            chain: { slot: 200ms, activeSlotCoefficient: 0.5 }
            expect: [ eventually within 30s every relay has height >= 2 ]
            """
        let file = try warren.write(text, to: "killed.yaml")
        let up = try await warren("up", file, "--base", "62")
        #expect(up.code == 0, "\(up.output)\(up.errors)")
        let run = try #require(warren.shelf.latest(of: "killed"))
        let program = try CommandLineTool.program("warren-node")
        let engine = ProcessEngine(run: run.directory, manifest: run.manifest, program: program)
        let names = run.manifest.nodes.map(\.name)
        var random = Random(seed: 42)
        for number in 1...Self.kills {
            let name = names[random.below(names.count)]
            let process = try #require(engine.process(of: name))
            process.signal(SIGKILL)
            #expect(await CommandLineTool.wait { !process.isAlive }, "\(name)")
            try engine.start(only: [name])
            // Every other time the next one is killed while this one still reads its store.
            guard number.isMultiple(of: 2) else { continue }
            try await Engine.process(engine).waitForHealth(of: [name], within: .seconds(20)) { _ in
            }
        }
        try await Engine.process(engine).waitForHealth(of: names, within: .seconds(20)) { _ in }
        let after = try await warren(
            "expect",
            "eventually within 60s all of relay, producer have the same tip",
            "eventually within 60s every relay makes progress on height within 10s"
        )
        #expect(after.code == 0, "\(after.output)\(after.errors)")
        #expect(try await warren("down").code == 0)

        let recording = try Recording(reading: run.directory.recording)
        defer { recording.close() }
        let everywhere = """
            SELECT hash, max(adopted_at) AS last, min(left_at) AS first FROM block_arrivals
            WHERE adopted_at IS NOT NULL GROUP BY hash HAVING count(*) = \(names.count)
            """
        #expect(try await recording.truth(of: "SELECT count(*) >= 10 FROM (\(everywhere))"))
        #expect(
            try await recording.truth(
                of: "SELECT count(*) = 0 FROM (\(everywhere)) WHERE first > last"
            )
        )
    }
}

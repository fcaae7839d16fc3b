import Foundation
import Testing

/// P18 of O§11.5 as the program itself judges it; `make spread` has twenty seeds and prints more.
struct SpreadTests {
    /// Seeds; each takes a minute of a core or two.
    private static let seedCount: Int = {
        let text = ProcessInfo.processInfo.environment["WARREN_SPREAD_SEEDS"]
        return text.flatMap(Int.init) ?? 1
    }()

    @Test func `P18: warren simulate finds the 95th centile of 64 KB to 1,000 nodes below 5 s`()
        async throws
    {
        let warren = try CommandLineTool(base: 71)
        let run = try await warren(
            "simulate",
            CommandLineTool.scenario("thousand.yaml"),
            "--seeds",
            "1..\(Self.seedCount)",
            "--for",
            "2m"
        )
        #expect(run.code == 0, "\(run.output)\(run.errors)")
    }
}

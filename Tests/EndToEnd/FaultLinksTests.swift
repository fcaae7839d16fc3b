import Foundation
import Testing
import WarrenEngines

/// Faults of links by hand, on processes: what the supervisor says and what nodes do about it.
struct FaultLinksTests {
    private static let words = """
        name: trial
        nodes: { relay: { count: 4, region: [eu, us] } }
        topology: { shape: mesh }
        defaults: { targets: { known: 10, established: 5, active: 5 }, pace: 60 }
        expect:
          - eventually within 30s every relay has hot = 3
        """

    @Test func `regions cut by hand lose each other, and find each other when it is over`()
        async throws
    {
        let warren = try CommandLineTool(base: 78)
        let file = try warren.write(Self.words, to: "trial.yaml")
        let up = try await warren("up", file, "--base", "78")
        #expect(up.code == 0, "\(up.output)\(up.errors)")
        let cut = try await warren("fault", "cut", "eu | us", "--for", "6s", "--mode", "reset")
        #expect(cut.code == 0, "\(cut.output)\(cut.errors)")
        #expect(cut.output.contains("4 edges  relay-1 | relay-2, relay-1 | relay-4"))
        let judged = try await warren(
            "expect",
            #"eventually within 5s every relay has hot <= 1"#,
            #"eventually within 30s after fault "hand-1" every relay has hot = 3"#
        )
        #expect(judged.code == 0, "\(judged.output)\(judged.errors)")
        let slow = try await warren(
            "fault",
            "degrade",
            "eu | us",
            "--rtt",
            "200ms",
            "--name",
            "slow"
        )
        #expect(slow.code == 0, "\(slow.output)\(slow.errors)")
        let felt = try await warren(
            "expect",
            "eventually within 30s every eu has rtt in region us >= 200ms"
        )
        #expect(felt.code == 0, "\(felt.output)\(felt.errors)")
        let ended = try await warren("fault", "end", "slow")
        #expect(ended.code == 0, "\(ended.output)\(ended.errors)")
        #expect(try await warren("down").code == 0)
    }
}

import Foundation
import Testing
import WarrenCollector
import WarrenEngines

/// Links of a scenario on real processes and in the simulator: the same sentences about measured
/// round trips must hold of both.
struct LinksTests {
    private static let scenario = """
        name: links
        seed: 42
        nodes:
          east: { role: relay, count: 2, region: eu }
          west: { role: relay, count: 2, region: us }
        topology: { shape: mesh, among: [east, west] }
        defaults: { targets: { known: 10, established: 5, active: 5 }, pace: 60 }
        links:
          eu-us: { rtt: 160ms, jitter: 10ms, loss: 0.1%, bandwidth: 20Mbit }
          eu: { rtt: 30ms }
        expect:
          - eventually within 20s every relay has hot = 3
          - eventually within 20s every east has rtt in region us >= 160ms
          - eventually within 20s every west has rtt in region eu >= 160ms
          - eventually within 20s every east has rtt in region eu >= 30ms
          - eventually within 20s every east has rtt in region us <= 240ms
          - eventually within 20s every west has rtt in region eu <= 240ms
          - eventually within 20s every east has rtt in region eu <= 90ms
          - eventually within 20s every west has rtt in region us <= 60ms

        """

    @Test func `a round trip takes on processes what it takes in the simulator`() async throws {
        let warren = try CommandLineTool(base: 71)
        let file = try warren.write(Self.scenario, to: "links.yaml")
        for arguments in [["test", file, "--base", "71"], ["simulate", file, "--for", "20s"]] {
            let outcome = try await warren.start(arguments).outcome()
            #expect(outcome.code == 0, "\(arguments)\n\(outcome.output)\(outcome.errors)")
        }
    }
}

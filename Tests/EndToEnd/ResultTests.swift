import Foundation
import Testing
import WarrenEngines

/// What `warren test` leaves for those who did not watch.
struct ResultTests {
    private static let words = """
        name: trial
        nodes: { relay: 3 }
        topology: { shape: mesh }
        expect:
          - eventually within 30s network is connected
          - never any relay has hot >= 1
        """

    @Test func `what broke stands in JUnit's file, beside its line, and in the summary`()
        async throws
    {
        let warren = try CommandLineTool(base: 83)
        let file = try warren.write(Self.words, to: "trial.yaml")
        let summary = try warren.write("before\n", to: "summary.md")
        let outcome = try await warren(
            "test",
            file,
            "--base",
            "83",
            "--junit",
            "out.xml",
            environment: [
                "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary,
                "GITHUB_WORKSPACE": warren.directory,
            ]
        )
        #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
        #expect(
            outcome.output.contains("\n::error file=trial.yaml,line=6,title=broken%3A trial"),
            "\(outcome.output)"
        )
        let junit = try warren.read("out.xml")
        #expect(junit.contains(#"tests="3" failures="1" errors="0""#), "\(junit)")
        #expect(
            junit.contains(#"name="never any relay has hot &gt;= 1" file="trial.yaml" line="6""#)
        )
        let page = try warren.read("summary.md")
        #expect(page.hasPrefix("before\n## Warren: 0 of 1 held"), "\(page)")
        #expect(page.contains("**broken**") && page.contains("```mermaid\ngraph LR"))
        // The logs of those who did not keep to it lie where it says.
        let line = try #require(outcome.output.firstMatch(of: #/logs  (\S+)/#)?.1)
        #expect(line.hasSuffix("log.txt"))
        #expect(FileManager.default.fileExists(atPath: "\(warren.directory)/\(line)"))
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
    }

    @Test func `runs are repeated until one fails, which may be left running`() async throws {
        let warren = try CommandLineTool(base: 84)
        let file = try warren.write(Self.words, to: "trial.yaml")
        let good = try await warren(
            "test",
            file,
            "--base",
            "84",
            "--repeat",
            "2",
            "--junit",
            "good.xml",
            "--set",
            "expect=[eventually within 30s network is connected]"
        )
        #expect(good.code == 0, "\(good.output)\(good.errors)")
        #expect(good.output.contains("run 2 of 2"))
        #expect(try warren.read("good.xml").contains(#"tests="4" failures="0" errors="0""#))
        let bad = try await warren(
            "test",
            file,
            "--base",
            "84",
            "--repeat",
            "3",
            "--until-fail",
            "--keep-on-failure"
        )
        #expect(bad.code == 1, "\(bad.output)\(bad.errors)")
        #expect(bad.output.contains("run 1 of 3") && !bad.output.contains("run 2 of 3"))
        #expect(bad.output.contains("still running"))
        #expect(!CommandLineTool.processes(of: warren.directory).isEmpty)
        #expect(try await warren("down").code == 0)
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
    }

    @Test func `in the simulator each repeat has the next seed`() async throws {
        let warren = try CommandLineTool(base: 84)
        let file = try warren.write(Self.words, to: "trial.yaml")
        let outcome = try await warren(
            "test",
            file,
            "--engine",
            "simulator",
            "--seed",
            "5",
            "--repeat",
            "3",
            "--junit",
            "out.xml",
            "--set",
            "expect=[eventually within 30s network is connected]"
        )
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        let junit = try warren.read("out.xml")
        for seed in 5...7 { #expect(junit.contains("trial · seed \(seed) · simulator")) }
    }

    @Test func `a network that does not start is in the file, and a file that cannot be is said`()
        async throws
    {
        let warren = try CommandLineTool(base: 84)
        let file = try warren.write(Self.words, to: "trial.yaml")
        let program = try warren.write("#!/bin/sh\necho 'no <hope>'\nexit 1\n", to: "sad-node")
        unsafe chmod(program, 0o755)
        let lost = try await warren(
            "test",
            file,
            "--base",
            "84",
            "--junit",
            "out.xml",
            environment: ["WARREN_NODE": program]
        )
        #expect(lost.code == 3)
        let junit = try warren.read("out.xml")
        #expect(junit.contains(#"type="lost""#) && junit.contains("no &lt;hope&gt;"), "\(junit)")
        let nowhere = try await warren("test", file, "--junit", "no/such/out.xml")
        #expect(nowhere.code == 64 && nowhere.errors.contains("no/such/out.xml"))
    }
}

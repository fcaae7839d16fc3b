import Foundation
import Testing

/// What is generated for others' programs, as those programs see it.
///
/// CI installs them and names them; elsewhere these tests are left out.
struct ManifestTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static var validator: String? { environment["WARREN_KUBERNETES_VALIDATE"] }
    private static var promtool: String? { environment["WARREN_PROMTOOL"] }

    /// The oldest that counts pods from 1 without being asked to, and two later ones.
    static let versions = ["1.27.0", "1.31.0", "1.34.0"]

    private func generate(
        _ tool: CommandLineTool,
        _ scenario: String,
        _ engine: String
    ) async throws -> String {
        let outcome = try await tool(
            "generate",
            CommandLineTool.scenario("\(scenario).yaml"),
            "--engine",
            engine,
            "-o",
            "\(tool.directory)/\(scenario)"
        )
        try #require(outcome.code == 0, "\(outcome.errors)")
        return "\(tool.directory)/\(scenario)"
    }

    private func manifests(_ run: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(run)/kubernetes").sorted()
            .map { "\(run)/kubernetes/\($0)" }
    }

    @Test(.enabled(if: validator != nil), arguments: versions)
    func `Kubernetes knows every field of what is generated for it`(version: String) async throws {
        let tool = try CommandLineTool(base: 71)
        let validator = Self.validator
        for scenario in ["starter", "forty"] {
            let files = try manifests(try await generate(tool, scenario, "kubernetes"))
            #expect(files.count == (scenario == "starter" ? 8 : files.count))
            let outcome = try await tool.start(
                ["--strict", "--kubernetes-version", version] + files,
                program: validator
            ).outcome()
            #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        }
    }

    /// Else the test above would say nothing.
    @Test(.enabled(if: validator != nil), arguments: versions)
    func `a field that Kubernetes does not know is seen`(version: String) async throws {
        let tool = try CommandLineTool(base: 71)
        let run = try await generate(tool, "starter", "kubernetes")
        let path = "\(run)/kubernetes/40-group-relay.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let wrong = text.replacingOccurrences(of: "podManagementPolicy:", with: "podPolicy:")
        #expect(wrong != text)
        let file = try tool.write(wrong, to: "wrong.yaml")
        let outcome = try await tool.start(
            ["--strict", "--kubernetes-version", version, file],
            program: Self.validator
        ).outcome()
        #expect(outcome.code != 0, "\(outcome.output)")
    }

    @Test(.enabled(if: promtool != nil), arguments: ["process", "compose", "kubernetes"])
    func `Prometheus takes the configuration, the targets and the alerts`(
        engine: String
    ) async throws {
        let tool = try CommandLineTool(base: 71)
        let run = try await generate(tool, "starter", engine)
        let outcome = try await tool.start(
            ["check", "config", "\(run)/monitoring/prometheus.yaml"],
            program: Self.promtool
        ).outcome()
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("7 rules found"), "\(outcome.output)")
    }

    @Test(.enabled(if: promtool != nil))
    func `each alert fires when it should, and not before`() async throws {
        let tool = try CommandLineTool(base: 71)
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Support/alerts.test.yaml").path(percentEncoded: false)
        let outcome = try await tool.start(
            ["test", "rules", file],
            program: Self.promtool
        ).outcome()
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    }
}

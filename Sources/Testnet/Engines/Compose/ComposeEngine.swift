import Foundation
package import WarrenGenerator
package import WarrenScenario

/// Runs a network as containers under Docker Compose.
///
/// Labels are the truth about what runs, so containers are found again even if the run's
/// directory is gone. Source: design §10.
package struct ComposeEngine: Sendable {
    package let run: RunDirectory
    package let manifest: NetworkManifest

    package init(run: RunDirectory, manifest: NetworkManifest) {
        self.run = run
        self.manifest = manifest
    }

    /// What `docker ps` and `docker inspect` know of one container.
    private struct Container {
        var name: String
        var node: String
        var state: State?

        /// Held still or not.
        var isRunning: Bool { state != nil }
    }

    /// What Docker calls the state of a container that lives.
    enum State: String, CaseIterable { case running, paused }

    private var project: [String] {
        ["--project-name", "warren-\(manifest.name)", "--file", run.composeFile]
    }

    private var filter: [String] { ["--filter", "label=dev.warren.network=\(manifest.name)"] }

    package func start(only names: Set<String>?) async throws(EngineFailure) -> [String] {
        let tool = try await ComposeTool.find()
        let alive = Set(await aliveNames())
        let wanted = manifest.nodes.map(\.name)
            .filter { !alive.contains($0) && names?.contains($0) ?? true }
        guard !wanted.isEmpty else { return [] }
        do throws(EngineFailure) {
            try await ComposeTool.demand(
                tool.words + project + ["up", "--detach", "--no-deps"] + wanted
            )
        } catch {
            if names == nil, alive.isEmpty { try? await stop() }
            throw error
        }
        return wanted
    }

    package func stop(only names: [String]? = nil) async throws(EngineFailure) {
        guard let names else {
            let tool = try await ComposeTool.find()
            try await ComposeTool.demand(
                tool.words + project + ["down", "--timeout", "5", "--remove-orphans"]
            )
            return
        }
        let containers = await containers().filter { names.contains($0.node) }.map(\.name)
        guard !containers.isEmpty else { return }
        try await ComposeTool.demand(["docker", "stop", "--time", "5"] + containers)
    }

    package func aliveNames() async -> [String] {
        let alive = Set(await containers().filter(\.isRunning).map(\.node))
        return manifest.nodes.map(\.name).filter(alive.contains)
    }

    /// Gives Docker a command for the containers of these nodes that are in one of these states.
    func tell(
        _ words: [String],
        _ nodes: [String],
        whoseStateIs states: [State] = State.allCases
    ) async throws(EngineFailure) {
        let containers = await containers()
            .filter { nodes.contains($0.node) && $0.state.map(states.contains) == true }
            .map(\.name)
        guard !containers.isEmpty else { return }
        try await ComposeTool.demand(words + containers)
    }

    private func containers() async -> [Container] {
        let form = #"{{.Names}}|{{.Label "dev.warren.node"}}|{{.State}}"#
        let words = ["docker", "ps", "--all", "--format", form] + filter
        return await ComposeTool.run(words).output.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            return Container(
                name: String(fields[0]),
                node: String(fields[1]),
                state: State(rawValue: String(fields[2]))
            )
        }
    }

    /// The host's side of every admin port.
    package func adminAddresses() async -> [String: String] {
        let form = #"{{.Label "dev.warren.node"}}|{{.Ports}}"#
        let words = ["docker", "ps", "--format", form] + filter
        var found: [String: String] = [:]
        for line in await ComposeTool.run(words).output.split(separator: "\n") {
            let fields = line.split(separator: "|", maxSplits: 1)
            // As `3001/tcp, 127.0.0.1:49153->3101/tcp`.
            guard fields.count == 2,
                let port = fields[1].split(separator: ", ").first(where: { $0.contains("->") }),
                let arrow = port.range(of: "->")
            else { continue }
            found[String(fields[0])] = String(port[..<arrow.lowerBound])
        }
        return found
    }

    package func death(among names: [String]) async -> EngineFailure? {
        let containers = await containers()
        for name in names {
            guard let container = containers.first(where: { $0.node == name }) else { continue }
            guard !container.isRunning else { continue }
            let lines = await log(of: container.name, lines: 5)
            return .died(node: name, log: "container \(container.name)", lastLines: lines)
        }
        return nil
    }

    /// The last lines that a node's container wrote.
    package func log(ofNode node: String, lines: Int) async -> [String] {
        guard let container = await containers().first(where: { $0.node == node }) else {
            return []
        }
        return await log(of: container.name, lines: lines)
    }

    private func log(of container: String, lines: Int) async -> [String] {
        let result = await ComposeTool.run(["docker", "logs", "--tail", "\(lines)", container])
        return (result.output + result.errors).split(separator: "\n").map(String.init)
    }
}

extension ComposeEngine {
    /// What there is of Docker, in words; throws what is missing.
    package static func check() async throws(EngineFailure) -> String {
        let tool = try await ComposeTool.find()
        let version = try await ComposeTool.demand(
            ["docker", "version", "--format", "{{.Server.Version}}"]
        )
        let number = version.split(separator: "\n").last.map(String.init) ?? "?"
        return "\(tool.words.joined(separator: " ")), Docker \(number)"
    }
}

import Foundation
package import WarrenGenerator
package import WarrenScenario

/// Runs a network as a stack of services under Docker Swarm, each of one container.
///
/// Nodes are asked, killed and paused through the containers of the machine that this runs on: a
/// Swarm of one machine is whole, of a larger one only what runs here is seen. Source: design §10.
package struct SwarmEngine: Sendable {
    package let run: RunDirectory
    package let manifest: NetworkManifest

    package init(run: RunDirectory, manifest: NetworkManifest) {
        self.run = run
        self.manifest = manifest
    }

    var containers: Containers { Containers(manifest) }

    private var stack: String { "warren-\(manifest.name)" }
    private func service(_ node: String) -> String { "\(stack)_\(node)" }

    /// How long Swarm may take to let go of what was removed.
    private static let patience: Duration = .seconds(60)
    private static let interval = 100

    // MARK: - Starting

    package func start(only names: Set<String>?) async throws(EngineFailure) -> [String] {
        try await Docker.check(image: Network.Options().image)
        try await Self.checkManager()
        let alive = Set(await containers.aliveNames())
        let wanted = manifest.nodes.map(\.name)
            .filter { !alive.contains($0) && names?.contains($0) ?? true }
        guard !wanted.isEmpty else { return [] }
        let known = Set(await services())
        let isDeployed = wanted.allSatisfy { known.contains(service($0)) } && !hasOtherFile
        if !isDeployed {
            do throws(EngineFailure) {
                try await deploy()
            } catch {
                guard known.isEmpty else { throw error }
                throw await error.undoing(manifest.name) { () throws(EngineFailure) in
                    try await stop()
                }
            }
        }
        // A service that was there keeps its ended task, until it is told to begin another.
        for name in wanted where known.contains(service(name)) {
            try await Docker.demand([
                "docker", "service", "update", "--quiet", "--detach", "--force", "--replicas", "1",
                service(name),
            ])
        }
        return wanted
    }

    private func deploy() async throws(EngineFailure) {
        // Images are asked of no registry: `make image` puts them on each machine.
        try await Docker.demand(
            [
                "docker", "stack", "deploy", "--compose-file", run.stackFile, "--resolve-image",
                "never", "--prune", stack,
            ],
            run: run.path
        )
        try? FileManager.default.removeItem(atPath: run.deployedStackFile)
        try? FileManager.default.copyItem(atPath: run.stackFile, toPath: run.deployedStackFile)
    }

    /// Whether the stack's file is another than the one that was deployed.
    private var hasOtherFile: Bool {
        let files = [run.stackFile, run.deployedStackFile].map(FileManager.default.contents)
        return files[0] != files[1]
    }

    private func services() async -> [String] {
        let filter = ["--filter", "label=com.docker.stack.namespace=\(stack)"]
        return await Docker.run(["docker", "service", "ls", "--format", "{{.Name}}"] + filter).lines
    }

    private static func checkManager() async throws(EngineFailure) {
        let form = "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}"
        let said = try await Docker.demand(["docker", "info", "--format", form])
        guard said.contains("active true"), !said.contains("inactive") else {
            throw .surroundings(.noSwarm)
        }
    }

    // MARK: - Ending

    package func stop(only names: [String]? = nil) async throws(EngineFailure) {
        if let names { return try await sleep(names) }
        await UnfinishedStart.end(of: run)
        try? await containers.tell(
            ["docker", "unpause"],
            manifest.nodes.map(\.name),
            whoseStateIs: [.paused]
        )
        // Said again until it is so: a stack that is still being made gets services afterwards.
        try await wait(for: "its services and networks to go") {
            guard await services().isEmpty, await containers.isEmpty(),
                await containers.count(of: "network") == 0
            else {
                _ = await Docker.run(["docker", "stack", "rm", stack])
                return false
            }
            return true
        }
        // Volumes above all, which Swarm leaves behind.
        try await containers.remove()
        try? FileManager.default.removeItem(atPath: run.deployedStackFile)
    }

    private func sleep(_ names: [String]) async throws(EngineFailure) {
        let known = Set(await services())
        let words = names.map(service).filter(known.contains).map { "\($0)=0" }
        guard !words.isEmpty else { return }
        try await containers.tell(["docker", "unpause"], names, whoseStateIs: [.paused])
        try await Docker.demand(["docker", "service", "scale", "--detach"] + words)
        try await wait(for: "\(names.joined(separator: ", ")) to end") {
            await containers.aliveNames().allSatisfy { !names.contains($0) }
        }
    }

    private func wait(
        for what: String,
        until isDone: () async -> Bool
    ) async throws(EngineFailure) {
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while await !isDone() {
            guard ContinuousClock.now < deadline else {
                throw .tool(
                    command: "docker stack rm \(stack)",
                    output: "waited \(Self.patience) for \(what)"
                )
            }
            await Pause.milliseconds(Self.interval)
        }
    }

    // MARK: - Looking

    /// A node whose container ended, or to which Swarm gives none.
    package func death(among names: [String]) async -> EngineFailure? {
        if let failure = await containers.death(among: names) { return failure }
        let form = "{{.Name}}|{{.CurrentState}}|{{.Error}}"
        let words = ["docker", "stack", "ps", "--no-trunc", "--format", form, stack]
        var seen: Set<String> = []
        for line in await Docker.run(words).lines {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
                .map(String.init)
            // The newest task of each stands first.
            guard fields.count == 3, let node = names.first(where: { isTask(fields[0], of: $0) }),
                seen.insert(node).inserted, fields[1].hasPrefix("Rejected")
            else { continue }
            if let trouble = DockerTrouble(said: fields[2]) { return .surroundings(trouble) }
            return .died(node: node, log: "task \(fields[0])", lastLines: [fields[2]])
        }
        return nil
    }

    private func isTask(_ name: String, of node: String) -> Bool {
        name.hasPrefix(service(node) + ".") || name.hasPrefix("\\_ " + service(node) + ".")
    }

    /// What there is of Docker Swarm, in words; throws what is missing.
    package static func check() async throws(EngineFailure) -> String {
        let version = try await Docker.version()
        try await checkManager()
        let nodes = try await Docker.demand(["docker", "node", "ls", "--quiet"])
        let count = nodes.split(separator: "\n").count
        let whole = count == 1 ? "" : "; only what runs on this one is seen"
        return "Docker \(version), a Swarm of \(count)\(whole)"
    }
}

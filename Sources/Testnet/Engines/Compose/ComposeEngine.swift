import Foundation
package import WarrenGenerator
package import WarrenScenario

/// Runs a network as containers under Docker Compose.
///
/// Compose starts them; everything else goes by their labels, so that it works even when the run's
/// directory is gone. Source: design §10.
package struct ComposeEngine: Sendable {
    package let run: RunDirectory
    package let manifest: NetworkManifest

    package init(run: RunDirectory, manifest: NetworkManifest) {
        self.run = run
        self.manifest = manifest
    }

    var containers: Containers { Containers(manifest) }

    package func start(only names: Set<String>?) async throws(EngineFailure) -> [String] {
        try await Docker.check(image: Network.Options().image)
        let tool = try await Self.tool()
        let alive = Set(await containers.aliveNames())
        let wanted = manifest.nodes.map(\.name)
            .filter { !alive.contains($0) && names?.contains($0) ?? true }
        guard !wanted.isEmpty else { return [] }
        let project = ["--project-name", "warren-\(manifest.name)", "--file", run.composeFile]
        do throws(EngineFailure) {
            try await Docker.demand(
                tool + project + ["up", "--detach", "--no-deps"] + wanted,
                run: run.path
            )
        } catch {
            guard alive.isEmpty else { throw error }
            throw await error.undoing(manifest.name) { () throws(EngineFailure) in
                try await containers.remove()
            }
        }
        return wanted
    }

    package func stop(only names: [String]? = nil) async throws(EngineFailure) {
        guard let names else {
            await UnfinishedStart.end(of: run)
            return try await containers.remove()
        }
        // A paused one hears nothing before it goes on.
        try await containers.tell(["docker", "unpause"], names, whoseStateIs: [.paused])
        try await containers.tell(["docker", "stop", "--time", "\(Containers.patience)"], names)
    }

    /// Docker Compose as it is installed: version 2 as a plugin of docker, or version 1 by itself.
    private static func tool() async throws(EngineFailure) -> [String] {
        for words in [["docker", "compose"], ["docker-compose"]]
        where await Docker.run(words + ["version"]).isSuccess {
            return words
        }
        throw .surroundings(.noCompose)
    }

    /// What there is of Docker Compose, in words; throws what is missing.
    package static func check() async throws(EngineFailure) -> String {
        let version = try await Docker.version()
        return "\(try await tool().joined(separator: " ")), Docker \(version)"
    }
}

import Foundation
import Subprocess

/// Docker Compose as it is installed: version 2 as a plugin of docker, or version 1 by itself.
struct ComposeTool: Sendable {
    /// `docker compose` or `docker-compose`.
    let words: [String]

    /// Bytes kept of what a command prints.
    private static let outputLimit = 16 << 20

    static func find() async throws(EngineFailure) -> ComposeTool {
        for words in [["docker", "compose"], ["docker-compose"]] {
            let result = await run(words + ["version"])
            if result.isSuccess { return ComposeTool(words: words) }
        }
        throw .noTool(
            "there is no Docker Compose: install docker-compose (or docker-compose-v2), or use "
                + "--engine process, which needs no Docker"
        )
    }

    struct Result: Sendable {
        var isSuccess: Bool
        var output: String
        var errors: String
    }

    /// Runs a command found on the path, with the files that nodes write owned by the caller.
    static func run(_ words: [String]) async -> Result {
        guard let name = words.first else {
            return Result(isSuccess: false, output: "", errors: "no command")
        }
        do {
            let result = try await Subprocess.run(
                .name(name),
                arguments: Arguments(Array(words.dropFirst())),
                environment: .inherit.updating([
                    "WARREN_UID": "\(getuid())", "WARREN_GID": "\(getgid())",
                    "COMPOSE_INTERACTIVE_NO_CLI": "1",
                ]),
                output: .string(limit: outputLimit),
                error: .string(limit: outputLimit)
            )
            return Result(
                isSuccess: result.terminationStatus.isSuccess,
                output: result.standardOutput,
                errors: result.standardError
            )
        } catch {
            return Result(isSuccess: false, output: "", errors: "\(error)")
        }
    }

    /// Runs a command of which success is expected; gives what it printed.
    @discardableResult
    static func demand(_ words: [String]) async throws(EngineFailure) -> String {
        let result = await run(words)
        guard result.isSuccess else {
            throw .tool(command: words.joined(separator: " "), output: result.errors)
        }
        return result.output
    }
}

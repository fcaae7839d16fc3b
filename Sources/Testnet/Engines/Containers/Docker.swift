import Foundation
import Subprocess

/// The `docker` command, and what else is asked of Docker by commands.
enum Docker {
    /// Bytes kept of what a command prints.
    private static let outputLimit = 16 << 20

    struct Result: Sendable {
        var isSuccess: Bool
        var output: String
        var errors: String
        /// The command is nowhere on the path.
        var isMissing = false

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// Runs a command found on the path, with the files that nodes write owned by the caller.
    ///
    /// It runs to its end even where the caller is cancelled: whoever is interrupted still has to
    /// take down what was started.
    static func run(_ words: [String], run path: String = "") async -> Result {
        await Task.detached { await carryOut(words, run: path) }.value
    }

    private static func carryOut(_ words: [String], run path: String) async -> Result {
        guard let name = words.first else {
            return Result(isSuccess: false, output: "", errors: "no command")
        }
        do {
            var options = PlatformOptions()
            // In a group of its own: what interrupts us at a terminal is ours to answer, and half of
            // a command undone is worse than all of it.
            options.processGroupID = 0
            let result = try await Subprocess.run(
                .name(name),
                arguments: Arguments(Array(words.dropFirst())),
                environment: .inherit.updating([
                    "WARREN_UID": "\(getuid())", "WARREN_GID": "\(getgid())",
                    "WARREN_RUN": path, "COMPOSE_INTERACTIVE_NO_CLI": "1",
                ]),
                platformOptions: options,
                output: .string(limit: outputLimit),
                error: .string(limit: outputLimit)
            )
            return Result(
                isSuccess: result.terminationStatus.isSuccess,
                output: result.standardOutput,
                errors: result.standardError
            )
        } catch let error as SubprocessError where error.code == .executableNotFound {
            return Result(isSuccess: false, output: "", errors: "", isMissing: true)
        } catch {
            return Result(isSuccess: false, output: "", errors: "\(error)")
        }
    }

    /// Runs a command of which success is expected; gives what it printed.
    @discardableResult
    static func demand(
        _ words: [String],
        run path: String = ""
    ) async throws(EngineFailure) -> String {
        let result = await run(words, run: path)
        guard result.isSuccess else { throw failure(of: words, result) }
        return result.output
    }

    /// The cause if it is one that is known, with what to do; else what the command said.
    static func failure(of words: [String], _ result: Result) -> EngineFailure {
        if result.isMissing { return .surroundings(.noDocker(words.first ?? "docker")) }
        let said = result.errors.isEmpty ? result.output : result.errors
        if let trouble = DockerTrouble(said: said) { return .surroundings(trouble) }
        return .tool(command: words.joined(separator: " "), output: said)
    }

    /// The version of the daemon, if it answers and this user may ask.
    static func version() async throws(EngineFailure) -> String {
        let words = ["docker", "version", "--format", "{{.Server.Version}}"]
        let answer = try await demand(words)
        return answer.split(separator: "\n").last.map(String.init) ?? "?"
    }

    static func hasImage(_ name: String) async -> Bool {
        await run(["docker", "image", "inspect", "--format", "{{.Id}}", name]).isSuccess
    }

    /// All that must be there before a container can start.
    static func check(image: String) async throws(EngineFailure) {
        _ = try await version()
        guard await hasImage(image) else { throw .surroundings(.noImage(image)) }
    }
}

import Foundation
package import WarrenGenerator
package import WarrenScenario

/// Runs a network as child processes on loopback, which outlive whoever started them.
///
/// Each node's mark, a file beside its configuration, is how it is found again. Source: design §10.
package struct ProcessEngine: Sendable {
    package let run: RunDirectory
    package let manifest: NetworkManifest
    /// The `warren-node` program.
    package let program: String

    package init(run: RunDirectory, manifest: NetworkManifest, program: String) {
        self.run = run
        self.manifest = manifest
        self.program = program
    }

    package enum Failure: Error, Sendable, CustomStringConvertible {
        case noProgram(String)
        case cannotSpawn(node: String, DetachedProcess.SpawnError)
        case cannotWrite(String, String)
        /// A node that was started is gone again; the end of its log says why.
        case died(node: String, log: String, lastLines: [String])

        package var description: String {
            switch self {
            case .noProgram(let path):
                "there is no program at \(path): build it with `swift build -c release`"
            case .cannotSpawn(let node, let error): "\(node): \(error)"
            case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
            case .died(let node, let log, let lines):
                (["\(node) ended before it was healthy; the end of \(log):"]
                    + lines.map { "  " + $0 }).joined(separator: "\n")
            }
        }
    }

    /// Starts the nodes that do not run.
    ///
    /// If one cannot be started, those that this call started are ended again.
    ///
    /// - Returns: The names of those it started.
    @discardableResult
    package func start(only names: Set<String>? = nil) throws(Failure) -> [String] {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw .noProgram(program)
        }
        var started: [String] = []
        for node in manifest.nodes where names?.contains(node.name) ?? true {
            guard process(of: node.name)?.isAlive != true else { continue }
            do throws(Failure) {
                try start(node.name)
                started.append(node.name)
            } catch {
                for name in started { process(of: name)?.signal(SIGKILL) }
                throw error
            }
        }
        return started
    }

    private func start(_ name: String) throws(Failure) {
        let files = run.node(name)
        let process: DetachedProcess
        do throws(DetachedProcess.SpawnError) {
            process = try DetachedProcess.spawn(
                program,
                [
                    "--config", files.config, "--topology", files.topology, "--node-key", files.key,
                    "--genesis", files.genesis, "--data-dir", files.data,
                ],
                log: files.log
            )
        } catch {
            throw .cannotSpawn(node: name, error)
        }
        do {
            try JSONEncoder().encode(process).write(
                to: URL(filePath: files.mark),
                options: .atomic
            )
        } catch {
            process.signal(SIGKILL)
            throw .cannotWrite(files.mark, error.localizedDescription)
        }
    }

    /// The process of a node as its mark names it, alive or not.
    package func process(of name: String) -> DetachedProcess? {
        guard let bytes = FileManager.default.contents(atPath: run.node(name).mark) else {
            return nil
        }
        return try? JSONDecoder().decode(DetachedProcess.self, from: bytes)
    }

    package func isAlive(_ name: String) -> Bool { process(of: name)?.isAlive ?? false }

    package var aliveNames: [String] { manifest.nodes.map(\.name).filter(isAlive) }

    /// A node that was started and is gone again, with what its log says last.
    package func death(among names: [String]) -> Failure? {
        for name in names where !isAlive(name) {
            let log = run.node(name).log
            return .died(node: name, log: log, lastLines: Self.lastLines(5, of: log))
        }
        return nil
    }

    /// Ends every node: asks, waits for `patience`, then kills.
    ///
    /// Nothing of the run is left alive.
    ///
    /// - Returns: How many had to be killed.
    @discardableResult
    package func stop(patience: Duration = .seconds(5)) async -> Int {
        let processes = manifest.nodes.compactMap { process(of: $0.name) }
        for process in processes {
            process.signal(SIGTERM)
            // A paused process hears nothing before it goes on.
            process.signal(SIGCONT)
        }
        await Self.ended(processes, within: patience)
        let stubborn = processes.filter(\.isAlive)
        for process in stubborn { process.signal(SIGKILL) }
        await Self.ended(stubborn, within: .seconds(2))
        return stubborn.count
    }

    /// Waits until all `processes` have ended, or `patience` is over.
    package static func ended(_ processes: [DetachedProcess], within patience: Duration) async {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: patience)
        while processes.contains(where: \.isAlive), clock.now < deadline {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The last lines of a file, which may be large.
    package static func lastLines(_ count: Int, of path: String) -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        let window: UInt64 = 64 * 1024
        let size = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: size > window ? size - window : 0)
        let bytes = (try? file.readToEnd()) ?? Data()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.suffix(count).map(String.init)
    }
}

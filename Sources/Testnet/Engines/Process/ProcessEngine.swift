import Foundation
package import WarrenGenerator
import WarrenPrimitives
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

    /// Starts the nodes that do not run.
    ///
    /// If one cannot be started, those that this call started are ended again.
    ///
    /// - Returns: The names of those it started.
    @discardableResult
    package func start(only names: Set<String>? = nil) throws(EngineFailure) -> [String] {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw .noProgram(program)
        }
        let asleep = manifest.nodes.filter { names?.contains($0.name) ?? true }
            .filter { !isAlive($0.name) }
        try checkAddresses(asleep)
        var started: [String] = []
        for node in asleep {
            do throws(EngineFailure) {
                try start(node.name)
                started.append(node.name)
            } catch {
                for name in started { process(of: name)?.signal(SIGKILL) }
                throw error
            }
        }
        return started
    }

    /// How long a process that was killed may take to let its sockets go.
    private static let releasePatience: Duration = .seconds(2)

    /// Says who holds an address before a node trips over it.
    ///
    /// A killed process counts as ended before the last of its threads, and with it its sockets,
    /// is gone: a socket that belongs to nobody gets a moment to close.
    private func checkAddresses(_ nodes: [NetworkManifest.Node]) throws(EngineFailure) {
        let addresses = nodes.flatMap { node in
            [node.address, node.admin].compactMap(SocketAddress.init)
        }
        let deadline = ContinuousClock.now.advanced(by: Self.releasePatience)
        var found = PortHolder.firstTaken(among: addresses)
        while found?.holder == PortHolder.nobody, ContinuousClock.now < deadline {
            usleep(10_000)
            found = PortHolder.firstTaken(among: addresses)
        }
        guard let taken = found else { return }
        let owner = nodes.first {
            $0.address == "\(taken.address)" || $0.admin == "\(taken.address)"
        }
        throw .addressTaken("\(taken.address)", node: owner?.name ?? "a node", by: taken.holder)
    }

    private func start(_ name: String) throws(EngineFailure) {
        let files = run.node(name)
        let process: DetachedProcess
        do throws(DetachedProcess.SpawnError) {
            process = try DetachedProcess.spawn(
                program,
                [
                    "--config", files.config, "--topology", files.topology, "--node-key", files.key,
                    "--genesis", run.genesis, "--data-dir", files.data,
                ],
                log: files.log
            )
        } catch .vanished {
            throw died(name)
        } catch {
            throw .cannotSpawn(node: name, "\(error)")
        }
        do {
            try process.mark(files.mark)
        } catch {
            process.signal(SIGKILL)
            throw error
        }
    }

    /// The process of a node as its mark names it, alive or not.
    package func process(of name: String) -> DetachedProcess? {
        DetachedProcess(markedAt: run.node(name).mark)
    }

    package func isAlive(_ name: String) -> Bool { process(of: name)?.isAlive ?? false }

    package var aliveNames: [String] { manifest.nodes.map(\.name).filter(isAlive) }

    /// A node that was started and is gone again, with what its log says last.
    package func death(among names: [String]) -> EngineFailure? {
        names.first { !isAlive($0) }.map(died)
    }

    private func died(_ name: String) -> EngineFailure {
        let log = run.node(name).log
        return .died(node: name, log: log, lastLines: LogFile.lastLines(5, of: log))
    }

    /// Ends nodes, all of them unless named: asks, waits for `patience`, then kills.
    ///
    /// Nothing of them is left alive, and their marks are gone.
    ///
    /// - Returns: The names of those that had to be killed.
    @discardableResult
    package func stop(
        only names: [String]? = nil,
        patience: Duration = .seconds(5)
    ) async -> [String] {
        let names = names ?? manifest.nodes.map(\.name)
        let processes = names.compactMap { name in process(of: name).map { (name, $0) } }
        for (_, process) in processes {
            process.signal(SIGTERM)
            // A paused process hears nothing before it goes on.
            process.signal(SIGCONT)
        }
        await Self.ended(processes.map(\.1), within: patience)
        let stubborn = processes.filter(\.1.isAlive)
        for (_, process) in stubborn { process.signal(SIGKILL) }
        await Self.ended(stubborn.map(\.1), within: .seconds(2))
        for (name, process) in processes where !process.isAlive {
            unsafe unlink(run.node(name).mark)
        }
        return stubborn.map(\.0)
    }

    /// Waits until all `processes` have ended, or `patience` is over.
    package static func ended(_ processes: [DetachedProcess], within patience: Duration) async {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: patience)
        while processes.contains(where: \.isAlive), clock.now < deadline {
            await Pause.milliseconds(10)
        }
    }
}

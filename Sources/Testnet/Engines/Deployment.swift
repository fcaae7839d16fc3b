package import WarrenGenerator
import WarrenScenario

/// A network that is to run: brings about what the scenario says, and changes only what differs.
///
/// Source: design §10.
package struct Deployment: Sendable {
    package let shelf: RunShelf
    package let network: Network
    /// The `warren-node` program.
    package let nodeProgram: String

    package init(shelf: RunShelf, network: Network, nodeProgram: String) {
        self.shelf = shelf
        self.network = network
        self.nodeProgram = nodeProgram
    }

    private var manifest: NetworkManifest { network.manifest }

    /// What is to be done, given the run that is there now.
    package func plan(for run: Run?) async -> Plan {
        var plan = Plan()
        plan.supervises = true
        guard let run else {
            plan.isFresh = true
            plan.start = manifest.nodes.map(\.name)
            return plan
        }
        let alive = Set(await engine(of: run).aliveNames())
        let changed = Set(
            network.files.filter { Disk.differs($0, under: run.directory.path) }.map(\.path)
        )
        for node in manifest.nodes {
            if !alive.contains(node.name) {
                plan.start.append(node.name)
            } else if changed.contains("genesis.json")
                || changed.contains(where: { $0.hasPrefix(node.directory + "/") })
            {
                plan.restart.append(node.name)
            } else {
                plan.unchangedCount += 1
            }
        }
        let wanted = Set(manifest.nodes.map(\.name))
        plan.stop = run.manifest.nodes.map(\.name).filter {
            !wanted.contains($0) && alive.contains($0)
        }
        let isSupervised = run.supervisor?.isAlive ?? false
        plan.supervises = !isSupervised || changed.contains("network.json")
        return plan
    }

    package func engine(of run: Run) -> Engine { Engine(run, nodeProgram: nodeProgram) }

    /// Starts a network of which nothing runs, in a directory of its own.
    ///
    /// Where it fails nothing is left running; the directory stays if there are logs in it.
    package func startAnew(
        isLatest: Bool = true,
        progress: @Sendable (Int) -> Void
    ) async throws(EngineFailure) -> Run {
        let run = Run(directory: shelf.newRun(of: manifest.name), manifest: manifest)
        try await checkName()
        try Disk.write(network, to: run.directory.path)
        let names = manifest.nodes.map(\.name)
        do throws(EngineFailure) {
            try await start(names, of: run, progress: progress)
        } catch {
            if error.isBeforeStart { shelf.remove(run) }
            throw error
        }
        if isLatest { try shelf.setLatest(run.directory, of: manifest.name) }
        return run
    }

    /// Containers are known by their network's name, so no two networks may share it.
    private func checkName() async throws(EngineFailure) {
        switch manifest.engine {
        case .process, .kubernetes, .simulator: return
        case .compose, .swarm:
            guard let other = await LabelledNetwork.named(manifest.name), other.isAlive else {
                return
            }
            throw .runsElsewhere(name: other.name, at: other.place)
        }
    }

    /// Carries out a plan on a run that is there.
    package func change(
        _ run: Run,
        by plan: Plan,
        progress: @Sendable (Int) -> Void
    ) async throws(EngineFailure) -> Run {
        if !plan.stop.isEmpty || !plan.restart.isEmpty {
            try await engine(of: run).stop(only: plan.stop + plan.restart)
        }
        try Disk.write(network, to: run.directory.path)
        let run = Run(directory: run.directory, manifest: manifest)
        try await start(plan.start + plan.restart, of: run, progress: progress)
        return run
    }

    /// For a node to be healthy, and more for each that starts beside it.
    private func patience(for count: Int) -> Duration {
        let first: Duration =
            switch manifest.engine {
            case .process, .kubernetes, .simulator: .seconds(15)
            case .compose: .seconds(60)
            case .swarm: .seconds(90)
            }
        return first + .milliseconds(250) * count
    }

    private func start(
        _ names: [String],
        of run: Run,
        progress: @Sendable (Int) -> Void
    ) async throws(EngineFailure) {
        guard !names.isEmpty else { return }
        let engine = engine(of: run)
        let started = try await engine.start(only: Set(names))
        do throws(EngineFailure) {
            try await engine.waitForHealth(
                of: names,
                within: patience(for: names.count),
                progress: progress
            )
        } catch {
            // What ran before goes on.
            let all = started.count == manifest.nodes.count
            throw await error.undoing(manifest.name) { () throws(EngineFailure) in
                try await engine.stop(only: all ? nil : started)
            }
        }
    }
}

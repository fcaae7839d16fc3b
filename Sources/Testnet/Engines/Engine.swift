package import WarrenScenario

/// Where nodes run.
///
/// Source: design §10.
package enum Engine: Sendable {
    case process(ProcessEngine)
    case compose(ComposeEngine)
    case swarm(SwarmEngine)
    /// Of these nodes only their cluster knows; who is in it can ask them.
    case kubernetes(NetworkManifest)
    /// A run in virtual time, over before anyone can look: nothing of it lives.
    case simulator(NetworkManifest)

    /// The engine of a run, with what it needs to start nodes.
    package init(_ run: Run, nodeProgram: String) {
        switch run.manifest.engine {
        case .process:
            self = .process(
                ProcessEngine(run: run.directory, manifest: run.manifest, program: nodeProgram)
            )
        case .compose:
            self = .compose(ComposeEngine(run: run.directory, manifest: run.manifest))
        case .swarm:
            self = .swarm(SwarmEngine(run: run.directory, manifest: run.manifest))
        case .kubernetes:
            self = .kubernetes(run.manifest)
        case .simulator:
            self = .simulator(run.manifest)
        }
    }

    package var manifest: NetworkManifest {
        switch self {
        case .process(let engine): engine.manifest
        case .compose(let engine): engine.manifest
        case .swarm(let engine): engine.manifest
        case .kubernetes(let manifest), .simulator(let manifest): manifest
        }
    }

    /// Starts the nodes that do not run, all unless named; returns the names of those it started.
    package func start(only names: Set<String>? = nil) async throws(EngineFailure) -> [String] {
        switch self {
        case .process(let engine): try engine.start(only: names)
        case .compose(let engine): try await engine.start(only: names)
        case .swarm(let engine): try await engine.start(only: names)
        case .kubernetes: throw .isElsewhere
        case .simulator: throw .isVirtual
        }
    }

    /// Ends nodes, all unless named, and returns the names of those that had to be killed.
    @discardableResult
    package func stop(only names: [String]? = nil) async throws(EngineFailure) -> [String] {
        switch self {
        case .process(let engine): return await engine.stop(only: names)
        case .compose(let engine):
            try await engine.stop(only: names)
            return []
        case .swarm(let engine):
            try await engine.stop(only: names)
            return []
        case .kubernetes, .simulator: return []
        }
    }

    package func aliveNames() async -> [String] {
        switch self {
        case .process(let engine): engine.aliveNames
        case .compose(let engine): await engine.containers.aliveNames()
        case .swarm(let engine): await engine.containers.aliveNames()
        case .kubernetes, .simulator: []
        }
    }

    /// Where to ask each node, by name; those that cannot be asked are left out.
    package func adminAddresses() async -> [String: String] {
        switch self {
        case .process(let engine):
            Dictionary(engine.manifest.nodes.map { ($0.name, $0.admin) }) { first, _ in first }
        case .compose(let engine): await engine.containers.adminAddresses()
        case .swarm(let engine): await engine.containers.adminAddresses()
        case .kubernetes, .simulator: [:]
        }
    }

    /// How the first of these nodes that does not run came to its end, in words.
    package func end(among names: [String]) async -> String? {
        guard case .died(let node, let log, let lines) = await death(among: names) else {
            return nil
        }
        return (["\(node) has ended; the end of \(log):"] + lines.map { "  " + $0 })
            .joined(separator: "\n")
    }

    private func death(among names: [String]) async -> EngineFailure? {
        switch self {
        case .process(let engine): engine.death(among: names)
        case .compose(let engine): await engine.containers.death(among: names)
        case .swarm(let engine): await engine.death(among: names)
        case .kubernetes, .simulator: nil
        }
    }

    /// The last lines that a node in a container logged; nil where nodes log elsewhere.
    package func containerLog(ofNode node: String, lines: Int) async -> [String]? {
        switch self {
        case .process, .kubernetes, .simulator: nil
        case .compose(let engine): await engine.containers.log(ofNode: node, lines: lines)
        case .swarm(let engine): await engine.containers.log(ofNode: node, lines: lines)
        }
    }

    /// Between two questions to one node while it starts.
    private static let interval = 20

    /// Waits until all of `names` are healthy; says how many are.
    package func waitForHealth(
        of names: [String],
        within limit: Duration,
        progress: @Sendable (Int) -> Void
    ) async throws(EngineFailure) {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        var waiting = names
        var complaint = "nobody answers"
        while let first = waiting.first {
            if let failure = await death(among: waiting) { throw failure }
            let addresses = await adminAddresses()
            var still: [String] = []
            for (name, why) in await Self.complaints(of: waiting, at: addresses) {
                still.append(name)
                if name == first { complaint = why }
            }
            waiting = waiting.filter(still.contains)
            progress(names.count - waiting.count)
            if waiting.isEmpty { return }
            if Task.isCancelled { throw .interrupted }
            guard clock.now < deadline else {
                throw .unhealthy(node: first, after: limit, why: complaint)
            }
            await Pause.milliseconds(Self.interval)
        }
    }

    private static func complaints(
        of names: [String],
        at addresses: [String: String]
    ) async -> [String: String] {
        await withTaskGroup(of: (String, String?).self) { group in
            for name in names {
                group.addTask {
                    guard let address = addresses[name] else { return (name, "it has no address") }
                    return (name, await NodeClient(address: address).complaint())
                }
            }
            var found: [String: String] = [:]
            for await (name, complaint) in group { found[name] = complaint }
            return found
        }
    }
}

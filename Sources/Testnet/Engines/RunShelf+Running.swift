import WarrenScenario

extension RunShelf {
    /// The run of a network of which anything runs now.
    package func running(_ name: String) async -> Run? {
        for run in runs(of: name).reversed() where await isRunning(run) { return run }
        // Whoever started it may be gone, and what makes its containers still at it.
        for start in UnfinishedStart.all() where isOurs(start.directory) {
            if let run = try? Run(at: start.directory), run.manifest.name == name { return run }
        }
        return nil
    }

    /// Every run of which anything runs now.
    package func running() async -> [Run] {
        var found: [Run] = []
        for name in names {
            if let run = await running(name) { found.append(run) }
        }
        // Those whose notes are gone can be found again by their containers alone, and so can those
        // of which only a part was made, or is left.
        let known = Set(found.map(\.manifest.name))
        for other in await LabelledNetwork.all() where !known.contains(other.name) {
            guard other.isLost || isOurs(other.directory) else { continue }
            found.append(other.run(under: root))
        }
        return found
    }

    private func isOurs(_ directory: String) -> Bool { directory.hasPrefix(root + "/") }

    private func isRunning(_ run: Run) async -> Bool {
        if run.supervisor?.isAlive ?? false { return true }
        switch run.manifest.engine {
        case .process: break
        case .kubernetes, .simulator: return false
        case .compose, .swarm:
            // Containers know their network but not their run, which is the newest.
            guard latest(of: run.manifest.name)?.directory == run.directory else { return false }
        }
        return await !Engine(run, nodeProgram: "").aliveNames().isEmpty
    }
}

extension Run {
    /// How long the supervisor has to write its last verdicts.
    private static let patience: Duration = .seconds(4)

    /// Asks the supervisor to end, and sees that it does.
    package func endSupervisor() async {
        guard let supervisor, supervisor.signal(15) else { return }
        await ProcessEngine.ended([supervisor], within: Self.patience)
        if supervisor.signal(9) { await ProcessEngine.ended([supervisor], within: .seconds(2)) }
    }
}

import ArgumentParser
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenReport
import WarrenScenario

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Grow a network, judge it, and leave it running.",
        discussion: """
            What runs already is left alone; only what differs from the scenario is changed, and \
            nodes that died come back with what they had stored.

            Examples:
              warren up testnets/starter.yaml
              warren up testnets/starter.yaml --set nodes.relay.count=6 --dry-run
            """
    )

    @Argument(help: ArgumentHelp("The scenario.", valueName: "file"))
    var file: String

    @Flag(help: "Print what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private struct PlanRow: Encodable {
        var schema = "warren/plan/1"
        var name: String
        var start: [String]
        var restart: [String]
        var stop: [String]
        var unchanged: Int
        var supervises: Bool
    }

    func run() async throws {
        let loaded = try scenario.load(file)
        if engine.engine == .simulator {
            throw Exit.fail(
                Exit.usage,
                "a simulated network does not stay up: `warren simulate \(file)` runs it to its end"
            )
        }
        try engine.demandStarts()
        let name = loaded.scenario.name
        let lock: SoleMark?
        do throws(EngineFailure) {
            lock = try shelf.shelf.lock(name)
        } catch {
            throw Exit.fail(error)
        }
        guard let lock else {
            throw Exit.fail(Exit.lost, "another `warren up` is at work on \(name): wait for it")
        }
        let old = await shelf.shelf.running(name)
        if let old, old.manifest.engine != engine.engine {
            throw Exit.fail(
                Exit.lost,
                "\(name) is already running on engine \(old.manifest.engine.rawValue): "
                    + "`warren down \(name)` first"
            )
        }
        let launch = try Launch(loaded, engine: engine, shelf: shelf, output: output, old: old)
        let plan = await launch.deployment.plan(for: old)
        if dryRun { return try show(plan, name: name) }
        if let old, plan.isNothing {
            output.text("\(name) is already running: \(old.directory.shown); nothing changed")
            return try await showJSON(old)
        }
        let code = try await interruptible {
            try await bringUp(launch, loaded, old: old, plan: plan)
        }
        _ = lock
        if code != 0 { throw ExitCode(code) }
    }

    private func show(_ plan: Plan, name: String) throws {
        for line in plan.lines { output.text(line) }
        try output.json(
            PlanRow(
                name: name,
                start: plan.start,
                restart: plan.restart,
                stop: plan.stop,
                unchanged: plan.unchangedCount,
                supervises: plan.supervises
            )
        )
    }

    private func showJSON(_ run: Run) async throws {
        let addresses = await run.engine.adminAddresses()
        let snapshots = await addresses.snapshots()
        try output.json(RunRow(run, snapshots, addresses, run.conduct()?.conduct))
    }

    private func bringUp(
        _ launch: Launch,
        _ loaded: LoadedScenario,
        old: Run?,
        plan: Plan
    ) async throws -> Int32 {
        if let old {
            for line in plan.lines { output.text(line) }
            if plan.supervises { await old.endSupervisor() }
        }
        let run =
            if let old { try await launch.change(old, by: plan) } else {
                try await launch.startAnew(isLatest: true)
            }
        do {
            return try await judge(run, loaded, startsSupervisor: plan.supervises)
        } catch {
            // Nothing half-started: without a supervisor there is no run.
            if old == nil { _ = try? await run.end() }
            throw error
        }
    }

    private func judge(
        _ run: Run,
        _ loaded: LoadedScenario,
        startsSupervisor: Bool
    ) async throws -> Int32 {
        if startsSupervisor {
            VerdictBook(run: run.directory, expectations: loaded.expectations).write()
            do throws(DetachedProcess.SpawnError) {
                _ = try DetachedProcess.spawn(
                    Programs.warren,
                    ["collect", "--supervise", run.directory.path],
                    log: run.directory.supervisorLog
                )
            } catch {
                throw Exit.fail(Exit.lost, "the supervisor: \(error)")
            }
        }
        let rows = try await Waiting(run: run, expectations: loaded.expectations, output: output)
            .verdicts()
        guard !Task.isCancelled else {
            _ = try? await run.end()
            throw Exit.fail(.interrupted)
        }
        let found = run.conduct()
        if let found { output.conduct(found.conduct, of: run.manifest, zero: found.zero) }
        let code = Exit.worse(rows.exitCode, found?.conduct.exitCode ?? 0)
        if code == Exit.broken {
            output.text(
                "  replay: "
                    + loaded.replay(engine: engine, until: loaded.horizon.whole)
            )
        }
        let name = run.manifest.name
        output.text(
            "",
            "  run   \(run.directory.shown) · warren down \(name) ends it",
            "  next  warren status, warren logs \(run.manifest.nodes.last?.name ?? "")"
        )
        for line in await adminLines(run) { output.text(line) }
        try await showJSON(run)
        return code
    }

    /// Nodes whose admin addresses are named one by one, and how many of them on one line.
    private static let adminLimit = 12
    private static let adminWidth = 3

    /// Where to ask the nodes themselves.
    private func adminLines(_ run: Run) async -> [String] {
        let addresses = await run.engine.adminAddresses()
        let named = run.manifest.nodes.compactMap { node in
            addresses[node.name].map { "\(node.name) http://\($0)" }
        }
        var shown = Array(named.prefix(Self.adminLimit))
        if shown.count < named.count {
            shown.append("and \(named.count - shown.count) more in network.json")
        }
        return stride(from: 0, to: shown.count, by: Self.adminWidth).map { first in
            let row = shown[first..<min(first + Self.adminWidth, shown.count)]
            return (first == 0 ? "  admin " : "        ") + row.joined(separator: ", ")
        }
    }
}

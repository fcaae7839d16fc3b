import ArgumentParser
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenScenario

/// Brings a network up and says so.
struct Launch: Sendable {
    let deployment: Deployment
    private let isText: Bool

    /// `old` is what runs of it already: its chain goes on, which no other rules may be given.
    init(
        _ loaded: LoadedScenario,
        engine: EngineOptions,
        shelf: ShelfOptions,
        output: OutputOptions,
        old: Run? = nil
    ) throws {
        let genesis = try old.map { run throws in try Self.genesis(of: run) }
        let network = try loaded.network(engine, startTime: genesis?.startTime)
        if let genesis, genesis.chainRules != network.genesis.chainRules {
            throw Exit.fail(
                Exit.usage,
                "\(loaded.file): the chain of \(network.manifest.name) is under way with other "
                    + "producers, stakes or rules, and nodes would refuse what they stored of it: "
                    + "`warren down \(network.manifest.name)` first"
            )
        }
        deployment = Deployment(
            shelf: shelf.shelf,
            network: network,
            nodeProgram: Programs.node
        )
        isText = output.format == .text
    }

    private static func genesis(of run: Run) throws -> Genesis {
        do throws(NodeFiles.Flaw) {
            return try NodeFiles.genesis(at: run.directory.genesis)
        } catch {
            throw Exit.fail(Exit.lost, "\(error)")
        }
    }

    private var manifest: NetworkManifest { deployment.network.manifest }

    /// Starts all of it, in a run of its own.
    func startAnew(isLatest: Bool) async throws -> Run {
        try await reported { progress throws(EngineFailure) in
            try await deployment.startAnew(isLatest: isLatest, progress: progress)
        }
    }

    /// Changes what runs to what the scenario says.
    func change(_ run: Run, by plan: Plan) async throws -> Run {
        try await reported { progress throws(EngineFailure) in
            try await deployment.change(run, by: plan, progress: progress)
        }
    }

    private func reported(
        _ start: (@Sendable (Int) -> Void) async throws(EngineFailure) -> Run
    ) async throws -> Run {
        let count = manifest.nodes.count
        if isText {
            Terminal.printLine(Header.line(of: manifest))
        }
        let clock = ContinuousClock()
        let began = clock.now
        do throws(EngineFailure) {
            let run = try await start { Terminal.progress("\($0) of \(count) healthy") }
            if isText {
                let time = DurationText.span(clock.now - began)
                Terminal.printLine(
                    "  \(count) nodes generated · \(count) of \(count) healthy in \(time)"
                )
                Terminal.printLine("")
            }
            return run
        } catch {
            let advice =
                error == .interrupted
                ? nil : FullDisk.advice(on: deployment.shelf.root, after: "\(error)")
            guard let advice else { throw Exit.fail(error) }
            throw Exit.fail(Exit.lost, "\(error)\n\(advice)")
        }
    }
}

import ArgumentParser
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenScenario

/// Brings a network up and says so.
struct Launch: Sendable {
    let deployment: Deployment
    private let isText: Bool

    init(
        _ loaded: LoadedScenario,
        engine: EngineOptions,
        shelf: ShelfOptions,
        output: OutputOptions
    ) throws {
        deployment = Deployment(
            shelf: shelf.shelf,
            network: try loaded.network(engine),
            nodeProgram: Programs.node
        )
        isText = output.format == .text
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
            throw Exit.fail(error)
        }
    }
}

import WarrenCollector
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// A scenario in virtual time, judged, and recorded if asked, as a real run is.
///
/// The world's own loop is its supervisor (design §17.11): what the simulation tells goes through
/// the same proceedings as what followers find, so the recording is of the same kind.
struct SimulatedRun: Sendable {
    let scenario: Scenario
    let expectations: [Expectation]
    let network: WarrenGenerator.Network
    var fidelity = Simulation.Fidelity.messages
    /// Since t = 0, the instant at which all nodes were healthy.
    var duration: Duration

    struct Outcome: Sendable {
        /// One for each expectation, in their order.
        var verdicts: [Verdict]
        var digest: String
        var statistics: Simulation.Statistics
        /// From the world's beginning to its end.
        var virtualTime: Duration
        /// Every node's state at the end, by name.
        var snapshots: [String: Snapshot]
        /// Nil if some node never became healthy.
        var zero: Instant?
        var conduct: Conduct
        /// One for each of the scenario's loads.
        var loads: [LoadTally]
        /// It was told to end before its time.
        var isInterrupted: Bool

        var hasBegun: Bool { zero != nil }
    }

    enum Failure: Error, CustomStringConvertible {
        case flaw(Simulation.Flaw)
        case documents(DocumentErrors)
        case expectation(ExpectationError)
        case recording(RecordingFlaw)

        var description: String {
            switch self {
            case .flaw(let flaw): "\(flaw)"
            case .documents(let errors): "\(errors)"
            case .expectation(let error): "\(error)"
            case .recording(let flaw): "\(flaw)"
            }
        }
    }

    /// Between two steps of the judge and writes to the recording, in virtual time.
    private static let tick: Duration = .milliseconds(250)
    /// How long nodes may take to become healthy, in virtual time.
    private static let startLimit: Duration = .seconds(60)

    /// Runs it to its end, or until the task is cancelled.
    ///
    /// `each` hears of every verdict when it is decided, `progress` of the virtual time since t = 0.
    func run(
        recording: Recording? = nil,
        each: (Int, Verdict) -> Void = { _, _ in },
        progress: (Duration) -> Void = { _ in }
    ) throws(Failure) -> Outcome {
        var simulation = try makeSimulation()
        var proceedings = Proceedings(try makeJudge(), liveness: network.manifest.liveness)
        let began = simulation.time
        try record { () throws(RecordingFlaw) in
            try recording?.begin(network.manifest, at: began)
            var open = Recording.Batch()
            open.verdicts = expectations.enumerated().map { .init($0, $1, nil, at: nil) }
            try recording?.write(open)
        }
        func take(_ step: Proceedings.Step) throws(Failure) {
            try record { () throws(RecordingFlaw) in try recording?.write(step.batch) }
            for (number, verdict) in step.decided { each(number, verdict) }
        }
        while !Task.isCancelled {
            let end =
                simulation.zero?.advanced(by: duration) ?? began.advanced(by: Self.startLimit)
            guard simulation.time < end else { break }
            let next = min(end, simulation.time.advanced(by: Self.tick))
            simulation.run(until: next) { proceedings.take($0) }
            try take(proceedings.proceed(to: next))
            progress(simulation.zero.map { $0.duration(to: next) } ?? .zero)
        }
        let end = simulation.time
        let isInterrupted = Task.isCancelled
        let isComplete = simulation.zero != nil && !isInterrupted
        try take(proceedings.finish(at: end, isComplete: isComplete))
        try record { () throws(RecordingFlaw) in try recording?.end(at: end) }
        var snapshots: [String: Snapshot] = [:]
        for (number, host) in simulation.hosts.enumerated() {
            snapshots[host.name] = simulation.snapshot(number)
        }
        return Outcome(
            verdicts: proceedings.judge.verdicts.compactMap(\.self),
            digest: "\(simulation.digest)",
            statistics: simulation.statistics,
            virtualTime: began.duration(to: end),
            snapshots: snapshots,
            zero: simulation.zero,
            conduct: proceedings.judge.network.conduct,
            loads: simulation.loadTallies,
            isInterrupted: isInterrupted
        )
    }

    private func record(_ work: () throws(RecordingFlaw) -> Void) throws(Failure) {
        do throws(RecordingFlaw) { try work() } catch { throw .recording(error) }
    }

    private func makeJudge() throws(Failure) -> Judge {
        do throws(ExpectationError) {
            return try Judge(
                expectations,
                of: network.manifest.population,
                faults: scenario.faultNames,
                liveness: network.manifest.liveness
            )
        } catch {
            throw .expectation(error)
        }
    }

    private func makeSimulation() throws(Failure) -> Simulation {
        let world: Simulation.Network
        do throws(DocumentErrors) {
            world = try Simulation.Network(network, of: scenario)
        } catch {
            throw .documents(error)
        }
        var settings = Simulation.Settings(seed: UInt64(bitPattern: scenario.seed))
        settings.fidelity = fidelity
        do throws(Simulation.Flaw) {
            return try Simulation(world, settings: settings)
        } catch {
            throw .flaw(error)
        }
    }
}

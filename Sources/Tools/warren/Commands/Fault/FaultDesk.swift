import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Where faults of a run are asked for, and how they stand as its recording tells.
struct FaultDesk: Sendable {
    let run: Run
    let inbox: FaultInbox

    init(_ run: Run) {
        self.run = run
        inbox = run.faultInbox
    }

    /// How one fault stands.
    enum State: Hashable, Sendable {
        /// Nothing of it is recorded.
        case unheard
        case inForce(since: Instant)
        case healed(from: Instant?, to: Instant)
        case failed(from: Instant?, why: String)

        var word: String {
            switch self {
            case .unheard: "waiting"
            case .inForce: "in force"
            case .healed: "healed"
            case .failed: "failed"
            }
        }

        var hasBegun: Bool { self != .unheard }

        var isOver: Bool {
            switch self {
            case .healed, .failed: true
            case .unheard, .inForce: false
            }
        }

        var startedAt: Instant? {
            switch self {
            case .unheard: nil
            case .inForce(let since): since
            case .healed(let from, _), .failed(let from, _): from
            }
        }

        var healedAt: Instant? {
            switch self {
            case .healed(_, let to): to
            case .unheard, .inForce, .failed: nil
            }
        }

        var failure: String? {
            switch self {
            case .failed(_, let why): why
            case .unheard, .inForce, .healed: nil
            }
        }

        func words(_ point: (Instant) -> String) -> String {
            switch self {
            case .unheard: "waiting"
            case .inForce(let since): "in force since t=\(point(since))"
            case .healed(let from, let to):
                "healed at t=\(point(to))" + (from.map { ", in force since t=\(point($0))" } ?? "")
            case .failed(_, let why): "failed: \(why)"
            }
        }
    }

    /// Between two looks at the recording.
    private static let interval: Duration = .milliseconds(50)
    /// A fault may take 30 s to be carried out, and 30 s to be healed.
    private static let patience: Duration = .seconds(65)
    /// How long a supervisor may be away that somebody starts again.
    private static let absence: Duration = .seconds(10)

    /// Whoever carries faults out must be there.
    static func checkSupervisor(of run: Run) throws {
        guard run.manifest.engine != .simulator else {
            throw Exit.fail(
                Exit.usage,
                "\(run.manifest.name) was simulated and is over: faults stand in its scenario"
            )
        }
        guard run.supervisor?.isAlive == true else {
            throw Exit.fail(
                Exit.lost,
                "nobody supervises \(run.manifest.name), so nobody would carry it out: "
                    + "`warren up FILE` starts a supervisor"
            )
        }
    }

    /// Lays the fault into the inbox, under a name that is not taken.
    func ask(_ fault: Scenario.Fault, name: String?) throws -> HandFault {
        let taken = Set(run.faultNames ?? [])
        do throws(FaultInbox.Flaw) {
            guard let name else { return try askUnnamed(fault, besides: taken) }
            guard !taken.contains(name) else { throw .taken(name) }
            let hand = HandFault(name: name, fault: fault)
            try inbox.ask(hand)
            return hand
        } catch {
            switch error {
            case .taken: throw Exit.fail(Exit.usage, "\(error)")
            case .cannotWrite: throw Exit.fail(Exit.lost, "\(error)")
            }
        }
    }

    private func askUnnamed(
        _ fault: Scenario.Fault,
        besides taken: Set<String>
    ) throws(FaultInbox.Flaw) -> HandFault {
        var number = 1
        while true {
            let hand = HandFault(name: "hand-\(number)", fault: fault)
            number += 1
            guard !taken.contains(hand.name) else { continue }
            do throws(FaultInbox.Flaw) {
                try inbox.ask(hand)
                return hand
            } catch {
                // Somebody was faster.
                guard case .taken = error, number <= FaultInbox.limit else { throw error }
            }
        }
    }

    // MARK: The recording

    /// Every fault of which something is recorded.
    func states() throws -> [String: State] {
        guard FilePresence.isFile(run.directory.recording) else { return [:] }
        do throws(RecordingFlaw) {
            let recording = try Recording(reading: run.directory.recording)
            defer { recording.close() }
            return Self.states(try recording.faults())
        } catch {
            throw Exit.fail(Exit.lost, "\(error)")
        }
    }

    private static func states(_ lines: [FaultLine]) -> [String: State] {
        var found: [String: State] = [:]
        for line in lines {
            let from = found[line.name]?.startedAt
            switch line.fact.what {
            case .faultStarted: found[line.name] = .inForce(since: from ?? line.fact.at)
            case .faultHealed: found[line.name] = .healed(from: from, to: line.fact.at)
            case .faultFailed(_, let why): found[line.name] = .failed(from: from, why: why)
            case .node, .answered: break
            }
        }
        return found
    }

    /// Says an instant as seconds since t = 0.
    func points() throws -> (Instant) -> String {
        guard FilePresence.isFile(run.directory.recording) else {
            return { "\($0.nanoseconds)" }
        }
        do throws(RecordingFlaw) {
            let recording = try Recording(reading: run.directory.recording)
            defer { recording.close() }
            let origin = try recording.span()?.origin ?? .epoch
            return { DurationText.point(origin.duration(to: $0)) }
        } catch {
            throw Exit.fail(Exit.lost, "\(error)")
        }
    }

    /// Waits until the fault stands as it should, or nobody is left who would see to it.
    func wait(
        for name: String,
        until isRight: (State) -> Bool
    ) async -> (state: State, isInterrupted: Bool) {
        let clock = ContinuousClock()
        let began = clock.now
        var seenAt = began
        var deadline = began.advanced(by: Self.patience)
        while true {
            let state = (try? states()[name]) ?? .unheard
            if isRight(state) || state.isOver { return (state, false) }
            if Task.isCancelled { return (state, true) }
            // In force it may be for as long as it is meant to be.
            if state.hasBegun { deadline = clock.now.advanced(by: Self.patience) }
            if run.supervisor?.isAlive == true { seenAt = clock.now }
            guard clock.now < deadline, clock.now - seenAt < Self.absence else {
                return (state, false)
            }
            Terminal.progress("fault \(name): \(state.word)")
            try? await Task.sleep(for: Self.interval)
        }
    }
}

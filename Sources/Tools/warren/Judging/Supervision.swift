import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenScenario

/// Supervises a running network for a verb, until told to end or all is decided.
struct Supervision: Sendable {
    let run: Run
    let expectations: [Expectation]
    /// Since t = 0, the instant at which all nodes were healthy; nil: until cancelled.
    var until: Duration?
    var endsWhenDecided = false
    /// Whether being cancelled is the run's proper end, so that what was to hold to it has held.
    var endIsProper = false
    /// Whether it goes into the run's recording, which the run's own supervisor keeps.
    var isRecorded = true
    /// Whether this is among the nodes, where their own addresses lead to them.
    var isInside = false
    /// The faults to carry out: those of the scenario where this is the run's own supervisor.
    var timetable: [ResolvedFault] = []
    /// Whether faults may be asked for by hand: of this supervisor.
    var hearsRequests = false

    /// Judges; `each` hears of every verdict when it is decided, by the expectation's number.
    func judge(
        each: @escaping @Sendable (Int, Verdict) -> Void
    ) async throws -> Supervisor.Outcome {
        var settings = Supervisor.Settings()
        settings.until = until
        settings.endsWhenDecided = endsWhenDecided
        settings.endIsProper = endIsProper
        let engine = run.engine
        let isInside = isInside
        let inside = Dictionary(run.manifest.nodes.map { ($0.name, $0.admin) }) { first, _ in first
        }
        let token = run.manifest.adminToken
        var manifest = run.manifest
        manifest.faults = run.faultNames
        // What others do to the run is in its recording, if they keep one.
        let recording = isRecorded ? nil : try? Recording(reading: run.directory.recording)
        var news: Supervisor.News?
        if let recording {
            news = { @Sendable in ((try? recording.faults()) ?? []).map(\.fact) }
        }
        // Whoever records the run carries its load, and nobody else.
        if !isRecorded { manifest.loads = nil }
        let supervisor = Supervisor(
            manifest: manifest,
            expectations: expectations,
            recording: isRecorded ? run.directory.recording : nil,
            settings: settings,
            faults: hand,
            news: news,
            addresses: { isInside ? inside : await engine.adminAddresses() },
            submit: { await NodeClient(address: $0, token: token).submit(payload: $1) }
        )
        defer { recording?.close() }
        do throws(SupervisionFailure) {
            return try await supervisor.run(each: each)
        } catch {
            switch error {
            case .expectation, .query: throw Exit.fail(Exit.usage, "\(error)")
            case .recording:
                let advice = FullDisk.advice(on: run.directory.path, after: "\(error)")
                throw Exit.fail(
                    Exit.lost,
                    ["\(error)", advice].compactMap(\.self).joined(separator: "\n")
                )
            }
        }
    }

    private var hand: FaultHand {
        let engine = run.engine
        return FaultHand(timetable, inbox: hearsRequests ? run.faultInbox : nil) {
            Terminal.printError("warren: \($0)")
        } act: { act, names in
            do throws(EngineFailure) {
                try await engine.carryOut(act, on: names)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }
}

extension Run {
    /// Where faults are asked for by hand.
    var faultInbox: FaultInbox { FaultInbox(directory: directory.faults) }

    /// What sentences may call faults of this run: those of its scenario, and those by hand.
    var faultNames: [String]? {
        let names = (manifest.faults ?? []) + faultInbox.accepted.map(\.name)
        return names.isEmpty ? nil : names
    }
}

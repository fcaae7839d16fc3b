import WarrenCollector
import WarrenEngines
import WarrenObservation
import WarrenScenario

/// Judges the expectations of a network on sockets by asking its nodes' admin ports.
struct LiveJudge: Sendable {
    let blueprint: Blueprint
    /// Where to record what is seen; nil: nowhere.
    let recording: String?

    func judge(upTo limit: Duration) async throws(NetworkError) -> [Judgement] {
        let expectations = try blueprint.scenario.readExpectations()
        guard !expectations.isEmpty else { return [] }
        var settings = Supervisor.Settings()
        settings.until = limit
        settings.endsWhenDecided = true
        let addresses = Dictionary(
            blueprint.manifest.nodes.map { ($0.name, $0.admin) },
            uniquingKeysWith: { first, _ in first }
        )
        let supervisor = Supervisor(
            manifest: blueprint.manifest,
            expectations: expectations,
            recording: recording,
            settings: settings,
            addresses: { addresses },
            submit: { await NodeClient(address: $0).submit(payload: $1) }
        )
        let outcome: Supervisor.Outcome
        do throws(SupervisionFailure) {
            outcome = try await supervisor.run()
        } catch {
            throw .cannotJudge("\(error)")
        }
        guard !outcome.isLost else { throw .lost }
        return zip(expectations, outcome.verdicts).map { Judgement($0, $1) }
    }
}

/// Looks every 10 ms whether `condition` holds, until it does or `limit` is over.
func look(
    upTo limit: Duration,
    until condition: () async throws -> Bool
) async throws -> Bool {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: limit)
    while true {
        if try await condition() { return true }
        guard clock.now < end else { return false }
        try await Task.sleep(for: .milliseconds(10))
    }
}

import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenReport
import WarrenScenario

/// A run and its nodes, as `--format json` shows it.
struct RunRow: Encodable {
    var schema = "warren/status/1"
    var name: String
    var seed: Int64
    var engine: String
    var run: String
    var isRunning: Bool
    var supervisor: Int32?
    var nodes: [NodeRow]
    /// Where to ask each node, by name.
    var admin: [String: String]
    var verdicts: [VerdictRow]?
    var conduct: ConductRow?

    init(
        _ run: Run,
        _ snapshots: [String: Snapshot],
        _ addresses: [String: String],
        _ conduct: Conduct?
    ) {
        name = run.manifest.name
        seed = run.manifest.seed
        engine = run.manifest.engine.rawValue
        self.run = run.directory.path
        isRunning = !snapshots.isEmpty
        let process = run.supervisor
        supervisor = process?.isAlive == true ? process?.processID : nil
        nodes = run.manifest.nodes.map {
            NodeRow($0, snapshots[$0.name])
        }
        admin = addresses
        verdicts = VerdictFile(run.directory)?.verdicts
        let names = run.manifest.nodes.map(\.name)
        self.conduct = conduct.map { ConductRow($0, names: names) }
    }
}

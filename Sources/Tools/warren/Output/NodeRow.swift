import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A node as `--format json` shows it.
struct NodeRow: Encodable {
    var name: String
    var id: NodeID
    var role: Role
    var group: String
    var region: String?
    var address: String
    var admin: String?
    /// `ok` or `down`.
    var health: String
    var cold: Int?
    var warm: Int?
    var hot: Int?
    var inbound: Int?
    var outbound: Int?

    init(_ node: NetworkManifest.Node, _ snapshot: Snapshot?, admin: String?) {
        name = node.name
        id = node.id
        role = node.role
        group = node.group
        region = node.region
        address = node.address
        self.admin = admin
        health = snapshot == nil ? "down" : "ok"
        guard let counts = snapshot?.counts else { return }
        cold = counts.cold
        warm = counts.warm
        hot = counts.hot
        inbound = counts.inbound
        outbound = counts.outbound
    }
}

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
    var verdicts: [VerdictRow]?

    init(_ run: Run, snapshots: [String: Snapshot], addresses: [String: String]) {
        name = run.manifest.name
        seed = run.manifest.seed
        engine = run.manifest.engine.rawValue
        self.run = run.directory.path
        isRunning = !snapshots.isEmpty
        let process = run.supervisor
        supervisor = process?.isAlive == true ? process?.processID : nil
        nodes = run.manifest.nodes.map {
            NodeRow($0, snapshots[$0.name], admin: addresses[$0.name])
        }
        verdicts = VerdictFile(run.directory)?.verdicts
    }
}

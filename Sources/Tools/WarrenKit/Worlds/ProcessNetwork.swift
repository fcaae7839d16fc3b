import Foundation
import Glibc
import WarrenEngines
import WarrenGenerator
import WarrenScenario

/// A network of processes on loopback, one for each node.
///
/// Processes can be killed as nothing else can, and have memory of their own. Their program is
/// `warren-node`, or one's own that runs ``NodeProgram``.
///
/// ```swift
/// try await ProcessNetwork.run(scenario, program: ".build/debug/rumour-node") { network in
///     try await network.kill("relay-2")
///     for judgement in try await network.judge(upTo: .seconds(30)) { print(judgement) }
/// }
/// ```
public final class ProcessNetwork: Sendable {
    private let blueprint: Blueprint
    private let engine: ProcessEngine
    /// Where everything of the run lies: files and logs of each node under `nodes/NAME`, and the
    /// recording in `warren.sqlite`.
    public let directory: String

    private init(_ blueprint: Blueprint, _ engine: ProcessEngine) {
        self.blueprint = blueprint
        self.engine = engine
        directory = engine.run.path
    }

    /// Starts a network, gives it to `body`, and ends it when that is done or throws.
    ///
    /// - Parameters:
    ///   - scenario: May speak of no faults: what happens to its nodes, `body` does.
    ///   - program: The path of the program of every node. `swift build --product warren-node`
    ///     builds the stock one, also in a package that only depends on Warren.
    ///   - root: Where the run gets a directory of its own, which stays; nil: a temporary one, which
    ///     is removed.
    ///   - body: What to do with it; all nodes are healthy when it is called.
    /// - Returns: What `body` returns.
    /// - Throws: ``NetworkError`` if it cannot be started, else what `body` throws.
    public static func run<Result>(
        _ scenario: Scenario,
        program: String,
        in root: String? = nil,
        body: (ProcessNetwork) async throws -> Result
    ) async throws -> Result {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "warren-\(UUID().uuidString)").path(percentEncoded: false)
        defer { if root == nil { try? FileManager.default.removeItem(atPath: scratch) } }
        let network = try await start(scenario, program: program, in: root ?? scratch)
        do {
            let result = try await body(network)
            await network.engine.stop()
            return result
        } catch {
            await network.engine.stop()
            throw error
        }
    }

    private static func start(
        _ scenario: Scenario,
        program: String,
        in root: String
    ) async throws(NetworkError) -> ProcessNetwork {
        var attempts = 0
        while true {
            let blueprint = try Loopback.blueprint(
                scenario,
                bases: Loopback.bases.shuffled(),
                reactors: { _ in [] }
            )
            let deployment = Deployment(
                shelf: RunShelf(root: root),
                network: blueprint.network,
                nodeProgram: URL(filePath: program).path(percentEncoded: false)
            )
            attempts += 1
            do throws(EngineFailure) {
                let run = try await deployment.startAnew(isLatest: false) { _ in }
                let engine = ProcessEngine(
                    run: run.directory,
                    manifest: run.manifest,
                    program: deployment.nodeProgram
                )
                return ProcessNetwork(blueprint, engine)
            } catch {
                // Somebody may have taken an address since we looked.
                guard case .addressTaken = error, attempts < Loopback.attempts else {
                    throw .cannotStart("\(error)")
                }
            }
        }
    }

    /// In the order of the scenario.
    public var nodes: [NodeProfile] { blueprint.profiles }

    private func entry(_ node: String) throws(NetworkError) -> NetworkManifest.Node {
        blueprint.manifest.nodes[try blueprint.place(of: node)]
    }

    /// `host:port` of a node's admin port, for `curl` and for `warren`.
    public func adminAddress(of node: String) throws(NetworkError) -> String {
        try entry(node).admin
    }

    /// The file that has what a node writes to stdout and stderr.
    public func log(of node: String) throws(NetworkError) -> String {
        engine.run.node(try entry(node).name).log
    }

    /// Whether a node's process runs.
    public func isUp(_ node: String) throws(NetworkError) -> Bool {
        engine.isAlive(try entry(node).name)
    }

    /// The peer state of a node, asked at its admin port; nil if it does not answer within 2 s.
    public func snapshot(of node: String) async throws(NetworkError) -> NodeSnapshot? {
        let address = try entry(node).admin
        guard let whole = try? await NodeClient(address: address).snapshot() else { return nil }
        return NodeSnapshot(name: node, whole)
    }

    /// Waits until `condition` holds, looking every 10 ms, but no longer than `limit`.
    ///
    /// - Returns: Whether it came to hold.
    public func wait(
        upTo limit: Duration,
        until condition: (ProcessNetwork) async throws -> Bool
    ) async throws -> Bool {
        try await look(upTo: limit) { try await condition(self) }
    }

    /// Judges the scenario's expectations; as ``SocketNetwork/judge(upTo:)``.
    ///
    /// What is seen goes into the recording, so that judging again goes on where this ended.
    public func judge(upTo limit: Duration) async throws(NetworkError) -> [Judgement] {
        try await LiveJudge(blueprint: blueprint, recording: engine.run.recording)
            .judge(upTo: limit)
    }

    // MARK: - Disturbing

    /// Ends a node's process at once, as a power cut does; no harm if it does not run.
    public func kill(_ node: String) async throws(NetworkError) {
        guard let process = engine.process(of: try entry(node).name) else { return }
        process.signal(SIGKILL)
        await ProcessEngine.ended([process], within: .seconds(2))
    }

    /// Asks a node to end, and kills it if it has not after 5 s.
    public func stop(_ node: String) async throws(NetworkError) {
        await engine.stop(only: [try entry(node).name])
    }

    /// Starts a node that does not run, with what it had stored, and waits until it is healthy.
    public func start(_ node: String) async throws(NetworkError) {
        let name = try entry(node).name
        do throws(EngineFailure) {
            try engine.start(only: [name])
            try await Engine.process(engine).waitForHealth(of: [name], within: .seconds(15)) { _ in
            }
        } catch {
            throw .cannotStart("\(error)")
        }
    }
}

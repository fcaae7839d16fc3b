import Foundation
import Logging
import NIOPosix
import WarrenGenerator
import WarrenNIO
import WarrenNode
public import WarrenPrimitives
import WarrenScenario
public import WarrenSwitch

/// A network on real sockets, all of its nodes in this process.
///
/// Each node has its own loopback address, store and admin port, and is the very node that
/// `warren-node` runs; so bytes, handshakes, time-outs and races are real. On Linux, for up to some
/// hundreds of nodes.
///
/// ```swift
/// try await SocketNetwork.run(scenario) { node in
///     [RumourReactor(rumour: node.name == "relay-1" ? 7 : 0)]
/// } body: { network in
///     for await told in network.reports(of: RumourReactor.self) {
///         print("\(told.node) heard \(told.report)")
///     }
/// }
/// ```
public final class SocketNetwork: Sendable {
    private let blueprint: Blueprint
    private let processes: [NodeProcess]
    private let bus: ReportBus

    private init(_ blueprint: Blueprint, _ processes: [NodeProcess], _ bus: ReportBus) {
        self.blueprint = blueprint
        self.processes = processes
        self.bus = bus
    }

    /// Starts a network, gives it to `body`, and ends it when that is done or throws.
    ///
    /// Addresses are chosen among those that nobody uses. What nodes store lies in a directory
    /// of their own and is removed at the end.
    ///
    /// - Parameters:
    ///   - scenario: May speak of no faults: what happens to its nodes, `body` does.
    ///   - reactors: What each node runs besides Warren's own protocols.
    ///   - body: What to do with it; all nodes listen when it is called.
    /// - Returns: What `body` returns.
    /// - Throws: ``NetworkError`` if it cannot be started, else what `body` throws.
    public static func run<Result>(
        _ scenario: Scenario,
        reactors: ReactorMaker = { _ in [] },
        body: (SocketNetwork) async throws -> Result
    ) async throws -> Result {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "warren-\(UUID().uuidString)").path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let network = try await start(scenario, in: scratch, reactors: reactors)
        do {
            let result = try await body(network)
            await network.stop()
            return result
        } catch {
            await network.stop()
            throw error
        }
    }

    private static func start(
        _ scenario: Scenario,
        in directory: String,
        reactors: ReactorMaker
    ) async throws(NetworkError) -> SocketNetwork {
        var bases = Loopback.bases.shuffled()
        var attempts = 0
        while true {
            let blueprint = try Loopback.blueprint(scenario, bases: bases, reactors: reactors)
            attempts += 1
            do throws(NodeProcess.Flaw) {
                return try await start(blueprint, in: "\(directory)/\(attempts)")
            } catch {
                // Somebody may have taken an address since we looked.
                guard case .address = error, attempts < Loopback.attempts else {
                    throw .cannotStart("\(error)")
                }
                bases.shuffle()
            }
        }
    }

    private static func start(
        _ blueprint: Blueprint,
        in directory: String
    ) async throws(NodeProcess.Flaw) -> SocketNetwork {
        let bus = ReportBus()
        var processes: [NodeProcess] = []
        do throws(NodeProcess.Flaw) {
            for (place, node) in blueprint.network.nodes.enumerated() {
                var parts = NodeProcess.Parts(
                    configuration: node.configuration,
                    topology: node.topology,
                    key: node.key,
                    dataDirectory: "\(directory)/\(node.member.name)"
                )
                let clock = SystemClock()
                parts.genesis = blueprint.network.genesis
                parts.snapshot = try? blueprint.ledgerSnapshot(of: place)
                parts.reactors = blueprint.reactors[place]
                parts.reportSink = { guest, report in
                    bus.post(report, node: place, guest: guest, at: clock.now)
                }
                processes.append(
                    try await NodeProcess.start(
                        parts,
                        on: .singleton,
                        clock: clock,
                        logger: Logger(label: node.member.name) { _ in SwiftLogNoOpLogHandler() }
                    )
                )
            }
        } catch {
            await end(processes)
            throw error
        }
        return SocketNetwork(blueprint, processes, bus)
    }

    private func stop() async {
        await Self.end(processes)
        bus.end()
    }

    private static func end(_ processes: [NodeProcess]) async {
        for process in processes { await process.shell.stop() }
        for process in processes { _ = await process.finish() }
    }

    /// In the order of the scenario.
    public var nodes: [NodeProfile] { blueprint.profiles }

    /// `host:port` of a node's admin port, for `curl` and for `warren`.
    public func adminAddress(of node: String) throws(NetworkError) -> String {
        "\(processes[try blueprint.place(of: node)].adminAddress)"
    }

    // MARK: - Looking in

    /// The peer state of a node; nil once it has stopped.
    ///
    /// - Throws: ``NetworkError/noSuchNode(_:nearest:)``.
    public func snapshot(of node: String) async throws(NetworkError) -> NodeSnapshot? {
        let shell = processes[try blueprint.place(of: node)].shell
        guard await shell.stage == .running else { return nil }
        return NodeSnapshot(name: node, await shell.snapshot())
    }

    /// A reactor as it is now; nil once its node has stopped.
    ///
    /// Of several of one type it is the first that the maker returned.
    ///
    /// - Throws: Where there is no such node, or no such reactor on it.
    public func reactor<Subject: Reactor>(
        _ type: Subject.Type = Subject.self,
        of node: String
    ) async throws(NetworkError) -> Subject? {
        let shell = processes[try blueprint.place(of: node, with: type)].shell
        guard await shell.stage == .running else { return nil }
        return await shell.guest(type)
    }

    /// What reactors of this type report from now on, until the network ends.
    ///
    /// Of more than 65,536 reports that nobody takes, the oldest are lost.
    public func reports<Subject: Reactor>(
        of type: Subject.Type
    ) -> AsyncStream<NodeReport<Subject.Report>> {
        bus.listen(to: type, of: blueprint)
    }

    /// Waits until `condition` holds, looking every 10 ms, but no longer than `limit`.
    ///
    /// - Returns: Whether it came to hold.
    public func wait(
        upTo limit: Duration,
        until condition: (SocketNetwork) async throws -> Bool
    ) async throws -> Bool {
        try await look(upTo: limit) { try await condition(self) }
    }

    /// Judges the scenario's expectations, with t = 0 as soon as all nodes are seen to be healthy.
    ///
    /// It ends when all are decided, or `limit` after t = 0; what is open then is judged as at the
    /// end of a run.
    ///
    /// - Returns: One judgement for each, in their order.
    public func judge(upTo limit: Duration) async throws(NetworkError) -> [Judgement] {
        try await LiveJudge(blueprint: blueprint, recording: nil).judge(upTo: limit)
    }

    // MARK: - Taking part

    /// Gives a reactor a command: something that neither a peer nor time brings.
    ///
    /// `body` runs on the node's own thread and must not block; else as
    /// ``SimulatedNetwork/command(_:of:_:)``.
    @discardableResult
    public func command<Subject: Reactor, Answer: Sendable>(
        _ type: Subject.Type = Subject.self,
        of node: String,
        _ body: @Sendable (inout Subject, inout Outbox<Subject.Report>, Instant) -> Answer
    ) async throws(NetworkError) -> Answer? {
        await processes[try blueprint.place(of: node, with: type)].shell.command(type, body)
    }
}

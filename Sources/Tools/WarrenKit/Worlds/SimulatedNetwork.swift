import WarrenGenerator
import WarrenNode
import WarrenObservation
import WarrenPeering
public import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
public import WarrenSwitch

/// A network in virtual time: one thread, one seed, and the same course of things every time.
///
/// Ten thousand nodes run on a laptop, faster than they would in the real world while they are a
/// few. Time passes only in ``run(for:)`` and ``run(upTo:until:)``.
///
/// ```swift
/// let world = try SimulatedNetwork(scenario) { node in
///     [RumourReactor(rumour: node.name == "relay-1" ? 7 : 0)]
/// }
/// let hasSpread = try world.run(upTo: .seconds(60)) { world in
///     try world.nodes.allSatisfy {
///         try world.reactor(RumourReactor.self, of: $0.name)?.rumour == 7
///     }
/// }
/// ```
///
/// Links and faults of the scenario act as it says; t = 0 of its faults and expectations is when
/// all nodes were healthy for the first time, about 100 ms after the beginning.
public final class SimulatedNetwork {
    /// What is carried over the links.
    public enum Fidelity: String, Hashable, Sendable, CaseIterable {
        /// Whole messages.
        case messages
        /// Every byte, through real handshakes and ciphers; for up to some hundreds of nodes.
        case bytes
    }

    private let blueprint: Blueprint
    private var simulation: Simulation
    private var judge: Judge

    /// Makes a network that has not begun.
    ///
    /// - Parameters:
    ///   - scenario: Its expectations are judged from the beginning.
    ///   - fidelity: What is carried over the links.
    ///   - reactors: What each node runs besides Warren's own protocols.
    /// - Throws: Where nodes cannot be made, or their reactors cannot live together.
    public init(
        _ scenario: Scenario,
        fidelity: Fidelity = .messages,
        reactors: ReactorMaker = { _ in [] }
    ) throws(NetworkError) {
        let blueprint = try Blueprint(scenario, engine: .simulator, reactors: reactors)
        self.blueprint = blueprint
        var settings = Simulation.Settings(seed: UInt64(bitPattern: scenario.seed))
        settings.fidelity = fidelity == .bytes ? .bytes : .messages
        let hosts = try Self.hosts(blueprint)
        do throws(Simulation.Flaw) {
            simulation = try Simulation(
                Simulation.Network(hosts, of: scenario.value),
                settings: settings
            )
        } catch {
            throw .cannotStart("\(error)")
        }
        let expectations = try scenario.readExpectations()
        do throws(ExpectationError) {
            judge = try Judge(
                expectations,
                of: blueprint.manifest.population,
                faults: blueprint.manifest.faults ?? [],
                liveness: blueprint.manifest.liveness
            )
        } catch {
            throw .cannotJudge("\(error)")
        }
    }

    private static func hosts(_ blueprint: Blueprint) throws(NetworkError) -> [Simulation.Host] {
        var hosts: [Simulation.Host] = []
        for (place, node) in blueprint.network.nodes.enumerated() {
            let drawn = blueprint.scenario.value.drawnAtBirth(of: place)
            let birth = Node.Birth(
                configuration: node.configuration,
                topology: node.topology,
                ownID: node.key.id,
                incarnation: drawn.incarnation,
                bookKey: drawn.bookKey,
                genesis: blueprint.network.genesis,
                snapshot: try blueprint.ledgerSnapshot(of: place),
                signer: node.signer
            )
            hosts.append(
                Simulation.Host(
                    name: node.member.name,
                    birth: birth,
                    reactors: blueprint.reactors[place],
                    key: node.key
                )
            )
        }
        return hosts
    }

    /// In the order of the scenario.
    public var nodes: [NodeProfile] { blueprint.profiles }

    // MARK: - Time

    /// The world's time.
    public var now: Instant { simulation.time }

    /// t = 0: when all nodes were healthy for the first time; nil before that.
    public var beganAt: Instant? { simulation.zero }

    /// Two runs of one scenario with the same reactors and commands have the same digest, in every
    /// build and process.
    ///
    /// 32 hex digits over all that has happened to peers so far.
    public var digest: String { "\(simulation.digest)" }

    /// Lets so much time pass.
    public func run(for duration: Duration) {
        simulation.run(for: duration) { judge.take($0) }
        judge.advance(to: simulation.time)
    }

    /// Between two looks at whether a condition holds.
    private static let lookInterval: Duration = .milliseconds(10)

    /// Lets time pass until `condition` holds, looking every 10 ms, but no more than `limit`.
    ///
    /// - Returns: Whether it came to hold.
    public func run(
        upTo limit: Duration,
        until condition: (SimulatedNetwork) throws -> Bool
    ) rethrows -> Bool {
        let end = now.advanced(by: limit)
        while true {
            if try condition(self) { return true }
            guard now < end else { return false }
            run(for: min(Self.lookInterval, now.duration(to: end)))
        }
    }

    // MARK: - Looking in

    /// The peer state of a node; nil while it does not run.
    ///
    /// - Throws: ``NetworkError/noSuchNode(_:nearest:)``.
    public func snapshot(of node: String) throws(NetworkError) -> NodeSnapshot? {
        let place = try blueprint.place(of: node)
        return simulation.snapshot(place).map { NodeSnapshot(name: node, $0) }
    }

    /// A reactor as it is now; nil while its node does not run.
    ///
    /// Of several of one type it is the first that the maker returned.
    ///
    /// - Throws: Where there is no such node, or no such reactor on it.
    public func reactor<Subject: Reactor>(
        _ type: Subject.Type = Subject.self,
        of node: String
    ) throws(NetworkError) -> Subject? {
        simulation.guest(type, of: try blueprint.place(of: node, with: type))
    }

    /// What became of every expectation if the run ended now, in their order.
    public var judgements: [Judgement] {
        var judge = judge
        judge.finish(at: simulation.time, isComplete: simulation.zero != nil)
        return zip(judge.expectations, judge.verdicts).compactMap { expectation, verdict in
            verdict.map { Judgement(expectation, $0) }
        }
    }

    /// True when nothing that may still happen changes a judgement.
    public var isDecided: Bool { judge.isDecided }

    // MARK: - Taking part

    /// Gives a reactor a command: something that neither a peer nor time brings.
    ///
    /// `body` may change the reactor and put what it wants into its outbox, at the instant on its
    /// node's clock that it is told. Use it for what the protocol's own user would ask of it.
    ///
    /// ```swift
    /// try world.command(RumourReactor.self, of: "relay-1") { rumour, outbox, now in
    ///     rumour.believe(9, into: &outbox)
    /// }
    /// ```
    ///
    /// - Returns: What `body` does; nil while the node does not run or is held still.
    /// - Throws: Where there is no such node, or no such reactor on it.
    @discardableResult
    public func command<Subject: Reactor, Answer>(
        _ type: Subject.Type = Subject.self,
        of node: String,
        _ body: (inout Subject, inout Outbox<Subject.Report>, Instant) -> Answer
    ) throws(NetworkError) -> Answer? {
        let place = try blueprint.place(of: node, with: type)
        return simulation.command(type, of: place, body)
    }

    /// What reactors of this type reported since this was last asked, in order.
    ///
    /// Reports wait here until they are taken.
    public func takeReports<Subject: Reactor>(
        of type: Subject.Type
    ) -> [NodeReport<Subject.Report>] {
        var taken: [NodeReport<Subject.Report>] = []
        var others: [Simulation.GuestReport] = []
        for report in simulation.guestReports {
            let isOurs = blueprint.reactors[report.host][report.guest] is Subject
            if isOurs, let told = report.report as? Subject.Report {
                let name = blueprint.profiles[report.host].name
                taken.append(NodeReport(node: name, at: report.at, report: told))
            } else {
                others.append(report)
            }
        }
        simulation.guestReports = others
        return taken
    }
}

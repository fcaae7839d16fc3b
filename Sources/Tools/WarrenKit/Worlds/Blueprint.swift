import WarrenGenerator
import WarrenNIO
import WarrenNode
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSwitch

/// A scenario made into nodes, with the reactors of each: what every world starts from.
struct Blueprint: Sendable {
    let scenario: Scenario
    let network: WarrenGenerator.Network
    let profiles: [NodeProfile]
    /// At the places of the nodes.
    let reactors: [[any Reactor]]
    private let places: [String: Int]

    var manifest: NetworkManifest { network.manifest }

    /// `base` moves loopback addresses away from those of other networks.
    init(
        _ scenario: Scenario,
        engine: NetworkManifest.Engine,
        base: Int = 0,
        reactors make: ReactorMaker
    ) throws(NetworkError) {
        // Nobody supervises a network of the kit: what a test does to it, it does itself.
        let missing =
            engine == .simulator
            ? [] : scenario.value.needsSimulator + scenario.value.needsSupervisor
        guard missing.isEmpty else { throw .needsSimulator(missing) }
        var options = WarrenGenerator.Network.Options()
        options.engine = engine
        options.base = base
        options.startTime =
            engine == .simulator ? Simulation.Settings.epoch : SystemClock().now
        let network: WarrenGenerator.Network
        do throws(DocumentErrors) {
            network = try WarrenGenerator.Network(scenario.value, options: options)
        } catch {
            throw .scenario(ScenarioError(error))
        }
        self.scenario = scenario
        self.network = network
        profiles = network.nodes.map {
            NodeProfile(
                name: $0.member.name,
                id: $0.key.id,
                role: $0.member.role,
                network: $0.configuration.network
            )
        }
        reactors = profiles.map(make)
        places = Dictionary(
            profiles.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for (profile, own) in zip(profiles, reactors) {
            if let complaint = OwnChannels.complaint(about: own) {
                throw .reactors(node: profile.name, complaint)
            }
        }
    }

    func place(of name: String) throws(NetworkError) -> Int {
        if let place = places[name] { return place }
        throw .noSuchNode(name, nearest: nearest(to: name, among: profiles.map(\.name)))
    }

    /// The place of a node that has a reactor of this type.
    func place<Subject: Reactor>(
        of name: String,
        with type: Subject.Type
    ) throws(NetworkError) -> Int {
        let place = try place(of: name)
        guard reactors[place].contains(where: { $0 is Subject }) else {
            throw .noSuchReactor("\(type)", node: name)
        }
        return place
    }

    func ledgerSnapshot(of place: Int) throws(NetworkError) -> LedgerSnapshot? {
        do throws(DocumentErrors) {
            return try network.ledgerSnapshot(of: network.nodes[place])
        } catch {
            throw .scenario(ScenarioError(error))
        }
    }
}

import WarrenGenerator
import WarrenNode
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

extension Simulation.Network {
    /// The generated network as the simulator takes it: the same keys, configurations and
    /// topologies that real nodes would read from their files.
    init(_ network: WarrenGenerator.Network, of scenario: Scenario) throws(DocumentErrors) {
        var hosts: [Simulation.Host] = []
        for (number, node) in network.nodes.enumerated() {
            let drawn = scenario.drawnAtBirth(of: number)
            let birth = Node.Birth(
                configuration: node.configuration,
                topology: node.topology,
                ownID: node.key.id,
                incarnation: drawn.incarnation,
                bookKey: drawn.bookKey,
                genesis: network.genesis,
                snapshot: try network.ledgerSnapshot(of: node),
                signer: node.signer
            )
            hosts.append(Simulation.Host(name: node.member.name, birth: birth, key: node.key))
        }
        self.init(hosts, of: scenario)
    }
}

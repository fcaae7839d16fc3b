import WarrenGenerator
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

extension Simulation.Network {
    /// The generated network as the simulator takes it: the same keys, configurations and
    /// topologies that real nodes would read from their files.
    init(_ network: WarrenGenerator.Network, of scenario: Scenario) throws(DocumentErrors) {
        let matrix = scenario.linkMatrix
        var hosts: [Simulation.Host] = []
        for (number, node) in network.nodes.enumerated() {
            // What a real node draws at its start comes from the seed here.
            var random = Random(seed: UInt64(bitPattern: scenario.seed)).fork(UInt64(number))
            let birth = Node.Birth(
                configuration: node.configuration,
                topology: node.topology,
                ownID: node.key.id,
                incarnation: random.next(),
                bookKey: (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) },
                genesis: network.genesis,
                snapshot: try Self.snapshot(of: node, genesis: network.genesis)
            )
            hosts.append(
                Simulation.Host(
                    name: node.member.name,
                    birth: birth,
                    region: matrix.placeByMember[number],
                    key: node.key
                )
            )
        }
        self.init(
            hosts: hosts,
            links: matrix.quality.flatMap { row in row.map { $0 == .perfect ? .near : $0 } },
            faults: scenario.timetable.map(Simulation.Fault.init)
        )
    }

    private static func snapshot(
        of node: WarrenGenerator.Network.Node,
        genesis: Genesis
    ) throws(DocumentErrors) -> LedgerSnapshot? {
        guard let file = node.topology.peerSnapshotFile else { return nil }
        let slot = node.topology.useLedgerAfterSlot
        return try LedgerSnapshot.read(
            genesis.peerSnapshot(slot: slot ?? 0),
            file: file,
            useAfterSlot: slot
        ).snapshot
    }
}

extension Simulation.Fault {
    fileprivate init(_ fault: ResolvedFault) {
        self.init(
            name: fault.name,
            at: fault.at,
            for: fault.until.map { $0 - fault.at },
            Action(fault.action)
        )
    }
}

extension Simulation.Fault.Action {
    fileprivate init(_ action: ResolvedFault.Action) {
        self =
            switch action {
            case .kill(let nodes): .kill(nodes)
            case .stop(let nodes): .stop(nodes)
            case .pause(let nodes): .pause(nodes)
            case .restart(let nodes): .restart(nodes)
            case .cut(let edges, let mode):
                .cut(edges.from, edges.to, mode: mode, oneWay: edges.isOneWay)
            case .degrade(let edges, let quality): .degrade(edges.from, edges.to, quality)
            case .skew(let nodes, let offset): .skew(nodes, offset)
            }
    }
}

import WarrenNode
import WarrenPrimitives
package import WarrenScenario

extension Simulation.Network {
    /// Hosts in the order of a scenario's members, with the links and faults that it speaks of.
    package init(_ hosts: [Simulation.Host], of scenario: Scenario) {
        let matrix = scenario.linkMatrix
        var hosts = hosts
        for number in hosts.indices { hosts[number].region = matrix.placeByMember[number] }
        self.init(
            hosts: hosts,
            links: matrix.quality.flatMap { row in row.map { $0 == .perfect ? .near : $0 } },
            faults: scenario.timetable.map(Simulation.Fault.init)
        )
        loads = scenario.loadSchedules
    }
}

extension Scenario {
    /// What a real node draws at its start: which life it is, and the secret of its book.
    ///
    /// In the simulator both come from the seed, and from the node's place in the scenario.
    package func drawnAtBirth(of number: Int) -> (incarnation: UInt64, bookKey: [UInt8]) {
        var random = Random(seed: UInt64(bitPattern: seed)).fork(UInt64(number))
        let incarnation = random.next()
        return (incarnation, (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) })
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

import WarrenKit

/// Eight relays in a ring, and what must hold of them.
func rumourScenario() throws -> Scenario {
    try Scenario(
        yaml: """
            nodes: { relay: 8 }
            topology: ring
            expect:
              - eventually within 30s every relay has hot >= 2
              - eventually within 30s network is connected
            """
    )
}

/// Only the first relay knows something.
@Sendable func rumour(of node: NodeProfile) -> [any Reactor] {
    [RumourReactor(rumour: node.name == "relay-1" ? 7 : 0)]
}

/// In virtual time; the same seed gives the same run, down to the digest.
func simulateRumour() throws -> (hasSpread: Bool, judgements: [Judgement]) {
    let world = try SimulatedNetwork(rumourScenario(), reactors: rumour)
    let hasSpread = try world.run(upTo: .seconds(60)) { world in
        try world.nodes.allSatisfy {
            try world.reactor(RumourReactor.self, of: $0.name)?.rumour == 7
        }
    }
    try world.command(RumourReactor.self, of: "relay-5") { rumour, outbox, _ in
        rumour.believe(9, into: &outbox)
    }
    world.run(for: .seconds(30))
    return (hasSpread, world.judgements)
}

/// On sockets, with all nodes in this process.
func spreadRumourOnSockets() async throws -> [Judgement] {
    try await SocketNetwork.run(rumourScenario(), reactors: rumour) { network in
        let reports = network.reports(of: RumourReactor.self)
        try await network.command(RumourReactor.self, of: "relay-5") { rumour, outbox, _ in
            rumour.believe(9, into: &outbox)
        }
        var hearers: Set<String> = []
        for await told in reports where told.report == 9 {
            hearers.insert(told.node)
            if hearers.count == network.nodes.count { break }
        }
        return try await network.judge(upTo: .seconds(30))
    }
}

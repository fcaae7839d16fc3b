import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `The parts of a network, kept up link by link` {
    private static let count = 7

    private static let population = Population(
        (0..<count).map { number in
            DeclaredNode(
                name: "relay-\(number)",
                group: "relay",
                role: .relay,
                // Two are declared without ids: theirs are learnt from their snapshots.
                id: number < 5 ? nodeID(UInt8(number)) : nil
            )
        }
    )

    @Test(arguments: Seed.sweep())
    func `are those that the rows of all nodes say, at every step`(seed: Seed) {
        var random = seed.random
        var network = NetworkState(Self.population)
        var partCounts: Set<Int> = []
        for step in 0..<400 {
            let node = random.below(Self.count)
            let fact = Fact(
                at: .at(Int64(step)),
                .node(node, fact(about: network.nodes[node], &random))
            )
            network.take(fact)
            let expected = parts(of: network)
            #expect(network.parts == expected)
            #expect(network.isConnected == (expected.count == 1))
            partCounts.insert(expected.count)
        }
        #expect(partCounts.count > 3, "\(partCounts)")
    }

    private func fact(about node: NodeState, _ random: inout Random) -> Fact.NodeFact {
        let reference = reference(&random)
        let note: Note
        switch random.below(40) {
        case 0: return .down
        case 1...8: return .healthy
        case 9: return .unhealthy
        case 10: return .gap
        case 11, 12: return .snapshot(snapshot(of: node, &random))
        case 13...28:
            note = .connected(reference, .dialed(UInt64(reference.peer.rawValue)), .outbound)
        case 29...32:
            note = .disconnected(reference, .dialed(UInt64(reference.peer.rawValue)), .closedByPeer)
        case 33: note = .merged(reference, other: self.reference(&random).peer)
        case 34...36:
            let levels = Temperature.allCases
            let change = Transition(
                peer: reference,
                from: .unknown,
                to: levels[random.below(levels.count)],
                reason: .learnt,
                source: .addressBook
            )
            note = .transition(change)
        default: note = .usedBy(reference, .warm)
        }
        let isNewLife = random.chance(1, in: 50)
        let life = (node.incarnation ?? 1) + (isNewLife ? 1 : 0)
        let sequence = isNewLife || node.incarnation == nil ? 1 : node.sequence + 1
        return .event(Event(incarnation: life, sequence: sequence, at: .at(0), note: note))
    }

    /// Handles 0 to 6 stand for the node of that number, as do 10 to 16; some without its id.
    private func reference(_ random: inout Random) -> PeerReference {
        let number = random.below(Self.count)
        let handle = number + (random.chance(1, in: 4) ? 10 : 0)
        let id = random.chance(1, in: 5) ? nil : nodeID(UInt8(number))
        return PeerReference(peer: .init(rawValue: UInt32(handle)), id: id)
    }

    private func snapshot(of node: NodeState, _ random: inout Random) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.node.id = nodeID(UInt8(random.below(Self.count)))
        snapshot.node.incarnation = Incarnation(node.incarnation ?? 1)
        snapshot.sequence = node.sequence
        snapshot.takenAt = .at(100_000)
        snapshot.peers = (0..<random.below(5)).map { _ in
            let reference = reference(&random)
            var row = Snapshot.Peer(peer: reference.peer, source: .ledger, temperature: .warm)
            row.id = reference.id
            row.direction = random.chance(3, in: 4) ? .inbound : nil
            row.heardAt = random.chance(1, in: 4) ? .at(0) : .at(100_000)
            return row
        }
        return snapshot
    }

    /// Straight from the definition.
    private func parts(of network: NetworkState) -> [[Int]] {
        let nodes = network.nodes
        func holds(_ one: Int, _ other: Int) -> Bool {
            nodes[one].peers.contains {
                $0.isConnected && !$0.isSilent
                    && network.population.number(of: $0.reference) == other
            }
        }
        let up = nodes.indices.filter { nodes[$0].isUp }
        var parts = up.map { [$0] }
        for one in up {
            for other in up where one < other && holds(one, other) && holds(other, one) {
                guard let left = parts.firstIndex(where: { $0.contains(one) }),
                    let right = parts.firstIndex(where: { $0.contains(other) }), left != right
                else { continue }
                parts[left] = (parts[left] + parts[right]).sorted()
                parts.remove(at: right)
            }
        }
        return parts.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
    }
}

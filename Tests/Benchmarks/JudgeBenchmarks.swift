import Testing
import WarrenObservation
import WarrenPrimitives

extension Benchmarks {
    /// What it costs to follow a network and to judge it.
    @Suite struct JudgeBenchmarks {
        private static let nodeCount = 40
        private static let factCount = Scale.of(100_000, small: 4000)

        private static let claims = [
            "always every relay has established >= 0", "always network is connected",
            "eventually any relay has hot > 100", "never any relay knows relay-3 from ledger",
            "always every relay has hot <= 40", "finally every relay has hot >= 1",
            "finally every * is healthy",
        ]

        /// For each fact, beside taking in the same facts without a single expectation.
        @Test func `a judge follows forty nodes`() throws {
            let facts = Self.facts
            let expectations = try Self.claims.map { try Expectation($0) }
            let (figure, floor) = try Scale.least {
                try judge(facts, expectations)
            } floor: {
                try judge(facts, [])
            }
            let kiloFacts = Double(facts.count) / 1e3
            Figure(
                name: "judge: 40 nodes, 7 expectations, a thousand facts",
                value: figure / kiloFacts * 1e3,
                unit: .milliseconds,
                floor: floor / kiloFacts * 1e3
            )
            .show()
        }

        private func judge(_ facts: [Fact], _ expectations: [WarrenObservation.Expectation]) throws
            -> Double
        {
            var judge = try Judge(expectations, of: Self.population)
            let time = Cost.cpu {
                for fact in facts { judge.take(fact) }
            }
            judge.finish(at: judge.network.zero ?? .epoch)
            #expect(judge.isDecided)
            #expect(judge.network.nodes.allSatisfy { !$0.peers.isEmpty })
            return time
        }

        private static func id(_ number: Int) -> NodeID? {
            NodeID([UInt8(number)] + [UInt8](repeating: 7, count: NodeID.byteCount - 1))
        }

        private static let population = Population(
            (0..<nodeCount).map {
                DeclaredNode(name: "relay-\($0)", group: "relay", role: .relay, id: id($0))
            }
        )

        /// Connections that come and go, and peers that change their temperature.
        private static let facts: [Fact] = {
            var random = Random(seed: 1)
            var facts: [Fact] = []
            var sequences = Array(repeating: UInt64(0), count: nodeCount)
            var links: Set<Int> = []
            var now = Instant.epoch.advanced(by: .seconds(1000))
            func note(_ number: Int, _ note: Note) {
                sequences[number] += 1
                now = now.advanced(by: .microseconds(7))
                let event = Event(
                    incarnation: 1,
                    sequence: sequences[number],
                    at: now,
                    note: note
                )
                facts.append(Fact(at: now, .node(number, .event(event))))
            }
            func reference(_ number: Int) -> PeerReference {
                PeerReference(peer: .init(rawValue: UInt32(number)), id: id(number))
            }
            for number in 0..<nodeCount { facts.append(Fact(at: now, .node(number, .healthy))) }
            while facts.count < factCount {
                let one = random.below(nodeCount - 1)
                let other = one + 1 + random.below(nodeCount - one - 1)
                let link = one * nodeCount + other
                let (near, far) = (reference(one), reference(other))
                let (dialed, accepted) = (
                    ConnectionID.dialed(UInt64(link)), ConnectionID.accepted(UInt64(link))
                )
                if random.chance(2, in: 3) {
                    let change = Transition(
                        peer: far,
                        from: .cold,
                        to: Temperature.allCases[1 + random.below(3)],
                        reason: .learnt,
                        source: .addressBook
                    )
                    note(one, .transition(change))
                } else if links.insert(link).inserted {
                    note(one, .connected(far, dialed, .outbound))
                    note(other, .connected(near, accepted, .inbound))
                } else if random.chance(1, in: 3) {
                    links.remove(link)
                    note(one, .disconnected(far, dialed, .closedByPeer))
                    note(other, .disconnected(near, accepted, .stopping))
                }
            }
            return facts
        }()
    }
}

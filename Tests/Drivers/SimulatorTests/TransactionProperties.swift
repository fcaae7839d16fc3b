import Testing
import WarrenChain
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// Transactions on their way through networks, until they are in a block everywhere.
struct TransactionProperties {
    private static func payload(_ number: Int) -> Transaction {
        Transaction(.payload([UInt8(number >> 8), UInt8(number & 0xFF), 7]))
    }

    /// A line of four whose producer is at one end, and submissions at the other: two hops lie between.
    @Test(arguments: Seed.sweep())
    func `what is submitted far from the producer ends in one block everywhere, and in no pool`(
        _ seed: Seed
    ) throws {
        var town = ChainTown(producers: 1, seed: seed.value, links: [.short])
        town.isStrict = true
        town.addLine(4)
        let transactions = (0..<30).map(Self.payload)
        let history = try town.run(for: .seconds(60)) { simulation, second in
            guard second >= 15, second < 45 else { return }
            let admission = simulation.submit(transactions[second - 15], to: 3)
            guard case .added? = admission else {
                Issue.record("refused: \(String(describing: admission))")
                return
            }
        }
        #expect(history.complaints.isEmpty)
        let bodies = history.bodies
        let chains = (0..<4).map { host in Set(history.chain(of: host).map(\.hash)) }
        let sights = (0..<4).map(history.sights)
        for transaction in transactions {
            let holders = bodies.filter { $0.value.contains(transaction.id) }.map(\.key)
            try #require(holders.count == 1, "\(transaction.id) is in \(holders.count) blocks")
            for host in 0..<4 {
                #expect(chains[host].contains(holders[0]))
                let source: NodeID? = host == 3 ? nil : Town.key(host + 1).id
                #expect(sights[host][transaction.id] == [source], "host \(host)")
            }
        }
        #expect(history.pools.allSatisfy { $0?.count == 0 && $0?.bytes == 0 })
        #expect(history.blameworthyEnds.isEmpty, "\(history.blameworthyEnds)")
    }

    /// The middle of a line is taken out of use and back again, with transactions under way.
    @Test(arguments: Seed.sweep())
    func `uses that end and begin with transactions under way lose none`(
        _ seed: Seed
    ) throws {
        var town = ChainTown(producers: 1, seed: seed.value, links: [.short])
        town.isStrict = true
        town.addLine(4)
        let history = try town.run(for: .seconds(120)) { simulation, second in
            if second >= 20, second < 60 {
                for number in 0..<10 {
                    _ = simulation.submit(Self.payload(10 * second + number), to: second % 4)
                }
            }
            guard second >= 22, second < 62 else { return }
            // One of the middle uses nobody in every other second.
            let host = 1 + second / 2 % 2
            var topology = town.town.network.hosts[host].birth.topology
            if second.isMultiple(of: 2) { topology.localRoots[0].hotValency = 0 }
            simulation.tell(host, .topology(topology, snapshot: nil))
        }
        #expect(history.complaints.isEmpty)
        #expect(history.transitions(.hot, .warm) >= 5, "nothing was taken out of use")
        let bodies = history.bodies
        let included = history.chain(of: 0).flatMap { bodies[$0.hash] ?? [] }
        #expect(included.count == 400)
        #expect(Set(included).count == 400)
        #expect(history.pools.allSatisfy { $0?.count == 0 })
        #expect(history.blameworthyEnds.isEmpty, "\(history.blameworthyEnds)")
    }

    /// Two producers are cut off from each other with transactions on both sides.
    @Test(arguments: Seed.sweep())
    func `what a chain left behind held is in the chain that took its place`(
        _ seed: Seed
    ) throws {
        var town = ChainTown(producers: 2, seed: seed.value, links: [.short])
        town.isStrict = true
        // The line is 2, 0, 1, 3, with a producer on each side of the cut.
        town.add(following: [1, 2])
        town.add(following: [0, 3])
        town.add(following: [0])
        town.add(following: [1])
        town.town.fault(
            at: .seconds(25),
            for: .seconds(30),
            .cut([0, 2], [1, 3], mode: .reset, oneWay: false)
        )
        var submitted: [Hash] = []
        let history = try town.run(for: .seconds(150)) { simulation, second in
            guard second >= 25, second < 60 else { return }
            let transaction = Self.payload(second)
            let admission = simulation.submit(transaction, to: second.isMultiple(of: 2) ? 2 : 3)
            if case .added? = admission {} else { Issue.record("refused in second \(second)") }
            submitted.append(transaction.id)
        }
        #expect(history.complaints.isEmpty)
        let returned = (0..<4).contains { host in
            history.notes(of: host).contains { note in
                if case .rolledBack(_, let depth) = note { depth >= 3 } else { false }
            }
        }
        #expect(returned)
        let common = try #require(history.commonHeight)
        let chain = history.chain(of: 0).filter { $0.height <= common }
        let bodies = history.bodies
        let included = Set(chain.flatMap { bodies[$0.hash] ?? [] })
        #expect(included == Set(submitted))
        #expect(history.pools.allSatisfy { $0?.count == 0 })
    }
}

extension LinkQuality {
    /// Two cities of one country.
    fileprivate static let short = LinkQuality(roundTrip: .milliseconds(20))
}

extension ChainHistory {
    /// From whom a host had each transaction, as often as it says so.
    fileprivate func sights(by host: Int) -> [Hash: [NodeID?]] {
        var sights: [Hash: [NodeID?]] = [:]
        for case .sighted(let id, let peer) in notes(of: host) {
            sights[id, default: []].append(peer?.id)
        }
        return sights
    }

    /// How many times somebody took a peer from the one temperature to the other.
    fileprivate func transitions(_ from: Temperature, _ to: Temperature) -> Int {
        tips.indices.reduce(0) { count, host in
            count
                + facts.notes(of: host, since: start).count { note in
                    if case .transition(let change) = note.note {
                        change.from == from && change.to == to
                    } else {
                        false
                    }
                }
        }
    }
}

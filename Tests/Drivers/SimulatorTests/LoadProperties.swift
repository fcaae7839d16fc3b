import Testing
import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// Transactions that are given to simulated nodes, and what becomes of them.
struct LoadProperties {
    private struct Run {
        var history: ChainHistory
        var tallies: [LoadTally]
    }

    private func run(_ town: ChainTown, for duration: Duration) throws -> Run {
        var simulation = try town.town.simulation()
        var facts: [Fact] = []
        simulation.run(for: duration) { facts.append($0) }
        let history = ChainHistory(
            facts: facts,
            tips: town.town.network.hosts.indices.map { simulation.snapshot($0)?.chain },
            digest: "\(simulation.digest)",
            complaints: simulation.complaints.map { "\($0)" },
            start: town.town.start
        )
        return Run(history: history, tallies: simulation.loadTallies)
    }

    private func load(
        of hosts: [Int],
        seed: UInt64 = 1,
        at start: Duration = .seconds(1),
        for duration: Duration = .seconds(20)
    ) -> LoadSchedule {
        LoadSchedule(
            seed: Int64(bitPattern: seed),
            rate: Quantity.Rate(count: 5, per: .seconds(1)),
            size: 250,
            nodes: hosts,
            at: start,
            for: duration
        )
    }

    private func ids(_ load: LoadSchedule) -> [Hash] {
        (0..<(load.total ?? 0)).compactMap { number in
            load.submission(number).map { Transaction(.payload($0.payload)).id }
        }
    }

    /// The transactions of each block that was made.
    private func contents(_ history: ChainHistory) -> [Hash: [Hash]] {
        var contents: [Hash: [Hash]] = [:]
        for host in history.tips.indices {
            for case .made(let mark, _, let transactions) in history.notes(of: host) {
                contents[mark.hash] = transactions
            }
        }
        return contents
    }

    @Test(arguments: Seed.sweep(5))
    func `what producers are given is in blocks of every node, each once`(_ seed: Seed) throws {
        var town = ChainTown(producers: 2, seed: seed.value)
        town.addLine(5)
        let load = load(of: [0, 1], seed: seed.value)
        town.town.network.loads = [load]
        let run = try run(town, for: .seconds(90))
        #expect(run.history.complaints.isEmpty)
        #expect(run.tallies[0].sentCount == 100)
        #expect(run.tallies[0].isClean)
        let submitted = ids(load)
        #expect(Set(submitted).count == 100)
        let contents = contents(run.history)
        for host in 0..<5 {
            let chain = run.history.chain(of: host)
            let included = chain.flatMap { contents[$0.hash] ?? [] }
            #expect(included.count == 100)
            #expect(Set(included) == Set(submitted))
        }
    }

    @Test func `the same load gives the same run, and another seed another`() throws {
        func digest(_ seed: UInt64) throws -> String {
            var town = ChainTown(producers: 1)
            town.addLine(2)
            town.town.network.loads = [load(of: [0], seed: seed), load(of: [1], seed: seed + 1)]
            return try run(town, for: .seconds(40)).history.digest
        }
        #expect(try digest(1) == digest(1))
        #expect(try digest(1) != digest(2))
    }

    @Test func `who is down or held still does not answer, and the load goes on`() throws {
        var town = ChainTown(producers: 1)
        town.addLine(2)
        town.town.network.loads = [
            load(of: [0]), load(of: [1]),
        ]
        town.town.fault(at: .seconds(5), for: .seconds(4), .kill([1]))
        town.town.fault(at: .seconds(12), for: .seconds(4), .pause([1]))
        let tallies = try run(town, for: .seconds(60)).tallies
        #expect(tallies[0].isClean && tallies[0].sentCount == 100)
        // 4 s twice, and a node that is just back reads its store first.
        let lost = tallies[1].count(of: .unanswered) + tallies[1].count(of: .notRunning)
        #expect((40...43).contains(lost))
        #expect(tallies[1].sentCount == 100)
        #expect(tallies[1].acceptedCount == 100 - lost)
    }

    @Test func `without a chain every transaction is refused for that`() throws {
        var town = Town(around: 2)
        town.network.loads = [load(of: [0, 1], for: .seconds(2))]
        var simulation = try town.simulation()
        simulation.run(for: .seconds(5))
        #expect(simulation.loadTallies[0].count(of: .noChain) == 10)
    }

    @Test func `the same bytes again are known, and in a block they are included`() throws {
        var town = ChainTown(producers: 1)
        town.addLine(1)
        var once = load(of: [0], for: .seconds(1))
        once.limit = 1
        var again = once
        again.startNanoseconds += 1
        var late = once
        late.startNanoseconds = 60_000_000_000
        town.town.network.loads = [once, again, late]
        let tallies = try run(town, for: .seconds(90)).tallies
        #expect(tallies[0].acceptedCount == 1)
        #expect(tallies[1].count(of: .known) == 1)
        #expect(tallies[2].count(of: .included) == 1)
    }

    @Test func `a load for nobody is refused`() throws {
        var town = Town(around: 2)
        town.network.loads = [load(of: [0, 2])]
        #expect(throws: Simulation.Flaw.noSuchLoadedHost(2, load: 0)) {
            _ = try town.simulation()
        }
    }

    /// What a scenario may ask for, a transaction can carry.
    @Test func `sizes of loads are those of payloads`() {
        #expect(Scenario.Load.sizes.upperBound == Transaction.payloadByteLimit)
        for size in [16, 127, 128, 16_000] {
            let transaction = Transaction(.payload([UInt8](repeating: 1, count: size)))
            let body = Body([transaction]).encoding.count
            #expect(body <= size + Scenario.Load.framing)
        }
    }
}

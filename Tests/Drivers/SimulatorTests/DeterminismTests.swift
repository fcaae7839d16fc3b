import Testing
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

struct DeterminismTests {
    /// A dozen nodes and one fault of every kind.
    private func town(seed: UInt64) -> Town {
        let quality = LinkQuality(
            roundTrip: .milliseconds(80),
            jitter: .milliseconds(9),
            lossMillionths: 2_000,
            bandwidth: 10_000_000
        )
        var town = Town(links: [quality])
        town.settings = Simulation.Settings(seed: seed)
        for host in 0..<12 { town.add(roots: host == 0 ? [1] : [0, (host + 5) % 12]) }
        town.fault(at: .seconds(10), for: .seconds(5), .kill([3, 4]))
        town.fault(at: .seconds(12), for: .seconds(9), .stop([5]))
        town.fault(at: .seconds(14), for: nil, .restart([6]))
        town.fault(at: .seconds(16), for: .seconds(3), .pause([7]))
        town.fault(
            at: .seconds(20),
            for: .seconds(20),
            .cut([0, 1, 2], [3, 4, 8, 9], mode: .hang, oneWay: false)
        )
        town.fault(
            at: .seconds(25),
            for: .seconds(5),
            .cut([10], [11, 2], mode: .reset, oneWay: true)
        )
        town.fault(
            at: .seconds(30),
            for: .seconds(9),
            .degrade([0], [5, 6], LinkQuality(roundTrip: .milliseconds(500)))
        )
        town.fault(at: .seconds(33), for: .seconds(4), .skew([8], .seconds(-7)))
        return town
    }

    private func digest(_ town: Town) throws -> String {
        var simulation = try town.simulation()
        simulation.run(for: .seconds(60))
        return simulation.digest.description
    }

    private func trace(_ town: Town, limit: Int) throws -> Trace {
        var town = town
        town.settings.traceLimit = limit
        var simulation = try town.simulation()
        simulation.run(for: .seconds(60))
        return simulation.trace
    }

    /// The same in every build and process; it changes when the rules of nodes do.
    static let expected = "9b2315552be4965a023b77316d7313c6"

    @Test func `one seed gives one digest, everywhere`() throws {
        let (one, other) = (try digest(town(seed: 42)), try digest(town(seed: 42)))
        if one != other {
            let traces = (
                try trace(town(seed: 42), limit: 1_000_000),
                try trace(town(seed: 42), limit: 1_000_000)
            )
            let difference = Trace.firstDifference(between: traces.0, and: traces.1)
            Issue.record("two runs differ; \(difference ?? "these two do not")")
        }
        #expect(
            one == Self.expected,
            "rules changed (then write the new digest here), or builds and processes differ"
        )
    }

    @Test func `another seed gives another digest, and the first difference has a name`() throws {
        let (one, other) = (try digest(town(seed: 42)), try digest(town(seed: 43)))
        #expect(one != other)
        let traces = (try trace(town(seed: 42), limit: 9), try trace(town(seed: 43), limit: 9))
        let difference = try #require(Trace.firstDifference(between: traces.0, and: traces.1))
        #expect(difference.hasPrefix("step 0: "))
    }

    @Test func `looking on changes nothing`() throws {
        var town = town(seed: 5)
        var digests: Set<Digest> = []
        for reports in [true, false] {
            town.settings.reportsFacts = reports
            var simulation = try town.simulation()
            if reports {
                for _ in 0..<30 { simulation.run(for: .seconds(1)) }
            } else {
                simulation.run(for: .seconds(30))
            }
            digests.insert(simulation.digest)
        }
        #expect(digests.count == 1)
    }

    @Test func `one more host far away leaves the others' draws alone`() throws {
        var digests: [[String]] = []
        for hasStranger in [false, true] {
            var town = town(seed: 9)
            if hasStranger { town.add { $0.configuration.network = "elsewhere" } }
            town.settings.startSpread = .zero
            let notes = try town.facts(for: .seconds(8)).notes(of: 3, since: town.start)
            digests.append(notes.map { "\($0.at) \($0.note)" })
        }
        #expect(!digests[0].isEmpty && digests[0] == digests[1])
    }

    @Test(arguments: Seed.sweep(4))
    func `no fault breaks a rule of a node, and afterwards everybody has hot peers`(_ seed: Seed)
        throws
    {
        var town = town(seed: seed.value)
        town.settings.checkPeriod = 11
        var simulation = try town.simulation()
        simulation.run(for: .seconds(150))
        let complaints = simulation.complaints
        #expect(complaints.isEmpty)
        for host in town.network.hosts.indices {
            let snapshot = simulation.snapshot(host)
            #expect((snapshot?.counts.hot ?? 0) > 0, "host \(host)")
        }
    }
}

import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct ShrinkTests {
    private func read(_ document: Document) throws(DocumentErrors) -> Scenario {
        try Scenario.read(document, file: "x.yaml")
    }

    static let large: Document = [
        "nodes": [
            "seed": 2, "hub": ["count": 12, "region": ["eu", "us", "asia"]], "edge": 6,
            "producer": ["count": 5, "behind": "hub", "valency": 4],
        ],
        "topology": ["shape": "random-regular", "degree": 5, "among": ["hub", "edge"]],
        "links": ["eu-us": ["rtt": "90ms"], "eu-asia": ["rtt": "200ms"], "us": ["rtt": "1ms"]],
        "faults": [
            ["at": "20s", "kill": "hub-2", "for": "10s"],
            ["at": "30s", "pause": "seed", "for": "10s"],
            ["at": "40s", "name": "split", "cut": "eu | us", "for": "16s"],
            ["at": "50s", "kill": "edge-1", "for": "10s"],
        ],
        "expect": [
            "eventually within 15s every hub has hot >= 2",
            "eventually within 20s after fault \"split\" network is connected",
        ],
    ]

    @Test func `every candidate is smaller, valid, and none stands twice`() throws {
        for document in [Self.large, ScenarioReadingTests.full, ScenarioReadingTests.rich, [:]] {
            let scenario = try read(document)
            let candidates = scenario.shrunkCandidates()
            #expect(!candidates.isEmpty)
            #expect(Set(candidates).count == candidates.count)
            for candidate in candidates {
                #expect(candidate.size.isBelow(scenario.size))
                #expect(throws: Never.self) { try read(candidate.document) }
                #expect(candidate.expectations == scenario.expectations)
            }
        }
    }

    @Test func `the boldest step comes first and the smallest last`() throws {
        let scenario = try read(Self.large)
        let candidates = scenario.shrunkCandidates()
        #expect(candidates.first?.groups.map(\.count) == [1, 6, 3, 3])
        #expect(candidates.last?.nodeCount == scenario.nodeCount - 1)
        // Whoever a sentence names stays: hubs by 'hub', eu and us by the fault it speaks of.
        #expect(candidates.allSatisfy { $0.groups.contains { $0.name == "hub" } })
        #expect(candidates.contains { !$0.groups.contains { $0.name == "producer" } })
    }

    @Test func `only what the failure needs is left`() throws {
        let scenario = try read(Self.large)
        let result = Shrink.minimise(scenario, budget: 2000) { candidate in
            candidate.timetable.contains { $0.name == "split" && ($0.until ?? .zero) > .seconds(5) }
                && candidate.nodeCount >= 3
        }
        #expect(result.isMinimal)
        #expect(result.scenario.nodeCount == 3)
        #expect(result.scenario.faults.map(\.name) == ["split"])
        #expect(result.scenario.links.isEmpty)
        let again = Shrink.minimise(scenario, budget: 2000) { candidate in
            candidate.timetable.contains { $0.name == "split" && ($0.until ?? .zero) > .seconds(5) }
                && candidate.nodeCount >= 3
        }
        #expect(again == result)
    }

    @Test func `a fault keeps the name that its place gave it`() throws {
        let scenario = try read(Self.large)
        let result = Shrink.minimise(scenario, budget: 2000) {
            $0.timetable.contains { $0.name == "fault-4" }
        }
        #expect(result.scenario.faultNames.contains("fault-4"))
        #expect(result.scenario.faults.allSatisfy { $0.name != nil })
    }

    @Test(arguments: Seed.sweep(10))
    func `shrinking ends, still fails, and is never larger`(seed: Seed) throws {
        var random = seed.random
        let scenario = try read(Self.large)
        // A failure that asks for some nodes, some faults and some links, drawn once.
        let nodes = 1 + random.below(12)
        let faults = random.below(4)
        let links = random.below(3)
        let time = Duration.seconds(random.below(60))
        func fails(_ candidate: Scenario) -> Bool {
            candidate.nodeCount >= nodes && candidate.faults.count >= faults
                && candidate.links.count >= links && candidate.size.faultTime >= time
        }
        try #require(fails(scenario))
        var last = scenario.size
        let result = Shrink.minimise(scenario, budget: 5000) { candidate in
            let failed = fails(candidate)
            if failed {
                #expect(candidate.size.isBelow(last))
                last = candidate.size
            }
            return failed
        }
        #expect(result.isMinimal)
        #expect(result.runs < 5000)
        #expect(fails(result.scenario))
        #expect(result.scenario == scenario || result.scenario.size.isBelow(scenario.size))
        #expect(!result.scenario.shrunkCandidates().contains(where: fails))
        #expect(throws: Never.self) { try read(result.scenario.document) }
    }

    @Test func `the budget is kept to the run`() throws {
        let scenario = try read(Self.large)
        for budget in [0, 1, 7] {
            var runs = 0
            let result = Shrink.minimise(scenario, budget: budget) { _ in
                runs += 1
                return true
            }
            #expect(runs == budget)
            #expect(result.runs == budget)
            #expect(!result.isMinimal)
        }
        let all = scenario.shrunkCandidates().count
        #expect(Shrink.minimise(scenario, budget: all) { _ in false }.isMinimal)
        #expect(!Shrink.minimise(scenario, budget: all - 1) { _ in false }.isMinimal)
    }
}

import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

/// What a scenario says of transactions.
struct LoadTests {
    /// Numbers: seed 0, relays 1 to 3 in eu, us, eu, producers 4 and 5.
    private func document(_ load: Document) -> Document {
        [
            "nodes": ["seed": 1, "relay": ["count": 3, "region": ["eu", "us"]], "producer": 2],
            "load": load,
        ]
    }

    private func read(_ load: Document) throws(DocumentErrors) -> Scenario {
        try Scenario.read(document(load).numbered(), file: "x.yaml")
    }

    private func complaints(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try Scenario.read(document.numbered(), file: "x.yaml")
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func `a load has a rate, and everything else has a default`() throws {
        let load = try #require(try read(["rate": "10/s"]).loads.first)
        #expect(load.rate == Quantity.Rate(count: 10, per: .seconds(1)))
        #expect(load.size == 250)
        #expect(load.to == nil)
        #expect(load.at == .seconds(1))
        #expect(load.duration == nil)
    }

    @Test func `several loads stand in the order of the file, each for whom it names`() throws {
        let scenario = try read([
            ["rate": "10/s", "size": "4KiB", "at": "20s", "for": "1m"],
            ["rate": "30/m", "size": 16, "to": ["producer", "relay-1..2"], "at": 0],
            ["rate": "1/h", "to": "eu except relay-1", "at": 0],
        ])
        #expect(scenario.loads.map(\.size) == [4096, 16, 250])
        let schedules = scenario.loadSchedules
        #expect(schedules.map(\.nodes) == [[1, 2, 3], [1, 2, 4, 5], [3]])
        #expect(schedules[0].due(0) == .seconds(20))
        #expect(schedules[0].total == 600)
        #expect(schedules[1].due(1) == .seconds(2))
        #expect(schedules[1].total == nil)
        #expect(schedules[2].due(3) == .seconds(3 * 3600))
        #expect(Set(schedules.map(\.seed)).count == 3)
    }

    @Test func `without relays the producers are given the transactions, and no seeds`() throws {
        let document: Document = [
            "nodes": ["seed": 1, "producer": 2], "load": ["rate": "1/s"],
        ]
        #expect(try Scenario.read(document, file: "x").loadSchedules[0].nodes == [1, 2])
    }

    @Test func `an empty load is none`() throws {
        for none in [Document(.null), [:], []] {
            let scenario = try read(none)
            #expect(scenario.loads.isEmpty)
            #expect(scenario.document["load"] == nil)
        }
    }

    @Test func `a written load is the same load`() throws {
        for load: Document in [
            ["rate": "7/m", "size": "1kB", "to": "relay except relay-2", "at": 3, "for": "2h"],
            [["rate": "10000/s"], ["rate": "3/500ms", "size": 16_000]],
            [["rate": "1/ms"], ["rate": "1/h"]],
        ] {
            guard let scenario = try? read(load) else { continue }
            var again = try Scenario.read(scenario.document, file: "x")
            for place in again.loads.indices {
                again.loads[place].line = scenario.loads[place].line
            }
            #expect(again.loads == scenario.loads)
            #expect(again.loadSchedules == scenario.loadSchedules)
        }
    }

    @Test func `the seed decides the bytes and nothing else`() throws {
        var one = try read(["rate": "10/s"])
        let first = one.loadSchedules[0]
        one.seed += 1
        let second = one.loadSchedules[0]
        #expect(first.seed != second.seed)
        var same = second
        same.seed = first.seed
        #expect(same == first)
    }

    struct Wrong: Sendable {
        let load: Document
        let message: String
        init(_ load: Document, _ message: String) {
            self.load = load
            self.message = message
        }
    }

    static let wrong: [Wrong] = [
        Wrong(["size": "250B"], "x.yaml:9: a load has no 'rate'"),
        Wrong(
            ["rate": 10],
            "x.yaml:10: 'rate' is 10: expected a rate such as 10/s or 30/m, at most 10000/s"
        ),
        Wrong(
            ["rate": "10001/s"],
            "x.yaml:10: 'rate' is '10001/s': expected a rate such as 10/s or 30/m, at most 10000/s"
        ),
        Wrong(
            ["rate": "0/s"],
            "x.yaml:10: 'rate' is '0/s': expected a rate such as 10/s or 30/m, at most 10000/s"
        ),
        Wrong(
            ["rate": "1/s", "size": "15B"],
            "x.yaml:11: 'size' is '15B': expected a size from 16B to 16000B"
        ),
        Wrong(
            ["rate": "1/s", "size": 16_001],
            "x.yaml:11: 'size' is 16001: expected a size from 16B to 16000B"
        ),
        Wrong(
            ["rate": "1/s", "to": "realy"],
            "x.yaml:9: load: no node, group, role or region is called 'realy'; "
                + "did you mean 'relay'?"
        ),
        Wrong(
            ["rate": "1/s", "to": "relay except relay"],
            "x.yaml:9: load: 'relay except relay' selects no node"
        ),
        Wrong(["rate": "1/s", "form": "1s"], "x.yaml:11: unknown key 'form': did you mean 'for'?"),
        Wrong(
            "10/s",
            "x.yaml:9: a load is '10/s': expected a map of keys and values"
        ),
    ]

    @Test(arguments: wrong)
    func `what is wrong with a load is named with its line`(wrong: Wrong) {
        #expect(complaints(document(wrong.load)) == [wrong.message])
    }

    @Test func `a load needs somebody who makes blocks, and room in them`() {
        #expect(
            complaints(["nodes": ["relay": 3], "load": ["rate": "1/s"]]) == [
                "x.yaml:3: load: nobody here makes blocks, so transactions go nowhere: "
                    + "expected a group of role block-producer"
            ]
        )
        func size(_ size: Int) -> [String] {
            complaints([
                "nodes": ["producer": 1], "chain": ["maxBodySize": 2048],
                "load": ["rate": "1/s", "size": .number(size)],
            ])
        }
        #expect(size(2040).isEmpty)
        #expect(
            size(2041) == [
                "x.yaml:5: load: 'size' is 2041B, and a block has room for 2048 bytes: "
                    + "expected at most 2040B: or a larger 'chain.maxBodySize'"
            ]
        )
    }

    @Test func `limits hold at their value and not one past it`() {
        func loads(_ count: Int) -> Document {
            document(.list((0..<count).map { _ in ["rate": "10000/s", "size": 16_000] }))
        }
        #expect(complaints(loads(Scenario.Load.limit)).isEmpty)
        #expect(complaints(loads(Scenario.Load.limit + 1)).count == 1)
        #expect(Scenario.Load.isAllowed(Quantity.Rate(count: 1, per: .microseconds(100))))
        #expect(!Scenario.Load.isAllowed(Quantity.Rate(count: 1, per: .nanoseconds(99_999))))
        #expect(!Scenario.Load.isAllowed(Quantity.Rate(count: .max, per: .seconds(3600))))
    }

    @Test func `loads are among what is left out when a smaller scenario is looked for`() throws {
        let scenario = try read([["rate": "1/s"], ["rate": "2/s"], ["rate": "3/s"]])
        let counts = Set(scenario.shrunkCandidates().map(\.loads.count))
        #expect(counts.isSuperset(of: [0, 1, 2]))
        let result = Shrink.minimise(scenario, budget: 500) { candidate in
            candidate.loads.contains { $0.rate.count == 2 }
        }
        #expect(result.isMinimal)
        #expect(result.scenario.loads.map(\.rate.count) == [2])
    }

    @Test func `the manifest has what whoever supervises the run submits`() throws {
        let scenario = try read(["rate": "10/s", "to": "relay-2"])
        func manifest(_ engine: NetworkManifest.Engine) -> NetworkManifest {
            NetworkManifest(scenario: scenario, engine: engine, networkID: "x", nodes: [])
        }
        #expect(manifest(.process).loads == scenario.loadSchedules)
        #expect(manifest(.process).adminToken == nil)
        let token = try #require(manifest(.compose).adminToken)
        #expect(token.utf8.count == 32)
        let written = manifest(.compose).document
        #expect(written["adminToken"] == .text(token))
        #expect(written["loads"]?.items?.first?["nodes"] == [2])
        var idle = scenario
        idle.loads = []
        #expect(
            NetworkManifest(scenario: idle, engine: .process, networkID: "x", nodes: []).loads
                == nil
        )
    }
}

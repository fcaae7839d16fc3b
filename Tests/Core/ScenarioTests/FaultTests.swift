import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct FaultTests {
    /// Numbers: seed 0, relays 1 to 4 in eu, us, eu, us, producers 5 and 6.
    private func document(_ faults: Document) -> Document {
        [
            "nodes": ["seed": 1, "relay": ["count": 4, "region": ["eu", "us"]], "producer": 2],
            "faults": faults,
        ]
    }

    private func read(_ faults: Document) throws(DocumentErrors) -> Scenario {
        try Scenario.read(document(faults).numbered(), file: "x.yaml")
    }

    private func complaints(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try Scenario.read(document.numbered(), file: "x.yaml")
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func `the timetable has who is meant, in the order of time`() throws {
        let table = try read([
            ["at": "40s", "name": "split", "cut": "eu | us", "for": "15s"],
            ["at": "20s", "kill": "relay-2", "for": "10s"],
            ["at": "20s", "stop": "relay-2..3, seed"],
            ["at": "50s", "restart": "block-producer"],
            ["at": "60s", "pause": ["seed", "relay-4"], "for": 2],
        ]).timetable
        #expect(table.map(\.name) == ["fault-2", "fault-3", "split", "fault-4", "fault-5"])
        #expect(table.map(\.at) == [20, 20, 40, 50, 60].map { .seconds($0) })
        #expect(
            table.map(\.until) == [.seconds(30), nil, .seconds(55), .seconds(50), .seconds(62)]
        )
        #expect(table[0].action == .kill([2]))
        #expect(table[1].action == .stop([0, 2, 3]))
        #expect(table[3].action == .restart([5, 6]))
        #expect(table[4].action == .pause([0, 4]))
        let edges = ResolvedFault.Edges(from: [1, 3], to: [2, 4], isOneWay: false)
        #expect(table[2].action == .cut(edges, mode: .hang))
        #expect(table[2].line == 10)
    }

    @Test func `a cut touches what passes between its sides, and nothing else`() throws {
        func edges(_ cut: Document) throws -> ResolvedFault.Edges? {
            let fault = try #require(
                read([["at": "1s", "cut": cut, "mode": "reset"]]).timetable.first
            )
            guard case .cut(let edges, mode: .reset) = fault.action else { return nil }
            return edges
        }
        func touched(_ cut: Document) throws -> Set<[Int]> {
            let edges = try #require(try edges(cut))
            var pairs: Set<[Int]> = []
            for from in 0..<7 {
                for to in 0..<7 where edges.touches(from: from, to: to) {
                    pairs.insert([from, to])
                }
            }
            return pairs
        }
        #expect(try touched("relay-1 | relay-2..3") == [[1, 2], [1, 3], [2, 1], [3, 1]])
        #expect(try touched("relay-1 > relay-2..3") == [[1, 2], [1, 3]])
        #expect(
            try touched("relay-1..2 | relay-2..3") == [
                [1, 2], [1, 3], [2, 3], [2, 1], [3, 1], [3, 2],
            ]
        )
        #expect(try touched("seed").count == 12)
        #expect(try touched("seed").allSatisfy { $0.contains(0) })
    }

    @Test func `links get worse and clocks go wrong`() throws {
        let table = try read([
            [
                "at": "1s",
                "degrade": ["between": "eu | us", "rtt": "400ms", "jitter": "10ms", "loss": "2%"],
            ],
            ["at": "2s", "slow": ["between": "relay-1", "bandwidth": "64kbit"]],
            ["at": "3s", "skew": ["of": "relay-1", "by": "2s"]],
            ["at": "4s", "skew": ["of": "relay", "by": "-1500ms"]],
            ["at": "5s", "skew": ["of": "relay", "by": -3]],
        ]).timetable
        #expect(
            table[0].action
                == .degrade(
                    .init(from: [1, 3], to: [2, 4], isOneWay: false),
                    LinkQuality(
                        roundTrip: .milliseconds(400),
                        jitter: .milliseconds(10),
                        lossMillionths: 20_000
                    )
                )
        )
        #expect(
            table[1].action
                == .degrade(
                    .init(from: [1], to: [0, 2, 3, 4, 5, 6], isOneWay: false),
                    LinkQuality(bandwidth: 64_000)
                )
        )
        #expect(table[2].action == .skew([1], .seconds(2)))
        #expect(table[3].action == .skew([1, 2, 3, 4], .milliseconds(-1500)))
        #expect(table[4].action == .skew([1, 2, 3, 4], .seconds(-3)))
    }

    @Test func `expectations speak of faults by their names`() throws {
        func with(_ sentence: String) -> [String] {
            var scenario = document([
                ["at": "1s", "name": "split", "cut": "eu | us", "for": "1s"],
                ["at": "1s", "kill": "seed", "for": "1s"],
            ])
            scenario["expect"] = .list([.text(sentence)])
            return complaints(scenario)
        }
        #expect(with("eventually after fault \"split\" network is connected").isEmpty)
        #expect(with("always during fault \"fault-2\" network is connected").isEmpty)
        #expect(
            with("eventually after fault \"splt\" network is connected") == [
                "x.yaml:20: expectation 'eventually after fault \"splt\" network is connected': "
                    + "no fault of the scenario is called 'splt'; did you mean 'split'?"
            ]
        )
    }

    struct Wrong: Sendable {
        let fault: Document
        let message: String
        init(_ fault: Document, _ message: String) {
            self.fault = fault
            self.message = message
        }
    }

    static let wrong: [Wrong] = [
        Wrong(["kill": "relay"], "x.yaml:10: a fault has no 'at'"),
        Wrong(
            ["at": "1s"],
            "x.yaml:10: a fault says nothing to do: expected one of kill, stop, pause, restart, "
                + "cut, degrade, slow, skew"
        ),
        Wrong(
            ["at": "1s", "kill": "relay", "cut": "eu | us"],
            "x.yaml:10: a fault says 'kill' and 'cut': expected one of kill, stop, pause, restart, "
                + "cut, degrade, slow, skew"
        ),
        Wrong(
            ["at": "1s", "kil": "relay", "kill": "relay"],
            "x.yaml:12: unknown key 'kil': did you mean 'kill'?"
        ),
        Wrong(
            ["at": "1s", "kill": "realy"],
            "x.yaml:10: fault 'fault-1': no node, group, role or region is called 'realy'; "
                + "did you mean 'relay'?"
        ),
        Wrong(
            ["at": "1s", "kill": "relay-3..5"],
            "x.yaml:10: fault 'fault-1': no node, group, role or region is called 'relay-5'; "
                + "did you mean 'relay-1'?"
        ),
        Wrong(
            ["at": "1s", "kill": "relay except relay"],
            "x.yaml:10: fault 'fault-1': 'relay except relay' selects no node"
        ),
        Wrong(
            ["at": "1s", "cut": "relay-1 | relay-1"],
            "x.yaml:10: fault 'fault-1': 'relay-1 | relay-1' selects no node"
        ),
        Wrong(
            ["at": "1s", "cut": "*"],
            "x.yaml:10: fault 'fault-1': 'everybody but *' selects no node"
        ),
        Wrong(
            ["at": "1s", "cut": "eu | us | relay"],
            "x.yaml:12: 'cut' is 'eu | us | relay': expected 'eu | us' both ways, 'eu > us' one "
                + "way, or one side alone"
        ),
        Wrong(
            ["at": "1s", "slow": ["between": "eu > us", "rtt": "1s"]],
            "x.yaml:13: 'between' is 'eu > us': expected 'eu | us', or one side alone"
        ),
        Wrong(
            ["at": "1s", "slow": ["between": "eu | us"]],
            "x.yaml:12: 'slow' says nothing of the links: expected rtt, jitter, loss or bandwidth"
        ),
        Wrong(
            ["at": "1s", "kill": "relay", "mode": "hang"],
            "x.yaml:13: 'mode' is for a fault that cuts"
        ),
        Wrong(
            ["at": "1s", "restart": "relay", "for": "1s"],
            "x.yaml:13: 'for' means nothing to a restart, which is over at once: use 'stop' for a "
                + "node that is to stay away"
        ),
        Wrong(
            ["at": "1s", "skew": ["of": "relay", "by": "0s"]],
            "x.yaml:14: 'by' is '0s': expected a duration from -24h to 24h that is not zero, such "
                + "as 2s or -500ms"
        ),
        Wrong(
            ["at": "1s", "name": "The Split", "kill": "relay"],
            "x.yaml:12: the fault is named 'The Split': expected up to 40 small letters, digits "
                + "and hyphens, a letter first"
        ),
    ]

    @Test(arguments: wrong)
    func `what is wrong with a fault is named with its line`(wrong: Wrong) {
        #expect(complaints(document([wrong.fault])) == [wrong.message])
    }

    @Test func `a fault of nobody is an error`() {
        #expect(
            complaints(document([["at": "1s", "kill": []]])) == [
                "x.yaml:12: 'kill' is an empty list: expected some nodes"
            ]
        )
    }

    @Test func `no two faults have one name`() {
        let twice: Document = [
            ["at": "1s", "name": "x", "kill": "relay"], ["at": "2s", "name": "x", "kill": "relay"],
        ]
        #expect(
            complaints(document(twice)) == [
                "x.yaml:14: the fault 'x' stands twice, first on line 10: expected another name"
            ]
        )
        let taken: Document = [
            ["at": "1s", "name": "fault-2", "kill": "relay"], ["at": "2s", "kill": "relay"],
        ]
        #expect(
            complaints(document(taken)) == [
                "x.yaml:14: the fault 'fault-2' stands twice, first on line 10: "
                    + "expected another name: give this one a name"
            ]
        )
    }

    @Test func `limits of faults hold at their value and not one past it`() {
        func faults(_ count: Int) -> Document {
            .list((0..<count).map { _ in ["at": "1s", "kill": "seed-1"] })
        }
        #expect(complaints(document(faults(Scenario.Fault.limit))).isEmpty)
        #expect(complaints(document(faults(Scenario.Fault.limit + 1))).count == 1)
        func one(_ key: String, _ value: Document) -> [String] {
            var fault: Document = ["at": "1s", "kill": "seed-1"]
            fault[key] = value
            return complaints(document([fault]))
        }
        #expect(one("at", "8760h").isEmpty)
        #expect(one("at", "8760h1ns").count == 1)
        #expect(one("for", "8760h").isEmpty)
        #expect(one("for", "8760h1ns").count == 1)
        #expect(one("for", "1ms").isEmpty)
        #expect(one("for", "999us").count == 1)
        func skew(_ by: Document) -> [String] {
            complaints(document([["at": "1s", "skew": ["of": "relay", "by": by]]]))
        }
        #expect(skew("-24h").isEmpty)
        #expect(skew("-24h1ns").count == 1)
    }

    @Test func `what only the simulator can do is said with its line`() throws {
        #expect(try read([]).needsSimulator.isEmpty)
        var document = document([
            ["at": "1s", "name": "split", "cut": "eu | us"], ["at": "1s", "kill": "seed"],
            ["at": "1s", "skew": ["of": "seed", "by": "1s"]],
        ])
        document["links"] = ["eu-us": ["rtt": "1ms"]]
        let scenario = try Scenario.read(document.numbered(), file: "x.yaml")
        #expect(scenario.needsSimulator == ["line 17: fault 'fault-3' (skew)"])
        #expect(
            scenario.needsSupervisor
                == ["line 10: fault 'split' (cut)", "line 14: fault 'fault-2' (kill)"]
        )
        document["faults"] = []
        #expect(try Scenario.read(document, file: "x.yaml").needsSimulator.isEmpty)
    }
}

import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct ScenarioReadingTests {
    private func read(_ document: Document) throws(DocumentErrors) -> Scenario {
        try Scenario.read(document.numbered(), file: "x.yaml")
    }

    private func complaints(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try read(document)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    static let full: Document = [
        "name": "starter", "seed": 7,
        "nodes": [
            "seed": ["role": "seed", "count": 1],
            "relay": [
                "role": "relay", "count": 4, "region": ["eu", "us"],
                "targets": ["known": 30, "active": 5], "config": ["SendRate": 1000],
            ],
            "producer": [
                "role": "block-producer", "count": 2, "behind": "relay", "valency": 2,
                "hidden": false,
            ],
        ],
        "topology": ["shape": "small-world", "degree": 3, "among": "relay", "valency": 2],
        "defaults": [
            "targets": ["root": 10, "known": 20, "established": 8, "active": 4], "pace": 30,
            "config": ["AddrBookMax": 100],
        ],
        "links": [:], "load": Document(.null), "faults": [],
        "chain": ["slot": "1s", "activeSlotCoefficient": Document(.decimal("0.5"))],
        "liveness": "3s",
        "expect": ["eventually within 15s every relay has hot >= 2", "network is connected"],
    ]

    /// What stands in a scenario for the simulator.
    static let rich: Document = [
        "nodes": [
            "seed": 1,
            "relay": [
                "count": 4, "region": ["eu", "us-east", "asia"], "manager": "ensure-peers",
                "roots": [
                    "seeds": "none", "public": ["seed-1"], "advertisePublic": true,
                    "bootstrap": "producer", "ledgerAfter": 5, "snapshot": true,
                ],
                "asRoot": [
                    "advertise": false, "trustable": true, "behindFirewall": true,
                    "diffusionMode": "InitiatorOnly",
                ],
            ],
            "producer": ["count": 3, "stake": [5, 7], "region": "eu"],
        ],
        "topology": ["shape": "ring", "among": ["relay", "producer"], "apart": true],
        "defaults": ["manager": "static"],
        "links": [
            "default": ["rtt": "20ms", "jitter": "2ms", "bandwidth": "1Gbit"],
            "matrix": "continents",
            "eu-us-east": ["rtt": "90ms", "loss": "0.1%", "bandwidth": "100Mbit"],
            "us-east | us-east": ["jitter": "1ms"],
            "eu": ["rtt": "1ms"],
        ],
        "faults": [
            ["at": "20s", "kill": "relay-2", "for": "10s"],
            ["at": "40s", "name": "split", "cut": "eu | us-east", "for": "15s", "mode": "reset"],
            ["at": 5, "name": "deaf", "cut": "relay-1..2 > producer"],
            ["at": "1s", "cut": "relay-1", "for": "1s"],
            ["at": "1m", "slow": ["between": "eu | asia", "rtt": "1s", "loss": "5%"]],
            ["at": "2m", "skew": ["of": ["relay-1", "producer"], "by": "-500ms"], "for": "3s"],
            ["at": "3m", "restart": "*"], ["at": "3m", "stop": "seed", "for": "1ms"],
            ["at": "4m", "pause": "relay except relay-1", "for": "2s"],
        ],
        "load": [
            ["rate": "10/s", "size": "4KiB", "to": "relay-1..2", "at": "5s", "for": "1m"],
            ["rate": "30/m"],
        ],
        "expect": [
            "eventually within 20s after fault \"split\" network is connected",
            "always during fault \"fault-1\" every seed has known >= 0",
        ],
    ]

    @Test func `every key says what it is said to say`() throws {
        let scenario = try read(Self.full)
        #expect(scenario.name == "starter")
        #expect(scenario.seed == 7)
        #expect(scenario.groups.map(\.name) == ["seed", "relay", "producer"])
        #expect(scenario.groups.map(\.count) == [1, 4, 2])
        #expect(scenario.groups[1].regions == ["eu", "us"])
        #expect(scenario.groups[1].config.map(\.key) == ["SendRate"])
        #expect(
            scenario.groups[1].targets == Targets(root: 30, known: 30, established: 8, active: 5)
        )
        #expect(scenario.groups[2].behind == "relay")
        #expect(scenario.groups[2].valency == 2)
        #expect(!scenario.groups[2].isHidden)
        #expect(scenario.topology.shape == .smallWorld(degree: 3))
        #expect(scenario.topology.among == ["relay"])
        #expect(scenario.topology.valency == 2)
        #expect(
            scenario.defaults.targets == Targets(root: 10, known: 20, established: 8, active: 4)
        )
        #expect(scenario.defaults.pace == 30)
        #expect(scenario.defaults.config.map(\.key) == ["AddrBookMax"])
        #expect(scenario.chain.slotLength == .seconds(1))
        #expect(scenario.chain.activeSlotMillionths == 500_000)
        #expect(scenario.liveness == .seconds(3))
        #expect(scenario.expectations.map(\.line) == [46, 47])
        #expect(scenario.expectations.last?.text == "network is connected")
    }

    @Test func `everything has a default`() throws {
        let scenario = try Scenario.read(Document(.null), file: "x.yaml", name: "empty")
        #expect(scenario.name == "empty")
        #expect(scenario.groups.map(\.name) == ["relay"])
        #expect(scenario.nodeCount == 4)
        #expect(scenario.topology.shape == .none)
        #expect(scenario.defaults.pace == 60)
        #expect(
            scenario.defaults.targets == Targets(root: 20, known: 20, established: 8, active: 4)
        )
        #expect(scenario.liveness == .seconds(5))
        #expect(try read(["nodes": ["relay": 3], "topology": "ring"]).nodeCount == 3)
    }

    @Test func `the usual targets let everybody know everybody`() throws {
        #expect(try read(["nodes": ["relay": 300]]).defaults.targets.known == 300)
        let asked = try read(["defaults": ["targets": ["active": 12]]]).defaults.targets
        #expect(asked == Targets(root: 20, known: 20, established: 12, active: 12))
    }

    @Test func `producers stand behind the relays unless they say otherwise`() throws {
        #expect(try read(["nodes": ["relay": 2, "producer": 1]]).groups[1].behind == "relay")
        #expect(try read(["nodes": ["a": 2, "b": 2, "producer": 1]]).groups[2].behind == "relay")
        #expect(try read(["nodes": ["a": 2, "producer": 1]]).groups[1].behind == "a")
        #expect(
            try read(["nodes": ["relay": 2, "producer": ["behind": "none"]]]).groups[1].behind
                == nil
        )
        #expect(try read(["nodes": ["producer": 3]]).groups[0].behind == nil)
    }

    @Test func `the written scenario is the same network`() throws {
        for document in [
            Self.full, Self.rich, [:], ["nodes": ["relay": 9], "topology": "random-regular"],
        ] {
            let scenario = try read(document)
            let again = try read(scenario.document)
            #expect(again.document.json == scenario.document.json)
            #expect(Roll(again) == Roll(scenario))
        }
    }

    @Test func `overrides are applied before anything is read`() throws {
        let overrides = try [
            "expect+=always every relay has hot <= 3", "seed=9", "nodes.relay.count=6",
        ].map { try DocumentOverride($0) }
        let scenario = try Scenario.read(Self.full, file: "x.yaml", overrides: overrides)
        #expect(scenario.seed == 9)
        #expect(scenario.groups[1].count == 6)
        #expect(scenario.expectations.last?.text == "always every relay has hot <= 3")
    }

    @Test func `several mistakes are reported at once`() {
        #expect(
            complaints([
                "nodse": [:], "seed": -1,
                "nodes": ["relay": ["regoin": "eu", "role": "rely"]],
                "topology": ["shape": "rign"],
            ]) == [
                "x.yaml:1: unknown key 'nodse': did you mean 'nodes'?",
                "x.yaml:2: 'seed' is -1: expected a whole number of at least 0",
                "x.yaml:5: unknown key 'regoin': did you mean 'region'?",
                "x.yaml:6: 'role' is 'rely': expected relay, block-producer or seed: "
                    + "did you mean 'relay'?",
                "x.yaml:8: 'shape' is 'rign': expected none, line, ring, star, mesh, tree, "
                    + "small-world, random-regular, scale-free, grid, torus or edges: "
                    + "did you mean 'ring'?",
            ]
        )
    }

    struct Wrong: Sendable {
        let document: Document
        let message: String
        init(_ document: Document, _ message: String) {
            self.document = document
            self.message = message
        }
    }

    static let wrong: [Wrong] = [
        Wrong(
            ["name": "My Net"],
            "x.yaml:1: 'name' is named 'My Net': expected up to 40 small letters, digits and "
                + "hyphens, a letter first"
        ),
        Wrong(
            ["nodes": ["relay": ["count": 3, "behind": "x"]]],
            "x.yaml:4: 'behind' is 'x', which is nobody here: expected a group of relays"
        ),
        Wrong(
            ["nodes": ["relay": 2, "producer": ["behind": "realy"]]],
            "x.yaml:4: 'behind' is 'realy', which is nobody here: expected a group of relays: "
                + "did you mean 'relay'?"
        ),
        Wrong(
            ["nodes": ["relay": 2, "seed": 1, "producer": ["behind": "seed"]]],
            "x.yaml:5: 'behind' is 'seed', and not all of them are relays in front: "
                + "expected another group, of role relay"
        ),
        Wrong(
            ["nodes": ["relay": 2, "producer": ["valency": 3]]],
            "x.yaml:4: 'valency' is 3, but 'relay' has only 2: expected at most 2"
        ),
        Wrong(
            ["nodes": ["relay": 2, "edge": ["role": "relay"]]],
            "x.yaml:2: 'relay' is both a role and a group, and they are not the same nodes: "
                + "rename one of them"
        ),
        Wrong(
            ["nodes": ["a": 2, "a-1": 1]],
            "x.yaml:3: 'a-1' is both a group and a node, and they are not the same nodes: "
                + "rename one of them"
        ),
        Wrong(
            ["nodes": ["a": ["region": "b"], "b": 1]],
            "x.yaml:4: 'b' is both a group and a region, and they are not the same nodes: "
                + "rename one of them"
        ),
        Wrong(
            ["nodes": ["every": 1]],
            "x.yaml:2: 'every' is a word of expectations: expected another name"
        ),
        Wrong(
            ["nodes": ["relay": 0]],
            "x.yaml:1: 'nodes' has 0 nodes in 1 groups: expected 1 to 100000 nodes in 1 to 100 groups"
        ),
        Wrong(
            ["defaults": ["targets": ["known": 5, "established": 6]]],
            "x.yaml:2: the target 'established' is 6, above 'known' at 5: "
                + "expected active ≤ established ≤ known, and root ≤ known"
        ),
        Wrong(
            ["topology": ["shape": "ring", "degree": 3]],
            "x.yaml:3: unknown key 'degree': known keys are shape, among, valency, "
                + "apart"
        ),
        Wrong(
            ["topology": ["shape": "mesh", "among": "relya"]],
            "x.yaml:3: 'among' has 'relya', which is nobody here: expected a node, group, role or "
                + "region: did you mean 'relay'?"
        ),
        Wrong(
            ["topology": ["shape": "small-world", "degree": 4]],
            "x.yaml:3: 'degree' is 4, but only 4 nodes take part: expected at most 3"
        ),
        Wrong(
            ["nodes": ["relay": 5], "topology": ["shape": "random-regular", "degree": 3]],
            "x.yaml:5: 'degree' is 3 and 5 nodes take part: "
                + "expected one of the two to be even, as every route has two ends"
        ),
        Wrong(
            ["topology": ["edges": ["relay-1 - relay-9"]]],
            "x.yaml:3: the edge has 'relay-9', which is no node here: did you mean 'relay-1'?"
        ),
        Wrong(
            ["topology": ["edges": ["relay-1 to relay-2"]]],
            "x.yaml:3: an edge is 'relay-1 to relay-2': expected [relay-1, relay-2], "
                + "'relay-1 - relay-2' or 'relay-1 -> relay-2'"
        ),
        Wrong(
            ["expect": [5]],
            "x.yaml:2: 'expect' is 5: expected a text: put it in quotes if it is a text"
        ),
        Wrong(
            ["expect": ["eventually every realy has hot >= 2"]],
            "x.yaml:2: expectation 'eventually every realy has hot >= 2': no node, group, role or "
                + "region is called 'realy'; did you mean 'relay'?"
        ),
        Wrong(
            ["expect": ["every relay has hto >= 2"]],
            "x.yaml:2: expectation 'every relay has hto >= 2': column 17: found 'hto', expected one "
                + "of 'known', 'cold', 'warm', 'hot', 'established', 'active', 'inbound', "
                + "'outbound', 'duplex', 'banned', 'dialing', 'height', 'rtt'; did you mean "
                + "'hot'?"
        ),
        Wrong([1], "x.yaml:1: the scenario is a list: expected a map of keys and values"),
    ]

    @Test(arguments: wrong)
    func `what is wrong is named with its line`(wrong: Wrong) {
        #expect(complaints(wrong.document) == [wrong.message])
    }

    @Test func `limits hold at their value and not one past it`() {
        func named(_ count: Int) -> Document { .text(String(repeating: "n", count: count)) }
        #expect(complaints(["name": named(Scenario.nameLimit)]).isEmpty)
        #expect(complaints(["name": named(Scenario.nameLimit + 1)]).count == 1)
        #expect(complaints(["nodes": ["relay": .number(Scenario.nodeLimit)]]).isEmpty)
        #expect(complaints(["nodes": ["relay": .number(Scenario.nodeLimit + 1)]]).count == 1)
        func groups(_ count: Int) -> Document {
            .map((1...count).map { .init("g\($0)x", ["role": "seed"]) })
        }
        #expect(complaints(["nodes": groups(Scenario.groupLimit)]).isEmpty)
        #expect(complaints(["nodes": groups(Scenario.groupLimit + 1)]).count == 1)
        func mesh(_ count: Int) -> Document {
            ["nodes": ["relay": .number(count)], "topology": "mesh"]
        }
        #expect(complaints(mesh(1414)).isEmpty)
        #expect(complaints(mesh(1415)).count == 1)
    }

    @Test func `mutated scenarios do no harm, and what loads is written and read back`() {
        var random = Random(seed: 0x5EED)
        for _ in 0..<FuzzCount.value {
            let document = (random.chance(1, in: 2) ? Self.full : Self.rich).mutated(&random)
            guard let scenario = try? Scenario.read(document, file: "x") else { continue }
            let again = try? Scenario.read(scenario.document, file: "x")
            #expect(again?.document.json == scenario.document.json)
            _ = Roll(scenario)
            #expect(scenario.timetable.count == scenario.faults.count)
            #expect(again?.linkMatrix == scenario.linkMatrix)
        }
    }
}

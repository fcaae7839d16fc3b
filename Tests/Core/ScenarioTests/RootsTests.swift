import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct RootsTests {
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

    @Test func `every key of roots says what it is said to say`() throws {
        let scenario = try read(ScenarioReadingTests.rich)
        let relay = scenario.groups[1]
        #expect(relay.manager == .ensurePeers)
        #expect(relay.roots.seeds == [])
        #expect(relay.roots.publicRoots == ["seed-1"])
        #expect(relay.roots.advertisesPublicRoots)
        #expect(relay.roots.bootstrap == ["producer"])
        #expect(relay.roots.ledgerAfter == 5)
        #expect(relay.roots.hasSnapshot)
        #expect(relay.asRoot.advertise == false)
        #expect(relay.asRoot.trustable == true)
        #expect(relay.asRoot.behindFirewall)
        #expect(relay.asRoot.diffusionMode == .initiatorOnly)
        #expect(scenario.groups[2].stakes == [5, 7])
        #expect(scenario.defaults.manager == .fixed)
        let plain = try read(["nodes": ["relay": 1, "producer": ["stake": 100]]])
        #expect(plain.defaults.manager == .governor)
        #expect(plain.groups[0].manager == nil)
        #expect(plain.groups[0].roots.seeds == nil)
        #expect(plain.groups[0].roots.bootstrap == nil)
        #expect(plain.groups[1].stakes == [100])
    }

    @Test func `parts that are apart are wired alike and not to each other`() throws {
        let roll = Roll(
            try read([
                "nodes": ["a": 6, "b": 6, "c": 6],
                "topology": ["shape": "small-world", "among": ["a", "c"], "apart": true],
            ])
        )
        let first = Array(roll.neighbours[0..<6])
        #expect(first.contains { !$0.isEmpty })
        #expect(first.joined().allSatisfy { (0..<6).contains($0) })
        #expect(roll.neighbours[6..<12].allSatisfy { $0.isEmpty })
        #expect(roll.neighbours[12..<18].map { $0.map { $0 - 12 } } == first)
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
            ["nodes": ["relay": ["manager": "govenor"]]],
            "x.yaml:3: 'manager' is 'govenor': expected governor, ensure-peers or static: "
                + "did you mean 'governor'?"
        ),
        Wrong(
            ["nodes": ["seed": ["manager": "static"]]],
            "x.yaml:3: 'seed' are seeds with the manager 'static': expected no 'manager': "
                + "a seed crawls"
        ),
        Wrong(
            ["nodes": ["relay": ["stake": 5]]],
            "x.yaml:3: 'relay' has stake, but is no group of block producers"
        ),
        Wrong(
            ["nodes": ["relay": ["roots": ["seeds": "sed"]], "seed": 1]],
            "x.yaml:4: 'seeds' has 'sed', which is nobody here: expected a node, group, role or "
                + "region: did you mean 'seed'?"
        ),
        Wrong(
            ["nodes": ["relay": ["roots": ["bootstrap": []]]]],
            "x.yaml:4: 'relay' may trust only bootstrap peers, and has none: expected a bootstrap "
                + "peer, or 'asRoot: { trustable: true }' on a group"
        ),
        Wrong(
            ["nodes": ["relay": ["roots": ["snapshot": true]], "producer": 1]],
            "x.yaml:4: 'relay' has a snapshot of ledger peers, and never uses ledger peers: "
                + "expected 'ledgerAfter' beside it"
        ),
        Wrong(
            ["nodes": ["relay": ["roots": ["snapshot": true, "ledgerAfter": 0]]]],
            "x.yaml:4: 'relay' has a snapshot of ledger peers, and nobody has stake: "
                + "expected a group of block producers"
        ),
        Wrong(
            ["topology": ["shape": "ring", "apart": true]],
            "x.yaml:3: 'apart' is true, and 'among' names 0 parts: expected 1 to 100 names"
        ),
        Wrong(
            [
                "nodes": ["a": 8, "b": 3],
                "topology": [
                    "shape": "small-world", "among": "a, b", "apart": true, "degree": 4,
                ],
            ],
            "x.yaml:8: 'degree' is 4, but only 3 nodes take part: expected at most 2"
        ),
    ]

    @Test(arguments: wrong)
    func `what is wrong with roots is named with its line`(wrong: Wrong) {
        #expect(complaints(wrong.document) == [wrong.message])
    }

    @Test func `limits of roots hold at their value and not one past it`() {
        func producer(_ stake: Int64) -> [String] {
            complaints(["nodes": ["producer": ["stake": .number(stake)]]])
        }
        #expect(producer(Scenario.stakeLimit).isEmpty)
        #expect(producer(Scenario.stakeLimit + 1).count == 1)
        func relay(_ slot: Int) -> [String] {
            complaints(["nodes": ["relay": ["roots": ["ledgerAfter": .number(slot)]]]])
        }
        #expect(relay(Scenario.slotLimit).isEmpty)
        #expect(relay(Scenario.slotLimit + 1).count == 1)
        func parts(_ count: Int) -> [String] {
            let names = [Document](repeating: "relay", count: count)
            return complaints(["topology": ["shape": "ring", "among": .list(names), "apart": true]])
        }
        #expect(parts(Scenario.groupLimit).isEmpty)
        #expect(parts(Scenario.groupLimit + 1).count == 1)
    }
}

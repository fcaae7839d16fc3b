import Foundation
import Testing
import WarrenKit

@Suite struct `A scenario` {
    @Test func `is read from text, and has a name, a seed and sentences`() throws {
        let text = """
            seed: 7
            nodes:
              relay: 3
              seed: 1
            expect: [network is connected]
            """
        let scenario = try Scenario(yaml: text, name: "small")
        #expect(scenario.name == "small" && scenario.seed == 7)
        #expect(scenario.nodeCount == 4)
        #expect(scenario.expectations == ["network is connected"])
    }

    @Test func `is made of a number of relays and a shape, and means what the text would`() throws {
        let made = try Scenario(relays: 5, shape: .star, seed: 3, expect: ["network is connected"])
        let read = try Scenario(
            yaml: """
                seed: 3
                nodes: { relay: 5 }
                topology: star
                expect: [network is connected]
                """
        )
        let worlds = try [made, read].map { try SimulatedNetwork($0) }
        for world in worlds { world.run(for: .seconds(5)) }
        #expect(worlds[0].digest == worlds[1].digest)
        for shape in Scenario.Shape.allCases {
            #expect(try Scenario(relays: 6, shape: shape).nodeCount == 6)
        }
    }

    @Test func `names every mistake with its line, and what was probably meant`() throws {
        let text = """
            nodes: { relay: 3 }
            toplogy: ring
            expect:
              - eventually within 5s every rely has hot >= 1
            """
        let error = try #require(throws: ScenarioError.self) { try Scenario(yaml: text) }
        #expect(error.problems.first?.line == 2)
        #expect(error.description.contains("scenario:2: "))
        #expect(error.description.contains("did you mean 'topology'?"))
        let sentence = try #require(throws: ScenarioError.self) {
            try Scenario(yaml: text.replacing("toplogy", with: "topology"))
        }
        #expect(sentence.problems.map(\.line) == [4])
        #expect(sentence.description.contains("rely"))
    }

    @Test func `of a file that is not there is refused by its name`() throws {
        let error = try #require(throws: ScenarioError.self) {
            try Scenario(contentsOf: "/nowhere/at/all.yaml")
        }
        #expect(error.description.hasPrefix("/nowhere/at/all.yaml: cannot be read: "))
        #expect(error.problems.map(\.line) == [nil])
    }

    @Test func `of the repository is read from its file`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../testnets/starter.yaml").standardizedFileURL.path
        #expect(try Scenario(contentsOf: file).nodeCount == 7)
    }

    @Test func `is changed as text is, and stays as it was if that makes no sense`() throws {
        var scenario = try Scenario(relays: 4)
        try scenario.set("nodes.relay.count=6")
        try scenario.set("expect+=network is connected")
        #expect(scenario.nodeCount == 6 && scenario.expectations == ["network is connected"])
        let before = scenario
        for change in ["nodes.relay.count=many", "no equals sign", "expect+=nonsense", "=1"] {
            #expect(throws: ScenarioError.self, "\(change)") { try scenario.set(change) }
        }
        #expect(scenario == before)
    }

    @Test(arguments: [0, 100_001, -1])
    func `has from one node to 100,000`(count: Int) {
        #expect(throws: ScenarioError.self) { try Scenario(relays: count) }
    }
}

import Testing
import WarrenGenerator
import WarrenNode
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

/// A scenario's links as its nodes get them.
struct BaselineTests {
    private func network(_ engine: NetworkManifest.Engine, _ links: Document) throws -> Network {
        let document: Document = [
            "name": "far",
            "nodes": [
                "relay": ["role": "relay", "count": 4, "region": ["eu", "us"]],
                "seed": ["role": "seed", "count": 1],
            ],
            "links": links,
        ]
        var options = Network.Options()
        options.engine = engine
        return try Network(Scenario.read(document, file: "x.yaml"), options: options)
    }

    private let far: Document = ["eu-us": ["rtt": "90ms", "loss": "0.1%"]]

    @Test func `on loopback peers in another region are known by their addresses`() throws {
        let network = try network(.process, far)
        let link = LinkQuality(roundTrip: .milliseconds(90), lossMillionths: 1000)
        let first = try network.node("relay-1").configuration.links
        #expect(first.map(\.quality) == [link])
        #expect(first[0].peers.all.map(\.description) == ["127.2.0.2/32", "127.2.0.4/32"])
        let second = try network.node("relay-2").configuration.links
        #expect(second[0].peers.all.map(\.description) == ["127.2.0.1/32", "127.2.0.3/32"])
        // Who has no region is next door to everybody.
        #expect(try network.node("seed-1").configuration.links.isEmpty)
    }

    @Test func `in containers they are known by their ids`() throws {
        let network = try network(.compose, far)
        let first = try network.node("relay-1").configuration.links
        let others = try ["relay-2", "relay-4"].map { try network.node($0).key.id.description }
        #expect(first.map { $0.peers.all.map(\.description) } == [others])
    }

    @Test func `where all links are alike everybody is meant`() throws {
        for engine in [NetworkManifest.Engine.process, .compose] {
            let network = try network(engine, ["default": ["rtt": "40ms"]])
            for node in network.nodes {
                #expect(node.configuration.links.map(\.peers) == [.everybody])
            }
        }
    }

    @Test func `the simulator has its links from the scenario, and perfect links are none`() throws
    {
        for node in try network(.simulator, far).nodes { #expect(node.configuration.links.isEmpty) }
        for node in try network(.process, ["default": ["rtt": "0s"]]).nodes {
            #expect(node.configuration.links.isEmpty)
        }
    }

    @Test func `both ends of every link say the same of it, and as much as the matrix does`() throws
    {
        let document: Document = [
            "name": "world",
            "nodes": [
                "relay": ["role": "relay", "count": 30, "region": ["us", "eu", "asia", "sa"]]
            ],
            "links": ["matrix": "continents", "default": ["jitter": "2ms"], "eu": ["rtt": "0s"]],
        ]
        let scenario = try Scenario.read(document, file: "x.yaml")
        let network = try Network(scenario)
        let matrix = scenario.linkMatrix
        for (one, node) in network.nodes.enumerated() {
            let rules = LinkRules(baseline: node.configuration.links)
            for (other, peer) in network.nodes.enumerated() where one != other {
                let effect = rules.effect(on: peer.configuration.listenAddress.ip, nil)
                #expect(effect.quality == matrix[one, other])
                #expect(!effect.isCut)
            }
        }
    }
}

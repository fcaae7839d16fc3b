import Foundation
import Testing
import WarrenGenerator
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

/// The named scenarios of the repository.
enum Named: String, CaseIterable, Sendable {
    case starter, ring, star, mesh, forty
    case compareManagers = "compare-managers"

    func document() throws -> Document {
        let file = Repository.root.appending(path: "testnets/\(rawValue).yaml")
        return try Document(yaml: Array(Data(contentsOf: file)), file: rawValue)
    }

    func scenario(_ overrides: String...) throws -> Scenario {
        let changes = try overrides.map { try DocumentOverride($0) }
        return try Scenario.read(document(), file: "\(rawValue).yaml", overrides: changes)
    }
}

enum Repository {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}

extension Network {
    func node(_ name: String) throws -> Node {
        try #require(nodes.first { $0.member.name == name })
    }

    func file(_ path: String) throws -> File {
        try #require(files.first { $0.path == path })
    }
}

struct NetworkTests {
    @Test(arguments: Named.allCases)
    func `the same scenario gives the same bytes twice`(named: Named) throws {
        for engine in NetworkManifest.Engine.allCases {
            var options = Network.Options()
            options.engine = engine
            let first = try Network(named.scenario(), options: options)
            let second = try Network(named.scenario(), options: options)
            #expect(first.files == second.files)
            #expect(first.directories == second.directories)
            #expect(first.manifest == second.manifest)
        }
    }

    @Test(arguments: Named.allCases)
    func `every file that is generated loads again, and says the same`(named: Named) throws {
        for engine in NetworkManifest.Engine.allCases {
            var options = Network.Options()
            options.engine = engine
            let network = try Network(named.scenario(), options: options)
            func document(_ path: String) throws -> Document {
                try Document(yaml: Array(network.file(path).text.utf8), file: path)
            }
            for (node, entry) in zip(network.nodes, network.manifest.nodes) {
                let folder = entry.directory
                let config = try NodeConfiguration.read(
                    document("\(folder)/config.json"),
                    file: "c"
                )
                #expect(config.configuration == node.configuration)
                #expect(config.warnings.isEmpty)
                let topology = try Topology.read(document("\(folder)/topology.json"), file: "t")
                #expect(topology.topology == node.topology)
                #expect(topology.warnings.isEmpty)
                let key = try #require(document("\(folder)/node_key.json")["priv_key"])
                let type = try #require(key["type"]?.string)
                let value = try #require(key["value"]?.string)
                #expect(try NodeKey(type: type, value: value).id == entry.id)
                #expect(try network.file("\(folder)/node_key.json").mode == 0o600)
                #expect(try network.file("\(folder)/config.json").mode == 0o644)
            }
            #expect(try Genesis.read(document("genesis.json"), file: "g") == network.genesis)
            let manifest = try JSONDecoder().decode(
                NetworkManifest.self,
                from: Data(network.file("network.json").text.utf8)
            )
            #expect(manifest == network.manifest)
            let again = try Scenario.read(document("scenario.yaml"), file: "s")
            #expect(
                try Network(again, options: options).nodes.map(\.key.id)
                    == network.nodes.map(\.key.id)
            )
            #expect(again.document.json == (try named.scenario().document.json))
        }
    }

    @Test func `the starter's keys, ids and wiring are what they were`() throws {
        let network = try Network(Named.starter.scenario())
        let golden = Repository.root
            .appending(path: "Tests/Vectors/starter-network.txt")
        let text =
            network.files.filter {
                $0.path == "network.json" || $0.path.hasSuffix("topology.json")
                    || $0.path.hasSuffix("node_key.json")
            }.map { "== \($0.path)\n\($0.text)" }.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["WARREN_GOLDEN"] != nil {
            try text.write(to: golden, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
    }

    @Test func `a process network has a loopback address for each node, by role`() throws {
        let network = try Network(Named.starter.scenario())
        #expect(
            network.manifest.nodes.map(\.address) == [
                "127.1.0.1:3001", "127.2.0.1:3001", "127.2.0.2:3001", "127.2.0.3:3001",
                "127.2.0.4:3001", "127.3.0.1:3001", "127.3.0.2:3001",
            ]
        )
        #expect(network.manifest.nodes.first?.admin == "127.1.0.1:3101")
        let many = try Network(
            Scenario.read(["nodes": ["relay": 256]], file: "x"),
            options: {
                var options = Network.Options()
                options.base = 2
                return options
            }()
        )
        let addresses = many.manifest.nodes.map(\.address)
        #expect(addresses[253] == "127.8.0.254:3001")
        #expect(addresses[254] == "127.8.1.1:3001")
        #expect(Set(addresses).count == 256)
    }

    @Test func `the base of addresses stays within loopback`() throws {
        let scenario = try Named.starter.scenario()
        var options = Network.Options()
        options.base = Network.Options.bases.upperBound
        #expect(
            try Network(scenario, options: options).manifest.nodes.last?.address
                == "127.255.0.2:3001"
        )
        options.base += 1
        let error = #expect(throws: DocumentErrors.self) {
            _ = try Network(scenario, options: options)
        }
        #expect(error?.description == "scenario: the address base is 85: expected 0 to 84")
    }

    @Test func `block producers are given their relays and nobody else`() throws {
        let network = try Network(Named.starter.scenario())
        for name in ["producer-1", "producer-2"] {
            let producer = try network.node(name)
            #expect(producer.topology.localRoots.count == 1)
            let group = try #require(producer.topology.localRoots.first)
            #expect(group.accessPoints.count == 2)
            #expect(group.hotValency == 2)
            #expect(!group.advertise)
            #expect(producer.topology.useLedgerAfterSlot == -1)
            #expect(producer.topology.publicRoots.isEmpty)
            #expect(producer.configuration.seeds.isEmpty)
            #expect(producer.configuration.peerSharing == false)
            for point in group.accessPoints {
                let relay = try #require(network.nodes.first { $0.key.id == point.id })
                #expect(relay.member.role == .relay)
                #expect(relay.configuration.privatePeerIDs.contains(producer.key.id))
                let back = relay.topology.localRoots.first { group in
                    group.accessPoints.contains { $0.id == producer.key.id }
                }
                #expect(back?.advertise == false)
            }
        }
        // Two each over four relays: one each, and no relay knows another or a producer not its own.
        for node in network.nodes where node.member.role == .relay {
            #expect(node.configuration.privatePeerIDs.count == 1)
            #expect(node.topology.localRoots.flatMap(\.accessPoints).count == 1)
            #expect(node.configuration.seeds.count == 1)
        }
        let seed = try network.node("seed-1")
        #expect(seed.topology.localRoots.isEmpty)
        #expect(seed.configuration.seeds.isEmpty)
    }

    @Test func `without hiding, relays hand producers out`() throws {
        let network = try Network(Named.starter.scenario("nodes.producer.hidden=false"))
        for node in network.nodes where node.member.role == .relay {
            #expect(node.configuration.privatePeerIDs.isEmpty)
            #expect(node.topology.localRoots.map(\.advertise) == [true])
        }
        // Who does not share is not told on, so producers in the open share.
        func sharing(_ network: Network) -> Set<Bool?> {
            let producers = network.nodes.filter { $0.member.role == .blockProducer }
            return Set(producers.map(\.configuration.peerSharing))
        }
        #expect(sharing(network) == [true])
        #expect(sharing(try Network(Named.starter.scenario())) == [false])
    }

    @Test func `the private ids can be emptied alone`() throws {
        let network = try Network(Named.starter.scenario("nodes.relay.config.PrivatePeerIDs=[]"))
        for node in network.nodes where node.member.role == .relay {
            #expect(node.configuration.privatePeerIDs.isEmpty)
            #expect(node.topology.localRoots.map(\.advertise) == [false])
        }
    }

    @Test func `valencies follow the targets, unless the topology says`() throws {
        func group(_ overrides: String...) throws -> Topology.LocalRootGroup {
            let changes = try overrides.map { try DocumentOverride($0) }
            let document = try Named.mesh.document()
            let scenario = try Scenario.read(document, file: "x", overrides: changes)
            return try #require(Network(scenario).node("relay-1").topology.localRoots.first)
        }
        #expect(try group().hotValency == 4)
        #expect(try group().warmValency == 6)
        #expect(try group().advertise)
        #expect(try group("topology.valency=2").hotValency == 2)
        #expect(try group("topology.valency=2").warmValency == 3)
        #expect(try group("defaults.targets.active=1").hotValency == 2)
    }

    @Test func `overrides reach config, with nodes by their names`() throws {
        let network = try Network(
            Named.starter.scenario(
                "defaults.config.SendRate=1000",
                "nodes.relay.config.SendRate=2000",
                "nodes.producer.config.Seeds=[seed-1]",
                "nodes.seed.config.UnconditionalPeers=[relay-2]"
            )
        )
        #expect(try network.node("seed-1").configuration.sendRate == 1000)
        #expect(try network.node("relay-1").configuration.sendRate == 2000)
        let seed = try network.node("seed-1").key.id
        #expect(
            try network.node("producer-1").configuration.seeds.map(\.description)
                == ["\(seed)@127.1.0.1:3001"]
        )
        #expect(
            try network.node("seed-1").configuration.unconditionalPeers
                == [network.node("relay-2").key.id]
        )
    }

    @Test(arguments: [
        ("SendRat: 1", "x.yaml:3: unknown key 'SendRat': did you mean 'SendRate'?"),
        ("Pace: fast", "x.yaml:3: 'Pace' is 'fast': expected a whole number from 1 to 1000000"),
        ("Moniker: me", "x.yaml:3: 'Moniker' cannot be overridden: the scenario itself says it"),
        ("Seeds: [nobody]", "x.yaml:3: 'Seeds' has 'nobody': expected ID@host:port or host:port"),
    ])
    func `a wrong override is named with the scenario's line`(key: String, message: String) throws {
        let text = "nodes:\n  relay: { count: 2, config: {\n    \(key) } }\n"
        let document = try Document(yaml: Array(text.utf8), file: "x.yaml")
        let scenario = try Scenario.read(document, file: "x.yaml")
        var options = Network.Options()
        options.file = "x.yaml"
        let error = #expect(throws: DocumentErrors.self) {
            _ = try Network(scenario, options: options)
        }
        #expect(error?.description == message)
    }

    @Test func `keys follow the seed and the name alone`() throws {
        let first = try Network(Named.starter.scenario())
        let more = try Network(Named.starter.scenario("nodes.relay.count=6"))
        #expect(try first.node("producer-1").key.id == more.node("producer-1").key.id)
        let other = try Network(Named.starter.scenario("seed=43"))
        #expect(Set(first.nodes.map(\.key.id)).isDisjoint(with: other.nodes.map(\.key.id)))
        #expect(Set(first.nodes.map(\.key.id)).count == 7)
    }

    @Test func `producers are registered with their relays`() throws {
        let network = try Network(Named.starter.scenario())
        #expect(network.genesis.producers.map(\.name) == ["producer-1", "producer-2"])
        #expect(network.genesis.relays.map(\.accessPoints.count) == [2, 2])
        #expect(network.genesis.leaderSeed.count == 32)
    }

    @Test(arguments: Named.allCases)
    func `every expectation of a named scenario finds its nodes by id`(named: Named) throws {
        let manifest = try Network(named.scenario()).manifest
        #expect(!manifest.expectations.isEmpty)
        let expectations = try manifest.expectations.map { try Expectation($0.text) }
        #expect(throws: Never.self) {
            try Judge(expectations, of: manifest.population, faults: manifest.faults ?? [])
        }
        #expect(manifest.expectations.allSatisfy { $0.line > 0 })
    }
}

import Foundation
import Testing
import WarrenGenerator
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Networks of containers, as their files read.
struct Rendered {
    let network: Network
    let scenario: Scenario

    init(_ engine: NetworkManifest.Engine, _ named: Named = .starter, _ changes: String...) throws {
        let overrides = try changes.map { try DocumentOverride($0) }
        scenario = try Scenario.read(
            try named.document(),
            file: "\(named.rawValue).yaml",
            overrides: overrides
        )
        var options = Network.Options()
        options.engine = engine
        network = try Network(scenario, options: options)
    }

    func document(_ path: String) throws -> Document {
        try Document(yaml: Array(network.file(path).text.utf8), file: path)
    }

    /// What every service of a compose or stack file says under `key`, by node.
    func services(_ path: String) throws -> [String: Document] {
        let entries = try #require(try document(path)["services"]?.entries)
        return Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }
}

struct ComposeFileTests {
    @Test func `a run brings the hand-written files along as they are in the repository`() throws {
        let rendered = try Rendered(.compose)
        for (copy, original) in [
            "compose/seed.yaml": "seed.yaml", "compose/relay.yaml": "relay.yaml",
            "compose/block-producer.yaml": "block-producer.yaml",
            "compose/collector.yaml": "collector.yaml",
            "monitoring/monitoring.yaml": "monitoring.yaml",
            "monitoring/prometheus.yaml": "prometheus.yaml",
            "monitoring/alerts.yaml": "alerts.yaml",
        ] {
            let file = Repository.root.appending(path: "compose/\(original)")
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(try rendered.network.file(copy).text == text, "\(copy)")
        }
    }

    @Test(arguments: ["seed", "relay", "block-producer"])
    func `a node's service may do as little as it needs, and says so by itself`(
        role: String
    ) throws {
        let rendered = try Rendered(.compose)
        let service = try #require(try rendered.services("compose/\(role).yaml")[role])
        #expect(service["read_only"]?.value == .bool(true))
        #expect(service["init"]?.value == .bool(true))
        #expect(service["cap_drop"]?.items?.map(\.string) == ["ALL"])
        #expect(service["security_opt"]?.items?.map(\.string) == ["no-new-privileges:true"])
        #expect(service["user"]?.string == "${WARREN_UID:-1000}:${WARREN_GID:-1000}")
        // A port of the machine's own choice, for this machine alone.
        #expect(service["ports"]?.items?.map(\.string) == ["127.0.0.1::3101"])
        #expect(
            service["healthcheck"]?["test"]?.items?.map(\.string)
                == ["CMD", "/usr/bin/warren-node", "health", "--admin", "127.0.0.1:3101"]
        )
        #expect(service["stop_grace_period"]?.string == "5s")
        #expect(service["mem_limit"] != nil && service["cpus"] != nil)
        #expect(service["logging"]?["options"]?["max-size"]?.string == "10m")
        #expect(service["labels"]?["dev.warren.role"]?.string == role)
    }

    @Test func `each node extends its role's service, and adds what is its own`() throws {
        let rendered = try Rendered(.compose)
        let services = try rendered.services("compose.yaml")
        let nodes = rendered.network.manifest.nodes
        #expect(Set(services.keys) == Set(nodes.map(\.name) + ["collector"]))
        for node in nodes {
            let service = try #require(services[node.name])
            #expect(service["extends"]?["service"]?.string == node.role.rawValue)
            let fragment = try #require(service["extends"]?["file"]?.string)
            #expect(try rendered.services(fragment)[node.role.rawValue] != nil)
            #expect(service["image"]?.string == "warren:local")
            #expect(service["labels"]?["dev.warren.node"]?.string == node.name)
            #expect(service["labels"]?["dev.warren.id"]?.string == node.id.description)
            #expect(service["labels"]?["dev.warren.region"]?.string == node.region)
            let volumes = service["volumes"]?.items?.compactMap(\.string) ?? []
            #expect(volumes.contains("./\(node.directory)/data:/var/lib/warren"))
            #expect(rendered.network.directories.contains("\(node.directory)/data"))
        }
    }

    @Test func `the seeds' one name is a DNS seed of whoever may ask every seed`() throws {
        let rendered = try Rendered(.compose)
        let services = try rendered.services("compose.yaml")
        for (_, network) in services["seed-1"]?["networks"]?.entries?.map({ ($0.key, $0.value) })
            ?? []
        {
            #expect(network["aliases"]?.items?.map(\.string) == ["seeds"])
        }
        let relay = try rendered.network.node("relay-1")
        #expect(relay.configuration.dnsSeeds.map(\.description) == ["seeds:3001"])
        // With their ids as well, so that nobody takes a seed for a peer.
        let seed = try rendered.network.node("seed-1").key.id
        #expect(relay.configuration.seeds.map(\.description) == ["\(seed)@seed-1:3001"])
        for silent in ["seed-1", "producer-1"] {
            #expect(try rendered.network.node(silent).configuration.dnsSeeds.isEmpty, "\(silent)")
        }
        #expect(try Rendered(.process).network.node("relay-1").configuration.dnsSeeds.isEmpty)
    }

    @Test func `containers listen everywhere and find each other by name`() throws {
        let network = try Rendered(.compose).network
        let relay = try network.node("relay-1")
        #expect(relay.configuration.listenAddress.description == "0.0.0.0:3001")
        #expect(relay.configuration.adminAddress.description == "0.0.0.0:3101")
        // Which is not loopback, so that who changes them must show what the manifest has.
        #expect(relay.configuration.adminToken == network.manifest.adminToken)
        #expect(network.manifest.adminToken != nil)
        #expect(network.manifest.nodes.map(\.address).contains("relay-1:3001"))
    }

    // MARK: - Networks of regions

    private func joined(_ rendered: Rendered) throws -> [String: Set<String>] {
        try rendered.services("compose.yaml").mapValues { service in
            let networks = service["networks"]
            let listed = networks?.items?.compactMap(\.string) ?? []
            return Set(listed + (networks?.entries?.map(\.key) ?? []))
        }
    }

    @Test(arguments: Named.allCases)
    func `whoever may call on each other shares a network`(named: Named) throws {
        let rendered = try Rendered(.compose, named)
        let joined = try joined(rendered)
        let names = try #require(try rendered.document("compose.yaml")["networks"]?.entries)
            .map(\.key)
        let nodes = rendered.network.manifest.nodes
        let regions = nodes.compactMap(\.region)
        #expect(Set(names) == (regions.isEmpty ? ["p2p"] : Set(regions)))
        for node in nodes {
            let own = try #require(joined[node.name])
            #expect(!own.isEmpty && own.isSubset(of: names), "\(node.name)")
            if let region = node.region { #expect(own.contains(region), "\(node.name)") }
            for other in node.routes {
                #expect(joined[other]?.isDisjoint(with: own) == false, "\(node.name), \(other)")
            }
            let hidden = rendered.scenario.groups.first { $0.name == node.group }
            // Peers tell addresses on, so those in the open must be reached on each network.
            if hidden?.behind == nil { #expect(own == Set(names), "\(node.name)") }
        }
        #expect(joined["collector"] == Set(names))
    }

    @Test func `a hidden node joins no network but its own region's and its relays'`() throws {
        let rendered = try Rendered(
            .compose,
            .starter,
            "nodes.relay.region=[eu,us,asia,africa]",
            "nodes.producer.valency=1"
        )
        let joined = try joined(rendered)
        for node in rendered.network.manifest.nodes where node.group == "producer" {
            let relays = rendered.network.manifest.nodes.filter { node.routes.contains($0.name) }
            #expect(relays.count == 1)
            #expect(joined[node.name] == Set((relays + [node]).compactMap(\.region)))
        }
        #expect(joined["relay-1"]?.count == 4)
    }

    // MARK: - Monitoring

    @Test(arguments: [NetworkManifest.Engine.process, .compose, .swarm, .kubernetes])
    func `Prometheus is told of every node, with what charts ask for`(
        engine: NetworkManifest.Engine
    ) throws {
        let rendered = try Rendered(engine)
        let targets = try #require(try rendered.document("monitoring/targets.json").items)
        let nodes = rendered.network.manifest.nodes
        #expect(targets.count == nodes.count)
        for (target, node) in zip(targets, nodes) {
            #expect(target["targets"]?.items?.map(\.string) == [node.admin])
            #expect(target["labels"]?["node"]?.string == node.name)
            #expect(target["labels"]?["region"]?.string == node.region)
            #expect(target["labels"]?["network"]?.string == "starter")
        }
    }

    @Test func `the overlay for Prometheus joins every network of the run`() throws {
        let rendered = try Rendered(.compose)
        let service = try #require(try rendered.services("monitoring.yaml")["prometheus"])
        #expect(service["networks"]?.items?.map(\.string) == ["eu", "us"])
        #expect(service["extends"]?["file"]?.string == "monitoring/monitoring.yaml")
    }
}

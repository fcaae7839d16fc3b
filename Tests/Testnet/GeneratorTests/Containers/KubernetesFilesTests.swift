import Foundation
import Testing
import WarrenGenerator
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// The manifests of a network, as far as no schema can say whether they mean what they should.
struct KubernetesFilesTests {
    private func objects(_ rendered: Rendered) throws -> [Document] {
        var found: [Document] = []
        for file in rendered.network.files where file.path.hasPrefix("kubernetes/") {
            for text in file.text.components(separatedBy: "---\n") {
                found.append(try Document(yaml: Array(text.utf8), file: file.path))
            }
        }
        return found
    }

    private func objects(_ kind: String, _ rendered: Rendered) throws -> [String: Document] {
        let all = try objects(rendered).filter { $0["kind"]?.string == kind }
        return Dictionary(
            all.map { ($0["metadata"]?["name"]?.string ?? "", $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    @Test func `files are applied in the order of their names, the namespace first`() throws {
        let paths = try Rendered(.kubernetes).network.files.map(\.path)
            .filter { $0.hasPrefix("kubernetes/") }
        let numbers = paths.map { $0.prefix("kubernetes/00".count) }
        #expect(numbers == numbers.sorted())
        #expect(paths.first == "kubernetes/00-namespace.yaml")
        #expect(paths.last == "kubernetes/50-collector.yaml")
        #expect(paths.count { $0.contains("group-") } == 3)
    }

    @Test func `a group is a set of pods with the names of its nodes`() throws {
        let rendered = try Rendered(.kubernetes)
        let sets = try objects("StatefulSet", rendered)
        #expect(Set(sets.keys) == ["seed", "relay", "producer"])
        for group in rendered.scenario.groups {
            let spec = try #require(sets[group.name]?["spec"])
            #expect(spec["replicas"]?.value == .integer(Int64(group.count)))
            #expect(spec["ordinals"]?["start"]?.value == .integer(1))
            #expect(spec["serviceName"]?.string == "nodes")
            let pod = spec["template"]?["spec"]
            #expect(pod?["securityContext"]?["runAsNonRoot"]?.value == .bool(true))
            let container = pod?["containers"]?.items?.first
            #expect(container?["securityContext"]?["readOnlyRootFilesystem"]?.value == .bool(true))
            #expect(container?["livenessProbe"] == nil)
            #expect(container?["readinessProbe"] != nil)
        }
        let relay = try rendered.network.node("relay-1")
        let seed = try rendered.network.node("seed-1").key.id
        let domain = "warren-starter.svc.cluster.local"
        #expect(
            relay.configuration.seeds.map(\.description)
                == ["\(seed)@seed-1.nodes.\(domain):3001"]
        )
        #expect(relay.configuration.dnsSeeds.map(\.description) == ["seeds.\(domain):3001"])
    }

    @Test func `names are published before pods are ready`() throws {
        let services = try objects("Service", Rendered(.kubernetes))
        #expect(Set(services.keys) == ["nodes", "seeds"])
        for (_, service) in services {
            #expect(service["spec"]?["clusterIP"]?.string == "None")
            #expect(service["spec"]?["publishNotReadyAddresses"]?.value == .bool(true))
        }
        #expect(services["seeds"]?["spec"]?["selector"]?["dev.warren.role"]?.string == "seed")
    }

    @Test func `every pod finds its files under its own name, and keys are secrets alone`() throws {
        let rendered = try Rendered(.kubernetes)
        let maps = try objects("ConfigMap", rendered)
        let secrets = try objects("Secret", rendered)
        for node in rendered.network.manifest.nodes {
            let files = try #require(maps[node.group]?["data"])
            let config = try #require(files["\(node.name).config.json"]?.string)
            #expect(try rendered.network.file("\(node.directory)/config.json").text == config)
            #expect(files["\(node.name).topology.json"] != nil)
            let keys = try #require(secrets[node.group]?["stringData"])
            let key = try rendered.network.file("\(node.directory)/node_key.json").text
            #expect(keys["\(node.name).node_key.json"]?.string == key)
        }
        #expect(maps["network"]?["data"]?["genesis.json"] != nil)
        let text = try objects(rendered).filter { $0["kind"]?.string != "Secret" }
            .map(\.yaml).joined()
        #expect(!text.contains("priv_key"))
        for file in rendered.network.files where file.path.hasPrefix("kubernetes/40-") {
            #expect(file.mode == 0o600, "\(file.path) has keys in it")
        }
    }

    @Test func `on those who hide only their relays may call`() throws {
        let rendered = try Rendered(.kubernetes)
        let policies = try objects("NetworkPolicy", rendered)
        func callers(_ name: String) -> [String?] {
            let ingress = policies[name]?["spec"]?["ingress"]?.items?.first
            return (ingress?["from"]?.items ?? []).map {
                $0["podSelector"]?["matchLabels"]?["dev.warren.group"]?.string
            }
        }
        #expect(callers("group-producer") == ["relay"])
        #expect(callers("group-relay") == [nil])
        let open = try objects(
            "NetworkPolicy",
            Rendered(.kubernetes, .starter, "nodes.producer.hidden=false")
        )
        let from = open["group-producer"]?["spec"]?["ingress"]?.items?.first?["from"]
        let selector = from?.items?.first?["podSelector"]?["matchLabels"]
        #expect(selector != nil && selector?["dev.warren.group"] == nil)
    }

    @Test func `the collector is a job that asks from inside and tries once`() throws {
        let job = try #require(try objects("Job", Rendered(.kubernetes))["collector"])
        #expect(job["spec"]?["backoffLimit"]?.value == .integer(0))
        let pod = job["spec"]?["template"]?["spec"]
        #expect(pod?["restartPolicy"]?.string == "Never")
        let words = pod?["containers"]?.items?.first?["args"]?.items?.compactMap(\.string) ?? []
        #expect(words.contains("--inside") && words.contains("--judge"))
    }

    // MARK: - What Kubernetes would refuse

    private func refusal(_ yaml: String) throws -> String? {
        var options = Network.Options()
        options.engine = .kubernetes
        let document = try Document(yaml: Array(yaml.utf8), file: "s")
        let scenario = try Scenario.read(document, file: "s")
        do throws(DocumentErrors) {
            _ = try Network(scenario, options: options)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// A group's files grow with what each node is told; 1 MB is what a ConfigMap holds.
    @Test func `a group too large for one ConfigMap is refused, and one a little less is not`()
        throws
    {
        func refusal(_ count: Int) throws -> String? {
            let ids = (0..<count).map { number in
                let digits = String(number)
                return "'" + String(repeating: "0", count: 40 - digits.count) + digits + "'"
            }
            return try self.refusal(
                """
                name: large
                nodes:
                  relay:
                    role: relay
                    count: 40
                    config: {UnconditionalPeers: [\(ids.joined(separator: ", "))]}
                topology: none

                """
            )
        }
        // The most that fit, by halving.
        var fits = 1
        var breaks = 1_000
        #expect(try refusal(fits) == nil)
        while breaks - fits > 1 {
            let middle = (fits + breaks) / 2
            if try refusal(middle) == nil { fits = middle } else { breaks = middle }
        }
        let said = try #require(try refusal(breaks))
        let size = try #require(said.split(separator: " ").compactMap { Int($0) }.max())
        // Each id more is one in every node's file.
        #expect((1_000_001...1_002_500).contains(size), "\(said)")
        #expect(said.contains("group relay"))
    }
}

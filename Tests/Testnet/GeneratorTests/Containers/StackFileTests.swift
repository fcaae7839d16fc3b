import Testing
import WarrenGenerator
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// The same network for Swarm, which extends nothing and carries its files itself.
struct StackFileTests {
    @Test func `a stack says nothing that Swarm does not know`() throws {
        for (_, service) in try Rendered(.swarm).services("stack.yaml") {
            for key in ["extends", "depends_on", "security_opt", "mem_limit", "profiles"] {
                #expect(service[key] == nil)
            }
            #expect(service["deploy"]?["endpoint_mode"]?.string == "dnsrr")
            #expect(service["deploy"]?["restart_policy"]?["condition"]?.string == "none")
            #expect(service["deploy"]?["resources"]?["limits"]?["memory"] != nil)
            #expect(service["ports"]?.items?.first?["mode"]?.string == "host")
            #expect(service["ports"]?.items?.first?["published"] == nil)
            #expect(service["read_only"]?.value == .bool(true))
        }
    }

    @Test func `each node has its own files, and its key as a secret for it alone`() throws {
        let rendered = try Rendered(.swarm)
        let file = try rendered.document("stack.yaml")
        let services = try rendered.services("stack.yaml")
        for node in rendered.network.manifest.nodes {
            let service = try #require(services[node.name])
            let configs = service["configs"]?.items ?? []
            #expect(
                configs.compactMap { $0["target"]?.string } == [
                    "/etc/warren/config.json", "/etc/warren/topology.json",
                    "/etc/warren/genesis.json",
                ]
            )
            let secret = try #require(service["secrets"]?.items?.first)
            #expect(service["secrets"]?.items?.count == 1)
            #expect(secret["mode"]?.value == .integer(0o400))
            let source = try #require(secret["source"]?.string)
            #expect(
                file["secrets"]?[source]?["file"]?.string == "./\(node.directory)/node_key.json"
            )
            for config in configs {
                let source = try #require(config["source"]?.string)
                let path = try #require(file["configs"]?[source]?["file"]?.string)
                #expect(throws: Never.self) {
                    try rendered.network.file(String(path.dropFirst(2)))
                }
            }
            #expect(
                service["deploy"]?["labels"]?["dev.warren.node"]?.string == node.name
            )
            #expect(service["labels"]?["dev.warren.node"]?.string == node.name)
            #expect(file["volumes"]?["\(node.name)-data"] != nil)
        }
    }

    /// Swarm's objects cannot change: one with other contents must have another name.
    @Test func `an object's name follows its contents, and no two share one`() throws {
        func names(_ changes: String) throws -> [String: String] {
            let file = try Rendered(.swarm, .starter, changes).document("stack.yaml")
            let entries = (file["configs"]?.entries ?? []) + (file["secrets"]?.entries ?? [])
            return Dictionary(
                entries.map { ($0.key, $0.value["name"]?.string ?? "") },
                uniquingKeysWith: { first, _ in first }
            )
        }
        let usual = try names("seed=42")
        #expect(Set(usual.values).count == usual.count)
        #expect(try names("seed=42") == usual)
        let other = try names("nodes.producer.config.SendRate=1000000")
        #expect(other["producer-1-config"] != usual["producer-1-config"])
        #expect(other["relay-1-config"] == usual["relay-1-config"])
        #expect(other["producer-1-node-key"] == usual["producer-1-node-key"])
        // Kubernetes and Swarm want short names.
        #expect(usual.values.allSatisfy { $0.count <= 64 && $0.hasPrefix("warren-") })
    }
}

import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// `stack.yaml`: the same network for `docker stack deploy`, flat, because a stack extends nothing.
///
/// A node's files travel as Swarm's configs and secrets and its state lies in a volume, so a node may
/// run on any machine of the Swarm. Source: design §10.
struct StackFile {
    let manifest: NetworkManifest
    let options: Network.Options
    let networks: RegionNetworks

    /// Who nodes are in the image; their volumes begin as the image's folder, which is theirs.
    private static let user = "1000"
    /// Read by the owner alone: 0400.
    private static let secretMode = 256
    /// Bytes of a digest in a name: enough that no two contents of a file ever meet.
    private static let digestLength = 8

    /// `files` are the network's, whose contents name Swarm's objects: those cannot be changed, so
    /// other contents are another object.
    func text(of files: [Network.File]) -> String {
        "# Made from scenario.yaml, for `docker stack deploy --resolve-image never`.\n"
            + document(files).yaml
    }

    private func document(_ files: [Network.File]) -> Document {
        let travelling = manifest.nodes.flatMap { entries(of: $0, files) } + [genesis(files)]
        let configs = travelling.filter { !$0.file.isSecret }
        let secrets = travelling.filter(\.file.isSecret)
        return .map([
            .init("version", "3.8"),
            .init("services", .map(manifest.nodes.map { .init($0.name, service($0, files)) })),
            .init("networks", .map(networks.names.map { .init($0, network($0)) })),
            .init("volumes", .map(manifest.nodes.map { .init(volume($0), labelled) })),
            .init("configs", .map(configs.map { .init($0.key, object($0.file)) })),
            .init("secrets", .map(secrets.map { .init($0.key, object($0.file)) })),
        ])
    }

    // MARK: - Files

    private struct Travelling {
        var key: String
        var target: String
        var file: Network.File
    }

    private func entries(
        of node: NetworkManifest.Node,
        _ files: [Network.File]
    ) -> [Travelling] {
        let folder = node.directory + "/"
        return files.filter { $0.path.hasPrefix(folder) }.map { file in
            let name = String(file.path.dropFirst(folder.count))
            return Travelling(
                key: "\(node.name)-\(name.replacing(".json", with: "").replacing("_", with: "-"))",
                target: name,
                file: file
            )
        }
    }

    private func genesis(_ files: [Network.File]) -> Travelling {
        let file = files.first { $0.path == "genesis.json" }
        return Travelling(
            key: "genesis",
            target: "genesis.json",
            file: file ?? Network.File(path: "genesis.json", text: "")
        )
    }

    private func object(_ file: Network.File) -> Document {
        let text = "\(manifest.name)\0\(file.path)\0\(file.text)"
        let digest = Array(SHA256.hash(Array(text.utf8)).prefix(Self.digestLength))
        return [
            "name": .text("warren-" + Hex.text(digest)),
            "file": .text("./\(file.path)"),
            "labels": .map(ContainerLabels.entries(of: manifest)),
        ]
    }

    private var labelled: Document {
        ["labels": .map(ContainerLabels.entries(ofObjectsOf: manifest))]
    }

    private func volume(_ node: NetworkManifest.Node) -> String { "\(node.name)-data" }

    private func network(_: String) -> Document {
        [
            "driver": "overlay",
            // For a collector, or for whoever looks in from a container of their own.
            "attachable": true,
            "labels": .map(ContainerLabels.entries(ofObjectsOf: manifest)),
        ]
    }

    // MARK: - A node

    private func service(_ node: NetworkManifest.Node, _ files: [Network.File]) -> Document {
        let own = entries(of: node, files)
        let configs =
            own.filter { !$0.file.isSecret } + [genesis(files)]
        let labels = Document.map(ContainerLabels.entries(of: node, in: manifest))
        return .map([
            .init("image", .text(options.image)),
            .init("hostname", .text(node.name)),
            .init("command", .list(command.map { .text($0) })),
            .init("user", .text("\(Self.user):\(Self.user)")),
            .init("init", true),
            .init("stop_signal", "SIGTERM"),
            .init("stop_grace_period", "5s"),
            .init("read_only", true),
            .init("cap_drop", ["ALL"]),
            .init("volumes", volumes(node)),
            .init("configs", .list(configs.map(mounted))),
            .init("secrets", .list(own.filter(\.file.isSecret).map(mounted))),
            // In the mode `host`, because the mesh of Swarm's ingress needs IPVS in the kernel. Of
            // the addresses of the machine, Swarm lets nobody choose.
            .init(
                "ports",
                [["target": .number(Address.adminPort), "protocol": "tcp", "mode": "host"]]
            ),
            .init("networks", .map(networks.of(node).map { .init($0, aliases(node)) })),
            // Swarm would kill a node that says it makes no progress, and a test network is there
            // to see such nodes; whoever supervises it asks them itself.
            .init("healthcheck", ["disable": true]),
            .init(
                "logging",
                ["driver": "json-file", "options": ["max-size": "10m", "max-file": "3"]]
            ),
            .init("labels", labels),
            .init("deploy", deploy(node, labels)),
        ])
    }

    private var command: [String] {
        [
            "/usr/bin/warren-node",
            "--config=/etc/warren/config.json",
            "--topology=/etc/warren/topology.json",
            "--node-key=/run/secrets/node_key.json",
            "--genesis=/etc/warren/genesis.json",
            "--data-dir=/var/lib/warren",
            // Names come with the tasks that have them.
            "--name-wait=30",
        ]
    }

    private func volumes(_ node: NetworkManifest.Node) -> Document {
        [
            ["type": "volume", "source": .text(volume(node)), "target": "/var/lib/warren"],
            ["type": "tmpfs", "target": "/tmp"],
        ]
    }

    private func mounted(_ file: Travelling) -> Document {
        guard file.file.isSecret else {
            return ["source": .text(file.key), "target": .text("/etc/warren/\(file.target)")]
        }
        return [
            "source": .text(file.key), "target": .text(file.target), "uid": .text(Self.user),
            "gid": .text(Self.user), "mode": .number(Self.secretMode),
        ]
    }

    private func aliases(_ node: NetworkManifest.Node) -> Document {
        switch node.role {
        case .seed: ["aliases": [.text(Address.seedsName)]]
        case .relay, .blockProducer: Document(.map([]))
        }
    }

    private func deploy(_ node: NetworkManifest.Node, _ labels: Document) -> Document {
        let memory =
            switch node.role {
            case .seed: "256M"
            case .relay, .blockProducer: "512M"
            }
        return .map([
            .init("replicas", 1),
            // A name stands for the node itself: a virtual address in front would need IPVS, and
            // would hide who calls.
            .init("endpoint_mode", "dnsrr"),
            // What died stays dead until somebody starts it, as on every engine.
            .init("restart_policy", ["condition": "none"]),
            .init("update_config", ["order": "stop-first", "failure_action": "continue"]),
            .init("resources", ["limits": ["cpus": "1.0", "memory": .text(memory)]]),
            .init("labels", labels),
        ])
    }
}

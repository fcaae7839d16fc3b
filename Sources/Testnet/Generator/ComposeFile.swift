import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// `compose.yaml`: each node a service that may do as little as it needs.
///
/// Labels `dev.warren.*` are the truth about what runs. Source: design §10, §15.
struct ComposeFile {
    let manifest: NetworkManifest
    let options: Network.Options

    /// Where containers find what is mounted.
    private static let configFolder = "/etc/warren"
    private static let genesisFile = "/etc/warren-genesis.json"
    private static let dataFolder = "/var/lib/warren"

    /// `.env` beside it names the project, in a way that Compose 1.29 and 2 both know.
    var environment: String { "COMPOSE_PROJECT_NAME=warren-\(manifest.name)\n" }

    var text: String {
        "# Made from scenario.yaml; changes are lost when it is made again.\n" + document.yaml
    }

    private var document: Document {
        .map([
            .init("services", .map(manifest.nodes.map { .init($0.name, service($0)) })),
            .init("networks", ["p2p": ["labels": ["dev.warren.network": .text(manifest.name)]]]),
        ])
    }

    private func service(_ node: NetworkManifest.Node) -> Document {
        .map([
            .init("image", .text(options.image)),
            .init("hostname", .text(node.name)),
            .init("command", .list(command.map { .text($0) })),
            // The caller's, so that what nodes write belongs to whoever started them.
            .init("user", "${WARREN_UID:-1000}:${WARREN_GID:-1000}"),
            .init("read_only", true),
            .init("cap_drop", ["ALL"]),
            .init("security_opt", ["no-new-privileges:true"]),
            .init("tmpfs", ["/tmp"]),
            .init(
                "volumes",
                .list([
                    .text("./\(node.directory):\(Self.configFolder):ro"),
                    .text("./genesis.json:\(Self.genesisFile):ro"),
                    .text("./\(node.directory)/data:\(Self.dataFolder)"),
                ])
            ),
            .init("ports", .list([.text("127.0.0.1::\(Address.adminPort)")])),
            .init("networks", ["p2p": aliases(node)]),
            .init("labels", labels(node)),
            .init("healthcheck", healthcheck),
            .init("stop_grace_period", "5s"),
        ])
    }

    private var command: [String] {
        [
            "/usr/bin/warren-node",
            "--config", "\(Self.configFolder)/config.json",
            "--topology", "\(Self.configFolder)/topology.json",
            "--node-key", "\(Self.configFolder)/node_key.json",
            "--genesis", Self.genesisFile,
            "--data-dir", Self.dataFolder,
        ]
    }

    /// All seeds answer to one more name, as a DNS seed would.
    private func aliases(_ node: NetworkManifest.Node) -> Document {
        switch node.role {
        case .seed: ["aliases": ["seeds"]]
        case .relay, .blockProducer: Document(.map([]))
        }
    }

    private func labels(_ node: NetworkManifest.Node) -> Document {
        var entries: [Document.Entry] = [
            .init("dev.warren.network", .text(manifest.name)),
            .init("dev.warren.node", .text(node.name)),
            .init("dev.warren.id", .text(node.id.description)),
            .init("dev.warren.role", .text(node.role.rawValue)),
            .init("dev.warren.group", .text(node.group)),
        ]
        if let region = node.region { entries.append(.init("dev.warren.region", .text(region))) }
        return .map(entries)
    }

    private var healthcheck: Document {
        let admin = "127.0.0.1:\(Address.adminPort)"
        return [
            "test": ["CMD", "/usr/bin/warren-node", "health", "--admin", .text(admin)],
            "interval": "2s",
            "timeout": "2s",
            "retries": 15,
        ]
    }
}

import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// `compose.yaml`: each node a service that extends the hand-written one of its role.
///
/// What all nodes of a role share stands there; here is what is one node's own. Source: design §10.
struct ComposeFile {
    let manifest: NetworkManifest
    let options: Network.Options
    let networks: RegionNetworks

    private static let comment =
        "# Made from scenario.yaml; changes are lost when it is made again.\n"

    var files: [Network.File] {
        let fragments: [Fragment] = [.seed, .relay, .blockProducer, .collector]
        return [
            Network.File(path: "compose.yaml", text: Self.comment + document.yaml),
            Network.File(path: "monitoring.yaml", text: Self.comment + monitoring.yaml),
            // Names the project in a way that Compose 1.29 and 2 both know.
            Network.File(path: ".env", text: "COMPOSE_PROJECT_NAME=warren-\(manifest.name)\n"),
        ] + (fragments + [.monitoring]).map(Network.File.init)
    }

    private var document: Document {
        let nodes = manifest.nodes.map { Document.Entry($0.name, service($0)) }
        return .map([
            .init("services", .map(nodes + [.init("collector", collector)])),
            .init("networks", .map(networks.names.map { .init($0, network($0)) })),
        ])
    }

    private func network(_ name: String) -> Document {
        var labels = ContainerLabels.entries(ofObjectsOf: manifest)
        if name != RegionNetworks.usualName {
            labels.append(.init("dev.warren.region", .text(name)))
        }
        return ["labels": .map(labels)]
    }

    private func extending(_ fragment: Fragment, as service: String) -> Document.Entry {
        .init("extends", ["file": .text(fragment.file), "service": .text(service)])
    }

    private func service(_ node: NetworkManifest.Node) -> Document {
        let fragment = Fragment(node.role)
        let joined = networks.of(node).map { Document.Entry($0, aliases(node)) }
        return .map([
            extending(fragment, as: fragment.rawValue),
            .init("image", .text(options.image)),
            .init("hostname", .text(node.name)),
            .init(
                "volumes",
                .list([
                    .text("./\(node.directory):/etc/warren:ro"),
                    .text("./genesis.json:/etc/warren-genesis.json:ro"),
                    .text("./\(node.directory)/data:/var/lib/warren"),
                ])
            ),
            .init("networks", .map(joined)),
            .init("labels", .map(ContainerLabels.entries(of: node, in: manifest))),
        ])
    }

    /// All seeds answer to one more name: asked for it, Docker's name server gives every one.
    private func aliases(_ node: NetworkManifest.Node) -> Document {
        switch node.role {
        case .seed: ["aliases": [.text(Address.seedsName)]]
        case .relay, .blockProducer: Document(.map([]))
        }
    }

    private var collector: Document {
        .map([
            extending(.collector, as: "collector"),
            .init("image", .text(options.image)),
            .init(
                "volumes",
                ["./network.json:/etc/warren/network.json:ro", "./collector:/var/lib/warren"]
            ),
            .init("networks", everywhere),
            .init("labels", .map(ContainerLabels.entries(of: manifest))),
        ])
    }

    /// To be laid on top of `compose.yaml`.
    private var monitoring: Document {
        let prometheus = Document.map([
            extending(.monitoring, as: "prometheus"),
            .init("networks", everywhere),
            .init("labels", .map(ContainerLabels.entries(of: manifest))),
        ])
        return ["services": ["prometheus": prometheus]]
    }

    private var everywhere: Document { .list(networks.names.map { .text($0) }) }
}

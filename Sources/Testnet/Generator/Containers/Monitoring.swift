import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// What Prometheus needs to watch a run: which nodes there are, what to ask, what to call an alert.
struct Monitoring {
    let manifest: NetworkManifest

    var files: [Network.File] {
        [Network.File(.prometheus), Network.File(.alerts)]
            + [Network.File(path: "monitoring/targets.json", text: targets.json)]
    }

    /// Every node as Prometheus's file-based discovery reads it.
    private var targets: Document {
        .list(
            manifest.nodes.map { node in
                var labels: [Document.Entry] = [
                    .init("network", .text(manifest.name)),
                    .init("node", .text(node.name)),
                    .init("role", .text(node.role.rawValue)),
                    .init("group", .text(node.group)),
                ]
                if let region = node.region { labels.append(.init("region", .text(region))) }
                return ["targets": [.text(node.admin)], "labels": .map(labels)]
            }
        )
    }
}

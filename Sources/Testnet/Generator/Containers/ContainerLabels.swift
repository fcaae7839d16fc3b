import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Labels `dev.warren.*`: the truth about what runs, even when every note of it is gone.
///
/// Source: design §10.
enum ContainerLabels {
    /// Of the network: of whatever belongs to it, nodes or not.
    static func entries(of manifest: NetworkManifest) -> [Document.Entry] {
        [.init("dev.warren.network", .text(manifest.name))]
    }

    /// Of its networks and volumes, by which what is left of it is found without any container.
    static func entries(ofObjectsOf manifest: NetworkManifest) -> [Document.Entry] {
        entries(of: manifest) + [
            .init("dev.warren.engine", .text(manifest.engine.rawValue)),
            .init("dev.warren.run", "${WARREN_RUN:-}"),
        ]
    }

    /// Of one of its nodes.
    ///
    /// Where its run's notes are is known to whoever starts it.
    static func entries(
        of node: NetworkManifest.Node,
        in manifest: NetworkManifest
    ) -> [Document.Entry] {
        var entries = Self.entries(ofObjectsOf: manifest)
        entries += [
            .init("dev.warren.seed", .text("\(manifest.seed)")),
            .init("dev.warren.node", .text(node.name)),
            .init("dev.warren.id", .text(node.id.description)),
            .init("dev.warren.role", .text(node.role.rawValue)),
            .init("dev.warren.group", .text(node.group)),
        ]
        if let region = node.region { entries.append(.init("dev.warren.region", .text(region))) }
        return entries
    }
}

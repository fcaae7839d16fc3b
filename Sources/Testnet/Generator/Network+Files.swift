import WarrenNode
import WarrenPeering
import WarrenPrimitives
import WarrenScenario

extension Network {
    /// What is written to disk: every node's files, and those of the engine.
    mutating func addFiles(
        _ scenario: Scenario,
        _ options: Options
    ) throws(DocumentErrors) {
        files.append(File(path: "scenario.yaml", text: scenario.document.yaml))
        files.append(File(path: "network.json", text: manifest.document.json))
        files.append(File(path: "genesis.json", text: genesis.document.json))
        files.append(File(path: "TEST-KEYS.txt", text: Self.keyWarning))
        for (node, entry) in zip(nodes, manifest.nodes) {
            let folder = entry.directory
            let configuration = node.configuration.document
            files += [
                File(path: "\(folder)/config.json", text: configuration.json),
                File(path: "\(folder)/topology.json", text: node.topology.document.json),
                File(path: "\(folder)/node_key.json", text: node.key.fileText, isSecret: true),
            ]
            if let name = node.topology.peerSnapshotFile {
                let snapshot = genesis.peerSnapshot(slot: node.topology.useLedgerAfterSlot ?? 0)
                files.append(File(path: "\(folder)/\(name)", text: snapshot.json))
            }
            directories.append("\(folder)/data")
        }
        let networks = RegionNetworks(scenario)
        switch options.engine {
        case .process, .simulator: break
        case .compose:
            files += ComposeFile(manifest: manifest, options: options, networks: networks).files
            directories.append("collector")
        case .swarm:
            let stack = StackFile(manifest: manifest, options: options, networks: networks)
            files.append(File(path: "stack.yaml", text: stack.text(of: files)))
        case .kubernetes:
            files += try KubernetesFiles(manifest, scenario, options, files).files
        }
        if options.engine != .simulator { files += Monitoring(manifest: manifest).files }
    }

    private static let keyWarning = """
        The node keys beside this file are test keys. They derive from the seed and the names in
        scenario.yaml, so whoever has the scenario has the keys. Use them for nothing else.

        """
}

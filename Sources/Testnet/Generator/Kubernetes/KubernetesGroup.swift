import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A group of nodes as a StatefulSet with the files and keys of its pods, and who may call on them.
struct KubernetesGroup {
    let name: String
    let role: Role
    let count: Int
    /// The groups that may call: those with routes to or from nodes that hide; nil: every one.
    let callers: [String]?
    /// Of every pod, `NODE.config.json` and so on.
    let configuration: [Document.Entry]
    let keys: [Document.Entry]

    private let image: String

    /// Of a file's mode, what its owner and his group may do: read.
    ///
    /// Source: design §6.
    private static let secretMode = 0o440

    init(
        _ group: Scenario.Group,
        manifest: NetworkManifest,
        options: Network.Options,
        files: [Network.File]
    ) {
        name = group.name
        role = group.role
        count = group.count
        image = options.image
        callers =
            group.isHidden && group.behind != nil
            ? Self.friends(of: group.name, in: manifest) : nil
        var configuration: [Document.Entry] = []
        var keys: [Document.Entry] = []
        for node in manifest.nodes where node.group == group.name {
            let folder = node.directory + "/"
            for file in files where file.path.hasPrefix(folder) {
                let own = String(file.path.dropFirst(folder.count))
                if file.isSecret {
                    keys.append(.init("\(node.name).\(own)", .text(file.text)))
                } else if own == Genesis.peerSnapshotName {
                    // Every node's topology names it so, and it says the same to all.
                    if !configuration.contains(where: { $0.key == own }) {
                        configuration.append(.init(own, .text(file.text)))
                    }
                } else {
                    configuration.append(.init("\(node.name).\(own)", .text(file.text)))
                }
            }
        }
        self.configuration = configuration
        self.keys = keys
    }

    private static func friends(of group: String, in manifest: NetworkManifest) -> [String] {
        var groups: [String: String] = [:]
        for node in manifest.nodes { groups[node.name] = node.group }
        var friends: Set<String> = []
        for node in manifest.nodes {
            let others = node.routes.compactMap { groups[$0] }
            if node.group == group { friends.formUnion(others) }
            if others.contains(group) { friends.insert(node.group) }
        }
        return friends.sorted()
    }

    func objects(in files: KubernetesFiles) -> [Document] {
        [
            files.object("ConfigMap", name, data: configuration),
            files.object("Secret", name, data: keys),
            .map(files.head("StatefulSet", "apps/v1", name) + [.init("spec", spec(in: files))]),
        ]
    }

    private func labels(in files: KubernetesFiles) -> Document {
        files.labels(("dev.warren.role", role.rawValue), ("dev.warren.group", name))
    }

    private func spec(in files: KubernetesFiles) -> Document {
        let labels = labels(in: files)
        let annotations: Document = [
            "prometheus.io/scrape": "true",
            "prometheus.io/port": .text("\(Address.adminPort)"),
            "prometheus.io/path": "/metrics",
        ]
        let claim: Document = [
            "metadata": ["name": "data", "labels": labels],
            "spec": [
                "accessModes": ["ReadWriteOnce"],
                "resources": ["requests": ["storage": "1Gi"]],
            ],
        ]
        return .map([
            .init("serviceName", "nodes"),
            .init("replicas", .number(count)),
            // Pods are counted from 1, as the scenario's nodes are.
            .init("ordinals", ["start": 1]),
            .init("podManagementPolicy", "Parallel"),
            // What belongs to the network goes with it.
            .init(
                "persistentVolumeClaimRetentionPolicy",
                ["whenDeleted": "Delete", "whenScaled": "Retain"]
            ),
            .init("selector", ["matchLabels": labels]),
            .init(
                "template",
                [
                    "metadata": ["labels": labels, "annotations": annotations],
                    "spec": pod,
                ]
            ),
            .init("volumeClaimTemplates", [claim]),
        ])
    }

    private var pod: Document {
        let keys: Document = [
            "secretName": .text(name), "defaultMode": .number(Self.secretMode),
        ]
        return [
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "terminationGracePeriodSeconds": 5,
            "securityContext": KubernetesFiles.podSecurity,
            "containers": [container],
            "volumes": [
                ["name": "configuration", "configMap": ["name": .text(name)]],
                ["name": "keys", "secret": keys],
                ["name": "network", "configMap": ["name": "network"]],
                ["name": "tmp", "emptyDir": [:]],
            ],
        ]
    }

    private var container: Document {
        let probe: Document = [
            "exec": [
                "command": ["/usr/bin/warren-node", "health", "--admin", "127.0.0.1:3101"]
            ],
            "periodSeconds": 2,
            "timeoutSeconds": 2,
        ]
        let limits = role == .seed ? "256Mi" : "512Mi"
        return .map([
            .init("name", "node"),
            .init("image", .text(image)),
            .init("imagePullPolicy", "IfNotPresent"),
            .init("command", ["/usr/bin/warren-node"]),
            .init(
                "args",
                [
                    "--config=/etc/warren/$(POD_NAME).config.json",
                    "--topology=/etc/warren/$(POD_NAME).topology.json",
                    "--node-key=/etc/warren-keys/$(POD_NAME).node_key.json",
                    "--genesis=/etc/warren-network/genesis.json",
                    "--data-dir=/var/lib/warren",
                    // Names come with the pods that have them, which may have to fetch the image.
                    "--name-wait=60",
                ]
            ),
            .init(
                "env",
                [
                    [
                        "name": "POD_NAME",
                        "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]],
                    ]
                ]
            ),
            .init(
                "ports",
                [
                    ["name": "p2p", "containerPort": .number(Address.peerPort)],
                    ["name": "admin", "containerPort": .number(Address.adminPort)],
                ]
            ),
            // None for liveness: a node that makes no progress is to be seen, not to be replaced.
            .init("readinessProbe", probe),
            .init("securityContext", KubernetesFiles.confined),
            .init(
                "resources",
                [
                    "requests": ["cpu": "50m", "memory": "64Mi"],
                    "limits": ["memory": .text(limits)],
                ]
            ),
            .init(
                "volumeMounts",
                [
                    ["name": "data", "mountPath": "/var/lib/warren"],
                    ["name": "configuration", "mountPath": "/etc/warren", "readOnly": true],
                    ["name": "keys", "mountPath": "/etc/warren-keys", "readOnly": true],
                    ["name": "network", "mountPath": "/etc/warren-network", "readOnly": true],
                    ["name": "tmp", "mountPath": "/tmp"],
                ]
            ),
        ])
    }

    // MARK: - Who may call, and whom it may call

    /// Peers call from the groups in front, or from everywhere in the network; the collector asks.
    func policy(in files: KubernetesFiles) -> Document {
        let peers: [Document] =
            callers?.map {
                ["podSelector": ["matchLabels": files.labels(("dev.warren.group", $0))]]
            }
            ?? [["podSelector": ["matchLabels": files.labels()]]]
        func port(_ number: UInt16, _ kind: String = "TCP") -> Document {
            ["protocol": .text(kind), "port": .number(number)]
        }
        let collector: Document = [
            "matchLabels": files.labels(("dev.warren.role", "collector"))
        ]
        let ingress: Document = [
            ["from": .list(peers), "ports": [port(Address.peerPort)]],
            ["from": [["podSelector": collector]], "ports": [port(Address.adminPort)]],
        ]
        let egress: Document = [
            [
                "to": [["podSelector": ["matchLabels": files.labels()]]],
                "ports": [port(Address.peerPort)],
            ],
            // Names.
            ["ports": [port(53, "UDP"), port(53)]],
        ]
        return .map(
            files.head("NetworkPolicy", "networking.k8s.io/v1", "group-\(name)") + [
                .init(
                    "spec",
                    [
                        "podSelector": ["matchLabels": labels(in: files)],
                        "policyTypes": ["Ingress", "Egress"],
                        "ingress": ingress,
                        "egress": egress,
                    ]
                )
            ]
        )
    }
}

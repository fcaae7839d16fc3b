import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// `kubernetes/`: the network as manifests, to be applied in the order of their names.
///
/// Each group is a StatefulSet, whose pods have the names of the scenario's nodes and keep them.
/// Source: design §10.
struct KubernetesFiles {
    let manifest: NetworkManifest
    let options: Network.Options
    private let groups: [KubernetesGroup]
    private let shared: [Document.Entry]

    /// What one ConfigMap or Secret may hold.
    ///
    /// Source: Kubernetes, "ConfigMaps", 1 MiB; here without what else is in the object.
    static let objectByteLimit = 1_000_000

    /// The end of every Service's name, unless the cluster was set up with another one.
    private static let clusterDomain = "svc.cluster.local"

    static func namespace(of network: String) -> String { "warren-\(network)" }

    /// What follows a pod's name in its whole one.
    static func domain(of network: String) -> String {
        "nodes.\(namespace(of: network)).\(clusterDomain)"
    }

    /// A name for all seeds.
    static func seedsDomain(of network: String) -> String {
        "\(Address.seedsName).\(namespace(of: network)).\(clusterDomain)"
    }

    /// `files` are those that the nodes of the network read.
    init(
        _ manifest: NetworkManifest,
        _ scenario: Scenario,
        _ options: Network.Options,
        _ files: [Network.File]
    ) throws(DocumentErrors) {
        self.manifest = manifest
        self.options = options
        shared = ["network.json", "scenario.yaml", "genesis.json"].compactMap { path in
            files.first { $0.path == path }.map { .init(path, .text($0.text)) }
        }
        try Self.check(shared, "the network's own files", options)
        groups = scenario.groups.map { group in
            KubernetesGroup(group, manifest: manifest, options: options, files: files)
        }
        for group in groups {
            try Self.check(group.configuration, "the files of group \(group.name)", options)
            try Self.check(group.keys, "the keys of group \(group.name)", options)
        }
    }

    private static func check(
        _ entries: [Document.Entry],
        _ what: String,
        _ options: Network.Options
    ) throws(DocumentErrors) {
        let size = entries.reduce(0) { $0 + $1.key.utf8.count + ($1.value.string?.utf8.count ?? 0) }
        guard size > objectByteLimit else { return }
        throw refusal(
            options,
            "\(what) are \(size) bytes",
            "at most \(objectByteLimit), as a ConfigMap of Kubernetes holds: make smaller groups"
        )
    }

    private static func refusal(
        _ options: Network.Options,
        _ found: String,
        _ expected: String
    ) -> DocumentErrors {
        DocumentErrors(DocumentError(file: options.file, line: 0, found: found, expected: expected))
    }

    // MARK: - Files

    var files: [Network.File] {
        [
            file("00-namespace", [namespace]),
            file("10-services", [service("nodes", selecting: []), seedsService]),
            file("20-network", [object("ConfigMap", "network", data: shared)]),
            file("30-policies", [collectorPolicy] + groups.map { $0.policy(in: self) }),
        ]
            + groups.map { group in
                file("40-group-\(group.name)", group.objects(in: self), isSecret: true)
            } + [file("50-collector", [collector])]
    }

    private func file(
        _ name: String,
        _ objects: [Document],
        isSecret: Bool = false
    ) -> Network.File {
        Network.File(
            path: "kubernetes/\(name).yaml",
            text: objects.map(\.yaml).joined(separator: "---\n"),
            isSecret: isSecret
        )
    }

    // MARK: - What all objects have

    /// Labels of the network's objects, and of those of one role or group.
    func labels(_ more: (String, String)...) -> Document {
        .map(
            [
                .init("app.kubernetes.io/name", "warren"),
                .init("app.kubernetes.io/instance", .text(manifest.name)),
                .init("dev.warren.network", .text(manifest.name)),
            ] + more.map { .init($0.0, .text($0.1)) }
        )
    }

    func head(_ kind: String, _ version: String, _ name: String) -> [Document.Entry] {
        [
            .init("apiVersion", .text(version)),
            .init("kind", .text(kind)),
            .init(
                "metadata",
                [
                    "name": .text(name),
                    "namespace": .text(Self.namespace(of: manifest.name)),
                    "labels": labels(),
                ]
            ),
        ]
    }

    func object(_ kind: String, _ name: String, data: [Document.Entry]) -> Document {
        let key = kind == "Secret" ? "stringData" : "data"
        let type: [Document.Entry] = kind == "Secret" ? [.init("type", "Opaque")] : []
        return .map(head(kind, "v1", name) + type + [.init(key, .map(data))])
    }

    /// What no container of the network may do.
    static let confined: Document = [
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": ["drop": ["ALL"]],
    ]

    /// The image's own user, to whom volumes are given.
    static let podSecurity: Document = [
        "runAsNonRoot": true, "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000,
        "seccompProfile": ["type": "RuntimeDefault"],
    ]

    // MARK: - Objects of the network

    private var namespace: Document {
        [
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": ["name": .text(Self.namespace(of: manifest.name)), "labels": labels()],
        ]
    }

    /// Names for pods, even for those that are not ready: who starts first must find who is not yet.
    private func service(_ name: String, selecting: [Document.Entry]) -> Document {
        let selector: [Document.Entry] = [.init("dev.warren.network", .text(manifest.name))]
        return .map(
            head("Service", "v1", name) + [
                .init(
                    "spec",
                    [
                        "clusterIP": "None",
                        "publishNotReadyAddresses": true,
                        "selector": .map(selector + selecting),
                        "ports": [
                            ["name": "p2p", "port": .number(Address.peerPort), "protocol": "TCP"],
                            [
                                "name": "admin", "port": .number(Address.adminPort),
                                "protocol": "TCP",
                            ],
                        ],
                    ]
                )
            ]
        )
    }

    private var seedsService: Document {
        service(
            Address.seedsName,
            selecting: [.init("dev.warren.role", .text(Role.seed.rawValue))]
        )
    }

    /// Nobody calls on the collector.
    private var collectorPolicy: Document {
        .map(
            head("NetworkPolicy", "networking.k8s.io/v1", "collector") + [
                .init(
                    "spec",
                    [
                        "podSelector": ["matchLabels": labels(("dev.warren.role", "collector"))],
                        "policyTypes": ["Ingress"],
                    ]
                )
            ]
        )
    }

    private var collector: Document {
        let labels = labels(("dev.warren.role", "collector"))
        let container = Document.map([
            .init("name", "collector"),
            .init("image", .text(options.image)),
            .init("imagePullPolicy", "IfNotPresent"),
            .init("command", ["/usr/bin/warren"]),
            .init(
                "args",
                [
                    "collect", "--supervise=/etc/warren-network", "--into=/var/lib/warren/run",
                    "--inside", "--judge",
                ]
            ),
            .init("securityContext", Self.confined),
            .init(
                "resources",
                [
                    "requests": ["cpu": "100m", "memory": "128Mi"],
                    "limits": ["memory": "1Gi"],
                ]
            ),
            .init(
                "volumeMounts",
                [
                    ["name": "network", "mountPath": "/etc/warren-network", "readOnly": true],
                    ["name": "run", "mountPath": "/var/lib/warren"],
                    ["name": "tmp", "mountPath": "/tmp"],
                ]
            ),
        ])
        let pod: Document = [
            "restartPolicy": "Never",
            "automountServiceAccountToken": false,
            "securityContext": Self.podSecurity,
            "containers": [container],
            "volumes": [
                ["name": "network", "configMap": ["name": "network"]],
                ["name": "run", "emptyDir": [:]],
                ["name": "tmp", "emptyDir": [:]],
            ],
        ]
        let template: Document = ["metadata": ["labels": labels], "spec": pod]
        return .map(
            head("Job", "batch/v1", "collector") + [
                // A verdict is one: what broke is not tried again until it holds.
                .init("spec", ["backoffLimit": 0, "template": template])
            ]
        )
    }
}

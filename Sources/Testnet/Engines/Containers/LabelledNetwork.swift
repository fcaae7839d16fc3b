import Foundation
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A network in containers as their labels tell of it, without any note of ours.
///
/// Source: design §10.
package struct LabelledNetwork: Hashable, Sendable {
    package let name: String
    let engine: NetworkManifest.Engine
    let seed: Int64
    /// Where its run was, as whoever started it said; empty if by hand.
    let directory: String
    let nodes: [NetworkManifest.Node]
    /// Whether any of its containers runs.
    package let isAlive: Bool

    private static let labels = [
        "network", "engine", "run", "seed", "node", "id", "role", "group", "region",
    ]

    /// Every network of which there is a container, a network or a volume of Docker's, by name.
    package static func all() async -> [LabelledNetwork] {
        let form = labels.map { #"{{.Label "dev.warren.\#($0)"}}"# } + ["{{.State}}"]
        let result = await Docker.run([
            "docker", "ps", "--all", "--filter", "label=dev.warren.node", "--format",
            form.joined(separator: "|"),
        ])
        var found = networks(in: result.lines)
        for kind in ["network", "volume"] {
            let known = Set(found.map(\.name))
            found += leftovers(in: await objects(kind)).filter { !known.contains($0.name) }
        }
        return found.sorted { $0.name < $1.name }
    }

    private static func objects(_ kind: String) async -> [String] {
        let form = ["network", "engine", "run"].map { #"{{.Label "dev.warren.\#($0)"}}"# }
        return await Docker.run([
            "docker", kind, "ls", "--filter", "label=\(Containers.networkLabel)", "--format",
            form.joined(separator: "|"),
        ]).lines
    }

    /// What Docker says of networks or volumes of which no container is there, a line for each.
    static func leftovers(in lines: [String]) -> [LabelledNetwork] {
        var found: [LabelledNetwork] = []
        for line in lines {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
                .map(String.init)
            guard fields.count == 3, let engine = NetworkManifest.Engine(rawValue: fields[1]),
                !found.contains(where: { $0.name == fields[0] })
            else { continue }
            found.append(LabelledNetwork(name: fields[0], engine: engine, directory: fields[2]))
        }
        return found
    }

    /// One without nodes.
    private init(name: String, engine: NetworkManifest.Engine, directory: String) {
        self.name = name
        self.engine = engine
        self.directory = directory
        seed = 0
        nodes = []
        isAlive = false
    }

    /// What `docker ps` says, a line for each container.
    static func networks(in lines: [String]) -> [LabelledNetwork] {
        let rows = lines.compactMap { line in
            Row(line.split(separator: "|", omittingEmptySubsequences: false).map(String.init))
        }
        return Set(rows.map(\.network)).sorted().compactMap { name in
            LabelledNetwork(name, rows.filter { $0.network == name })
        }
    }

    package static func named(_ name: String) async -> LabelledNetwork? {
        await all().first { $0.name == name }
    }

    private struct Row {
        var network: String
        var engine: NetworkManifest.Engine
        var run: String
        var seed: Int64
        var node: NetworkManifest.Node
        var isAlive: Bool

        init?(_ fields: [String]) {
            guard fields.count == 10, let engine = NetworkManifest.Engine(rawValue: fields[1]),
                let seed = Int64(fields[3]), let id = NodeID(fields[5]),
                let role = Role(rawValue: fields[6])
            else { return nil }
            network = fields[0]
            self.engine = engine
            run = fields[2]
            self.seed = seed
            isAlive = Containers.State(rawValue: fields[9]) != nil
            let name = fields[4]
            node = NetworkManifest.Node(
                attached: name,
                id: id,
                role: role,
                address: "\(name):3001",
                admin: "\(name):3101"
            )
            node.group = fields[7]
            node.region = fields[8].isEmpty ? nil : fields[8]
            node.directory = "nodes/\(name)"
        }
    }

    private init?(_ name: String, _ rows: [Row]) {
        guard let first = rows.first(where: \.isAlive) ?? rows.first else { return nil }
        self.name = name
        engine = first.engine
        seed = first.seed
        directory = first.run
        isAlive = rows.contains(where: \.isAlive)
        var seen: Set<String> = []
        // Swarm leaves containers of earlier tasks behind: of each node one counts.
        nodes = rows.map(\.node).sorted { Self.rank($0) < Self.rank($1) }
            .filter { seen.insert($0.name).inserted }
    }

    /// By role, then group, then number, as scenarios usually have them.
    private static func rank(_ node: NetworkManifest.Node) -> (Int, String, Int) {
        (
            place(of: node.role), node.group,
            node.name.split(separator: "-").last.flatMap { Int($0) } ?? 0
        )
    }

    private static func place(of role: Role) -> Int {
        switch role {
        case .seed: 0
        case .relay: 1
        case .blockProducer: 2
        }
    }

    /// Whether nobody's notes tell of it any more.
    package var isLost: Bool {
        directory.isEmpty || (try? Run(at: directory)) == nil
    }

    /// From where it was started, in words.
    var place: String {
        isLost ? "whose notes are gone" : "started from \(directory)"
    }

    /// Its run, as its notes have it; without them, what the labels say, in a directory of which
    /// nothing is written.
    package func run(under root: String) -> Run {
        if let run = try? Run(at: directory) { return run }
        return Run(
            directory: RunDirectory(under: root, name: name, time: "lost"),
            manifest: NetworkManifest(found: nodes, name: name, seed: seed, engine: engine)
        )
    }
}

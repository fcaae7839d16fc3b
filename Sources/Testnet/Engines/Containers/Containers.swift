import WarrenScenario

/// The containers of one network, found by their labels, whoever started them and in what way.
///
/// Labels are the truth about what runs. Source: design §10.
struct Containers: Sendable {
    let network: String
    /// In the order in which answers name them.
    let nodes: [String]

    init(_ manifest: NetworkManifest) {
        network = manifest.name
        nodes = manifest.nodes.map(\.name)
    }

    /// What `docker ps` says of one container.
    struct Container: Hashable, Sendable {
        var id: String
        var name: String
        var node: String
        var state: String
        var ports: String

        var living: State? { State(rawValue: state) }
        /// It ran, and runs no more; one that is only created has yet to.
        var hasEnded: Bool { state == "exited" || state == "dead" }
    }

    /// What Docker calls the state of a container that lives.
    enum State: String, CaseIterable { case running, paused }

    static let networkLabel = "dev.warren.network"

    private var filter: [String] { ["--filter", "label=\(Self.networkLabel)=\(network)"] }

    /// Every container of the network, the newest first.
    private func all() async -> [Container] {
        let form = #"{{.ID}}|{{.Names}}|{{.Label "dev.warren.node"}}|{{.State}}|{{.Ports}}"#
        let words = ["docker", "ps", "--all", "--no-trunc", "--format", form] + filter
        return await Docker.run(words).lines.compactMap { line in
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
                .map(String.init)
            guard fields.count == 5 else { return nil }
            return Container(
                id: fields[0],
                name: fields[1],
                node: fields[2],
                state: fields[3],
                ports: fields[4]
            )
        }
    }

    /// Each node's container: the one that lives, else the one that was last.
    func current() async -> [String: Container] {
        var found: [String: Container] = [:]
        for container in await all() where !container.node.isEmpty {
            if found[container.node] == nil || container.living != nil {
                found[container.node] = container
            }
        }
        return found
    }

    func aliveNames() async -> [String] {
        let found = await current()
        return nodes.filter { found[$0]?.living != nil }
    }

    /// Gives Docker a command for the containers of these nodes that are in one of these states.
    func tell(
        _ words: [String],
        _ names: [String],
        whoseStateIs states: [State] = State.allCases
    ) async throws(EngineFailure) {
        let found = await current()
        let ids = names.compactMap { found[$0] }
            .filter { container in states.contains { $0 == container.living } }
            .map(\.id)
        guard !ids.isEmpty else { return }
        try await Docker.demand(words + ids)
    }

    /// This machine's side of every admin port.
    func adminAddresses() async -> [String: String] {
        await current().compactMapValues { container in
            container.living == nil ? nil : Self.adminAddress(container.ports)
        }
    }

    /// As in `3001/tcp, 127.0.0.1:49153->3101/tcp` or `0.0.0.0:49153->3101/tcp, :::49153->3101/tcp`.
    static func adminAddress(_ ports: String) -> String? {
        for port in ports.split(separator: ", ") where port.hasSuffix("->3101/tcp") {
            let host = port.dropLast("->3101/tcp".count)
            guard let colon = host.lastIndex(of: ":") else { continue }
            let number = host[host.index(after: colon)...]
            let address = host[..<colon]
            if address == "0.0.0.0" { return "127.0.0.1:\(number)" }
            if address.contains(".") { return "\(address):\(number)" }
        }
        return nil
    }

    // MARK: - How one ended

    /// The first of these nodes whose container has ended, with why.
    func death(among names: [String]) async -> EngineFailure? {
        let found = await current()
        for name in names {
            guard let container = found[name], container.hasEnded else { continue }
            let form = "{{.State.OOMKilled}}|{{.State.ExitCode}}|{{.State.Error}}"
            let said = await Docker.run(["docker", "inspect", "--format", form, container.id])
            let fields = (said.lines.first ?? "").split(
                separator: "|",
                omittingEmptySubsequences: false
            )
            var lines = await log(of: container.id, lines: 5)
            if fields.first == "true" {
                lines.append(
                    "it reached its limit of memory: raise it (`mem_limit` in the run's compose/, "
                        + "`limits` in its stack.yaml), or give the node less to keep"
                )
            } else if fields.count == 3 {
                lines.append("exit code \(fields[1])" + (fields[2].isEmpty ? "" : ": \(fields[2])"))
            }
            return .died(node: name, log: "container \(container.name)", lastLines: lines)
        }
        return nil
    }

    /// The last lines that a node's container wrote.
    func log(ofNode node: String, lines: Int) async -> [String] {
        guard let container = await current()[node] else { return [] }
        return await log(of: container.id, lines: lines)
    }

    private func log(of container: String, lines: Int) async -> [String] {
        let result = await Docker.run(["docker", "logs", "--tail", "\(lines)", container])
        return (result.output + result.errors).split(separator: "\n").map(String.init)
    }

    // MARK: - The end of all

    /// How long a node has for its end.
    static let patience = 5

    /// Ends the containers, and removes them with the network's networks and volumes.
    func remove() async throws(EngineFailure) {
        let ids = await all().map(\.id)
        if !ids.isEmpty {
            // A paused one hears nothing before it goes on.
            try? await tell(["docker", "unpause"], nodes, whoseStateIs: [.paused])
            _ = await Docker.run(["docker", "stop", "--time", "\(Self.patience)"] + ids)
            let words = ["docker", "rm", "--force", "--volumes"] + ids
            let result = await Docker.run(words)
            // One that was gone before is no failure: somebody else may have been at it.
            guard await all().isEmpty else { throw Docker.failure(of: words, result) }
        }
        try await removeObjects("network")
        try await removeObjects("volume")
    }

    /// Removes the networks or volumes that carry the network's label.
    func removeObjects(_ kind: String) async throws(EngineFailure) {
        let ids = await Docker.run(["docker", kind, "ls", "--quiet"] + filter).lines
        guard !ids.isEmpty else { return }
        try await Docker.demand(["docker", kind, "rm"] + ids)
    }

    /// Whether any is there, running or not.
    func isEmpty() async -> Bool { await all().isEmpty }

    /// What of a kind carries the network's label.
    func count(of kind: String) async -> Int {
        await Docker.run(["docker", kind, "ls", "--quiet"] + filter).lines.count
    }
}

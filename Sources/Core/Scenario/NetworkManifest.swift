package import WarrenObservation
package import WarrenPrimitives

/// `network.json`: who is in a generated network and where to find them.
///
/// Everything that looks at a running network reads it: status, graph, the collector, `expect`.
package struct NetworkManifest: Hashable, Sendable, Codable {
    package var schema = Self.currentSchema
    package var name: String
    package var seed: Int64
    package var engine: Engine
    /// What nodes must agree on to talk to each other.
    package var networkID: String
    package var livenessNanoseconds: Int64
    /// True for keys that derive from the seed: anyone can make them again.
    package var hasTestKeys: Bool
    /// In the order of the scenario.
    package var nodes: [Node]
    package var expectations: [Scenario.Sentence]
    /// What expectations may call the scenario's faults; nil if it has none.
    package var faults: [String]?
    /// What nodes want to be shown by who changes their state; nil: nothing.
    package var adminToken: String?
    /// The transactions that whoever supervises a run submits; nil if there are none.
    package var loads: [LoadSchedule]?

    package static let currentSchema = "warren/network/1"

    package var liveness: Duration { .nanoseconds(livenessNanoseconds) }

    /// Where nodes run.
    ///
    /// Source: design §10.
    package enum Engine: String, Hashable, Sendable, Codable, CaseIterable {
        case process
        case compose
        case swarm
        case kubernetes
        case simulator
    }

    package struct Node: Hashable, Sendable, Codable {
        package var name: String
        package var id: NodeID
        package var role: Role
        package var group: String
        package var region: String?
        /// `host:port` for peers.
        package var address: String
        /// `host:port` of the admin HTTP; as the node has it, so an engine that maps ports knows
        /// better.
        package var admin: String
        /// Where its files are, from the directory of this file.
        package var directory: String
        /// Names of those in its topology file.
        package var routes: [String]

        package init(
            member: Roll.Member,
            id: NodeID,
            address: String,
            admin: String,
            directory: String,
            routes: [String]
        ) {
            name = member.name
            self.id = id
            role = member.role
            group = member.group
            region = member.region
            self.address = address
            self.admin = admin
            self.directory = directory
            self.routes = routes
        }
    }

    package init(scenario: Scenario, engine: Engine, networkID: String, nodes: [Node]) {
        name = scenario.name
        seed = scenario.seed
        self.engine = engine
        self.networkID = networkID
        livenessNanoseconds = scenario.liveness.wholeNanoseconds
        hasTestKeys = true
        self.nodes = nodes
        expectations = scenario.expectations
        faults = scenario.faults.isEmpty ? nil : scenario.faultNames
        adminToken = Self.adminToken(of: scenario, on: engine)
        loads = scenario.loads.isEmpty ? nil : scenario.loadSchedules
    }

    /// What nodes of an engine want to be shown; nil where their admin ports are on loopback.
    ///
    /// It derives from the seed as the keys do, so it keeps strangers out, but nobody who knows the
    /// scenario.
    package static func adminToken(of scenario: Scenario, on engine: Engine) -> String? {
        adminToken(seed: scenario.seed, engine: engine)
    }

    static func adminToken(seed: Int64, engine: Engine) -> String? {
        switch engine {
        case .process, .simulator: return nil
        case .compose, .swarm, .kubernetes:
            var random = Random(seed: UInt64(bitPattern: seed)).fork(0xAD_817)
            return Hex.text(random.next().bigEndianBytes + random.next().bigEndianBytes)
        }
    }

    /// The nodes as expectations and the collector see them.
    package var population: Population {
        Population(
            nodes.map {
                DeclaredNode(
                    name: $0.name,
                    group: $0.group,
                    role: $0.role,
                    region: $0.region,
                    id: $0.id,
                    addresses: [$0.address]
                )
            }
        )
    }

    /// The manifest as the file has it, with the keys of its `Codable` form.
    package var document: Document {
        var entries: [Document.Entry] = [
            .init("schema", .text(schema)),
            .init("name", .text(name)),
            .init("seed", .number(seed)),
            .init("engine", .text(engine.rawValue)),
            .init("networkID", .text(networkID)),
            .init("livenessNanoseconds", .number(livenessNanoseconds)),
            .init("hasTestKeys", .flag(hasTestKeys)),
            .init("nodes", .list(nodes.map(\.document))),
            .init(
                "expectations",
                .list(
                    expectations.map {
                        .map([.init("text", .text($0.text)), .init("line", .number($0.line))])
                    }
                )
            ),
        ]
        if let faults { entries.append(.init("faults", .list(faults.map { .text($0) }))) }
        if let adminToken { entries.append(.init("adminToken", .text(adminToken))) }
        if let loads { entries.append(.init("loads", .list(loads.map(\.document)))) }
        return .map(entries)
    }
}

extension NetworkManifest.Node {
    fileprivate var document: Document {
        var entries: [Document.Entry] = [
            .init("name", .text(name)),
            .init("id", .text(id.description)),
            .init("role", .text(role.rawValue)),
            .init("group", .text(group)),
        ]
        if let region { entries.append(.init("region", .text(region))) }
        entries += [
            .init("address", .text(address)),
            .init("admin", .text(admin)),
            .init("directory", .text(directory)),
            .init("routes", .list(routes.map { .text($0) })),
        ]
        return .map(entries)
    }
}

import WarrenNode
import WarrenObservation
import WarrenPeering
package import WarrenPrimitives
package import WarrenScenario

extension Network {
    /// Makes the network that a scenario describes.
    ///
    /// The same scenario and options give the same bytes on every machine. Throws where `config`
    /// overrides are wrong, or where there are more nodes than addresses.
    package init(_ scenario: Scenario, options: Options = Options()) throws(DocumentErrors) {
        let draft = try Draft(scenario, options)
        nodes = []
        for place in draft.members.indices { nodes.append(try draft.node(place)) }
        genesis = draft.genesis()
        manifest = draft.manifest()
        files = []
        directories = []
        try addFiles(scenario, options)
    }
}

/// A network while it is made: who is who and where, known before anyone's files are written.
private struct Draft {
    let scenario: Scenario
    let options: Network.Options
    let roll: Roll
    let addresses: [Address]
    let keys: [NodeKey]
    private let places: [String: Int]
    private let groups: [String: Scenario.Group]
    private let links: LinkMatrix
    /// Whom the names in lists of roots mean.
    private let meanings: [String: [Int]]

    var members: [Roll.Member] { roll.members }

    init(_ scenario: Scenario, _ options: Network.Options) throws(DocumentErrors) {
        func refuse(_ found: String, _ expected: String) -> DocumentErrors {
            DocumentErrors(
                DocumentError(file: options.file, line: 0, found: found, expected: expected)
            )
        }
        let bases = Network.Options.bases
        guard bases.contains(options.base) else {
            throw refuse(
                "the address base is \(options.base)",
                "\(bases.lowerBound) to \(bases.upperBound)"
            )
        }
        self.scenario = scenario
        self.options = options
        roll = Roll(scenario)
        var ordinals: [Role: Int] = [:]
        var addresses: [Address] = []
        for member in roll.members {
            let ordinal = ordinals[member.role, default: 0]
            ordinals[member.role] = ordinal + 1
            switch options.engine {
            case .process:
                addresses.append(.loopback(member.role, ordinal: ordinal, base: options.base))
            case .compose, .swarm: addresses.append(.container(member.name))
            case .kubernetes: addresses.append(.pod(member.name, of: scenario.name))
            case .simulator: addresses.append(.simulated(member.role, ordinal: ordinal))
            }
        }
        let limit = options.engine == .simulator ? Scenario.nodeLimit : Address.loopbackLimit
        for role in Role.allCases where ordinals[role, default: 0] > limit {
            throw refuse(
                "there are \(ordinals[role, default: 0]) nodes of role \(role.rawValue)",
                "at most \(limit), as many as have an address"
            )
        }
        self.addresses = addresses
        links = scenario.linkMatrix
        keys = roll.members.map { .test(seed: scenario.seed, name: $0.name) }
        places = Dictionary(
            roll.members.enumerated().map { ($0.element.name, $0.offset) },
            uniquingKeysWith: { first, _ in first }
        )
        groups = Dictionary(
            scenario.groups.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var meanings: [String: [Int]] = [:]
        for roots in scenario.groups.map(\.roots) {
            for name in (roots.seeds ?? []) + roots.publicRoots + (roots.bootstrap ?? []) {
                meanings[name] = meanings[name] ?? scenario.places(named: name)
            }
        }
        self.meanings = meanings
    }

    // MARK: - One node

    func node(_ place: Int) throws(DocumentErrors) -> Network.Node {
        Network.Node(
            member: members[place],
            key: keys[place],
            configuration: try overridden(configuration(place), place),
            topology: topology(place)
        )
    }

    private func accessPoint(_ place: Int) -> Topology.AccessPoint {
        Topology.AccessPoint(
            id: keys[place].id,
            host: addresses[place].host,
            port: addresses[place].listen.port
        )
    }

    private func targets(of member: Roll.Member) -> Targets {
        groups[member.group]?.targets ?? scenario.defaults.targets
    }

    private func configuration(_ place: Int) -> NodeConfiguration {
        let member = members[place]
        var configuration = NodeConfiguration()
        configuration.network = scenario.name
        configuration.role = member.role
        configuration.moniker = member.name
        configuration.listenAddress = addresses[place].listen
        configuration.adminAddress = addresses[place].admin
        configuration.adminToken = NetworkManifest.adminToken(of: scenario, on: options.engine)
        configuration.pace = scenario.defaults.pace
        configuration.peerSharing = member.role != .blockProducer || !isHidden(member)
        configuration.targets = targets(of: member)
        if member.role != .seed { manage(&configuration, groups[member.group]?.manager) }
        configuration.seeds = seeds(place).map(accessPoint)
        configuration.dnsSeeds = dnsSeeds(place)
        configuration.privatePeerIDs = roll.protected[place]
            .filter { isHidden(members[$0]) }
            .map { keys[$0].id }
        // Everybody may dial everybody, and all of them are in private networks.
        configuration.inboundLimit = max(configuration.inboundLimit, members.count)
        configuration.addressBookStrict = false
        // So often that a hung link is seen within `liveness` (design §9).
        configuration.keepAliveInterval = scenario.liveness / 2
        if options.engine != .simulator, !links.isPerfect {
            configuration.links = Baseline.rules(for: place, in: links, peers: linkPeer)
        }
        return configuration
    }

    /// As whom a node's links know another one.
    private func linkPeer(_ place: Int) -> LinkPeers.Peer {
        switch addresses[place].host {
        case .ip(let ip): AddressBlock("\(ip)").map(LinkPeers.Peer.block) ?? .id(keys[place].id)
        case .name: .id(keys[place].id)
        }
    }

    private func isHidden(_ member: Roll.Member) -> Bool { groups[member.group]?.isHidden ?? true }

    private func manage(_ configuration: inout NodeConfiguration, _ own: Scenario.PeerManager?) {
        switch own ?? scenario.defaults.manager {
        case .governor: configuration.peerManager = .governor
        case .ensurePeers: configuration.peerManager = .ensurePeers
        case .fixed: configuration.enablesP2P = false
        }
    }

    // MARK: - Whom it knows

    /// Nodes behind relays know these alone, and a static node its routes; everybody else may ask
    /// every seed, unless the group names its own.
    private func seeds(_ place: Int) -> [Int] {
        let group = groups[members[place].group]
        if let own = group?.roots.seeds { return named(own, except: place) }
        let isStatic = (group?.manager ?? scenario.defaults.manager) == .fixed
        let isOpen = members[place].role == .seed || !isStatic
        guard isOpen, roll.relays[place].isEmpty else { return [] }
        return members.indices.filter { members[$0].role == .seed && $0 != place }
    }

    /// Where names are looked up, the one that all seeds share: it finds those that join later too.
    ///
    /// The seeds themselves are named one by one besides, with their ids: what a name stands for is
    /// taken for a peer like any other, and a seed is none.
    private func dnsSeeds(_ place: Int) -> [Topology.AccessPoint] {
        let group = groups[members[place].group]
        guard members[place].role != .seed, group?.roots.seeds == nil, !seeds(place).isEmpty
        else { return [] }
        let name: String
        switch options.engine {
        case .process, .simulator: return []
        case .compose, .swarm: name = Address.seedsName
        case .kubernetes: name = KubernetesFiles.seedsDomain(of: scenario.name)
        }
        return [Topology.AccessPoint(id: nil, host: .name(name), port: Address.peerPort)]
    }

    /// The places of those whom a list of names means, without the node itself.
    private func named(_ names: [String], except place: Int) -> [Int] {
        let found = names.flatMap { meanings[$0] ?? [] }
        return Set(found).subtracting([place]).sorted()
    }

    /// Routes are Cardano's local roots: those behind a relay, the relays in front of a node, and
    /// its neighbours in the shape, each a group of its own; and one more wherever what is said of
    /// the members differs.
    ///
    /// Sources: O§1.1, "typical private topology"; O§1.2, O§1.3.
    private func topology(_ place: Int) -> Topology {
        var topology = Topology()
        func add(_ peers: [Int], hot: Int, warm: Int, advertise: Bool, trustable: Bool) {
            for (said, peers) in sorted(byWhatIsSaid: peers) {
                var group = Topology.LocalRootGroup(
                    accessPoints: peers.map(accessPoint),
                    hotValency: min(hot, peers.count),
                    warmValency: min(max(hot, warm), peers.count)
                )
                group.advertise = said.advertise ?? advertise
                group.trustable = said.trustable ?? trustable
                group.behindFirewall = said.behindFirewall
                group.diffusionMode = said.diffusionMode
                topology.localRoots.append(group)
            }
        }
        let relays = roll.relays[place]
        add(relays, hot: relays.count, warm: relays.count, advertise: false, trustable: true)
        for hidden in [true, false] {
            let peers = roll.protected[place].filter { isHidden(members[$0]) == hidden }
            add(peers, hot: peers.count, warm: peers.count, advertise: !hidden, trustable: false)
        }
        let targets = targets(of: members[place])
        let neighbours = roll.neighbours[place].filter {
            !relays.contains($0) && !roll.protected[place].contains($0)
        }
        // As many hot as the target allows, and never fewer than a line needs.
        let hot = scenario.topology.valency ?? max(2, targets.active)
        let warm = scenario.topology.valency.map { $0 + 1 } ?? targets.established
        add(neighbours, hot: hot, warm: warm, advertise: true, trustable: false)
        addRoots(place, to: &topology)
        return topology
    }

    /// Peers by what their groups say of them, in the order of their first.
    private func sorted(byWhatIsSaid peers: [Int]) -> [(said: Scenario.AsRoot, peers: [Int])] {
        var sorts: [(said: Scenario.AsRoot, peers: [Int])] = []
        for peer in peers {
            let said = groups[members[peer].group]?.asRoot ?? Scenario.AsRoot()
            if let sort = sorts.firstIndex(where: { $0.said == said }) {
                sorts[sort].peers.append(peer)
            } else {
                sorts.append((said, [peer]))
            }
        }
        return sorts
    }

    /// Public roots, bootstrap peers and ledger peers, as the group asks for them.
    private func addRoots(_ place: Int, to topology: inout Topology) {
        let roots = groups[members[place].group]?.roots ?? Scenario.Roots()
        let publicRoots = named(roots.publicRoots, except: place)
        if !publicRoots.isEmpty {
            topology.publicRoots = [
                Topology.PublicRootGroup(
                    accessPoints: publicRoots.map(accessPoint),
                    advertise: roots.advertisesPublicRoots
                )
            ]
        }
        topology.bootstrapPeers = roots.bootstrap.map {
            named($0, except: place).map(accessPoint)
        }
        topology.useLedgerAfterSlot = roots.ledgerAfter ?? -1
        if roots.hasSnapshot { topology.peerSnapshotFile = Genesis.peerSnapshotName }
    }

    // MARK: - Overrides

    /// Keys that say who a node is, which is the scenario's to say.
    private static let ownKeys = [
        "NetworkID", "Role", "Moniker", "ListenAddress", "AdminAddress", "AdminToken",
    ]

    private func overridden(
        _ configuration: NodeConfiguration,
        _ place: Int
    ) throws(DocumentErrors) -> NodeConfiguration {
        let own = groups[members[place].group]?.config ?? []
        let overrides = scenario.defaults.config + own
        guard !overrides.isEmpty else { return configuration }
        var document = configuration.document
        for entry in overrides {
            guard !Self.ownKeys.contains(entry.key) else {
                throw DocumentErrors(
                    DocumentError(
                        file: options.file,
                        line: entry.line,
                        column: entry.column,
                        found: "'\(entry.key)' cannot be overridden",
                        hint: "the scenario itself says it"
                    )
                )
            }
            // Replaced as a whole entry, so that an error names the scenario's line.
            document[entry.key] = nil
            let value = resolved(entry.value, key: entry.key)
            let replaced = Document.Entry(
                entry.key,
                value,
                line: entry.line,
                column: entry.column
            )
            document.value = .map((document.entries ?? []) + [replaced])
        }
        return try NodeConfiguration.read(document, file: options.file).configuration
    }

    /// Names of nodes in lists of peers, as the ids or addresses that the node needs.
    private func resolved(_ value: Document, key: String) -> Document {
        let text: (Int) -> String
        switch key {
        case "PrivatePeerIDs", "UnconditionalPeers": text = { keys[$0].id.description }
        case "Seeds", "PersistentPeers": text = { accessPoint($0).description }
        default: return value
        }
        guard let items = value.items else { return value }
        let replaced = items.map { item in
            guard let place = item.string.flatMap({ places[$0] }) else { return item }
            return Document(.string(text(place)), line: item.line, column: item.column)
        }
        return Document(.list(replaced), line: value.line, column: value.column)
    }

    // MARK: - The network

    func genesis() -> Genesis {
        let text = Array("warren leader seed\0".utf8)
        var genesis = Genesis(leaderSeed: SHA256.hash(text + scenario.seed.bigEndianBytes))
        genesis.network = scenario.name
        genesis.startTime = options.startTime
        genesis.slotLength = scenario.chain.slotLength
        genesis.activeSlotMillionths = scenario.chain.activeSlotMillionths
        genesis.securityParameter = scenario.chain.securityParameter
        genesis.maxBodySize = scenario.chain.maxBodySize
        for (place, member) in members.enumerated() where member.role == .blockProducer {
            let id = keys[place].id
            let stakes = groups[member.group]?.stakes ?? []
            let stake = stakes.isEmpty ? 1 : stakes[(member.number - 1) % stakes.count]
            guard let key = Hash(keys[place].publicKey) else {
                preconditionFailure("a public key has 32 bytes")
            }
            genesis.producers.append(.init(name: member.name, key: key, stake: stake))
            let front = roll.relays[place].isEmpty ? [place] : roll.relays[place]
            genesis.relays.append(.init(producer: id, accessPoints: front.map(accessPoint)))
        }
        return genesis
    }

    func manifest() -> NetworkManifest {
        let nodes = members.indices.map { place in
            let routes = Set(roll.relays[place] + roll.protected[place] + roll.neighbours[place])
            return NetworkManifest.Node(
                member: members[place],
                id: keys[place].id,
                address: addresses[place].peerText,
                admin: addresses[place].adminText,
                directory: "nodes/\(members[place].name)",
                routes: routes.sorted().map { members[$0].name }
            )
        }
        return NetworkManifest(
            scenario: scenario,
            engine: options.engine,
            networkID: scenario.name,
            nodes: nodes
        )
    }
}

package import WarrenPeering
package import WarrenPrimitives

extension Topology {
    /// A topology file as read, with what is strange but not wrong.
    package struct File: Hashable, Sendable {
        package var topology: Topology
        package var warnings: [DocumentError]
    }

    /// Access points in one file: as many as a node may know (O§3.2).
    package static let accessPointLimit = 10_000

    /// Reads `topology.json`: Cardano's current form, with an optional `id` on access points, or
    /// one of its older forms.
    ///
    /// As upstream, keys it does not know are no error; they are warnings here. Sources: O§1.2,
    /// O§1.3, O§1.5.
    package static func read(
        _ document: Document,
        file: String
    ) throws(DocumentErrors) -> File {
        var problems = DocumentProblems(file: file)
        let topology: Topology
        if document.items != nil {
            topology = readNodeSetups(document, &problems)
        } else if document["Producers"] != nil {
            topology = readLegacy(document, &problems)
        } else if document["LocalRoots"] != nil || document["PublicRoots"] != nil {
            topology = readFirstP2P(document, &problems)
        } else {
            topology = readCurrent(document, &problems)
        }
        topology.validate(document, &problems)
        try problems.check()
        return File(topology: topology, warnings: problems.warnings)
    }

    private static func readCurrent(
        _ document: Document,
        _ problems: inout DocumentProblems
    ) -> Topology {
        problems.map(document, as: "the topology", lenient: true) { reader in
            var topology = Topology()
            topology.localRoots =
                reader.requiredList("localRoots") { problems, item in
                    localRoots(item, &problems)
                } ?? []
            topology.publicRoots =
                reader.requiredList("publicRoots") { problems, item in
                    problems.map(item, as: "a public root group", lenient: true) { reader in
                        PublicRootGroup(
                            accessPoints: reader.accessPoints(),
                            advertise: reader.bool("advertise") ?? false
                        )
                    }
                } ?? []
            topology.bootstrapPeers = reader.list("bootstrapPeers", limit: accessPointLimit) {
                accessPoint($0, &$1)
            }
            topology.useLedgerAfterSlot = reader.slot("useLedgerAfterSlot")
            topology.peerSnapshotFile = reader.string("peerSnapshotFile")
            return topology
        }
    }

    /// Source: O§1.3.
    private static func localRoots(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> LocalRootGroup {
        problems.map(item, as: "a local root group", lenient: true) { reader in
            let points = reader.accessPoints()
            // If both are there, `valency` wins: upstream tries it first.
            let valency = reader.integer("valency", in: 0...accessPointLimit)
            let hot = reader.integer("hotValency", in: 0...accessPointLimit)
            let saysValency = reader.keys.contains("valency") || reader.keys.contains("hotValency")
            if !saysValency {
                let place = reader.place
                reader.withProblems { $0.add(at: place, "a local root group has no 'hotValency'") }
            }
            var group = LocalRootGroup(
                accessPoints: points,
                hotValency: valency ?? hot ?? 0,
                warmValency: reader.integer("warmValency", in: 0...accessPointLimit)
            )
            group.advertise = reader.bool("advertise") ?? false
            group.trustable = reader.bool("trustable") ?? false
            group.behindFirewall = reader.bool("behindFirewall") ?? false
            group.diffusionMode = reader.word("diffusionMode") ?? .initiatorAndResponder
            return group
        }
    }

    /// An address with a port, a name with a port, or an SRV name without one.
    ///
    /// Source: O§1.2.
    static func accessPoint(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> AccessPoint? {
        problems.map(item, as: "an access point", lenient: true) { reader in
            let address = reader.required("address", in: "an access point")
            let port = reader.integer("port", in: 0...65_535).map { UInt16(clamping: $0) }
            let saysPort = reader.keys.contains("port")
            let id = reader.optional("id")
            return reader.withProblems { problems in
                let nodeID = id.flatMap { problems.nodeID($0, named: "id") }
                guard let address, let text = problems.string(address, named: "address") else {
                    return nil
                }
                let host = host(text, at: address, saysPort: saysPort, &problems)
                return host.map { AccessPoint(id: nodeID, host: $0, port: port) }
            }
        }
    }

    private static func host(
        _ text: String,
        at place: Document,
        saysPort: Bool,
        _ problems: inout DocumentProblems
    ) -> Host? {
        if let ip = IPAddress(text) {
            if ip.isUnspecified {
                problems.add(
                    at: place,
                    "'address' is \(place.spoken), which nobody can dial",
                    expected: "the address of one node"
                )
            } else if !saysPort {
                problems.add(at: place, "the address \(place.spoken) has no 'port'")
            }
            return ip.isUnspecified ? nil : .ip(ip)
        }
        // The parser of `host:port` knows what a name is.
        guard let endpoint = try? Endpoint(parsing: text + ":1"),
            case .name(let name) = endpoint.host
        else {
            problems.add(
                at: place,
                "'address' is \(place.spoken)",
                expected: "an IP address or a host name"
            )
            return nil
        }
        return .name(name)
    }

    /// What the shapes alone cannot say.
    ///
    /// Source: O§1.2, "Validation at load".
    private func validate(_ document: Document, _ problems: inout DocumentProblems) {
        let count =
            localRoots.reduce(0) { $0 + $1.accessPoints.count }
            + publicRoots.reduce(0) { $0 + $1.accessPoints.count } + (bootstrapPeers?.count ?? 0)
        if count > Self.accessPointLimit {
            problems.add(
                at: document,
                "the topology has \(count) access points",
                expected: "at most \(Self.accessPointLimit)"
            )
        }
        let hasTrusted = localRoots.contains { $0.trustable && !$0.accessPoints.isEmpty }
        if let bootstrapPeers, bootstrapPeers.isEmpty, !hasTrusted {
            problems.add(
                at: document["bootstrapPeers"] ?? document,
                "'bootstrapPeers' is empty and no local root group is trustable",
                expected: "a bootstrap peer, a group with \"trustable\": true, or null"
            )
        }
        let usesLedger = useLedgerAfterSlot.map { $0 >= 0 } ?? false
        if peerSnapshotFile != nil, !usesLedger {
            problems.warn(
                at: document["peerSnapshotFile"] ?? document,
                "'peerSnapshotFile' is not used, because ledger peers are off",
                hint: "set 'useLedgerAfterSlot' to turn them on"
            )
        }
    }
}

extension MapReader {
    mutating func accessPoints() -> [Topology.AccessPoint] {
        let found = required("accessPoints", in: "a group")
        guard let found else { return [] }
        return withProblems {
            $0.list(found, named: "accessPoints", limit: Topology.accessPointLimit) {
                Topology.accessPoint($0, &$1)
            } ?? []
        }
    }

    mutating func requiredList<Item>(
        _ key: String,
        _ body: (inout DocumentProblems, Document) -> Item?
    ) -> [Item]? {
        guard let found = required(key, in: "the topology") else { return nil }
        return withProblems {
            $0.list(found, named: key, limit: Topology.accessPointLimit) { body(&$1, $0) }
        }
    }

    /// A slot number; fractions are floored, as upstream does.
    mutating func slot(_ key: String) -> Int64? {
        guard let found = optional(key) else { return nil }
        switch found.value {
        case .integer(let number): return number
        case .decimal(let text):
            if let slot = Self.floored(text) { return slot }
        case .null, .bool, .string, .list, .map: break
        }
        withProblems { $0.add(at: found, "'\(key)' is \(found.spoken)", expected: "a slot number") }
        return nil
    }

    private static func floored(_ text: String) -> Int64? {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
            let whole = Int64(pieces[0])
        else { return nil }
        let isWhole = pieces[1].utf8.allSatisfy { $0 == 48 }
        return text.first == "-" && !isWhole && whole > .min ? whole - 1 : whole
    }
}

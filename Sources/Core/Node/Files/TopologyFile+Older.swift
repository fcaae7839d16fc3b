import WarrenPeering
import WarrenPrimitives

/// The forms of the topology file that Cardano has left behind, read into the current one.
///
/// Source: O§1.5.
extension Topology {
    /// The first P2P form: groups wrapped in `localRoots` and `publicRoots` keys of their own.
    static func readFirstP2P(
        _ document: Document,
        _ problems: inout DocumentProblems
    ) -> Topology {
        problems.map(document, as: "the topology", lenient: true) { reader in
            var topology = Topology()
            topology.localRoots =
                reader.map("LocalRoots") { reader in
                    reader.requiredList("groups") { problems, item in
                        firstP2PGroup(item, &problems)
                    } ?? []
                } ?? []
            topology.publicRoots =
                reader.list("PublicRoots", limit: accessPointLimit) { item, problems in
                    problems.map(item, as: "a public root", lenient: true) { reader in
                        reader.map("publicRoots") { reader in
                            PublicRootGroup(
                                accessPoints: reader.accessPoints(),
                                advertise: reader.bool("advertise") ?? false
                            )
                        }
                    }
                } ?? []
            topology.useLedgerAfterSlot = reader.slot("useLedgerAfterSlot")
            return topology
        }
    }

    private static func firstP2PGroup(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> LocalRootGroup? {
        problems.map(item, as: "a local root group", lenient: true) { reader in
            let valency = reader.required("valency", in: "a local root group").flatMap { found in
                reader.withProblems {
                    $0.integer(found, named: "valency", in: 0...accessPointLimit)
                }
            }
            return reader.map("localRoots") { reader in
                var group = LocalRootGroup(
                    accessPoints: reader.accessPoints(),
                    hotValency: valency ?? 0
                )
                group.advertise = reader.bool("advertise") ?? false
                return group
            }
        }
    }

    /// The form from before P2P: producers with a valency, each a group of its own.
    ///
    /// An address counts once or, with valency 0, not at all; a name counts as often as its
    /// valency says.
    static func readLegacy(
        _ document: Document,
        _ problems: inout DocumentProblems
    ) -> Topology {
        problems.map(document, as: "the topology", lenient: true) { reader in
            var topology = Topology()
            topology.localRoots = reader.producers("Producers")
            return topology
        }
    }

    /// The mock form: one file for many nodes, of which we can only take a file for one.
    static func readNodeSetups(
        _ document: Document,
        _ problems: inout DocumentProblems
    ) -> Topology {
        guard let items = document.items, items.count == 1, let only = items.first else {
            problems.add(
                at: document,
                "the topology is a list of \(document.items?.count ?? 0) node set-ups",
                expected: "the topology of one node",
                hint: "keep the entry of this node alone"
            )
            return Topology()
        }
        return problems.map(only, as: "a node set-up", lenient: true) { reader in
            var topology = Topology()
            for key in ["nodeId", "nodeIPv4Address", "nodeIPv6Address"] { _ = reader.value(key) }
            topology.localRoots = reader.producers("producers")
            topology.useLedgerAfterSlot = reader.slot("useLedgerAfterSlot")
            return topology
        }
    }
}

extension MapReader {
    fileprivate mutating func producers(_ key: String) -> [Topology.LocalRootGroup] {
        guard let found = required(key, in: "the topology") else { return [] }
        return withProblems { problems in
            let limit = Topology.accessPointLimit
            let groups = problems.list(found, named: key, limit: limit) { item, problems in
                Self.producer(item, &problems)
            }
            return groups ?? []
        }
    }

    private static func producer(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> Topology.LocalRootGroup? {
        var renamed = item
        // `addr` is the old name of `address`; the rest of an access point is as it is now.
        if let entries = item.entries {
            renamed.value = .map(
                entries.filter { $0.key != "valency" }.map { entry in
                    var entry = entry
                    if entry.key == "addr" { entry.key = "address" }
                    return entry
                }
            )
        }
        guard let point = Topology.accessPoint(renamed, &problems) else { return nil }
        let valency =
            item["valency"].flatMap {
                problems.integer($0, named: "valency", in: 0...Topology.accessPointLimit)
            } ?? 1
        guard valency > 0 else { return nil }
        let wanted: Int =
            switch point.host {
            case .ip: 1
            case .name: valency
            }
        return Topology.LocalRootGroup(accessPoints: [point], hotValency: wanted)
    }
}

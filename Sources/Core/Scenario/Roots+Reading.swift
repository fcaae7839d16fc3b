import WarrenObservation
import WarrenPeering
import WarrenPrimitives

extension Scenario.Group {
    /// The keys of a group that say how its nodes meet others.
    mutating func readRoots(_ reader: inout MapReader) {
        manager = reader.word("manager")
        stakes = reader.stakes("stake") ?? stakes
        let roots = reader.map("roots") { reader in
            var roots = Scenario.Roots()
            roots.seeds = reader.names(orNone: "seeds")
            roots.publicRoots = reader.names(orNone: "public") ?? []
            roots.advertisesPublicRoots = reader.bool("advertisePublic") ?? false
            roots.bootstrap = reader.names(orNone: "bootstrap")
            roots.ledgerAfter =
                reader.integer("ledgerAfter", in: 0...Scenario.slotLimit).map { Int64($0) }
            roots.hasSnapshot = reader.bool("snapshot") ?? false
            return roots
        }
        self.roots = roots ?? self.roots
        let asRoot = reader.map("asRoot") { reader in
            var asRoot = Scenario.AsRoot()
            asRoot.advertise = reader.bool("advertise")
            asRoot.trustable = reader.bool("trustable")
            asRoot.behindFirewall = reader.bool("behindFirewall") ?? false
            asRoot.diffusionMode = reader.word("diffusionMode") ?? asRoot.diffusionMode
            return asRoot
        }
        self.asRoot = asRoot ?? self.asRoot
    }

    func rootEntries() -> [Document.Entry] {
        var entries: [Document.Entry] = []
        if let manager { entries.append(.init("manager", .text(manager.rawValue))) }
        if !stakes.isEmpty {
            entries.append(.init("stake", .list(stakes.map { .number($0) })))
        }
        if roots != Scenario.Roots() { entries.append(.init("roots", roots.document)) }
        if asRoot != Scenario.AsRoot() { entries.append(.init("asRoot", asRoot.document)) }
        return entries
    }
}

extension Scenario.Roots {
    fileprivate var document: Document {
        func list(_ names: [String]) -> Document { .list(names.map { .text($0) }) }
        var entries: [Document.Entry] = []
        if let seeds { entries.append(.init("seeds", list(seeds))) }
        if !publicRoots.isEmpty { entries.append(.init("public", list(publicRoots))) }
        if advertisesPublicRoots { entries.append(.init("advertisePublic", true)) }
        if let bootstrap { entries.append(.init("bootstrap", list(bootstrap))) }
        if let ledgerAfter { entries.append(.init("ledgerAfter", .number(ledgerAfter))) }
        if hasSnapshot { entries.append(.init("snapshot", true)) }
        return .map(entries)
    }
}

extension Scenario.AsRoot {
    fileprivate var document: Document {
        var entries: [Document.Entry] = []
        if let advertise { entries.append(.init("advertise", .flag(advertise))) }
        if let trustable { entries.append(.init("trustable", .flag(trustable))) }
        if behindFirewall { entries.append(.init("behindFirewall", true)) }
        if diffusionMode != .initiatorAndResponder {
            entries.append(.init("diffusionMode", .text(diffusionMode.rawValue)))
        }
        return .map(entries)
    }
}

extension Scenario {
    /// What roots and stake say must fit the nodes that are there.
    func checkRoots(_ document: Document, _ problems: inout DocumentProblems) {
        for group in groups {
            let place = document["nodes"]?[group.name]
            func at(_ keys: String...) -> Document {
                keys.reduce(place ?? document) { $0[$1] ?? $0 }
            }
            if group.role == .seed, let manager = group.manager {
                problems.add(
                    at: at("manager"),
                    "'\(group.name)' are seeds with the manager '\(manager.rawValue)'",
                    expected: "no 'manager': a seed crawls"
                )
            }
            if group.role != .blockProducer, !group.stakes.isEmpty {
                problems.add(
                    at: at("stake"),
                    "'\(group.name)' has stake, but is no group of block producers"
                )
            }
            let lists = [
                ("seeds", group.roots.seeds ?? []), ("public", group.roots.publicRoots),
                ("bootstrap", group.roots.bootstrap ?? []),
            ]
            for (key, names) in lists {
                for name in names where places(named: name) == nil {
                    complain("'\(key)'", name, at: at("roots", key), &problems)
                }
            }
            let trustsSomebody =
                group.behind != nil || groups.contains { $0.asRoot.trustable == true }
            if group.roots.bootstrap == [], !trustsSomebody {
                problems.add(
                    at: at("roots", "bootstrap"),
                    "'\(group.name)' may trust only bootstrap peers, and has none",
                    expected: "a bootstrap peer, or 'asRoot: { trustable: true }' on a group"
                )
            }
            if group.roots.hasSnapshot {
                checkSnapshot(group, at: at("roots", "snapshot"), &problems)
            }
        }
    }

    private func checkSnapshot(
        _ group: Group,
        at place: Document,
        _ problems: inout DocumentProblems
    ) {
        if group.roots.ledgerAfter == nil {
            problems.add(
                at: place,
                "'\(group.name)' has a snapshot of ledger peers, and never uses ledger peers",
                expected: "'ledgerAfter' beside it"
            )
        }
        if !groups.contains(where: { $0.role == .blockProducer && $0.count > 0 }) {
            problems.add(
                at: place,
                "'\(group.name)' has a snapshot of ledger peers, and nobody has stake",
                expected: "a group of block producers"
            )
        }
    }

    /// Says that a list of names has one that nobody bears.
    func complain(
        _ list: String,
        _ name: String,
        at place: Document,
        _ problems: inout DocumentProblems
    ) {
        let known = groups.map(\.name) + groups.flatMap(\.regions)
        problems.add(
            at: place,
            "\(list) has '\(Document.clipped(name))', which is nobody here",
            expected: "a node, group, role or region",
            hint: nearest(to: name, among: known).map { "did you mean '\($0)'?" }
        )
    }
}

extension MapReader {
    /// As selectors, where `none` and an empty list are nobody.
    fileprivate mutating func names(orNone key: String) -> [String]? {
        selectors(key).map { $0 == [Scenario.Group.open] ? [] : $0 }
    }

    /// One number, or several that the producers take in turn.
    fileprivate mutating func stakes(_ key: String) -> [Int64]? {
        guard let found = optional(key) else { return nil }
        return withProblems { problems in
            let list = found.items == nil ? Document.list([found]) : found
            let range = 0...Int(Scenario.stakeLimit)
            return problems.list(list, named: key, limit: Scenario.nodeLimit) { item, problems in
                problems.integer(item, named: key, in: range).map { Int64($0) }
            }
        }
    }
}

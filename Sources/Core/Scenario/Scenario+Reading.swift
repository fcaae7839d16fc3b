import WarrenObservation
package import WarrenPrimitives

extension Scenario {
    /// Reads a scenario file, after the changes that `--set` asks for.
    ///
    /// `name` is used where the file has none; the tools give the file's own name. Everything
    /// wrong is reported at once, with its line.
    package static func read(
        _ document: Document,
        file: String,
        name: String = "network",
        overrides: [DocumentOverride] = []
    ) throws(DocumentErrors) -> Scenario {
        var document = document
        for override in overrides { try override.apply(to: &document) }
        var problems = DocumentProblems(file: file)
        if document.value == .null { document.value = .map([]) }
        let scenario = problems.map(document, as: "the scenario") { reader in
            read(&reader, name: name)
        }
        try problems.check()
        // What follows asks who is meant by names, which needs everything above to be sound.
        scenario.validate(document, &problems)
        try problems.check()
        return scenario
    }

    private static func read(_ reader: inout MapReader, name: String) -> Scenario {
        var scenario = Scenario(
            name: reader.name("name") ?? name,
            seed: Int64(reader.integer("seed", in: 0...Int.max) ?? 42),
            groups: [],
            topology: Wiring(),
            defaults: Defaults(targets: defaultTargets(for: 0, PartialTargets())),
            chain: Chain(),
            liveness: .seconds(5),
            expectations: []
        )
        scenario.groups = readGroups(&reader)
        scenario.topology = readWiring(&reader)
        scenario.readDefaults(&reader)
        let chain = reader.map("chain") { reader in
            var chain = Chain()
            chain.slotLength =
                reader.duration("slot", in: .milliseconds(1) ... .seconds(86_400))
                ?? chain.slotLength
            chain.activeSlotMillionths =
                reader.share("activeSlotCoefficient") ?? chain.activeSlotMillionths
            chain.securityParameter =
                reader.integer("securityParameter", in: Chain.securityParameters)
                ?? chain.securityParameter
            chain.maxBodySize =
                reader.integer("maxBodySize", in: Chain.bodySizes) ?? chain.maxBodySize
            return chain
        }
        scenario.chain = chain ?? scenario.chain
        scenario.liveness =
            reader.duration("liveness", in: .milliseconds(1) ... .seconds(86_400))
            ?? scenario.liveness
        scenario.expectations = readExpectations(&reader)
        scenario.readLinks(&reader)
        scenario.readFaults(&reader)
        scenario.readLoads(&reader)
        return scenario
    }

    // MARK: - Groups

    private static func readGroups(_ reader: inout MapReader) -> [Group] {
        guard let found = reader.optional("nodes") else {
            return [Group(name: "relay", role: .relay, count: 4)]
        }
        let groups = reader.withProblems { problems in
            problems.map(found, as: "'nodes'") { reader in
                reader.keys.compactMap { key in readGroup(key, &reader) }
            }
        }
        let count = groups.reduce(0) { $0 + $1.count }
        if groups.isEmpty || groups.count > groupLimit || count > nodeLimit || count == 0 {
            reader.withProblems {
                $0.add(
                    at: found,
                    "'nodes' has \(count) nodes in \(groups.count) groups",
                    expected: "1 to \(nodeLimit) nodes in 1 to \(groupLimit) groups"
                )
            }
            return []
        }
        return placed(groups)
    }

    /// Block producers that do not say otherwise stand behind the relays, if there are any.
    private static func placed(_ groups: [Group]) -> [Group] {
        let relays = groups.filter { $0.role == .relay && $0.count > 0 }
        let front =
            relays.count == 1 ? relays.first?.name : relays.isEmpty ? nil : Role.relay.rawValue
        return groups.map { group in
            var group = group
            if group.behind == Group.open {
                group.behind = nil
            } else if group.role == .blockProducer {
                group.behind = group.behind ?? front
            }
            return group
        }
    }

    /// A group as a map, or as a number: how many.
    private static func readGroup(_ key: String, _ reader: inout MapReader) -> Group? {
        guard let found = reader.value(key) else { return nil }
        let name = reader.withProblems { problems in
            problems.name(key, at: found, called: "the group")
        }
        guard let name else { return nil }
        var group = Group(name: name, role: usualRole(of: name), count: 1)
        let counts = 0...nodeLimit
        switch found.value {
        case .null: break
        case .integer:
            let count = reader.withProblems { $0.integer(found, named: name, in: counts) }
            group.count = count ?? group.count
        case .bool, .decimal, .string, .list, .map:
            reader.withProblems { problems in
                problems.map(found, as: "the group '\(name)'") { group.read(&$0) }
            }
        }
        return group
    }

    private static func usualRole(of name: String) -> Role {
        switch name {
        case "seed", "seeds": .seed
        case "producer", "producers", "block-producer": .blockProducer
        default: .relay
        }
    }

    private static func readExpectations(_ reader: inout MapReader) -> [Sentence] {
        reader.list("expect", limit: expectationLimit) { item, problems in
            guard let text = problems.string(item, named: "expect") else { return nil }
            guard (1...sentenceLimit).contains(text.utf8.count) else {
                problems.add(
                    at: item,
                    "an expectation has \(text.utf8.count) letters",
                    expected: "1 to \(sentenceLimit)"
                )
                return nil
            }
            return Sentence(text: text, line: item.line)
        } ?? []
    }

    // MARK: - Defaults

    private mutating func readDefaults(_ reader: inout MapReader) {
        let count = nodeCount
        defaults.targets = Self.defaultTargets(for: count, PartialTargets())
        let read = reader.map("defaults") { reader in
            var defaults = self.defaults
            let asked = reader.targets()
            defaults.targets = Self.defaultTargets(for: count, asked ?? PartialTargets())
            defaults.pace = reader.integer("pace", in: 1...1_000_000) ?? defaults.pace
            defaults.manager = reader.word("manager") ?? defaults.manager
            defaults.config = reader.config()
            return defaults
        }
        defaults = read ?? defaults
        for place in groups.indices {
            // Only what a group says itself was read so far; the rest is the scenario's.
            guard let own = groups[place].targets else { continue }
            var asked = PartialTargets()
            asked.root = own.root >= 0 ? own.root : nil
            asked.known = own.known >= 0 ? own.known : defaults.targets.known
            asked.established = own.established >= 0 ? own.established : nil
            asked.active = own.active >= 0 ? own.active : nil
            groups[place].targets = Self.defaultTargets(for: count, asked)
        }
    }
}

extension Scenario.Group {
    fileprivate mutating func read(_ reader: inout MapReader) {
        role = reader.word("role") ?? role
        count = reader.integer("count", in: 0...Scenario.nodeLimit) ?? count
        regions = reader.names("region") ?? regions
        behind = reader.string("behind")
        valency = reader.integer("valency", in: 1...Scenario.nodeLimit) ?? valency
        isHidden = reader.bool("hidden") ?? isHidden
        if let asked = reader.targets() {
            // Below zero stands for "not said" until the scenario's own are known.
            targets = Targets(
                root: asked.root ?? -1,
                known: asked.known ?? -1,
                established: asked.established ?? -1,
                active: asked.active ?? -1
            )
        }
        readRoots(&reader)
        config = reader.config()
    }
}

extension MapReader {
    fileprivate mutating func targets() -> Scenario.PartialTargets? {
        map("targets") { reader in
            var targets = Scenario.PartialTargets()
            targets.root = reader.integer("root", in: 0...10_000)
            targets.known = reader.integer("known", in: 0...10_000)
            targets.established = reader.integer("established", in: 0...1000)
            targets.active = reader.integer("active", in: 0...100)
            return targets
        }
    }

    /// Keys of `config.json`; what they mean is the node's business.
    fileprivate mutating func config() -> [Document.Entry] {
        guard let found = optional("config") else { return [] }
        return withProblems { problems in
            problems.map(found, as: "'config'") { reader in
                for key in reader.keys { _ = reader.value(key) }
                return found.entries ?? []
            }
        }
    }

    fileprivate mutating func name(_ key: String) -> String? {
        guard let found = optional(key) else { return nil }
        return withProblems { problems in
            problems.string(found, named: key).flatMap {
                problems.name($0, at: found, called: "'\(key)'")
            }
        }
    }

    /// One name, or a list of them.
    fileprivate mutating func names(_ key: String) -> [String]? {
        guard let found = optional(key) else { return nil }
        return withProblems { problems in
            let list = found.items == nil ? Document.list([found]) : found
            return problems.list(list, named: key, limit: Scenario.groupLimit) { item, problems in
                problems.string(item, named: key).flatMap {
                    problems.name($0, at: item, called: "'\(key)'")
                }
            }
        }
    }
}

extension DocumentProblems {
    /// Small letters, digits and hyphens, a letter first and no hyphen last: good for a directory,
    /// a host and a container.
    mutating func name(_ text: String, at place: Document, called what: String) -> String? {
        let isRight = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        let startsRight = text.utf8.first.map { $0 >= UInt8(ascii: "a") } ?? false
        if isRight, startsRight, text.utf8.last != UInt8(ascii: "-"),
            text.utf8.count <= Scenario.nameLimit
        {
            return text
        }
        add(
            at: place,
            "\(what) is named '\(text.count > 60 ? "…" : text)'",
            expected:
                "up to \(Scenario.nameLimit) small letters, digits and hyphens, a letter first"
        )
        return nil
    }
}

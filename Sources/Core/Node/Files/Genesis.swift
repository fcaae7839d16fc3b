package import WarrenChain
package import WarrenPeering
package import WarrenPrimitives

/// What all nodes of a network agree on before the first block: `genesis.json`.
///
/// Source: design §6, §17.14.
package struct Genesis: Hashable, Sendable {
    package var network = "warren"
    /// When slot 0 begins.
    package var startTime = Instant.epoch
    package var slotLength: Duration = .seconds(1)
    /// How many slots in a million have a leader: f of design §17.14.
    package var activeSlotMillionths: Int64 = 50_000
    /// Drawn once for the network; the leader schedule derives from it.
    package var leaderSeed: [UInt8]
    /// How many blocks a node may take back: k.
    package var securityParameter = 2160
    /// In bytes.
    package var maxBodySize = 90_112
    package var producers: [Producer]
    package var relays: [Registration]

    package static let leaderSeedLength = 32
    /// Producers and registrations in one file: as many as a network may have nodes.
    package static let memberLimit = 100_000
    /// In blocks; what is not yet settled is held in memory.
    package static let securityParameters = 1...100_000
    /// In bytes.
    package static let bodySizes = 1024...Body.byteLimit

    package init(
        leaderSeed: [UInt8] = [UInt8](repeating: 0, count: leaderSeedLength),
        producers: [Producer] = [],
        relays: [Registration] = []
    ) {
        self.leaderSeed = leaderSeed
        self.producers = producers
        self.relays = relays
    }

    /// One who may make blocks, and how much of the stake is theirs.
    package struct Producer: Hashable, Sendable {
        package var name: String
        /// The raw Ed25519 public key of the node, which signs its blocks.
        package var key: Hash
        /// Any unit; only the share counts.
        package var stake: Int64

        package var id: NodeID { NodeID(publicKey: key.bytes) }

        package init(name: String, key: Hash, stake: Int64) {
            self.name = name
            self.key = key
            self.stake = stake
        }
    }

    /// The relays through which a producer wants to be reached: its ledger peers.
    package struct Registration: Hashable, Sendable {
        package var producer: NodeID
        package var accessPoints: [Topology.AccessPoint]

        package init(producer: NodeID, accessPoints: [Topology.AccessPoint]) {
            self.producer = producer
            self.accessPoints = accessPoints
        }
    }
}

extension Genesis {
    /// Reads `genesis.json`; unknown keys are errors.
    package static func read(_ document: Document, file: String) throws(DocumentErrors) -> Genesis {
        var problems = DocumentProblems(file: file)
        let genesis = problems.map(document, as: "the genesis") { reader in
            var genesis = Genesis()
            if let found = reader.required("networkID", in: "the genesis") {
                genesis.network =
                    reader.withProblems { $0.networkID(found, named: "networkID") }
                    ?? genesis.network
            }
            if let start = reader.duration("startTime", in: .zero ... .nanoseconds(Int64.max)) {
                genesis.startTime = Instant(nanoseconds: start.wholeNanoseconds)
            }
            genesis.slotLength =
                reader.duration("slotLength", in: .milliseconds(1) ... .seconds(86_400))
                ?? genesis.slotLength
            genesis.activeSlotMillionths =
                reader.share("activeSlotCoefficient") ?? genesis.activeSlotMillionths
            genesis.leaderSeed = reader.seedBytes("leaderSeed") ?? genesis.leaderSeed
            genesis.securityParameter =
                reader.integer("securityParameter", in: securityParameters)
                ?? genesis.securityParameter
            genesis.maxBodySize =
                reader.integer("maxBodySize", in: bodySizes) ?? genesis.maxBodySize
            genesis.producers =
                reader.list("producers", limit: memberLimit) { producer($0, &$1) } ?? []
            genesis.relays =
                reader.list("relays", limit: memberLimit) { registration($0, &$1) } ?? []
            return genesis
        }
        genesis.validate(document, &problems)
        try problems.check()
        return genesis
    }

    private static func producer(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> Producer? {
        problems.map(item, as: "a producer") { reader in
            let name = reader.string("name")
            let written = reader.required("key", in: "a producer")
            let id = reader.optional("id")
            let stake = reader.integer("stake", in: 0...Int(Int64.max / 1_000_000))
            return reader.withProblems { problems in
                guard let written else { return nil }
                guard let key = written.string.flatMap({ Hash($0) }) else {
                    problems.add(
                        at: written,
                        "'key' is \(written.spoken)",
                        expected: "a public key as 64 hex digits"
                    )
                    return nil
                }
                let producer = Producer(name: name ?? "\(key)", key: key, stake: Int64(stake ?? 0))
                if let id, let named = problems.nodeID(id, named: "id"), named != producer.id {
                    problems.add(at: id, "'id' is \(named), but that of the key is \(producer.id)")
                }
                return producer
            }
        }
    }

    private static func registration(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> Registration? {
        problems.map(item, as: "a relay registration") { reader in
            let id = reader.required("producer", in: "a relay registration")
            let points = reader.accessPoints()
            return reader.withProblems { problems in
                id.flatMap { problems.nodeID($0, named: "producer") }
                    .map { Registration(producer: $0, accessPoints: points) }
            }
        }
    }

    private func validate(_ document: Document, _ problems: inout DocumentProblems) {
        var seen: Set<NodeID> = []
        for producer in producers where !seen.insert(producer.id).inserted {
            problems.add(
                at: document["producers"] ?? document,
                "the producer \(producer.id) stands twice"
            )
        }
        for relay in relays where !seen.contains(relay.producer) {
            problems.add(
                at: document["relays"] ?? document,
                "the registration of \(relay.producer) has no producer of that id"
            )
        }
        let (_, overflow) = producers.reduce((Int64(0), false)) { sum, producer in
            let next = sum.0.addingReportingOverflow(producer.stake)
            return (next.partialValue, sum.1 || next.overflow)
        }
        if overflow {
            problems.add(
                at: document["producers"] ?? document,
                "the stakes add up to more than \(Int64.max)"
            )
        }
    }

    /// `genesis.json`; reading it back gives an equal genesis.
    package var document: Document {
        .map([
            .init("networkID", .text(network)),
            .init("startTime", .text(Quantity.spelled(.nanoseconds(startTime.nanoseconds)))),
            .init("slotLength", .text(Quantity.spelled(slotLength))),
            .init("activeSlotCoefficient", .text(Quantity.spelledShare(activeSlotMillionths))),
            .init("leaderSeed", .text(Hex.text(leaderSeed))),
            .init("securityParameter", .number(Int64(securityParameter))),
            .init("maxBodySize", .number(Int64(maxBodySize))),
            .init(
                "producers",
                .list(
                    producers.map {
                        .map([
                            .init("name", .text($0.name)), .init("id", .text($0.id.description)),
                            .init("key", .text($0.key.description)),
                            .init("stake", .number($0.stake)),
                        ])
                    }
                )
            ),
            .init(
                "relays",
                .list(
                    relays.map {
                        .map([
                            .init("producer", .text($0.producer.description)),
                            .init("accessPoints", .list($0.accessPoints.map(\.document))),
                        ])
                    }
                )
            ),
        ])
    }
}

extension MapReader {
    fileprivate mutating func seedBytes(_ key: String) -> [UInt8]? {
        guard let found = optional(key) else { return nil }
        if let bytes = found.string.flatMap(Hex.bytes), bytes.count == Genesis.leaderSeedLength {
            return bytes
        }
        withProblems {
            $0.add(at: found, "'\(key)' is \(found.spoken)", expected: "64 hex digits")
        }
        return nil
    }
}

extension Genesis {
    /// What the chain needs of it; nil when there is no chain: without a producer, or before a time
    /// is set at which slot 0 begins.
    package var chainRules: ChainRules? {
        guard !producers.isEmpty, startTime != .epoch else { return nil }
        var rules = ChainRules(
            genesisID: hash,
            start: startTime,
            slotLength: slotLength,
            activeSlotMillionths: activeSlotMillionths,
            leaderSeed: leaderSeed,
            producers: producers.map {
                ChainRules.Producer(key: $0.key, stake: UInt64(max(0, $0.stake)))
            }
        )
        rules.securityParameter = securityParameter
        rules.bodyByteLimit = maxBodySize
        return rules
    }

    /// The hash of everything that decides which blocks are valid.
    private var hash: Hash {
        var writer = ProtobufWriter(capacity: 256 + 40 * producers.count)
        writer.string(1, network)
        writer.varint(2, UInt64(bitPattern: startTime.nanoseconds))
        writer.varint(3, UInt64(bitPattern: slotLength.wholeNanoseconds))
        writer.varint(4, UInt64(bitPattern: activeSlotMillionths))
        writer.bytes(5, leaderSeed)
        writer.varint(6, UInt64(securityParameter))
        writer.varint(7, UInt64(maxBodySize))
        for producer in producers {
            writer.message(8) { writer in
                writer.bytes(1, producer.key.bytes)
                writer.varint(2, UInt64(bitPattern: producer.stake))
            }
        }
        return Hash(of: writer.bytes)
    }
}

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
    package var producers: [Producer]
    package var relays: [Registration]

    package static let leaderSeedLength = 32
    /// Producers and registrations in one file: as many as a network may have nodes.
    package static let memberLimit = 100_000

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
        package var id: NodeID
        /// Any unit; only the share counts.
        package var stake: Int64

        package init(name: String, id: NodeID, stake: Int64) {
            self.name = name
            self.id = id
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
            let id = reader.required("id", in: "a producer")
            let stake = reader.integer("stake", in: 0...Int(Int64.max / 1_000_000))
            return reader.withProblems { problems in
                id.flatMap { problems.nodeID($0, named: "id") }
                    .map {
                        Producer(name: name ?? $0.description, id: $0, stake: Int64(stake ?? 0))
                    }
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
            .init(
                "producers",
                .list(
                    producers.map {
                        .map([
                            .init("name", .text($0.name)), .init("id", .text($0.id.description)),
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

package import WarrenPeering
package import WarrenPrimitives

extension LedgerSnapshot {
    /// A snapshot file as read, with what was left out of it.
    package struct File: Hashable, Sendable {
        package var snapshot: LedgerSnapshot
        package var warnings: [DocumentError]
    }

    /// The version of upstream's query whose answer is such a file.
    package static let fileVersion = 23

    /// Reads what `cardano-cli query ledger-peer-snapshot` writes of the big pools.
    ///
    /// A relay that nobody could dial is left out with a warning. A file that is older than
    /// `useAfterSlot` is refused: the node would have no ledger peers when it needs them. Upstream
    /// also compares `NetworkMagic`; our networks have none. Source: O§9.3.
    package static func read(
        _ document: Document,
        file: String,
        useAfterSlot: Int64? = nil
    ) throws(DocumentErrors) -> File {
        var problems = DocumentProblems(file: file)
        problems.refuseOtherForms(of: document)
        guard problems.errors.isEmpty else {
            try problems.check()
            return File(snapshot: .empty, warnings: [])
        }
        let snapshot = problems.map(document, as: "the snapshot", lenient: true) { reader in
            var snapshot = LedgerSnapshot.empty
            _ = reader.integer("NodeToClientVersion", in: fileVersion...fileVersion)
            let magic = reader.integer("NetworkMagic", in: 0...Int(UInt32.max))
            snapshot.networkMagic = UInt32(clamping: magic ?? 0)
            if let point = reader.required("Point", in: "the snapshot") {
                reader.withProblems { snapshot.readPoint(point, &$0) }
            }
            let pools = reader.required("bigLedgerPools", in: "the snapshot")
            snapshot.pools = reader.withProblems { problems in
                let read = pools.flatMap { pools in
                    problems.list(pools, named: "bigLedgerPools", limit: poolLimit) {
                        pool($0, &$1)
                    }
                }
                return read ?? []
            }
            return snapshot
        }
        snapshot.validate(document, useAfterSlot: useAfterSlot, &problems)
        try problems.check()
        return File(snapshot: snapshot, warnings: problems.warnings)
    }

    private static let empty = LedgerSnapshot(networkMagic: 0, slot: 0, blockHash: [], pools: [])

    private mutating func readPoint(_ point: Document, _ problems: inout DocumentProblems) {
        problems.map(point, as: "'Point'", lenient: true) { reader in
            // The origin has neither: a snapshot of it says nothing.
            if reader.required("blockPointSlot", in: "'Point'") != nil {
                slot = UInt64(reader.integer("blockPointSlot", in: 0...Int.max) ?? 0)
            }
            guard let found = reader.required("blockPointHash", in: "'Point'") else { return }
            if let bytes = found.string.flatMap(Hex.bytes), bytes.count == Self.blockHashLength {
                blockHash = bytes
                return
            }
            reader.withProblems {
                $0.add(
                    at: found,
                    "'blockPointHash' is \(found.spoken)",
                    expected: "\(2 * Self.blockHashLength) hex digits"
                )
            }
        }
    }

    /// A pool with the relays of it that can be dialed; nil where there is none.
    private static func pool(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> LedgerPeers.Pool? {
        guard let stake = item["relativeStake"], let share = Self.share(stake) else {
            problems.add(
                at: item["relativeStake"] ?? item,
                "'relativeStake' is \((item["relativeStake"] ?? Document(.null)).spoken)",
                expected: "a share of all stake, from 0 to 1"
            )
            return nil
        }
        guard let relays = item["relays"] else {
            problems.add(at: item, "a pool has no 'relays'")
            return nil
        }
        let points = problems.list(relays, named: "relays", limit: relayLimit) { item, problems in
            var attempt = DocumentProblems(file: problems.file)
            let point = Topology.accessPoint(item, &attempt)
            if let flaw = attempt.errors.first {
                problems.warn(at: item, "a relay is left out: \(flaw.found)")
                return nil as Topology.AccessPoint?
            }
            return point
        }
        guard let points, !points.isEmpty else { return nil }
        return LedgerPeers.Pool(stake: share, relays: points)
    }

    private func validate(
        _ document: Document,
        useAfterSlot: Int64?,
        _ problems: inout DocumentProblems
    ) {
        let exact = pools.reduce(UInt128(0)) { $0 + UInt128($1.stake) }
        let sum = UInt64(clamping: exact)
        // Shares are rounded, each to a digit of its own.
        if sum > Self.wholeStake + Self.wholeStake / 1_000_000 {
            problems.add(
                at: document["bigLedgerPools"] ?? document,
                "the relative stakes add up to \(Self.spelled(sum))",
                expected: "at most 1"
            )
        }
        if let useAfterSlot, useAfterSlot >= 0, slot < UInt64(useAfterSlot) {
            problems.add(
                at: document["Point"] ?? document,
                "the snapshot is of slot \(slot)",
                expected: "at least slot \(useAfterSlot), the 'useLedgerAfterSlot' of the topology",
                hint: "take a newer snapshot"
            )
        }
    }
}

extension DocumentProblems {
    /// Forms that upstream's tools write and its node refuses, too.
    fileprivate mutating func refuseOtherForms(of document: Document) {
        let query = "query it again with 'cardano-cli query ledger-peer-snapshot'"
        if let version = document["version"] {
            add(
                at: version,
                "the snapshot has 'version' \(version.spoken), as nodes before 10.6 wrote it",
                expected: "'NodeToClientVersion' \(LedgerSnapshot.fileVersion)",
                hint: query
            )
        } else if let pools = document["allLedgerPools"] {
            add(
                at: pools,
                "the snapshot is one of all pools, 'allLedgerPools'",
                expected: "'bigLedgerPools'",
                hint: query
            )
        } else if document.entries != nil, document["NodeToClientVersion"] == nil {
            add(
                at: document,
                "the snapshot has no 'NodeToClientVersion'",
                expected: "\(LedgerSnapshot.fileVersion)"
            )
        }
    }
}

import GRDB
package import WarrenObservation
package import WarrenPrimitives

extension Recording {
    /// When a run was, on the observer's clock.
    package struct Span: Hashable, Sendable {
        package var beganAt: Instant
        /// t = 0; nil if never all nodes were healthy.
        package var zeroAt: Instant?
        /// The end of the run, or the last fact where nobody noted an end.
        package var endsAt: Instant

        /// What times of the run are counted from.
        package var origin: Instant { zeroAt ?? beganAt }
    }

    /// Nil in a recording that nothing was written to.
    package func span() throws(RecordingFlaw) -> Span? {
        try read { db in
            let sql = "SELECT began_at, zero_at, ended_at, fact_count FROM runs"
            guard let row = try Row.fetchOne(db, sql: sql) else { return nil }
            let began = Instant(nanoseconds: row["began_at"] as Int64)
            let ended = (row["ended_at"] as Int64?).map(Instant.init(nanoseconds:))
            let last = try Self.instant(of: row["fact_count"] as Int64, in: db)
            return Span(
                beganAt: began,
                zeroAt: (row["zero_at"] as Int64?).map(Instant.init(nanoseconds:)),
                endsAt: ended ?? last ?? began
            )
        }
    }

    private static let factTables = [
        "transition_facts", "event_facts", "snapshots", "gaps", "healths", "answers", "faults",
    ]

    private static func instant(of number: Int64, in db: Database) throws -> Instant? {
        for table in factTables {
            let sql = "SELECT at FROM \(table) WHERE number = ?"
            if let at = try Int64.fetchOne(db, sql: sql, arguments: [number]) {
                return Instant(nanoseconds: at)
            }
        }
        return nil
    }

    /// Lets `explainer` take in what was told of node number `node` up to `end`; returns the instant
    /// of the last of it.
    ///
    /// Of the snapshots only the last one counts: the events tell what came before.
    package func explain(
        _ explainer: inout PeerExplainer,
        node: Int,
        until end: Instant
    ) throws(RecordingFlaw) -> Instant? {
        let snapshot = try read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT max(number) FROM snapshots
                    WHERE node = ? AND at <= ? AND body IS NOT NULL
                    """,
                arguments: [node, end.nanoseconds]
            )
        }
        var last: Instant?
        try forEachFact(of: Extract(node: node, end: end, snapshot: snapshot)) { fact in
            guard case .node(_, let what) = fact.what else { return }
            explainer.take(what, at: fact.at)
            last = max(last ?? fact.at, fact.at)
        }
        return last
    }

    /// Everybody that a node told of.
    package func references(of node: Int) throws(RecordingFlaw) -> [PeerReference] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT peer, peer_id, peer_address FROM transition_facts WHERE node = ?1
                    UNION SELECT peer, peer_id, peer_address FROM event_facts
                        WHERE node = ?1 AND peer IS NOT NULL
                    ORDER BY 1, 2, 3
                    """,
                arguments: [node]
            )
            return rows.map { row in
                PeerReference(
                    peer: PeerID(rawValue: UInt32(clamping: row["peer"] as Int64)),
                    id: (row["peer_id"] as String?).flatMap { NodeID($0) },
                    address: row["peer_address"]
                )
            }
        }
    }
}

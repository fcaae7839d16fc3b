import GRDB
import WarrenObservation
import WarrenPrimitives

// MARK: - What became of blocks and transactions

extension Recording {
    /// Joins what a node told of a block or a transaction to what is known of it.
    static func write(_ note: ChainNote, of node: Int, at: Int64, to db: Database) throws {
        switch note {
        case .made(let block, let bytes, let transactions):
            try open(block, in: db)
            try db.insert(
                """
                UPDATE blocks SET producer = ?, made_at = ?, bytes = ?, transactions = ?
                WHERE hash = ? AND producer IS NULL
                """,
                [node, at, bytes, transactions.count, block.hash.description]
            )
            for id in transactions {
                try db.insert(
                    "INSERT OR IGNORE INTO block_transactions VALUES (?, ?)",
                    [block.hash.description, id.description]
                )
            }
        case .announced(let block, let peer):
            try open(block, in: db)
            try db.insert(
                """
                INSERT INTO block_arrivals
                    (hash, node, announced_at, announced_by, announcements)
                VALUES (?1, ?2, ?3, \(number("?4", "?5")), 1)
                ON CONFLICT (hash, node) DO UPDATE SET announcements = announcements + 1,
                    announced_by = CASE WHEN announced_at IS NULL THEN excluded.announced_by
                        ELSE announced_by END,
                    announced_at = coalesce(announced_at, excluded.announced_at)
                """,
                [block.hash.description, node, at, peer.id?.description, peer.address]
            )
        case .fetched(let block, let peer, let bytes):
            try open(block, in: db)
            try db.insert(
                """
                INSERT INTO block_arrivals
                    (hash, node, fetched_at, fetched_from, deliveries, bytes)
                VALUES (?1, ?2, ?3, \(number("?4", "?5")), 1, ?6)
                ON CONFLICT (hash, node) DO UPDATE SET deliveries = deliveries + 1,
                    bytes = bytes + excluded.bytes,
                    fetched_from = CASE WHEN fetched_at IS NULL THEN excluded.fetched_from
                        ELSE fetched_from END,
                    fetched_at = coalesce(fetched_at, excluded.fetched_at)
                """,
                [block.hash.description, node, at, peer.id?.description, peer.address, bytes]
            )
        case .adopted(let block):
            try open(block, in: db)
            try db.insert(
                """
                INSERT INTO block_arrivals (hash, node, adopted_at) VALUES (?, ?, ?)
                ON CONFLICT (hash, node) DO UPDATE SET left_at = NULL,
                    adopted_at = coalesce(adopted_at, excluded.adopted_at)
                """,
                [block.hash.description, node, at]
            )
        case .rolledBack(let block, _):
            try db.insert(
                """
                UPDATE block_arrivals SET left_at = ?
                WHERE hash IN (SELECT hash FROM blocks WHERE height > ?) AND node = ?
                    AND adopted_at IS NOT NULL AND left_at IS NULL
                """,
                [at, Int64(clamping: block.height), node]
            )
        case .sighted(let id, let peer):
            try db.insert(
                """
                INSERT OR IGNORE INTO transaction_arrivals
                VALUES (?1, ?2, ?3, \(number("?4", "?5")), ?6)
                """,
                [id.description, node, at, peer?.id?.description, peer?.address, peer == nil]
            )
        case .equivocation: break
        }
    }

    /// The declared node that an id, else an address, leads to.
    private static func number(_ id: String, _ address: String) -> String {
        """
        coalesce((SELECT number FROM nodes WHERE id = \(id)),
            (SELECT number FROM nodes WHERE address = \(address)))
        """
    }

    private static func open(_ block: BlockMark, in db: Database) throws {
        try db.insert(
            "INSERT OR IGNORE INTO blocks (hash, height, slot) VALUES (?, ?, ?)",
            [block.hash.description, Int64(clamping: block.height), Int64(clamping: block.slot)]
        )
    }

    /// Joins all that was told before there were tables for it.
    static func retellChains(in db: Database) throws {
        let kinds = ChainNote.Kind.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let rows = try Row.fetchCursor(
            db,
            sql: "SELECT at, node, body FROM event_facts WHERE kind IN (\(kinds)) ORDER BY number"
        )
        while let row = try rows.next() {
            let event = try JSONText.value(Event.self, in: row["body"])
            guard case .chain(let note) = event.note else { continue }
            try write(note, of: row["node"], at: row["at"], to: db)
        }
    }
}

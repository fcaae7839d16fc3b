extension Schema {
    /// What became of every block and transaction, joined from what nodes told: made anew from
    /// `event_facts` at any time, so none of it is a fact of its own.
    static let chainTables = """
        CREATE TABLE blocks (
            hash TEXT PRIMARY KEY, height INTEGER NOT NULL, slot INTEGER NOT NULL,
            producer INTEGER, made_at INTEGER, bytes INTEGER, transactions INTEGER) WITHOUT ROWID;
        CREATE TABLE block_arrivals (
            hash TEXT NOT NULL, node INTEGER NOT NULL, announced_at INTEGER,
            announced_by INTEGER, announcements INTEGER NOT NULL DEFAULT 0, fetched_at INTEGER,
            fetched_from INTEGER, deliveries INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0, adopted_at INTEGER, left_at INTEGER,
            PRIMARY KEY (hash, node)) WITHOUT ROWID;
        CREATE TABLE block_transactions (
            hash TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (hash, id)) WITHOUT ROWID;
        CREATE TABLE transaction_arrivals (
            id TEXT NOT NULL, node INTEGER NOT NULL, sighted_at INTEGER NOT NULL,
            sighted_from INTEGER, submitted INTEGER NOT NULL,
            PRIMARY KEY (id, node)) WITHOUT ROWID;
        CREATE INDEX blocks_by_height ON blocks (height);
        CREATE INDEX blocks_by_transaction ON block_transactions (id);
        CREATE VIEW block_spread AS SELECT \(seconds("b.made_at")) AS made, b.height, b.slot, b.hash,
            p.name AS producer, n.name AS node, n.role, n.group_name, n.region,
            max(0, a.announced_at - b.made_at) / 1e9 AS announced, ab.name AS announced_by,
            a.announcements, max(0, a.fetched_at - b.made_at) / 1e9 AS fetched,
            ff.name AS fetched_from, a.deliveries, a.bytes,
            max(0, a.adopted_at - b.made_at) / 1e9 AS adopted,
            a.adopted_at IS NOT NULL AND a.left_at IS NULL AS is_held
            FROM blocks b JOIN block_arrivals a ON a.hash = b.hash
            JOIN nodes n ON n.number = a.node LEFT JOIN nodes p ON p.number = b.producer
            LEFT JOIN nodes ab ON ab.number = a.announced_by
            LEFT JOIN nodes ff ON ff.number = a.fetched_from;
        CREATE VIEW transaction_spread AS SELECT a.id, n.name AS node, n.role, n.group_name,
            n.region, \(seconds("a.sighted_at")) AS sighted, f.name AS sighted_from, a.submitted,
            (SELECT \(seconds("min(r.adopted_at)")) FROM block_transactions t
                JOIN block_arrivals r ON r.hash = t.hash
                WHERE t.id = a.id AND r.node = a.node AND r.left_at IS NULL) AS included
            FROM transaction_arrivals a JOIN nodes n ON n.number = a.node
            LEFT JOIN nodes f ON f.number = a.sighted_from;
        """
}

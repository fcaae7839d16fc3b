import GRDB

/// The tables of a recording, as `docs/recording.md` describes them.
///
/// Facts are numbered in the order in which they were judged; a number is used once over all
/// tables. Times are nanoseconds since the Unix epoch on the observer's clock.
enum Schema {
    /// Raised with every change of the tables.
    static let version = 3
    /// `Wrrn`, so that a recording is told from other databases.
    static let applicationID: Int32 = 0x5772_726E

    static let tables = """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, seed INTEGER NOT NULL,
            engine TEXT NOT NULL, network TEXT NOT NULL, manifest TEXT NOT NULL,
            began_at INTEGER NOT NULL, zero_at INTEGER, ended_at INTEGER,
            fact_count INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE nodes (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
            role TEXT NOT NULL, group_name TEXT NOT NULL, region TEXT, address TEXT NOT NULL,
            admin TEXT NOT NULL, health TEXT NOT NULL DEFAULT 'unborn', incarnation TEXT,
            sequence INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE transition_facts (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, node INTEGER NOT NULL,
            incarnation TEXT NOT NULL, sequence INTEGER NOT NULL, told_at INTEGER NOT NULL,
            peer INTEGER NOT NULL, peer_id TEXT, peer_address TEXT, was TEXT NOT NULL,
            became TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT, source TEXT NOT NULL,
            direction TEXT);
        CREATE TABLE event_facts (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, node INTEGER NOT NULL,
            incarnation TEXT NOT NULL, sequence INTEGER NOT NULL, told_at INTEGER NOT NULL,
            kind TEXT NOT NULL, peer INTEGER, peer_id TEXT, peer_address TEXT, body TEXT NOT NULL);
        CREATE TABLE snapshots (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, node INTEGER NOT NULL,
            incarnation TEXT NOT NULL, sequence INTEGER NOT NULL, told_at INTEGER NOT NULL,
            known INTEGER NOT NULL, cold INTEGER NOT NULL, warm INTEGER NOT NULL,
            hot INTEGER NOT NULL, inbound INTEGER NOT NULL, outbound INTEGER NOT NULL,
            duplex INTEGER NOT NULL, banned INTEGER NOT NULL, height INTEGER, hash TEXT,
            body TEXT);
        CREATE TABLE gaps (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, node INTEGER NOT NULL,
            incarnation TEXT, first INTEGER, last INTEGER);
        CREATE TABLE healths (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, node INTEGER NOT NULL,
            health TEXT NOT NULL);
        CREATE TABLE answers (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, query TEXT NOT NULL, answer INTEGER);
        CREATE TABLE faults (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL,
            what TEXT NOT NULL, words TEXT);
        CREATE TABLE errors (
            at INTEGER NOT NULL, node INTEGER NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL);
        CREATE TABLE peers (
            node INTEGER NOT NULL, peer INTEGER NOT NULL, peer_id TEXT, peer_address TEXT,
            temperature TEXT NOT NULL, source TEXT, direction TEXT, used_by TEXT,
            silent INTEGER NOT NULL, changed_at INTEGER, PRIMARY KEY (node, peer)) WITHOUT ROWID;
        CREATE TABLE verdicts (
            number INTEGER PRIMARY KEY, expectation TEXT NOT NULL, verdict TEXT, sentence TEXT,
            at INTEGER, from_ns INTEGER, to_ns INTEGER, nodes TEXT);
        CREATE INDEX transitions_by_node ON transition_facts (node, at);
        CREATE INDEX nodes_by_id ON nodes (id);
        CREATE INDEX nodes_by_address ON nodes (address);
        """

    /// What a node calls a peer, in words: the declared name, else the address, else the handle.
    static func peerName(_ row: String) -> String {
        """
        coalesce((SELECT o.name FROM nodes o WHERE o.id = \(row).peer_id),
            (SELECT o.name FROM nodes o WHERE o.address = \(row).peer_address),
            \(row).peer_address, \(row).peer_id, '#' || \(row).peer)
        """
    }

    static func seconds(_ column: String) -> String {
        "(\(column) - (SELECT coalesce(zero_at, began_at) FROM runs)) / 1e9"
    }

    static let views = """
        CREATE VIEW transitions AS SELECT t.number, \(seconds("t.at")) AS t, n.name AS node,
            n.role, n.group_name, n.region, \(peerName("t")) AS peer, t.was, t.became, t.reason,
            t.detail, t.source, t.direction, t.incarnation, t.sequence
            FROM transition_facts t JOIN nodes n ON n.number = t.node;
        CREATE VIEW events AS SELECT e.number, \(seconds("e.at")) AS t, n.name AS node, n.role,
            n.group_name, n.region, e.kind, \(peerName("e")) AS peer, e.body, e.incarnation,
            e.sequence
            FROM event_facts e JOIN nodes n ON n.number = e.node;
        CREATE VIEW peers_now AS SELECT n.name AS node, n.role, n.group_name, n.region,
            \(peerName("p")) AS peer, p.peer_id, p.peer_address, p.temperature, p.source,
            p.direction, p.used_by, p.silent, \(seconds("p.changed_at")) AS since
            FROM peers p JOIN nodes n ON n.number = p.node;
        CREATE VIEW nodes_now AS SELECT n.name AS node, n.role, n.group_name, n.region, n.health,
            (SELECT count(*) FROM peers p WHERE p.node = n.number AND p.temperature = 'cold')
                AS cold,
            (SELECT count(*) FROM peers p WHERE p.node = n.number AND p.temperature = 'warm')
                AS warm,
            (SELECT count(*) FROM peers p WHERE p.node = n.number AND p.temperature = 'hot')
                AS hot
            FROM nodes n;
        """

    /// Makes the tables in an empty file, or refuses a file that we do not read.
    ///
    /// A file of an older version is brought up to this one if it may be written, else left.
    static func prepare(_ db: Database, path: String, mayWrite: Bool) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
        if isEmpty, version == 0 {
            try db.execute(sql: tables)
            try db.execute(sql: views)
            try db.execute(sql: chainTables)
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "PRAGMA user_version = \(Self.version)")
            return
        }
        guard application == applicationID else { throw RecordingFlaw.foreign(path: path) }
        guard version <= Self.version else {
            throw RecordingFlaw.newer(path: path, version: version, known: Self.version)
        }
        guard version < Self.version, mayWrite else { return }
        if version < 2 {
            // It had a table of blocks that nothing was ever written to.
            try db.execute(sql: "DROP TABLE blocks")
            try db.execute(sql: chainTables)
            try Recording.retellChains(in: db)
        }
        // Why a fault failed was not told before.
        if try !db.columns(in: "faults").contains(where: { $0.name == "words" }) {
            try db.execute(sql: "ALTER TABLE faults ADD COLUMN words TEXT")
        }
        try db.execute(sql: "PRAGMA user_version = \(Self.version)")
    }
}

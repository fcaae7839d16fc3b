import GRDB
import WarrenPrimitives

/// The shape of `warren.sqlite`, by version; the version is SQLite's `user_version`.
enum Schema {
    /// Step `n` takes a file from version `n` to `n + 1`; steps are only ever appended.
    private static let steps: [@Sendable (Database) throws -> Void] = [
        { database in
            for space in ["book", "ban", "meta", "pin"] { try addRows(space, to: database) }
        },
        { database in
            for space in ["header", "ledger", "evidence"] { try addRows(space, to: database) }
            // Bodies are long: rows of a table with row ids keep them out of the tree of keys.
            try database.execute(
                sql: "CREATE TABLE body (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL)"
            )
        },
    ]

    private static func addRows(_ space: String, to database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE \(space)
                    (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID
                """
        )
    }

    static var version: Int { steps.count }

    struct Complaint: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Refuses what is not ours or is from a newer Warren; writes nothing.
    static func inspect(_ database: Database) throws {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard application == Store.applicationID || tables == 0 else {
            throw Complaint(
                "it is an SQLite file of another program; move it away or name another --data-dir"
            )
        }
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found <= version else {
            throw Complaint(
                "it has schema \(found), from a newer Warren; this one knows schema \(version) at "
                    + "most: run the newer warren-node, or name another --data-dir"
            )
        }
    }

    /// Takes the file to ``version``, in the transaction it is called in.
    static func migrate(_ database: Database) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        for step in steps.dropFirst(found) { try step(database) }
        guard found < version else { return }
        try database.execute(sql: "PRAGMA application_id = \(Store.applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(version)")
    }
}

import FoundationEssentials
import GRDB
package import WarrenPrimitives

/// A node's rows in `warren.sqlite`: one table a space, one transaction a batch, one writer.
///
/// The file is a write-ahead log database, so that a process killed at any instant leaves the rows
/// of some prefix of its batches. Batches are flushed to the operating system, not to the platter:
/// a power cut may lose the newest ones, in order. Source: design §6, §17.9.
package final class Store: Sendable {
    package static let fileName = "warren.sqlite"
    /// "WARR": marks the file as ours (SQLite's `application_id`).
    static let applicationID: Int32 = 0x5741_5252
    /// KiB of page cache; the rows live in the cores, so the cache is only for writing.
    private static let cacheLimit = 128

    private let queue: DatabaseQueue
    private let lock: DirectoryLock

    /// Opens the store of `directory`, which is created where it does not exist.
    ///
    /// A file that cannot be used is refused and not touched. `pageLimit` bounds the file in pages
    /// of 4096 bytes; nil leaves it to the disk.
    package init(directory: String, pageLimit: Int? = nil) throws(StoreFlaw) {
        lock = try DirectoryLock(directory: directory)
        let path = directory + "/" + Self.fileName
        do {
            try Self.inspect(path)
            var configuration = Configuration()
            configuration.label = "warren.store"
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA cache_size = -\(Self.cacheLimit)")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
                if let pageLimit {
                    try database.execute(sql: "PRAGMA max_page_count = \(pageLimit)")
                }
            }
            try queue.write(Schema.migrate)
        } catch {
            throw StoreFlaw(error, path: path)
        }
    }

    /// Every row of the resident spaces, by space and then by key: the first input of a node's life.
    package func load() throws(StoreFlaw) -> [StoreChange] {
        do {
            return try queue.read { database in
                var rows: [StoreChange] = []
                for space in StoreSpace.allCases where space.isResident {
                    let sql = "SELECT key, value FROM \(space.rawValue) ORDER BY key"
                    let cursor = try Row.fetchCursor(database, sql: sql)
                    while let row = try cursor.next() {
                        try rows.append(
                            StoreChange(
                                space,
                                key: Self.bytes(row[0]),
                                value: Self.bytes(row[1])
                            )
                        )
                    }
                }
                return rows
            }
        } catch {
            throw StoreFlaw(error, path: queue.path)
        }
    }

    /// Writes `changes` after all earlier batches, in a transaction of their own.
    ///
    /// `completion` is called on the writer's thread, in the order of the batches.
    package func write(
        _ changes: [StoreChange],
        completion: @escaping @Sendable (StoreFlaw?) -> Void
    ) {
        let path = queue.path
        queue.asyncWrite({ database in
            for change in changes { try Self.apply(change, to: database) }
        }) { _, result in
            switch result {
            case .success: completion(nil)
            case .failure(let error): completion(StoreFlaw(error, path: path))
            }
        }
    }

    /// Reads rows after every batch that was handed over before.
    ///
    /// `completion` is called on the writer's thread.
    package func read(
        _ range: StoreRange,
        completion: @escaping @Sendable (Result<[StoreChange], StoreFlaw>) -> Void
    ) {
        let path = queue.path
        queue.asyncRead { result in
            do {
                completion(.success(try Self.rows(of: range, in: result.get())))
            } catch {
                completion(.failure(StoreFlaw(error, path: path)))
            }
        }
    }

    private static func rows(
        of range: StoreRange,
        in database: Database
    ) throws -> [StoreChange] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT key, value FROM \(range.space.rawValue)
                WHERE key >= COALESCE(?, x'') AND key <= COALESCE(?, x'')
                ORDER BY key \(range.isDescending ? "DESC" : "ASC") LIMIT ?
                """
        )
        let limit = min(max(range.rowLimit, 0), StoreRange.rowLimit)
        let byteLimit = min(range.byteLimit, StoreRange.byteLimit)
        let cursor = try Row.fetchCursor(
            statement,
            arguments: [Data(range.from), Data(range.through), limit]
        )
        var rows: [StoreChange] = []
        var byteCount = 0
        while byteCount < byteLimit, let row = try cursor.next() {
            let value = try bytes(row[1])
            byteCount += value.count
            rows.append(StoreChange(range.space, key: try bytes(row[0]), value: value))
        }
        return rows
    }

    /// Waits for every batch, then closes the file.
    package func close() {
        // Closing runs behind all batches; what it might complain of is of no more use.
        try? queue.close()
        lock.release()
    }

    /// An empty byte string reaches SQLite as NULL, hence the COALESCE.
    private static func apply(_ change: StoreChange, to database: Database) throws {
        let table = change.space.rawValue
        if let value = change.value {
            let statement = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO \(table) (key, value)
                    VALUES (COALESCE(?, x''), COALESCE(?, x''))
                    """
            )
            try statement.execute(arguments: [Data(change.key), Data(value)])
        } else {
            let statement = try database.cachedStatement(
                sql: "DELETE FROM \(table) WHERE key = COALESCE(?, x'')"
            )
            try statement.execute(arguments: [Data(change.key)])
        }
    }

    private static func bytes(_ value: DatabaseValue) throws -> [UInt8] {
        guard case .blob(let data) = value.storage else {
            throw Schema.Complaint("a row holds \(value) where bytes were expected")
        }
        return Array(data)
    }

    /// Looks at an existing file without a write, so that one which is refused stays as it is.
    private static func inspect(_ path: String) throws {
        guard FilePresence.isFile(path) else { return }
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read(Schema.inspect)
        try queue.close()
    }
}

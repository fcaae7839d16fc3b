import Foundation
import GRDB
import WarrenObservation
package import WarrenPrimitives
package import WarrenScenario

/// Everything that was learnt of a run, in one SQLite file: `warren.sqlite`.
///
/// One process writes; any number read meanwhile (WAL). Source: design §12, `docs/recording.md`.
package struct Recording: Sendable {
    package let path: String
    let writer: DatabasePool
    /// For questions of strangers: cannot write, and is interrupted when it takes too long.
    let reader: DatabaseQueue

    /// How long another process may hold the file before we give up.
    private static let patience: TimeInterval = 5

    /// Opens the recording at `path`, made if there is none.
    package init(path: String) throws(RecordingFlaw) {
        self.path = path
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(Self.patience)
            configuration.prepareDatabase { db in
                // A crash of the machine may lose the last moments, never the file.
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            // Strangers' files are looked at before anything in them is changed.
            if FileManager.default.fileExists(atPath: path) {
                var careful = configuration
                careful.readonly = true
                try DatabaseQueue(path: path, configuration: careful).read { db in
                    if try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") != 0 {
                        try Schema.prepare(db, path: path, mayWrite: false)
                    }
                }
            }
            writer = try DatabasePool(path: path, configuration: configuration)
            try writer.write { try Schema.prepare($0, path: path, mayWrite: true) }
            var strict = Configuration()
            strict.readonly = true
            strict.busyMode = .timeout(Self.patience)
            reader = try DatabaseQueue(path: path, configuration: strict)
        } catch let flaw as RecordingFlaw {
            throw flaw
        } catch {
            throw .unusable(path: path, Self.words(of: error))
        }
    }

    /// Opens the recording that is at `path` to look at it, while another process may write it.
    package init(reading path: String) throws(RecordingFlaw) {
        self.path = path
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(Self.patience)
            writer = try DatabasePool(path: path, configuration: configuration)
            reader = try DatabaseQueue(path: path, configuration: configuration)
            try reader.read { try Schema.prepare($0, path: path, mayWrite: false) }
        } catch let flaw as RecordingFlaw {
            throw flaw
        } catch {
            throw .unusable(path: path, Self.words(of: error))
        }
    }

    static func words(of error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return error.message ?? "\(error.resultCode)"
    }

    /// Runs `body` in one transaction.
    ///
    /// Blocks, so that a cancelled task can still write down the end.
    func write(_ body: (Database) throws -> Void) throws(RecordingFlaw) {
        do {
            try writer.write(body)
        } catch {
            throw .unusable(path: path, Self.words(of: error))
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(RecordingFlaw) -> Value {
        do {
            return try writer.read(body)
        } catch {
            throw .unusable(path: path, Self.words(of: error))
        }
    }

    /// Closes the file; nothing may be asked of the recording afterwards.
    ///
    /// All of it is in the one file then, even while somebody else still looks at it: SQLite by
    /// itself moves the log into it only with the last one who leaves.
    package func close() {
        try? reader.close()
        _ = try? writer.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try? writer.close()
    }
}

extension Recording {
    /// What is known of the run before it is looked at: its manifest, written once.
    ///
    /// A recording of other nodes is not ours to go on with.
    package func begin(_ manifest: NetworkManifest, at now: Instant) throws(RecordingFlaw) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard
            let text = (try? encoder.encode(manifest)).map({ String(decoding: $0, as: UTF8.self) })
        else { throw .unusable(path: path, "the manifest does not encode") }
        let names = try read { db in
            try String.fetchAll(db, sql: "SELECT name FROM nodes ORDER BY number")
        }
        guard names.isEmpty || names == manifest.nodes.map(\.name) else {
            throw .unusable(path: path, "it is about other nodes: \(names.joined(separator: ", "))")
        }
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO runs (id, name, seed, engine, network, manifest, began_at)
                    VALUES (1, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET manifest = excluded.manifest, ended_at = NULL
                    """,
                arguments: [
                    manifest.name, manifest.seed, manifest.engine.rawValue, manifest.networkID,
                    text,
                    now.nanoseconds,
                ]
            )
            // Made anew from the facts.
            try db.execute(sql: "DELETE FROM peers; DELETE FROM verdicts")
            for (number, node) in manifest.nodes.enumerated() {
                try db.execute(
                    sql: """
                        INSERT INTO nodes
                            (number, name, id, role, group_name, region, address, admin)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT (number) DO UPDATE SET id = excluded.id,
                            role = excluded.role, group_name = excluded.group_name,
                            region = excluded.region, address = excluded.address,
                            admin = excluded.admin
                        """,
                    arguments: [
                        number, node.name, node.id.description, node.role.rawValue, node.group,
                        node.region, node.address, node.admin,
                    ]
                )
            }
        }
    }
}

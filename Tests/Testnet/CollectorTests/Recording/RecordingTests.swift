import Foundation
import GRDB
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

struct RecordingTests {
    private let scratch: Scratch
    private let path: String
    private let recording: Recording

    init() throws {
        scratch = try Scratch()
        path = scratch.file("warren.sqlite")
        recording = try Recording(path: path)
        try recording.begin(try .relays(3), at: .at(0))
    }

    private func write(_ facts: [Fact], details: [Int: Sighting.Detail] = [:]) throws {
        var batch = Recording.Batch()
        batch.sightings = facts.enumerated().map { Sighting($1, details[$0] ?? .none) }
        try recording.write(batch)
    }

    private func facts(_ recording: Recording) throws -> [Fact] {
        var found: [Fact] = []
        try recording.forEachFact { found.append($0) }
        return found
    }

    /// Every kind of fact, in an order in which tables alternate.
    private var everything: [Fact] {
        var life = Life(incarnation: .max)
        var whats = Note.samples.map { note in
            Fact.What.node(0, .event(life.event(note, at: 3)))
        }
        var snapshot = Snapshot()
        snapshot.node.id = ScriptedNode.id(1)
        snapshot.node.incarnation = Incarnation(.max)
        snapshot.sequence = 2
        snapshot.takenAt = .at(4)
        snapshot.chain = Snapshot.Tip(slot: 1, height: 2, hash: "a9")
        snapshot.peers = [
            .init(peer: PeerID(rawValue: 1), source: .localRoot, temperature: .hot)
        ]
        whats.insert(.node(1, .snapshot(snapshot)), at: 1)
        whats.insert(.node(2, .gap), at: 3)
        whats += [
            .node(0, .healthy), .node(1, .unhealthy), .node(2, .down), .node(0, .unasked),
            .faultStarted("split"), .answered(query: "SELECT 1", true),
            .answered(query: "SELECT 1", false), .answered(query: "SELECT 2", nil),
            .faultHealed("split"), .faultFailed("crash", why: "no such 'container'"),
        ]
        return whats.enumerated().map { Fact(at: .at(Int64($0)), $1) }
    }

    @Test func `leaves no log behind when it is closed, whoever else still has it open`() throws {
        let other = try DatabaseQueue(path: path)
        #expect(try other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM nodes") } == 3)
        for _ in 0..<20 { try write(everything) }
        func logSize() throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
            return try #require(attributes[.size] as? Int)
        }
        #expect(try logSize() > 0)
        recording.close()
        #expect(try logSize() == 0)
        try other.close()
    }

    @Test func `gives back what was written, in its order`() throws {
        try write(everything)
        #expect(try facts(recording) == everything)
    }

    @Test func `reads more than a page, one after the other`() throws {
        let many = (0..<4500).map { Fact(at: .at(Int64($0)), .node($0 % 3, .healthy)) }
        try write(Array(many[..<3000]))
        try write(Array(many[3000...]))
        #expect(try facts(recording) == many)
    }

    @Test func `goes on in a file that is there already`() throws {
        try write(everything)
        recording.close()
        let again = try Recording(path: path)
        try again.begin(try .relays(3), at: .at(100))
        #expect(try facts(again) == everything)
        let last = EventPosition(incarnation: .max, sequence: UInt64(Note.samples.count))
        #expect(try again.positions() == [0: last])
        again.close()
    }

    @Test func `does not go on with another network`() throws {
        #expect(throws: RecordingFlaw.self) { try recording.begin(try .relays(2), at: .at(0)) }
    }

    @Test func `refuses a recording of a newer version, and leaves it alone`() throws {
        recording.close()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 4") }
        try queue.close()
        let before = try Data(contentsOf: URL(filePath: path))
        #expect(throws: RecordingFlaw.newer(path: path, version: 4, known: 3)) {
            _ = try Recording(path: path)
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test func `goes on with a recording in which faults never failed`() throws {
        try write([Fact(at: .at(1), .faultStarted("split"))])
        recording.close()
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(
                sql: "ALTER TABLE faults DROP COLUMN words; PRAGMA user_version = 2"
            )
        }
        try queue.close()
        // Whoever only looks changes nothing.
        let looking = try Recording(reading: path)
        #expect(try looking.faults().map(\.name) == ["split"])
        looking.close()
        let again = try Recording(path: path)
        try again.write(
            {
                var batch = Recording.Batch()
                batch.sightings = [Sighting(Fact(at: .at(2), .faultFailed("split", why: "no")))]
                return batch
            }()
        )
        #expect(
            try again.faults().map(\.fact.what)
                == [.faultStarted("split"), .faultFailed("split", why: "no")]
        )
        again.close()
    }

    @Test func `refuses a file that is none of ours, and leaves it alone`() throws {
        let other = scratch.file("other.sqlite")
        let queue = try DatabaseQueue(path: other)
        try queue.write { try $0.execute(sql: "CREATE TABLE mine (x)") }
        try queue.close()
        let before = try Data(contentsOf: URL(filePath: other))
        #expect(throws: RecordingFlaw.foreign(path: other)) { _ = try Recording(path: other) }
        #expect(try Data(contentsOf: URL(filePath: other)) == before)
        let text = scratch.file("text")
        try Data("not a database at all, but a text that is long enough".utf8)
            .write(to: URL(filePath: text))
        #expect(throws: RecordingFlaw.self) { _ = try Recording(path: text) }
    }

    @Test func `what a killed writer had written is there, whole batches of it`() throws {
        try write(Array(everything[..<5]))
        try write(Array(everything[5...]))
        // The files as they are while the writer lives, with the log not folded in yet.
        let copy = scratch.file("copy.sqlite")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        let whole = try Recording(path: copy)
        #expect(try facts(whole) == everything)
        whole.close()
        let log = try Data(contentsOf: URL(filePath: path + "-wal"))
        var counts: Set<Int> = []
        for cut in stride(from: 0, to: log.count, by: max(log.count / 24, 1)) {
            let part = scratch.file("part-\(cut).sqlite")
            try FileManager.default.copyItem(atPath: path, toPath: part)
            try log.prefix(cut).write(to: URL(filePath: part + "-wal"))
            let cutShort = try Recording(path: part)
            let found = try facts(cutShort)
            #expect(found == Array(everything.prefix(found.count)))
            #expect([0, 5, everything.count].contains(found.count))
            counts.insert(found.count)
            cutShort.close()
        }
        #expect(counts.contains(0))
    }

    @Test func `can be read by others while it is written`() async throws {
        try write(everything)
        let other = try DatabaseQueue(path: path)
        let count = try await other.read {
            try Int.fetchOne($0, sql: "SELECT fact_count FROM runs")
        }
        #expect(count == everything.count)
        try write(everything)
        let after = try await other.read {
            try Int.fetchOne($0, sql: "SELECT fact_count FROM runs")
        }
        #expect(after == everything.count * 2)
    }

    @Test func `keeps of a snapshot only the counts, if that is wanted`() async throws {
        var snapshot = Snapshot()
        snapshot.counts.hot = 3
        try write([Fact(at: .at(1), .node(0, .snapshot(snapshot)))], details: [0: .countsOnly])
        #expect(try facts(recording).isEmpty)
        #expect(try await recording.truth(of: "SELECT hot = 3 FROM snapshots"))
    }
}

struct RecordingQueryTests {
    private let scratch: Scratch
    private let recording: Recording

    init() throws {
        scratch = try Scratch()
        recording = try Recording(path: scratch.file("warren.sqlite"))
        try recording.begin(try .relays(3), at: .at(0))
        var life = Life()
        var batch = Recording.Batch()
        batch.zero = .at(1000)
        batch.sightings = [
            Sighting(Fact(at: .at(1000), .node(0, .healthy))),
            Sighting(
                Fact(at: .at(2500), .node(0, .event(life.event(.move(2, .warm, .hot), at: 2500))))
            ),
        ]
        var state = NetworkState(try NetworkManifest.relays(3).population)
        for sighting in batch.sightings { state.take(sighting.fact) }
        batch.peers = state.nodes[0].peers.map {
            .init(node: 0, peer: $0.reference.peer, state: $0)
        }
        try recording.write(batch)
    }

    @Test func `speaks of nodes by their names, and of time since all were healthy`() async throws {
        let changes = try await recording.query(
            "SELECT t, node, peer, was, became, reason, detail FROM transitions"
        )
        #expect(
            changes.rows == [
                [
                    .real(1.5), .text("relay-1"), .text("relay-2"), .text("warm"), .text("hot"),
                    .text("belowTarget"), .text("active 4"),
                ]
            ]
        )
        let peers = try await recording.query("SELECT node, peer, temperature FROM peers_now")
        #expect(peers.columns == ["node", "peer", "temperature"])
        #expect(peers.rows == [[.text("relay-1"), .text("relay-2"), .text("hot")]])
        let nodes = try await recording.query("SELECT node, health, hot FROM nodes_now")
        #expect(nodes.rows.first == [.text("relay-1"), .text("healthy"), .integer(1)])
        #expect(nodes.rows.count == 3)
    }

    @Test(arguments: [
        ("SELECT 1", true), ("SELECT 0", false), ("SELECT NULL", false), ("SELECT 'x'", false),
        ("SELECT '2x'", true), ("SELECT 0.5", true), ("SELECT 1 WHERE 0", false),
        ("SELECT count(*) FROM transitions WHERE became = 'hot'", true),
    ])
    func `a query holds if the first column of its first row is not zero`(
        sql: String,
        isTrue: Bool
    ) async throws {
        #expect(try await recording.truth(of: sql) == isTrue)
    }

    @Test(arguments: [
        "DELETE FROM runs", "DROP TABLE runs", "nonsense", "SELECT x FROM nowhere",
        "SELECT 1; SELECT 2", "SELECT ?", "UPDATE runs SET name = 'x' RETURNING 1",
        "ATTACH ':memory:' AS x", "",
    ])
    func `only reads, and only what is one query`(sql: String) async {
        await #expect {
            _ = try await recording.query(sql)
        } throws: { error in
            guard case .badQuery = error as? RecordingFlaw else { return false }
            return true
        }
    }

    @Test func `gives up a query that takes too long, and goes on with the next`() async throws {
        let limit = Duration.milliseconds(50)
        await #expect(throws: RecordingFlaw.tooSlow(limit: limit)) {
            _ = try await recording.query(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
                timeLimit: limit
            )
        }
        #expect(try await recording.truth(of: "SELECT 1"))
    }

    @Test func `answers as many rows as asked for, and says when there are more`() async throws {
        let sql =
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10) SELECT x FROM n"
        let ten = try await recording.query(sql, rowLimit: 10)
        #expect(ten.rows.count == 10)
        #expect(!ten.isCut)
        let nine = try await recording.query(sql, rowLimit: 9)
        #expect(nine.rows.count == 9)
        #expect(nine.isCut)
    }
}

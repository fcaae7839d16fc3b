import Foundation
import GRDB
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// What nodes tell of blocks and transactions, joined in tables.
struct ChainRecordingTests {
    private let scratch: Scratch
    private let path: String
    private let recording: Recording

    init() throws {
        scratch = try Scratch()
        path = scratch.file("warren.sqlite")
        recording = try Recording(path: path)
        try recording.begin(try .relays(3), at: .at(0))
    }

    private static let block = BlockMark(height: 2, slot: 7, hash: Hash(of: [2]))
    private static let before = BlockMark(height: 1, slot: 5, hash: Hash(of: [1]))
    private static let paid = Hash(of: [9])

    private static func peer(_ number: UInt8) -> PeerReference {
        PeerReference(peer: .init(rawValue: UInt32(number)), id: ScriptedNode.id(number))
    }

    /// relay-1 makes a block with one transaction; relay-2 gets it twice and leaves it behind.
    private static var story: [(Int, Int64, ChainNote)] {
        [
            (0, 900, .sighted(transaction: paid, from: nil)),
            (1, 950, .sighted(transaction: paid, from: peer(1))),
            (0, 1000, .made(block, bytes: 81, transactions: [paid])), (0, 1000, .adopted(block)),
            (1, 1020, .announced(block, by: peer(1))), (1, 1025, .announced(block, by: peer(3))),
            (1, 1040, .fetched(block, from: peer(1), bytes: 81)),
            (1, 1045, .fetched(block, from: peer(3), bytes: 81)), (1, 1050, .adopted(block)),
            (2, 1100, .announced(block, by: PeerReference(peer: .init(rawValue: 8)))),
            (1, 1200, .rolledBack(to: before, depth: 1)),
        ]
    }

    private func write(_ story: [(Int, Int64, ChainNote)]) throws {
        var lives: [Int: Life] = [:]
        var batch = Recording.Batch()
        for (node, at, note) in story {
            let event = lives[node, default: Life()].event(.chain(note), at: at)
            batch.sightings.append(Sighting(Fact(at: .at(at), .node(node, .event(event)))))
        }
        try recording.write(batch)
    }

    private func rows(_ sql: String) async throws -> [[String]] {
        try await recording.query(sql).rows.map { $0.map(\.description) }
    }

    private static let spread = """
        SELECT height, producer, node, announced, announced_by, announcements, fetched,
            fetched_from, deliveries, bytes, adopted, is_held
        FROM block_spread ORDER BY node
        """
    private static let told = [
        ["2", "relay-1", "relay-1", "null", "null", "0", "null", "null", "0", "0", "0.0", "1"],
        [
            "2", "relay-1", "relay-2", "0.02", "relay-1", "2", "0.04", "relay-1", "2", "162",
            "0.05", "0",
        ],
        ["2", "relay-1", "relay-3", "0.1", "null", "1", "null", "null", "0", "0", "null", "0"],
    ]

    @Test func `joins what was told of a block, node by node`() async throws {
        try write(Self.story)
        #expect(try await rows(Self.spread) == Self.told)
        #expect(
            try await rows("SELECT height, slot, producer, bytes, transactions FROM blocks")
                == [["2", "7", "0", "81", "1"]]
        )
        #expect(
            try await rows("SELECT node, sighted_from, submitted FROM transaction_spread")
                == [["relay-1", "null", "1"], ["relay-2", "relay-1", "0"]]
        )
        // relay-2 left the block that it was in.
        #expect(
            try await rows("SELECT node, round(included - sighted, 3) FROM transaction_spread")
                == [["relay-1", "0.1"], ["relay-2", "null"]]
        )
    }

    @Test func `takes back what a node left behind when it comes to it again`() async throws {
        try write(Self.story + [(1, 1300, .adopted(Self.block))])
        #expect(
            try await rows("SELECT adopted, is_held FROM block_spread WHERE node = 'relay-2'")
                == [["0.05", "1"]]
        )
    }

    @Test func `tells the same as the pure value does`() async throws {
        try write(Self.story)
        var chronicle = Chronicle(
            try NetworkManifest.relays(3).population,
            from: .at(0),
            to: .at(2000)
        )
        try recording.forEachFact { chronicle.take($0) }
        let entry = try #require(chronicle.receipts[Self.block.hash])
        #expect(entry.making?.node == 0 && entry.making?.bytes == 81)
        let receipt = try #require(entry.receipts[1])
        #expect(receipt.announcementCount == 2 && receipt.announcer == 0)
        #expect(receipt.deliveryCount == 2 && receipt.deliverer == 0 && receipt.byteCount == 162)
        #expect(receipt.adoptedAt == .at(1050))
    }

    @Test func `fills the tables of a recording that was made without them`() async throws {
        try write(Self.story)
        recording.close()
        let queue = try DatabaseQueue(path: path)
        try await queue.write { db in
            try db.execute(
                sql: """
                    DROP VIEW block_spread; DROP VIEW transaction_spread; DROP TABLE blocks;
                    DROP TABLE block_arrivals; DROP TABLE block_transactions;
                    DROP TABLE transaction_arrivals; CREATE TABLE blocks (at INTEGER);
                    PRAGMA user_version = 1
                    """
            )
        }
        try queue.close()
        // Whoever only looks changes nothing.
        let looking = try Recording(reading: path)
        looking.close()
        let again = try Recording(path: path)
        #expect(
            try await again.query(Self.spread).rows.map { $0.map(\.description) } == Self.told
        )
        again.close()
    }
}

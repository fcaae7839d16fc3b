import Foundation
import GRDB
import Testing
import WarrenNIO
import WarrenPrimitives
import WarrenSupport

@Suite struct StoreTests {
    private func row(_ space: StoreSpace, _ key: [UInt8], _ value: [UInt8]?) -> StoreChange {
        StoreChange(space, key: key, value: value)
    }

    private func write(_ store: Store, _ changes: [StoreChange]) async -> StoreFlaw? {
        await withCheckedContinuation { done in
            store.write(changes) { done.resume(returning: $0) }
        }
    }

    @Test func `rows come back in the order of their keys, by space`() async throws {
        let scratch = Scratch()
        let store = try Store(directory: scratch.path)
        #expect(try store.load() == [])
        let rows = [
            row(.meta, [2], [7]), row(.book, [9, 1], []), row(.book, [9], [1, 2]),
            row(.book, [], [3]), row(.pin, [255], [0, 0]), row(.ban, [0], [5]),
        ]
        #expect(await write(store, rows) == nil)
        #expect(await write(store, [row(.ban, [0], nil), row(.meta, [2], [8])]) == nil)
        store.close()

        let again = try Store(directory: scratch.path)
        defer { again.close() }
        #expect(
            try again.load() == [
                row(.book, [], [3]), row(.book, [9], [1, 2]), row(.book, [9, 1], []),
                row(.meta, [2], [8]), row(.pin, [255], [0, 0]),
            ]
        )
    }

    @Test(arguments: Seed.sweep(5))
    func `a store holds what a dictionary would`(seed: Seed) async throws {
        var random = seed.random
        let scratch = Scratch()
        var model: [StoreSpace: [[UInt8]: [UInt8]]] = [:]
        for _ in 0..<3 {
            let store = try Store(directory: scratch.path)
            for _ in 0..<10 {
                var batch: [StoreChange] = []
                for _ in 0..<random.below(8) {
                    let space = StoreSpace.allCases[random.below(StoreSpace.allCases.count)]
                    let key = [UInt8(random.below(6))]
                    let value = random.chance(1, in: 3) ? nil : [UInt8(random.below(256))]
                    batch.append(row(space, key, value))
                    model[space, default: [:]][key] = value
                }
                #expect(await write(store, batch) == nil)
            }
            let expected = StoreSpace.allCases.filter(\.isResident).flatMap { space in
                (model[space] ?? [:]).sorted { $0.key.lexicographicallyPrecedes($1.key) }
                    .map { row(space, $0.key, $0.value) }
            }
            #expect(try store.load() == expected)
            store.close()
        }
    }

    private func read(_ store: Store, _ range: StoreRange) async throws -> [StoreChange] {
        try await withCheckedContinuation { continuation in
            store.read(range) { continuation.resume(returning: $0) }
        }.get()
    }

    @Test func `bodies are read by ranges, and not at the start`() async throws {
        let scratch = Scratch()
        let store = try Store(directory: scratch.path)
        defer { store.close() }
        let bodies = (1...5).map { row(.body, [$0], [UInt8](repeating: $0, count: 10)) }
        // The reading comes after the writing, though nobody waited for it.
        store.write(bodies.reversed()) { _ in }
        #expect(
            try await read(store, StoreRange(.body, from: [2], through: [4]))
                == Array(bodies[1...3])
        )
        #expect(
            try await read(
                store,
                StoreRange(.body, from: [], through: [9], isDescending: true, rowLimit: 2)
            ) == [bodies[4], bodies[3]]
        )
        #expect(
            try await read(store, StoreRange(.body, from: [0], through: [9], byteLimit: 11))
                == Array(bodies[0...1])
        )
        #expect(try await read(store, StoreRange(.header, from: [0], through: [9])) == [])
        #expect(try store.load() == [])
    }

    @Test func `two nodes cannot share a directory`() throws {
        let scratch = Scratch()
        let store = try Store(directory: scratch.path)
        let holder = "\(ProcessInfo.processInfo.processIdentifier)"
        #expect(throws: StoreFlaw.locked(directory: scratch.path, holder: holder)) {
            try Store(directory: scratch.path)
        }
        store.close()
        try Store(directory: scratch.path).close()
    }

    @Test func `a file that is no database is refused and left as it is`() throws {
        let scratch = Scratch()
        let text = String(repeating: "not a database, but long enough to look at. ", count: 100)
        try scratch.write(text, to: Store.fileName)
        let error = #expect(throws: StoreFlaw.self) { try Store(directory: scratch.path) }
        guard case .corrupt = error else {
            Issue.record("expected a damaged file, not \(String(describing: error))")
            return
        }
        #expect(try scratch.bytes(Store.fileName) == Data(text.utf8))
    }

    @Test func `a damaged page is said when the rows are read`() async throws {
        let scratch = Scratch()
        let store = try Store(directory: scratch.path)
        let rows = (0..<200).map { row(.book, [UInt8($0)], [UInt8](repeating: 7, count: 200)) }
        #expect(await write(store, rows) == nil)
        store.close()
        var bytes = try scratch.bytes(Store.fileName)
        // Pages of 4096 bytes: the first holds the schema, the others the rows.
        for index in stride(from: 4096, to: bytes.count, by: 1) { bytes[index] = 0xFF }
        try bytes.write(to: URL(filePath: scratch.file(Store.fileName)))
        let error = #expect(throws: StoreFlaw.self) {
            let store = try Store(directory: scratch.path)
            defer { store.close() }
            _ = try store.load()
        }
        guard case .corrupt = error else {
            Issue.record("expected a damaged file, not \(String(describing: error))")
            return
        }
    }

    @Test func `a newer schema is refused and left as it is`() throws {
        let scratch = Scratch()
        try Store(directory: scratch.path).close()
        let queue = try DatabaseQueue(path: scratch.file(Store.fileName))
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA user_version = 99")
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try queue.close()
        let before = try scratch.bytes(Store.fileName)
        let error = #expect(throws: StoreFlaw.self) { try Store(directory: scratch.path) }
        guard case .refused(_, let what) = error else {
            Issue.record("expected a refusal, not \(String(describing: error))")
            return
        }
        #expect(what.contains("schema 99, from a newer Warren"))
        #expect(try scratch.bytes(Store.fileName) == before)
    }

    @Test func `a database of another program is refused and left as it is`() throws {
        let scratch = Scratch()
        let queue = try DatabaseQueue(path: scratch.file(Store.fileName))
        try queue.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE t (x)") }
        try queue.close()
        let before = try scratch.bytes(Store.fileName)
        let error = #expect(throws: StoreFlaw.self) { try Store(directory: scratch.path) }
        guard case .refused = error else {
            Issue.record("expected a refusal, not \(String(describing: error))")
            return
        }
        #expect(try scratch.bytes(Store.fileName) == before)
    }

    @Test func `an empty database, schema 0, is migrated`() throws {
        let scratch = Scratch()
        try scratch.write("", to: Store.fileName)
        let store = try Store(directory: scratch.path)
        defer { store.close() }
        #expect(try store.load() == [])
    }

    @Test func `a full disk fails the batch and keeps what was stored`() async throws {
        let scratch = Scratch()
        let store = try Store(directory: scratch.path, pageLimit: 16)
        let small = row(.meta, [1], [1])
        #expect(await write(store, [small]) == nil)
        let large = row(.book, [2], [UInt8](repeating: 1, count: 100_000))
        let flaw = await write(store, [row(.meta, [3], [3]), large])
        #expect(flaw == .full(path: scratch.file(Store.fileName)))
        #expect(try store.load() == [small])
        store.close()
    }

    @Test func `a killed writer leaves the rows of a prefix of its batches`() throws {
        for round in 1...3 {
            let scratch = Scratch()
            let tool = try Tool(["store-trial", "--data-dir", scratch.path])
            var safe: UInt64 = 0
            while safe < UInt64(20 * round), let line = tool.line() { safe = UInt64(line) ?? 0 }
            tool.signal(SIGKILL)
            // What it still had said before it died counts as well.
            while let line = tool.line() { safe = UInt64(line) ?? safe }
            let store = try Store(directory: scratch.path)
            defer { store.close() }
            let rows = try store.load()
            let numbers = rows.filter { $0.space == .meta }.map(\.key)
            #expect(UInt64(numbers.count) >= safe)
            #expect(numbers == (0..<numbers.count).map { UInt64($0 + 1).bigEndianBytes })
            #expect(rows.filter { $0.space == .book }.map(\.key) == numbers.suffix(1))
        }
    }
}

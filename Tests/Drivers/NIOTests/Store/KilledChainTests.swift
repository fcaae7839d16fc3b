import Foundation
import Testing
import WarrenChain
import WarrenNIO
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// A process that grows a chain in a store is killed hundreds of times, at any instant.
///
/// `WARREN_SEEDS` sets the number of directories, in each of which it is killed ``lives`` times:
/// 100 of them are 2,000 times.
struct KilledChainTests {
    private static let lives = 20
    /// Lines that are heard before the end comes, at most.
    private static let lineLimit = 40
    /// How long after the last of them it may still come, in microseconds.
    private static let delayLimit = 1_000
    /// The same where nothing is heard first: the end may come while the store is opened.
    private static let startLimit = 60_000

    @Test(arguments: Seed.sweep(12))
    func `a writer killed at any instant leaves the chain of a prefix of its batches`(
        seed: Seed
    ) async throws {
        var random = seed.random
        let scratch = Scratch()
        var record = Record()
        for life in 1...Self.lives {
            let tool = try Tool([
                "chain-trial", "--data-dir", scratch.path, "--seed", "\(random.next())",
            ])
            var delay = random.below(Self.delayLimit)
            if random.chance(1, in: 5) {
                delay = random.below(Self.startLimit)
            } else {
                for _ in 0...random.below(Self.lineLimit) {
                    if let line = tool.line() { record.hear(line) }
                }
            }
            let clock = ContinuousClock()
            let end = clock.now + .microseconds(delay)
            while clock.now < end {}
            tool.signal(SIGKILL)
            let rest = tool.end()
            #expect(rest.errors == "" && rest.code == SIGKILL, "life \(life)")
            for line in rest.output.split(separator: "\n") { record.hear(String(line)) }
            try await record.examine(scratch.path)
        }
        #expect(record.safe > Self.lives)
    }

    /// What the writer said, and what must hold of its store.
    private struct Record {
        /// What each batch is meant to leave, by its number.
        private var marks: [Int: String] = [:]
        /// The last batch that the store acknowledged.
        private(set) var safe = 0

        mutating func hear(_ line: String) {
            let words = line.split(separator: " ")
            // The last line may be cut short: then its batch was never handed over, or its number
            // is a smaller one.
            guard words.count > 1 else { return }
            if words[0] == "safe" {
                safe = max(safe, Int(words[1]) ?? 0)
            } else if let number = Int(words[0]) {
                marks[number] = line
            }
        }

        /// Opens the store as a node does, and holds it against what was said.
        mutating func examine(_ directory: String) async throws {
            let store = try Store(directory: directory)
            defer { store.close() }
            let residents = try store.load()
            let mark = residents.first { $0.space == .meta }?.value
            let text = mark.map { String(decoding: $0, as: UTF8.self) } ?? Self.nothing
            let number = try #require(text.split(separator: " ").first.flatMap { Int($0) })
            #expect(number >= safe, "acknowledged batches are lost")
            #expect(marks[number] ?? Self.nothing == text)

            // What a restoration asks of the rules.
            var rules = ChainRules(
                genesisID: Hash(of: []),
                start: .epoch,
                leaderSeed: [],
                producers: []
            )
            rules.securityParameter = 8
            var restoration = Restoration(rules)
            while let range = restoration.wanted {
                try restoration.take(try await Self.read(store, range))
            }
            var update = ChainUpdate()
            let chain = try restoration.finish(genesis: [], residents: residents, into: &update)
            let found = [
                "\(number)", "\(chain.tip.height)", "\(chain.tip.id ?? .zero)",
                "\(chain.anchor.height)", "\(chain.evidence.count)",
                "\(chain.ledger.pools.map(\.stake))",
            ]
            #expect(found.joined(separator: " ") == text)
            #expect(chain.broken == [])
            try await examineBodies(store, chain)
            // The next life counts on from here.
            safe = number
            marks = marks.filter { $0.key <= number }
        }

        private static let nothing = "0 0 \(Hash.zero) 0 0 []"

        /// Every block of the chain has the body that its header names.
        private func examineBodies(_ store: Store, _ chain: Blockchain) async throws {
            let all = [UInt8](repeating: 0xFF, count: 8 + Hash.byteCount)
            let bodies = try await Self.read(store, StoreRange(.body, from: [], through: all))
            let found = Dictionary(
                uniqueKeysWithValues: bodies.map { ($0.key, $0.value ?? []) }
            )
            let top = headerKey(at: .max - 1)
            let headers = try await Self.read(store, StoreRange(.header, from: [], through: top))
            #expect(UInt64(headers.count) >= chain.anchor.height)
            for row in headers {
                let header = try Header(row.value ?? [])
                let body = bodyKey(of: header.point).flatMap { found[$0] }
                #expect(body?.count == header.bodySize, "of \(header.point)")
                guard header.height + 2 > chain.tip.height else { continue }
                #expect(body.map { Hash(of: $0) } == header.body, "of \(header.point)")
            }
        }

        private static func read(
            _ store: Store,
            _ range: StoreRange
        ) async throws -> [StoreChange] {
            try await withCheckedContinuation { continuation in
                store.read(range) { continuation.resume(returning: $0) }
            }.get()
        }
    }
}

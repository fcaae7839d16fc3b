import Foundation
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct ProceedingsTests {
    private static let sentences = [
        "eventually every relay has hot >= 2", "always every relay has hot <= 2",
        "never any relay-1 knows relay-2", "sometimes no relay has warm > 0",
        "finally every relay is up", "always for 300ms every relay has known >= 1",
        "eventually for 200ms any relay has hot = 0",
    ]

    private func proceedings(_ sentences: [String]) throws -> Proceedings {
        let judge = try Judge(
            sentences.map { try Expectation($0) },
            of: NetworkManifest.relays(3).population
        )
        return Proceedings(judge, liveness: .seconds(5))
    }

    private func fact(_ fact: Fact.NodeFact, at: Int64) -> Finding {
        .fact(fact, at: .at(at), .none)
    }

    @Test func `tells of a verdict once, and records how it goes on`() throws {
        var proceedings = try proceedings(["always every relay is up"])
        for node in 0..<3 { proceedings.take(fact(.healthy, at: 0), of: node) }
        let first = proceedings.proceed(to: .at(10))
        #expect(first.batch.zero == .at(0))
        #expect(first.batch.sightings.count == 3)
        #expect(first.decided.isEmpty)
        proceedings.take(fact(.down, at: 20), of: 1)
        let second = proceedings.proceed(to: .at(30))
        #expect(second.decided.map(\.verdict.word) == ["broken"])
        #expect(second.batch.zero == nil)
        proceedings.take(fact(.healthy, at: 40), of: 1)
        let third = proceedings.proceed(to: .at(50))
        #expect(third.decided.isEmpty)
        // The violation has an end now.
        #expect(third.batch.verdicts.count == 1)
        #expect(proceedings.finish(at: .at(60), isComplete: true).decided.isEmpty)
    }

    @Test func `notes the peers that changed, and those of a node that is gone`() throws {
        var proceedings = try proceedings([])
        var life = Life()
        proceedings.take(fact(.event(life.event(.move(2, .cold, .hot), at: 1)), at: 1), of: 0)
        proceedings.take(fact(.event(life.event(.move(3, .unknown, .cold), at: 2)), at: 2), of: 0)
        let first = proceedings.proceed(to: .at(5)).batch.peers
        #expect(first.map(\.peer.rawValue) == [2, 3])
        #expect(first.map(\.state?.temperature) == [.hot, .cold])
        proceedings.take(fact(.event(life.event(.move(3, .cold, .warm), at: 6)), at: 6), of: 0)
        #expect(proceedings.proceed(to: .at(10)).batch.peers.map(\.peer.rawValue) == [3])
        proceedings.take(fact(.down, at: 11), of: 0)
        let gone = proceedings.proceed(to: .at(12)).batch.peers
        #expect(gone.map(\.peer.rawValue) == [2, 3])
        #expect(gone.allSatisfy { $0.state == nil })
    }

    @Test func `keeps of a snapshot only the counts where the events told all`() throws {
        var proceedings = try proceedings([])
        var snapshot = Snapshot()
        snapshot.node.id = ScriptedNode.id(1)
        snapshot.node.incarnation = Incarnation(1)
        func details(at: Int64) -> [Sighting.Detail] {
            proceedings.take(fact(.snapshot(snapshot), at: at), of: 0)
            return proceedings.proceed(to: .at(at)).batch.sightings.map(\.detail)
        }
        #expect(details(at: 1) == [.none])
        #expect(details(at: 1000) == [.countsOnly])
        #expect(details(at: 10_001) == [.none])
        proceedings.take(fact(.gap, at: 10_002), of: 0)
        #expect(details(at: 10_003) == [.none, .none])
        snapshot.peers = [.init(peer: PeerID(rawValue: 9), source: .inbound, temperature: .hot)]
        #expect(details(at: 10_004) == [.none])
    }

    @Test(arguments: Seed.sweep())
    func `the recording judged again gives the verdicts of the day`(seed: Seed) throws {
        var random = seed.random
        let scratch = try Scratch()
        let recording = try Recording(path: scratch.file("warren.sqlite"))
        let manifest = try NetworkManifest.relays(3)
        try recording.begin(manifest, at: .at(0))
        var live = try proceedings(Self.sentences)
        var lives = (0..<3).map { Life(incarnation: UInt64($0) + 1) }
        var readers = (0..<3).map { _ in NodeReader() }
        var temperatures: [[UInt8: Temperature]] = Array(repeating: [:], count: 3)
        for step in 1...60 {
            let now = Instant.at(Int64(step) * 50)
            for node in 0..<3 {
                var findings: [Finding] = []
                disturb(
                    &readers[node],
                    &lives[node],
                    &temperatures[node],
                    at: Int64(step) * 50 - Int64(random.below(40)),
                    now: now,
                    random: &random,
                    into: &findings
                )
                for finding in findings { live.take(finding, of: node) }
            }
            try recording.write(live.proceed(to: now.advanced(by: .milliseconds(-60))).batch)
        }
        let end = Instant.at(3100)
        try recording.write(live.finish(at: end, isComplete: true).batch)
        var again = try proceedings(Self.sentences).judge
        try recording.forEachFact { again.take($0) }
        again.finish(at: end)
        #expect(again.verdicts == live.judge.verdicts)
        #expect(again.network.zero == live.judge.network.zero)
        #expect(again.network.nodes.map(\.peers) == live.judge.network.nodes.map(\.peers))
        recording.close()
    }

    /// Something that may happen to a node: a change, a death, a gap, a snapshot, an answer late.
    private func disturb(
        _ reader: inout NodeReader,
        _ life: inout Life,
        _ temperatures: inout [UInt8: Temperature],
        at: Int64,
        now: Instant,
        random: inout Random,
        into findings: inout [Finding]
    ) {
        switch random.below(20) {
        case 0:
            reader.setHealth(.down, now: now, into: &findings)
            life = Life(incarnation: life.incarnation + 10)
            temperatures = [:]
        case 1: reader.setHealth(.unasked, now: now, into: &findings)
        case 2: life.sequence += 1
        case 3...8: reader.setHealth(.healthy, now: now, into: &findings)
        case 9...11:
            var snapshot = Snapshot()
            snapshot.node.incarnation = Incarnation(life.incarnation)
            snapshot.sequence = life.sequence
            snapshot.takenAt = .at(at)
            snapshot.peers = temperatures.keys.sorted().map { other in
                var row = Snapshot.Peer(
                    peer: PeerID(rawValue: UInt32(other)),
                    source: .addressBook,
                    temperature: temperatures[other] ?? .cold
                )
                row.id = ScriptedNode.id(other)
                if random.below(4) == 0 { row.heardAt = .at(at - 6000) }
                return row
            }
            _ = reader.take(snapshot, now: now, into: &findings)
        default:
            let other = UInt8(1 + random.below(3))
            let before = temperatures[other] ?? .unknown
            let after = Temperature.allCases[random.below(4)]
            guard before != after else { return }
            temperatures[other] = after == .unknown ? nil : after
            let event = life.event(.move(other, before, after), at: at)
            let text = ScriptedNode.text(of: .event(event)).dropLast()
            reader.take(.line(Array(text.utf8)), now: now, into: &findings)
        }
    }

    @Test func `records once that a snapshot names another tip than the events`() throws {
        var proceedings = try proceedings([])
        var life = Life()
        let block = BlockMark(height: 4, slot: 9, hash: Hash(of: [4]))
        proceedings.take(fact(.event(life.event(.chain(.adopted(block)), at: 1)), at: 1), of: 0)
        var snapshot = Snapshot()
        snapshot.node.incarnation = Incarnation(1)
        snapshot.sequence = 1
        snapshot.takenAt = .at(2)
        snapshot.chain = .init(slot: 9, height: 4, hash: block.hash.description)
        proceedings.take(fact(.snapshot(snapshot), at: 2), of: 0)
        #expect(proceedings.proceed(to: .at(3)).batch.flaws.isEmpty)
        snapshot.chain?.height = 5
        proceedings.take(fact(.snapshot(snapshot), at: 4), of: 0)
        let step = proceedings.proceed(to: .at(5))
        #expect(step.batch.flaws.map(\.flaw.kind) == ["contradiction"])
        #expect(step.batch.flaws.map(\.at) == [.at(4)])
        #expect(step.batch.flaws[0].flaw.description.hasPrefix("the chain ends in block 4 ("))
        // The snapshot that shows it is kept whole.
        #expect(step.batch.sightings.map(\.detail) == [.none])
        #expect(proceedings.judge.network.conduct.offences.count == 1)
        #expect(proceedings.proceed(to: .at(6)).batch.flaws.isEmpty)
    }
}

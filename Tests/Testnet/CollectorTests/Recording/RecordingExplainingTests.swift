import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A peer explained from a recording alone.
struct RecordingExplainingTests {
    private let scratch: Scratch
    private let recording: Recording
    private let population: Population

    init() throws {
        scratch = try Scratch()
        recording = try Recording(path: scratch.file("warren.sqlite"))
        let manifest = try NetworkManifest.relays(3)
        try recording.begin(manifest, at: .at(0))
        population = manifest.population
        var one = Life()
        var two = Life(incarnation: 2)
        var facts: [(Int64, Int, Fact.NodeFact)] = [
            (100, 0, .healthy),
            (110, 0, .event(one.event(.targets(Targets(known: 9, established: 5)), at: 110))),
            (120, 0, .event(one.event(.move(2, .unknown, .cold), at: 120))),
            (130, 1, .event(two.event(.move(2, .unknown, .hot), at: 130))),
            (140, 0, .event(one.event(.move(3, .unknown, .cold), at: 140))),
            (150, 0, .event(one.event(.move(2, .cold, .warm), at: 150))),
        ]
        var row = Snapshot.Peer(
            peer: PeerID(rawValue: 2),
            source: .addressBook,
            temperature: .warm
        )
        row.id = ScriptedNode.id(2)
        row.failCount = 3
        row.holds = [.cannotBeHot]
        var snapshot = Snapshot()
        snapshot.node.id = ScriptedNode.id(1)
        snapshot.node.incarnation = Incarnation(1)
        snapshot.sequence = one.sequence
        snapshot.takenAt = .at(200)
        snapshot.peers = [row]
        facts += [
            (200, 0, .snapshot(snapshot)),
            (300, 0, .event(one.event(.move(2, .warm, .hot), at: 300))),
        ]
        var batch = Recording.Batch()
        batch.sightings = facts.map { Sighting(Fact(at: .at($0.0), .node($0.1, $0.2))) }
        batch.zero = .at(100)
        try recording.write(batch)
    }

    private func explain(_ other: Int = 1, at end: Int64) throws -> PeerExplanation {
        var explainer = PeerExplainer(PeerSubject(population.nodes[other]))
        let last = try recording.explain(&explainer, node: 0, until: .at(end))
        #expect(last.map { $0 <= .at(end) } ?? true)
        return explainer.explanation(of: "relay-1", at: .at(end), zero: .at(100))
    }

    @Test func `at any instant, by the events of its node alone`() throws {
        #expect(try explain(at: 115).acquaintance == .never)
        let cold = try explain(at: 145)
        #expect(cold.temperature == .cold && cold.basis == .events && cold.historyCount == 1)
        #expect(cold.forces.first?.hold == .quota(.target(.known), count: 2, wanted: 9))
        #expect(try explain(at: 150).temperature == .warm)
        #expect(try explain(at: 1000).temperature == .hot)
    }

    @Test func `by the last snapshot before, not by a later one`() throws {
        let fresh = try explain(at: 250)
        #expect(fresh.basis == .snapshot && fresh.attempts.failCount == 3)
        #expect(fresh.forces.map(\.hold) == [.cannotBeHot])
        #expect(try explain(at: 199).attempts.failCount == nil)
        let later = try explain(at: 300)
        #expect(later.basis == .events && later.temperature == .hot)
    }

    @Test func `says when the run was, and whom a node told of`() throws {
        let span = try #require(try recording.span())
        #expect(span.beganAt == .at(0) && span.zeroAt == .at(100) && span.endsAt == .at(300))
        #expect(span.origin == .at(100))
        #expect(
            try recording.references(of: 0).compactMap(\.id)
                == [ScriptedNode.id(2), ScriptedNode.id(3)]
        )
        try recording.end(at: .at(5000))
        #expect(try recording.span()?.endsAt == .at(5000))
    }

    @Test func `by one who only reads, while another writes`() throws {
        let other = try Recording(reading: recording.path)
        #expect(try other.span()?.endsAt == .at(300))
        var batch = Recording.Batch()
        batch.sightings = [Sighting(Fact(at: .at(400), .node(0, .down)))]
        try recording.write(batch)
        #expect(try other.span()?.endsAt == .at(400))
        #expect(throws: RecordingFlaw.self) { try other.end(at: .at(1)) }
        other.close()
        #expect(try explain(at: 400).health == .down)
    }
}

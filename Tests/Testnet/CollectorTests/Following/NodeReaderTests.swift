import Foundation
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

struct NodeReaderTests {
    private var reader = NodeReader(id: ScriptedNode.id(1))
    private var life = Life()
    private var findings: [Finding] = []

    private mutating func say(_ line: EventLine, at now: Int64 = 1000) {
        say(ScriptedNode.text(of: line).dropLast().utf8, at: now)
    }

    private mutating func say(_ bytes: some Sequence<UInt8>, at now: Int64 = 1000) {
        reader.take(.line(Array(bytes)), now: .at(now), into: &findings)
    }

    @discardableResult
    private mutating func snapshot(_ sequence: UInt64, id: UInt8 = 1, of life: UInt64 = 1) -> Bool {
        var snapshot = Snapshot()
        snapshot.node.id = ScriptedNode.id(id)
        snapshot.node.incarnation = Incarnation(life)
        snapshot.sequence = sequence
        snapshot.takenAt = .at(900)
        return reader.take(snapshot, now: .at(1000), into: &findings)
    }

    @Test mutating func `makes facts of events and remembers how far it came`() {
        say(.event(life.event(.storeFailed, at: 1)))
        say(.event(life.event(.storeFailed, at: 2)))
        #expect(findings.events == [1, 2].map { EventPosition(incarnation: 1, sequence: $0) })
        #expect(findings.flaws.isEmpty)
        #expect(reader.start == EventPosition(incarnation: 1, sequence: 3))
    }

    @Test mutating func `takes no event twice`() {
        let event = life.event(.storeFailed, at: 1)
        say(.event(event))
        say(.event(event))
        #expect(findings.events.count == 1)
        #expect(findings.flaws == [.outOfOrder(found: 1, expected: 2)])
    }

    @Test mutating func `says which events are missing though the node does not`() {
        say(.event(life.event(.storeFailed, at: 1)))
        life.sequence += 3
        say(.event(life.event(.storeFailed, at: 2)))
        #expect(findings.flaws == [.silentGap(from: 2, to: 4)])
        #expect(findings.gaps == [.init(incarnation: 1, from: 2, to: 4)])
        #expect(findings.events.last?.sequence == 5)
    }

    @Test mutating func `goes on behind a gap that the node admits`() {
        say(.gap(.init(incarnation: 1, from: 1, to: 7)))
        life.sequence = 7
        say(.event(life.event(.storeFailed, at: 1)))
        #expect(findings.flaws.isEmpty)
        #expect(findings.gaps == [.init(incarnation: 1, from: 1, to: 7)])
        #expect(findings.events == [EventPosition(incarnation: 1, sequence: 8)])
    }

    @Test mutating func `begins anew with another life`() {
        say(.event(life.event(.storeFailed, at: 1)))
        say(.gap(.init(incarnation: 1, from: 2, to: nil)))
        #expect(reader.start == nil)
        var next = Life(incarnation: 9)
        say(.event(next.event(.storeFailed, at: 2)))
        #expect(findings.flaws.isEmpty)
        #expect(reader.start == EventPosition(incarnation: 9, sequence: 2))
    }

    @Test mutating func `a life that begins in its middle has lost its beginning`() {
        life.incarnation = 9
        life.sequence = 4
        say(.event(life.event(.storeFailed, at: 2)))
        #expect(findings.gaps == [.init(incarnation: 9, from: 1, to: 4)])
    }

    @Test mutating func `puts garbage on record, and that something may be lost`() {
        say("{\"kind\":\"nonsense\"}".utf8)
        #expect(findings.facts == [.gap])
        guard case .garbledLine(let line, let why) = findings.flaws.first else {
            Issue.record("no flaw: \(findings)")
            return
        }
        #expect(line == "{\"kind\":\"nonsense\"}")
        #expect(why.contains("is no kind of event"))
        reader.take(.tooLong, now: .at(1), into: &findings)
        #expect(findings.flaws.last == .lineTooLong(limit: 65_536))
    }

    @Test mutating func `believes no event from the future, and no time that runs backwards`() {
        say(.event(life.event(.storeFailed, at: 5000)), at: 1000)
        say(.event(life.event(.storeFailed, at: 10)), at: 1001)
        let times = findings.compactMap { finding in
            if case .fact(_, let at, _) = finding { at } else { nil }
        }
        #expect(times == [.at(1000), .at(1000)])
    }

    @Test mutating func `holds a snapshot back until the events have come as far`() {
        snapshot(2)
        #expect(findings.isEmpty)
        #expect(reader.isBehind)
        say(.event(life.event(.storeFailed, at: 1)))
        #expect(!findings.hasSnapshot)
        say(.event(life.event(.storeFailed, at: 2)))
        #expect(findings.hasSnapshot)
        #expect(findings.facts.count == 3)
        #expect(!reader.isBehind)
    }

    @Test mutating func `a snapshot of what is known already is a fact at once`() {
        say(.event(life.event(.storeFailed, at: 1)))
        snapshot(1)
        #expect(findings.hasSnapshot)
    }

    @Test mutating func `lets a snapshot go when the next one comes`() {
        snapshot(5)
        snapshot(6)
        #expect(findings.facts.count == 1)
        #expect(reader.isBehind)
    }

    @Test mutating func `does not believe a snapshot of another node`() {
        let isBelieved = snapshot(0, id: 2)
        #expect(!isBelieved)
        #expect(findings.facts.isEmpty)
        guard case .wrongNode = findings.flaws.first else {
            Issue.record("no flaw: \(findings)")
            return
        }
    }

    @Test mutating func `tells of health when it changes`() {
        for _ in 0..<3 { reader.setHealth(.healthy, now: .at(1), into: &findings) }
        reader.setHealth(.down, now: .at(2), into: &findings)
        reader.setHealth(.healthy, now: .at(3), into: &findings)
        #expect(findings.facts == [.healthy, .down, .healthy])
    }

    @Test mutating func `puts so many bad replies on record and no more`() {
        for _ in 0..<NodeReader.flawLimit { say("x".utf8) }
        #expect(findings.flaws.count == NodeReader.flawLimit)
        say("x".utf8)
        #expect(findings.flaws.count == NodeReader.flawLimit)
        #expect(findings.facts.count == NodeReader.flawLimit + 1)
    }

    @Test mutating func `bears whatever a node may say`() {
        let samples =
            Note.samples.enumerated().map { index, note in
                EventLine.event(
                    Event(incarnation: 7, sequence: UInt64(index + 1), at: .at(3), note: note)
                )
            } + [
                .gap(.init(incarnation: 7, from: 3, to: 9)),
                .gap(.init(incarnation: 0, from: 3, to: nil)),
            ]
        var network = NetworkState(
            Population([DeclaredNode(name: "a", group: "a", role: .relay)])
        )
        var latest = Instant(nanoseconds: .min)
        let lines = samples.map { Array(ScriptedNode.text(of: $0).utf8) }
        mutations(of: lines, seed: 0xC011) { bytes in
            var splitter = LineSplitter()
            var pieces: [LineSplitter.Piece] = []
            splitter.take(bytes, into: &pieces)
            var found: [Finding] = []
            for piece in pieces { reader.take(piece, now: .at(4), into: &found) }
            for case .fact(let fact, let at, _) in found {
                if case .event = fact {
                    #expect(at >= latest)
                    latest = at
                }
                network.take(Fact(at: at, .node(0, fact)))
            }
        }
        #expect(network.nodes[0].peers.count < 10_000)
    }
}

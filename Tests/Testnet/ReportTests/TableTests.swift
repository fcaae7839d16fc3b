import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct TableTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    @Test func `shows every node on a line of its own`() {
        let table = NodeTable(manifest: fixture.manifest, snapshots: fixture.snapshots)
        #expect(
            table.lines() == [
                "  NODE        ROLE            ADDRESS         COLD  WARM  HOT  IN/OUT  TIP         HEALTH",
                "  seed-1      seed            127.0.0.0:3001     6     1    0     1/0  –           ok",
                "  relay-1     relay           127.0.0.1:3001     0     0   14    3/12  12 a91f0c…  ok",
                "  relay-2     relay           127.0.0.2:3001     –     –    –       –  –           down",
                "  producer-1  block-producer  127.0.0.3:3001     0     0    2     0/2  –           ok",
            ]
        )
    }

    @Test func `shows how far a node that catches up has come`() {
        var snapshots = fixture.snapshots
        snapshots["relay-1"]?.chain?.bestHeight = 5000
        let lines = NodeTable(manifest: fixture.manifest, snapshots: snapshots).lines()
        #expect(lines[0].hasSuffix("IN/OUT  TIP                 HEALTH"))
        #expect(lines[2].hasSuffix("3/12  12 of 5000 a91f0c…  ok"))
    }

    @Test func `paints only what is asked for, and the same words`() {
        let table = NodeTable(manifest: fixture.manifest, snapshots: fixture.snapshots)
        let painted = table.lines(paint: Paint(isOn: true))
        #expect(painted[3].hasPrefix("\u{1B}[31m  relay-2"))
        #expect(painted[3].hasSuffix("down\u{1B}[0m"))
        #expect(painted[1] == table.lines()[1])
    }

    @Test func `shows the peers of a node, the closest first, and why`() throws {
        let snapshot = try #require(fixture.snapshots["relay-1"])
        #expect(
            PeerTable(snapshot, manifest: fixture.manifest).lines() == [
                "  PEER           ADDRESS         TEMPERATURE  SOURCE     DIRECTION  USES US  FAILS    RTT  WHY",
                "  producer-1     127.0.0.3:3001  hot          localRoot  duplex     warm         0  1.2ms  promoted to reach target.active 4",
                "  seed-1         127.0.0.0:3001  warm         localRoot  –          –            0      –  –",
                "  10.0.0.9:4000  10.0.0.9:4000   warm         inbound    –          –            0      –  –",
                "  relay-2        127.0.0.2:3001  cold         localRoot  –          –            0      –  –",
            ]
        )
    }

    @Test func `what a node says of its peers cannot steer a terminal`() {
        var snapshot = Snapshot()
        var row = Snapshot.Peer(peer: PeerID(rawValue: 1), source: .inbound, temperature: .warm)
        row.address = "evil\u{1B}[2J\n\u{202E}:1"
        snapshot.peers = [row]
        let text = PeerTable(snapshot, manifest: fixture.manifest).lines().joined()
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
        #expect(text.contains("evil\u{FFFD}[2J\u{FFFD}\u{FFFD}:1"))
    }

    /// What the judge says of a network in which a relay is down for a while.
    private func broken(_ sentence: String) throws -> Verdict? {
        func instant(_ milliseconds: Int64) -> Instant {
            Instant(nanoseconds: milliseconds * 1_000_000)
        }
        var judge = try Judge([Expectation(sentence)], of: fixture.manifest.population)
        for number in 0..<4 { judge.take(Fact(at: instant(0), .node(number, .healthy))) }
        judge.take(Fact(at: instant(2310), .node(2, .down)))
        judge.take(Fact(at: instant(9800), .node(2, .healthy)))
        judge.finish(at: instant(12_000))
        return judge.verdicts[0]
    }

    @Test func `shows verdicts as they are decided`() throws {
        let sentences = [
            "eventually within 15s every relay has hot >= 2", "always every relay is up",
            "finally network is connected", "never any relay is up",
        ]
        let broken = try broken(sentences[1])
        let verdicts: [Verdict?] = [
            .held(.after(.milliseconds(1900))), broken, .unknown("the run ended early"),
            nil,
        ]
        let rows = try zip(sentences, verdicts).map { VerdictRow(try Expectation($0), $1) }
        let lines = rows.flatMap { $0.lines(width: rows.width) }
        #expect(
            lines == [
                "  held    eventually within 15s every relay has hot >= 2  after 1.9 s",
                "  broken  always every relay is up",
                "          relay-2 was down from t=2.31s to t=9.80s",
                "  unknown finally network is connected",
                "          the run ended early",
                "  open    never any relay is up",
            ]
        )
    }

    @Test func `says of what all nodes did that it was permitted, or who did what when`() {
        let names = fixture.manifest.nodes.map(\.name)
        func lines(_ conduct: Conduct) -> [String] {
            ConductText(conduct, names: names, zero: Instant(nanoseconds: 0)).lines()
        }
        #expect(lines(Conduct()) == [])
        #expect(
            lines(Conduct(stepCount: 312))
                == ["  checked 312 steps of connections: none that the protocol forbids"]
        )
        let offence = Conduct.Offence(
            at: Instant(nanoseconds: 3_210_000_000),
            node: 2,
            words: "in-1 goes from terminating to duplex\u{1B}"
        )
        let many = Conduct(stepCount: 9, offences: .init(repeating: offence, count: 7))
        let line = "  error   relay-2 at t=3.21s: in-1 goes from terminating to duplex\u{FFFD}"
        #expect(
            lines(many) == .init(repeating: line, count: 5) + [
                "  error   and 2 more: table errors of the recording"
            ]
        )
        #expect(
            ConductRow(many, names: names).errors.map(\.node)
                == .init(repeating: "relay-2", count: 7)
        )
    }

    @Test func `gives rows to programs`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let nodes = fixture.manifest.nodes
        let down = try encoder.encode(NodeRow(nodes[2], fixture.snapshots["relay-2"]))
        #expect(
            String(decoding: down, as: UTF8.self)
                == #"{"address":"127.0.0.2:3001","group":"relay","health":"down","#
                + #""id":"0202020202020202020202020202020202020202","name":"relay-2","#
                + #""region":"eu","role":"relay"}"#
        )
        let row = NodeRow(nodes[1], fixture.snapshots["relay-1"])
        #expect(try JSONDecoder().decode(NodeRow.self, from: encoder.encode(row)) == row)
        #expect(row.tip?.height == 12)
        let verdict = VerdictRow(
            try Expectation("always every relay is up"),
            try broken("always every relay is up")
        )
        #expect(verdict.fromNanoseconds == 2_310_000_000)
        #expect(verdict.toNanoseconds == 9_800_000_000)
        #expect(try JSONDecoder().decode(VerdictRow.self, from: encoder.encode(verdict)) == verdict)
    }
}

import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenReport

struct NetworkWatchTests {
    private let fixture: Fixture
    private let start = Instant(nanoseconds: 1_000_000_000_000)

    init() throws { fixture = try Fixture() }

    private func instant(_ seconds: Int) -> Instant { start.advanced(by: .seconds(seconds)) }

    /// What is new in the second of two looks.
    private func changes(_ adjust: (inout [String: Snapshot]) -> Void) -> [String] {
        var watch = NetworkWatch(fixture.manifest)
        #expect(watch.take(fixture.snapshots, at: start).isEmpty)
        var next = fixture.snapshots
        adjust(&next)
        return watch.take(next, at: instant(1)).map { $0.text() }
    }

    @Test func `nodes that fall silent, come back or were started again are told of`() {
        #expect(changes { $0["relay-1"] = nil } == ["relay-1  does not answer"])
        #expect(changes { $0["relay-2"] = Snapshot() } == ["relay-2  answers again"])
        let again = changes { $0["relay-1"]?.node.incarnation = Incarnation(7) }
        #expect(again == ["relay-1  was started again"])
        #expect(changes { _ in }.isEmpty)
    }

    @Test func `a peer that moved since the last look is told with names and reason`() {
        let found = changes { next in
            next["relay-1"]?.peers[1].lastTransition = .init(
                from: .warm,
                to: .hot,
                reason: .configured,
                at: instant(1)
            )
        }
        #expect(found == ["relay-1  seed-1 warm → hot  as the topology says"])
    }

    @Test func `a node at a new height is told of, and who rolls back`() {
        let higher = changes { next in
            next["seed-1"]?.chain = Snapshot.Tip(slot: 9, height: 13, hash: "0b0b0b0b")
            next["relay-1"]?.chain = Snapshot.Tip(slot: 9, height: 13, hash: "0b0b0b0b")
        }
        #expect(higher == ["seed-1  is at height 13  0b0b0b…"])
        let other = changes { next in
            next["relay-1"]?.chain = Snapshot.Tip(slot: 9, height: 12, hash: "0c0c0c0c")
        }
        #expect(other == ["relay-1  rolled back to height 12  0c0c0c…"])
    }

    @Test func `changes are kept up to the limit, the newest of them`() {
        var watch = NetworkWatch(fixture.manifest)
        _ = watch.take(fixture.snapshots, at: start)
        for second in 1...NetworkWatch.changeLimit + 1 {
            var next = fixture.snapshots
            if second % 2 == 1 { next["relay-1"] = nil }
            _ = watch.take(next, at: instant(second))
        }
        #expect(watch.changes.count == NetworkWatch.changeLimit)
        #expect(watch.changes.first?.at == instant(2))
    }

    @Test(arguments: [8, 12, 24, 60])
    func `the picture fits the screen, and its lines do not wrap`(rows: Int) throws {
        var watch = NetworkWatch(fixture.manifest)
        _ = watch.take(fixture.snapshots, at: start)
        var next = fixture.snapshots
        next["relay-1"] = nil
        _ = watch.take(next, at: instant(1))
        let expectation = try Expectation("never any relay is healthy")
        var broken = VerdictRow(expectation, nil)
        broken.verdict = "broken"
        broken.sentence = "relay-1 was not"
        let columns = 4 * rows
        let lines = watch.lines(
            head: "warren",
            verdicts: [broken, VerdictRow(expectation, nil)],
            at: instant(3),
            rows: rows,
            columns: columns,
            paint: Paint(isOn: true)
        )
        #expect(lines.count < rows)
        for line in lines {
            let plain = line.replacing(#/\u{1B}\[\d+m/#, with: "")
            #expect(plain.count <= columns, "\(plain)")
        }
        guard rows >= 24 else { return }
        let text = lines.joined(separator: "\n")
        #expect(text.contains("2 of 4 nodes answer"))
        #expect(text.contains("1 broken, 1 open"))
        #expect(text.contains("2 s ago  relay-1     does not answer"))
    }

    @Test func `the summary says how many have come to the greatest height, and of how many tips`()
    {
        var watch = NetworkWatch(fixture.manifest)
        var snapshots = fixture.snapshots
        snapshots["seed-1"]?.chain = Snapshot.Tip(slot: 2, height: 11, hash: "0d0d0d0d")
        _ = watch.take(snapshots, at: start)
        let lines = watch.lines(
            head: "warren",
            verdicts: [],
            at: instant(2),
            rows: 40,
            columns: 200
        )
        #expect(lines[1] == "  3 of 4 nodes answer · height 12, 2 s old, at 1 of 2 · 2 tips")
    }
}

import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `Claims on chains` {
    @Test(arguments: [
        ("finally every relay has height >= 2", "held"),
        ("finally every * has height >= 2", "broken producer-1 had height 1 at t=9.00s"),
        ("finally any * has height > 2", "held"),
        ("finally all of relay-1, relay-2 have the same tip", "held"),
        ("finally all of relay-1, relay-3 have the same height", "broken"),
        (
            "finally all of relay have the same tip",
            "broken the chains differed (relay-1, relay-2 at 2 ("
        ),
        ("always after 3s all of relay-1, relay-2 have the same height", "held"),
        ("always after 3s all of relay-1, relay-2 have the same tip", "broken"),
        ("sometimes after 4s every relay has height < 2", "broken"),
        ("always every relay-1 has height <= 3", "held"),
    ])
    func `are judged by the tips`(sentence: String, verdict: String) throws {
        var history = History()
        for number in 0..<4 { history.adopt(1, number, at: 1000) }
        history.adopt(2, fork: 1, 0, at: 2000)
        history.adopt(2, 1, at: 2000)
        history.adopt(2, 2, at: 2500)
        history.adopt(3, 2, at: 2500)
        history.rollBack(0, to: 1, at: 4000)
        history.adopt(2, 0, at: 4000)
        let said = try history.verdict(sentence, until: 9000)
        #expect(said.hasPrefix(verdict), "\(said)")
    }

    @Test func `find no tip in a node that is down, and know nothing of one that is silent`() throws
    {
        var history = History()
        for number in 0..<2 { history.adopt(1, number, at: 1000) }
        let same = "all of relay-1, relay-2 have the same tip"
        #expect(try history.judge("finally " + same, until: 2000).word == "held")
        #expect(try history.judge("always " + same, until: 2000).word == "held")
        #expect(
            try history.verdict("finally all of relay have the same tip", until: 2000)
                == "unknown relay-3 told nothing of a chain"
        )
        #expect(
            try history.verdict("always every relay has height < 5", until: 2000)
                == "unknown relay-3 told nothing of a chain"
        )
        history.node(1, .down, at: 3000)
        #expect(
            try history.verdict("always " + same, until: 5000).hasSuffix(
                "relay-2 down) from t=3.00s on"
            )
        )
        history.node(1, .healthy, at: 4000)
        #expect(try history.judge("finally " + same, until: 5000).word == "unknown")
        var snapshot = history.snapshot(of: 1, [], at: 4500)
        let tip = History.block(1)
        snapshot.chain = .init(slot: 10, height: 1, hash: tip.hash.description)
        history.node(1, .snapshot(snapshot), at: 4500)
        #expect(try history.judge("finally " + same, until: 5000).word == "held")
        history.node(0, .gap, at: 4600)
        #expect(try history.judge("finally " + same, until: 5000).word == "unknown")
        history.adopt(2, 0, at: 4700)
        #expect(try history.judge("finally " + same, until: 5000).word == "unknown")
    }

    @Test(arguments: [
        ("always every relay-1 makes progress within 2s", "held for 4 s", Int64(4000)),
        (
            "always every relay-1 makes progress within 1500ms",
            "broken relay-1 made no progress beyond height 3 for 1500ms from t=4.50s on", 9000
        ),
        ("always every relay-1 makes progress within 1s", "held", 4000),
        ("always every relay-1 makes progress within 999ms", "broken", 4000),
        ("eventually every relay-1 makes progress within 2s", "held after 1 s", 4000),
        ("never any relay-1 makes progress within 2s", "broken", 4000),
        ("always for 2s every relay-1 makes progress within 2s", "held", 4000),
        // What is stale is no progress.
        ("eventually after 3001ms every relay-1 makes progress within 9s", "unknown", 9000),
        ("eventually after 3001ms every relay-1 makes progress within 2s", "broken", 9000),
        ("eventually after 3s every relay-1 makes progress within 2s", "held after 0 s", 9000),
        ("finally every relay-1 makes progress within 6s", "held", 9000),
        ("finally every relay-1 makes progress within 5999ms", "broken", 9000),
        ("always every relay-1 makes progress within 10s", "held", 9000),
        ("always every relay-2 makes progress within 10s", "unknown", 9000),
    ])
    func `want new height, and soon`(sentence: String, verdict: String, end: Int64) throws {
        var history = History()
        for second in 1...3 { history.adopt(UInt64(second), 0, at: Int64(second) * 1000) }
        history.adopt(2, fork: 3, 0, at: 8000)
        let said = try history.verdict(sentence, until: end)
        #expect(said.hasPrefix(verdict), "\(said)")
    }

    @Test func `take no restart for progress`() throws {
        var history = History()
        history.adopt(5, 0, at: 1000)
        history.node(0, .down, at: 2000)
        history.node(0, .healthy, at: 2500)
        history.adopt(4, 0, at: 3000)
        history.adopt(5, 0, at: 3100)
        let sentence = "eventually after 2s every relay-1 makes progress within 1s"
        #expect(try history.judge(sentence, until: 9000).word == "broken")
        history.adopt(6, 0, at: 8000)
        #expect(try history.verdict(sentence, until: 9000) == "held after 6 s")
    }

    @Test(arguments: [
        ("finally every relay-1 has rtt <= 90ms", "held"),
        (
            "finally every relay-1 has rtt < 90ms",
            "broken relay-1 had rtt 90ms to relay-3 at t=5.00s"
        ),
        ("finally every relay-1 has rtt in region us <= 20ms", "held"),
        ("finally any relay-1 has rtt > 80ms", "held"),
        ("finally every relay-2 has rtt > 0s", "unknown relay-2 measured no round-trip time"),
    ])
    func `find the longest way`(sentence: String, verdict: String) throws {
        var history = History()
        history.connect(0, 1, at: 1)
        history.connect(0, 2, at: 1)
        let rows = [(1, Int64(20_000_000)), (2, 90_000_000)].map { other, time in
            var row = Snapshot.Peer(
                peer: .init(rawValue: UInt32(other)),
                source: .ledger,
                temperature: .unknown
            )
            row.roundTripNanoseconds = time
            return row
        }
        history.node(0, .snapshot(history.snapshot(of: 0, rows, at: 2)), at: 2)
        let said = try history.verdict(sentence, until: 5000)
        #expect(said.hasPrefix(verdict), "\(said)")
        history.disconnect(0, 2, at: 6000)
        #expect(
            try history.judge("finally every relay-1 has rtt <= 20ms", until: 7000).word == "held"
        )
    }
}

@Suite struct `Claims on moves` {
    private static var history: History {
        var history = History()
        history.move(0, 1, .unknown, .hot, at: 500)
        for time in [1000, 1400, 4000] as [Int64] {
            history.move(0, 1, .hot, .warm, .aboveTarget(.active, 4), source: .ledger, at: time)
            history.move(0, 1, .warm, .hot, source: .ledger, at: time + 100)
        }
        return history
    }

    @Test(arguments: [
        ("never any relay demotes hot to cold", "held"),
        (
            "never any relay demotes hot to warm",
            "broken relay-1 demoted 1 from hot to warm at t=1.00s; the last was relay-2, demoted"
        ),
        ("never any relay demotes hot to warm from inbound", "held"),
        ("never any relay demotes hot to warm in region us", "broken"),
        ("never after 4001ms any relay demotes hot to warm", "held"),
        ("never after 4s any relay demotes hot to warm", "broken"),
        ("sometimes any relay promotes warm to hot", "held after 1.1 s"),
        ("finally every relay-1 demotes hot to warm = 3 times", "held"),
        ("finally every relay-1 demotes hot to warm = 0 times within 4999ms", "held"),
        ("finally every relay-1 demotes hot to warm = 1 times within 5s", "held"),
        ("always every relay demotes hot to warm <= 1 times within 399ms", "held"),
        (
            "always every relay demotes hot to warm <= 1 times within 400ms",
            "broken relay-1 demoted 2 from hot to warm within 400ms at t=1.40s"
        ),
        (
            "always every relay demotes hot to warm <= 1 times within 1s",
            "broken relay-1 demoted 2 from hot to warm within 1s from t=1.40s to t=2.00s"
        ),
        ("always for 601ms every relay demotes hot to warm <= 1 times within 1s", "held"),
        ("eventually within 2s after 1200ms every relay-1 demotes hot to warm > 1 times", "broken"),
        ("eventually within 3s after 1200ms every relay-1 demotes hot to warm > 1 times", "held"),
        ("finally every relay-2 promotes warm to hot = 0 times", "held"),
    ])
    func `are counted in the window`(sentence: String, verdict: String) throws {
        let said = try Self.history.verdict(sentence, until: 9000)
        #expect(said.hasPrefix(verdict), "\(said)")
    }

    @Test(arguments: [
        ("never any relay demotes hot to cold", "unknown"),
        ("never any relay demotes hot to warm", "broken"),
        ("finally every relay-1 demotes hot to warm >= 3 times", "held"),
        ("finally every relay-1 demotes hot to warm >= 4 times", "unknown"),
        ("finally every relay-1 demotes hot to warm < 3 times", "broken"),
        ("finally every relay-1 demotes hot to warm < 4 times", "unknown"),
        ("finally every relay-1 demotes hot to warm = 3 times", "unknown"),
        ("finally every relay-1 demotes hot to warm != 3 times", "unknown"),
        ("finally every relay-1 demotes hot to warm = 2 times", "broken"),
        ("finally every relay-1 demotes hot to warm = 0 times within 1s", "held"),
    ])
    func `may be more than was seen`(sentence: String, verdict: String) throws {
        var history = Self.history
        history.node(0, .gap, at: 5000)
        let row = Snapshot.Peer(peer: .init(rawValue: 1), source: .ledger, temperature: .hot)
        history.node(0, .snapshot(history.snapshot(of: 0, [row], at: 6000)), at: 6000)
        #expect(try history.judge(sentence, until: 9000).word == verdict)
    }
}

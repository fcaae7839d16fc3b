import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `Claims on propagation` {
    /// producer-1 makes block 1 at 1 s; it comes to the relays after 100, 200 and 300 ms.
    private static var history: History {
        var history = History()
        history.make(1, by: 3, at: 1000)
        for number in 0..<3 { history.adopt(1, number, at: 1100 + Int64(number) * 100) }
        return history
    }

    @Test(arguments: [
        ("p50 of block propagation <= 200ms", "held"),
        ("p50 of block propagation < 200ms", "broken"),
        ("p50 of block propagation > 199ms", "held"),
        ("p50 of block propagation >= 201ms", "broken"),
        ("p90 of block propagation <= 300ms", "held"),
        ("p90 of block propagation < 300ms", "broken"),
        ("max of block propagation <= 300ms", "held"),
        ("max of block propagation > 300ms", "broken"),
        ("p95 of block propagation < 800ms over last 1 blocks", "held"),
        (
            "p95 of block propagation < 800ms over last 2 blocks",
            "unknown only 1 of the 2 blocks that are asked for were on the chain of most nodes"
        ),
        (
            "p99 of block propagation < 299ms",
            "broken p99 of block propagation was 300ms over 1 blocks and 3 pairs; the slowest was "
                + "block 1 ("
        ),
        ("p50 of transaction propagation < 1s", "unknown only 0 of the 1 transactions"),
    ])
    func `go by nearest rank over pairs of block and node`(
        claim: String,
        verdict: String
    ) throws {
        let said = try Self.history.verdict("finally " + claim, until: 9000)
        #expect(said.hasPrefix(verdict), "\(said)")
    }

    @Test func `do not count what was lost to a fork`() throws {
        var history = Self.history
        history.make(2, fork: 1, by: 0, at: 2000)
        history.adopt(2, fork: 1, 1, at: 2050)
        let claim = "finally max of block propagation <= 300ms"
        #expect(try history.judge(claim, until: 9000).word == "held")
        // It wins for a moment, and counts for as long.
        history.adopt(2, fork: 1, 2, at: 6000)
        #expect(try history.judge(claim, until: 6500).word == "broken")
        for number in 0..<3 {
            history.rollBack(number, to: 1, at: 7000)
            history.adopt(2, number, at: 7000)
        }
        #expect(try history.judge(claim, until: 9000).word == "held")
        #expect(
            try history.judge("always max of block propagation < 1s", until: 9000).word == "broken"
        )
    }

    @Test func `take a node that never adopts for one without end, once it may be told`() throws {
        var history = History()
        history.make(1, by: 3, at: 1000)
        for number in 0..<2 { history.adopt(1, number, at: 1100) }
        let max = "finally max of block propagation <= 500ms"
        #expect(
            try history.verdict(max, until: 1500) == "unknown blocks were still on their way"
        )
        #expect(
            try history.verdict(max, until: 1501).hasPrefix(
                "broken max of block propagation was not reached over 1 blocks and 3 pairs; block 1"
            )
        )
        #expect(try history.verdict(max, until: 9000).contains("did not come to relay-3 at"))
        #expect(
            try history.judge("finally p50 of block propagation <= 100ms", until: 1100).word
                == "held"
        )
        // A node that goes down first is not waited for, nor is one that was down.
        var fallen = history
        fallen.node(2, .down, at: 1300)
        #expect(try fallen.judge(max, until: 9000).word == "held")
        fallen.make(2, by: 3, at: 2000)
        for number in 0..<2 { fallen.adopt(2, number, at: 2100) }
        #expect(try fallen.judge(max, until: 9000).word == "held")
        // Of one whose events are missing nobody can tell.
        var missed = history
        missed.node(2, .gap, at: 1300)
        #expect(try missed.judge(max, until: 9000).word == "unknown")
        #expect(
            try missed.judge("finally p50 of block propagation <= 100ms", until: 9000).word
                == "held"
        )
    }

    @Test func `break where a node has waited for too long`() throws {
        var history = Self.history
        history.make(2, by: 3, at: 5000)
        for (number, time) in [(0, Int64(5100)), (1, 5200), (2, 5900)] {
            history.adopt(2, number, at: time)
        }
        history.make(3, by: 3, at: 8000)
        for number in 0..<3 { history.adopt(3, number, at: 8200) }
        let said = try history.verdict(
            "always max of block propagation < 500ms over last 1 blocks",
            until: 9000
        )
        #expect(
            said.hasPrefix("broken max of block propagation was not reached over 1 blocks")
                && said.hasSuffix("did not come to relay-3 from t=5.50s to t=8.20s"),
            "\(said)"
        )
        let late = "always after 5500ms max of block propagation < 500ms over last 1 blocks"
        #expect(try history.judge(late, until: 9000).word == "held")
    }

    @Test func `follow transactions from where they were submitted`() throws {
        var history = History()
        let (one, two) = (Hash(of: [1]), Hash(of: [2]))
        history.note(.chain(.sighted(transaction: one, from: nil)), of: 0, at: 1000)
        history.note(.chain(.sighted(transaction: two, from: nil)), of: 0, at: 1000)
        for number in 1..<4 {
            history.note(
                .chain(.sighted(transaction: one, from: History.reference(0))),
                of: number,
                at: 1000 + Int64(number) * 100
            )
        }
        let claim = "finally max of transaction propagation <= 2s over last 2 transactions"
        #expect(try history.judge(claim, until: 9000).word == "broken")
        // One that comes in a block has come as well.
        history.make(1, transactions: [two, Hash(of: [3])], by: 3, at: 1500)
        for number in 0..<3 { history.adopt(1, number, at: 1800) }
        #expect(try history.judge(claim, until: 9000).word == "held")
    }

    @Test(arguments: Seed.sweep())
    func `are what sorting all times says`(seed: Seed) throws {
        var random = seed.random
        var notes: [(time: Int64, node: Int, height: UInt64, isMaking: Bool)] = []
        var times: [[Int64]] = []
        for height in 1...12 {
            let start = Int64(height) * 1000
            notes.append((start, 3, UInt64(height), true))
            let delays = (0..<3).map { _ in 1 + Int64(random.below(900)) }
            for number in 0..<3 {
                notes.append((start + delays[number], number, UInt64(height), false))
            }
            times.append(delays)
        }
        var history = History()
        for note in notes.sorted(by: { $0.time < $1.time }) {
            if note.isMaking {
                history.make(note.height, by: note.node, at: note.time)
            } else {
                history.adopt(note.height, note.node, at: note.time)
            }
        }
        let last = 1 + random.below(12)
        let sorted = times.suffix(last).joined().sorted()
        for centile in Expectation.Centile.allCases {
            let rank = Int((Double(sorted.count * centile.percent) / 100).rounded(.up))
            let value = sorted[rank - 1]
            for (comparison, bound) in [
                ("<=", value), (">=", value), ("<", value + 1), (">", value - 1),
            ] {
                let claim =
                    "\(centile.rawValue) of block propagation \(comparison) \(bound)ms"
                    + " over last \(last) blocks"
                #expect(try history.judge("finally " + claim, until: 20_000).word == "held")
            }
            for (comparison, bound) in [("<=", value - 1), (">=", value + 1), ("<", value)] {
                let claim =
                    "\(centile.rawValue) of block propagation \(comparison) \(bound)ms"
                    + " over last \(last) blocks"
                #expect(try history.judge("finally " + claim, until: 20_000).word == "broken")
            }
        }
    }
}

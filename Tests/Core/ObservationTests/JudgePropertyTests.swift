import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `Judging step by step` {
    private static let claims = [
        "every relay has hot >= 1", "any relay has known > 1", "no relay has hot > 1",
        "every * is healthy", "any relay knows producer-1 except from ledger",
        "every relay has established <= target.active", "network is connected",
        "every relay has height >= 3", "all of relay have the same tip",
        "all of relay, producer have the same height", "network has diameter <= 2",
        "network has min-cut >= 1", "no relay has known > target.active",
        "any relay is up", "no relay knows all of *", "sql: q", "every relay-1 has inbound = 0",
    ]

    @Test(arguments: Seed.sweep())
    func `gives the verdict of the definition`(seed: Seed) throws {
        var random = seed.random
        let history = Self.history(&random)
        let end = 200 + Int64(random.below(60))
        let isComplete = random.chance(3, in: 4)
        var expectations: [Expectation] = []
        for claim in Self.claims {
            for _ in 0..<2 {
                expectations.append(try Expectation(Self.window(&random) + claim))
            }
        }
        var judge = try Judge(expectations, of: History.population, faults: ["split"])
        for fact in history.facts where fact.at <= .at(end) {
            judge.take(fact)
            // Asking in between, and for nothing, changes nothing.
            if random.chance(1, in: 3) { judge.advance(to: fact.at) }
        }
        judge.finish(at: .at(end), isComplete: isComplete)
        let definition = Definition(history.facts, end: .at(end), isComplete: isComplete)
        for (expectation, verdict) in zip(expectations, judge.verdicts) {
            let word = try definition.word(for: expectation)
            #expect(verdict?.word == word, "\(expectation): \(String(describing: verdict))")
        }
    }

    @Test(arguments: Seed.sweep())
    func `never takes back what it decided`(seed: Seed) throws {
        var random = seed.random
        let history = Self.history(&random)
        let expectations = try Self.claims.map { try Expectation(Self.window(&random) + $0) }
        var judge = try Judge(expectations, of: History.population, faults: ["split"])
        var last = judge.verdicts.map { $0?.word }
        for fact in history.facts {
            judge.take(fact)
            let words = judge.verdicts.map { $0?.word }
            for (before, after) in zip(last, words) where before != nil {
                #expect(before == after)
            }
            last = words
        }
    }

    private static func window(_ random: inout Random) -> String {
        let modes = [
            "eventually", "always", "never", "eventually", "always", "never", "sometimes",
            "finally",
        ]
        let mode = modes[random.below(modes.count)]
        var text = mode + " "
        if mode == "finally" { return text }
        if mode != "sometimes", random.chance(1, in: 2) {
            text += "within \(random.below(150))ms "
        }
        switch random.below(4) {
        case 0: text += "after \(random.below(200))ms "
        case 1: text += "after fault split "
        case 2: text += "during fault split "
        case _: break
        }
        if mode != "sometimes", random.chance(1, in: 2) { text += "for \(random.below(30))ms " }
        return text
    }

    private static func history(_ random: inout Random) -> History {
        let start = Int64(random.below(20))
        var history = History(healthyAt: start)
        for number in 0..<4 { history.adopt(1, number, at: start) }
        var heights: [UInt64] = [1, 1, 1, 1]
        var time: Int64 = 20
        var rows: [[Temperature]] = Array(
            repeating: [.unknown, .unknown, .unknown, .unknown],
            count: 4
        )
        for (number, _) in rows.enumerated() where random.chance(3, in: 4) {
            history.note(
                .targets(Targets(known: 3, established: 2, active: 1)),
                of: number,
                at: time
            )
        }
        while time < 220 {
            time += Int64(random.below(6))
            let a = random.below(4)
            let b = (a + 1 + random.below(3)) % 4
            switch random.below(27) {
            case 0:
                history.node(a, .down, at: time)
                rows[a] = Array(repeating: .unknown, count: 4)
            case 1, 2, 3:
                history.node(a, random.chance(1, in: 3) ? .unhealthy : .healthy, at: time)
                history.adopt(heights[a], a, at: time)
            case 24, 25, 26:
                heights[a] = 1 + UInt64(random.below(4))
                history.adopt(heights[a], a, at: time)
            case 4:
                let fact: Fact.NodeFact = random.chance(1, in: 2) ? .gap : .unasked
                history.node(a, fact, at: time)
                if random.chance(1, in: 2) { time += Int64(random.below(4)) }
                let peers = rows[a].indices.filter { rows[a][$0] != .unknown }.map { other in
                    var row = Snapshot.Peer(
                        peer: .init(rawValue: UInt32(other)),
                        source: .ledger,
                        temperature: rows[a][other]
                    )
                    row.id = nodeID(UInt8(other))
                    return row
                }
                var snapshot = history.snapshot(of: a, peers, at: time)
                let tip = History.block(heights[a])
                snapshot.chain = .init(
                    slot: tip.slot,
                    height: tip.height,
                    hash: tip.hash.description
                )
                history.node(a, .snapshot(snapshot), at: time)
            case 5: history.fact(.faultStarted("split"), at: time)
            case 6: history.fact(.faultHealed("split"), at: time)
            case 7: history.fact(.answered(query: "q", random.chance(1, in: 2)), at: time)
            case 8, 9, 10, 11: history.connect(a, b, at: time)
            case 12: history.disconnect(a, b, at: time)
            case _:
                let to = Temperature.allCases[random.below(4)]
                let sources: [PeerSource] = [.ledger, .addressBook]
                history.move(a, b, rows[a][b], to, source: sources[random.below(2)], at: time)
                rows[a][b] = to
            }
        }
        return history
    }
}

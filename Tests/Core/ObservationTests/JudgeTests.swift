import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `The judge` {
    /// relay-1 makes relay-2 hot at `hotAt`, and drops it at `coldAt`.
    private func oneHot(from hotAt: Int64, to coldAt: Int64? = nil) -> History {
        var history = History()
        history.move(0, 1, .unknown, .cold, .learnt, at: 0)
        history.move(0, 1, .cold, .warm, .belowTarget(.established, 8), at: hotAt)
        history.move(0, 1, .warm, .hot, at: hotAt)
        if let coldAt { history.move(0, 1, .hot, .cold, .closed(.pongTimeout), at: coldAt) }
        return history
    }

    @Test(arguments: [
        ("eventually within 2s relay", Int64(2000), "held after 2 s"),
        ("eventually within 2s relay", 2001, "broken relay-1 had 0 hot at t=2.00s"),
        ("eventually within 2s relay", 0, "held after 0 s"),
        ("within 1s after 1s relay", 2000, "held after 1 s"),
        ("within 1s after 1s relay", 500, "held after 0 s"),
        ("sometimes relay", 9000, "held after 9 s"),
        ("sometimes relay", 9001, "broken relay-1 had 0 hot at t=9.00s"),
        ("relay", 9001, "broken relay-1 had 0 hot at t=9.00s"),
        ("finally relay", 9000, "held at the end, t=9.00s"),
        (
            "eventually within 10s relay", 9001,
            "unknown the run ended at t=9.00s, before the window"
        ),
        (
            "eventually after 10s relay", 1,
            "unknown the run ended at t=9.00s, before the window began"
        ),
    ])
    func `knows when something came in time`(
        window: String,
        hotAt: Int64,
        verdict: String
    ) throws {
        let sentence = window.replacing("relay", with: "every relay-1 has hot >= 1")
        let history = History.cut(oneHot(from: hotAt), at: 9000)
        let said = try history.verdict(sentence, until: 9000)
        #expect(said.hasPrefix(verdict), "\(said)")
    }

    @Test(arguments: [
        ("eventually for 2s", Int64(3000), "held after 1 s"),
        ("eventually for 2s", 2999, "broken relay-1 had 0 hot at t=9.00s"),
        ("eventually within 1s for 2s", 3000, "held after 1 s"),
        ("eventually within 1s for 2s", 2999, "broken relay-1 had 0 hot at t=2.99s"),
        ("eventually for 8s", 9500, "held after 1 s"),
        ("eventually for 8001ms", 9500, "unknown it held when the run ended at t=9.00s"),
        ("finally", 9000, "broken relay-1 had 0 hot at t=9.00s"),
        ("finally", 9001, "held at the end, t=9.00s"),
        ("always for 2s", 9500, "held for 9 s"),
        ("always for 1s", 9500, "broken relay-1 had 0 hot from t=0.00s to t=1.00s"),
        ("always after 1s within 2s", 3001, "held for 2 s"),
        (
            "always after 1s within 2s", 3000,
            "broken relay-1 had 0 hot from t=3.00s on; the last to"
        ),
        (
            "always after 1s", 9000,
            "broken relay-1 had 0 hot from t=9.00s on; the last to leave was relay-2"
        ),
    ])
    func `knows how long something held`(
        window: String,
        coldAt: Int64,
        verdict: String
    ) throws {
        let history = History.cut(oneHot(from: 1000, to: coldAt), at: 9000)
        let said = try history.verdict(window + " every relay-1 has hot >= 1", until: 9000)
        #expect(said.hasPrefix(verdict), "\(said)")
    }

    @Test func `explains who was one too many`() throws {
        var history = History()
        for (other, time) in [(1, Int64(500)), (2, 700), (3, 2310)] {
            history.move(0, other, .unknown, .cold, .learnt, at: time)
            history.move(0, other, .cold, .warm, .belowTarget(.established, 8), at: time)
            history.move(0, other, .warm, .hot, at: time)
        }
        history.move(0, 1, .hot, .warm, .aboveTarget(.active, 2), at: 9800)
        let sentence = "always every relay has hot <= 2"
        #expect(
            try history.verdict(sentence, until: 20_000) == """
                broken relay-1 had 3 hot from t=2.31s to t=9.80s; the third was producer-1, \
                promoted at 2.31s to reach target.active 4 (source addressBook)
                """
        )
        guard case .broken(let broken) = try history.judge(sentence, until: 20_000) else {
            Issue.record("not broken")
            return
        }
        #expect(broken.nodes == ["relay-1"])
        #expect(broken.rows.map(\.peer) == ["relay-2", "relay-3", "producer-1"])
        #expect(broken.rows.allSatisfy { $0.temperature == .hot && $0.node == "relay-1" })
        #expect(broken.rows.last?.changedAt == .milliseconds(2310))
    }

    @Test func `counts each node's violations by themselves`() throws {
        var history = History()
        // relay-1 is over for 2 s, then relay-2 is: neither for 3 s.
        for (number, time) in [(0, Int64(1000)), (1, 3000)] {
            history.move(number, 3, .unknown, .cold, .learnt, at: time)
            history.move(number, 3, .cold, .unknown, .forgotten, at: time + 2000)
        }
        #expect(
            try history.verdict("always for 3s every relay has known = 0", until: 9000)
                == "held for 9 s"
        )
        #expect(
            try history.verdict("never for 3s any relay knows producer-1", until: 9000)
                == "held for 9 s"
        )
        #expect(
            try history.verdict("always for 2s no relay has known > 0", until: 9000)
                .hasPrefix(
                    "broken relay-1 had 1 known from t=1.00s to t=3.00s; the first was producer-1"
                )
        )
    }

    @Test func `keeps a secret's source apart`() throws {
        var history = History()
        history.move(0, 3, .unknown, .cold, .learnt, source: .localRoot, at: 100)
        let sentence = "never any relay knows producer-1 except from localRoot"
        #expect(try history.verdict(sentence, until: 5000) == "held for 5 s")
        history.move(1, 3, .unknown, .cold, .learnt, source: .peerExchange, at: 3200)
        #expect(
            try history.verdict(sentence, until: 5000) == """
                broken relay-2 knew producer-1 except from localRoot from t=3.20s on; \
                producer-1 was learnt at 3.20s (source peerExchange)
                """
        )
    }

    @Test(arguments: [
        ("every relay-1 knows relay", "held"), ("every relay-1 knows producer", "broken"),
        ("every relay-1 knows all of relay", "held"), ("every relay-1 knows all of *", "broken"),
        ("every relay-1 knows at least 2 of relay", "held"),
        ("every relay-1 knows at least 3 of relay", "broken"),
        ("every relay-1 knows at least 2 of relay from ledger", "broken"),
        ("every relay-1 knows = 1 of relay from ledger", "held"),
        ("every relay-1 has known in region us = 1", "held"),
        ("every relay-1 has known = 1 except in region us", "held"),
        ("every relay-1 has known in group producer = 0", "held"),
        ("every relay-1 has known in role relay = 2", "held"),
        ("every relay-1 has cold from ledger, inbound = 1", "held"),
        ("every relay-1 has warm = 1", "held"), ("every relay-1 has established = 1", "held"),
        ("every relay-1 has active = 0", "held"), ("every relay-1 has banned = 1", "held"),
        ("every relay-1 has dialing = 1", "held"), ("every relay-1 has outbound = 1", "held"),
        ("every relay-2 has inbound >= 1", "held"), ("any relay has duplex >= 1", "broken"),
        ("every relay-1 has known <= target.known", "held"),
        ("every relay-1 has known > target.active", "held"),
        ("every relay-2 has known <= target.known", "unknown"),
        ("any relay has warm > 0", "held"), ("no producer has known > 0", "held"),
        ("every relay is up", "broken"), ("every relay except relay-3 is healthy", "held"),
        ("no relay-3 is up", "held"), ("every relay-3 has known = 0", "held"),
        ("all of relay-1, relay-2 have the same tip", "unknown"),
        ("all of relay have the same tip", "broken"), ("every relay-1 has height = 0", "unknown"),
        ("every relay-1 has rtt <= 1s", "unknown"), ("every relay-3 has height = 0", "held"),
        ("every relay-1 promotes cold to warm = 1 times", "held"),
        ("every relay-1 promotes cold to warm = 0 times within 1ms", "held"),
        ("every relay-1 makes progress within 1s", "unknown"),
        ("every relay-1 makes progress within 1ms", "broken"),
        ("network has min-cut = 0", "held"), ("network has diameter > 100", "held"),
        ("max of block propagation < 1s", "unknown"),
        ("sql: SELECT 1", "held"), ("sql: SELECT 0", "broken"), ("sql: SELECT", "unknown"),
    ])
    func `understands every claim`(claim: String, verdict: String) throws {
        var history = History()
        history.move(0, 1, .unknown, .cold, .learnt, source: .ledger, at: 1)
        history.move(0, 2, .unknown, .cold, .learnt, at: 1)
        history.move(0, 2, .cold, .warm, at: 1)
        history.connect(0, 1, at: 2)
        history.note(.banned(nodeID(9), until: .at(99)), of: 0, at: 2)
        history.note(.dialing(History.reference(3), .dialed(77)), of: 0, at: 2)
        history.note(.targets(Targets(known: 2, established: 1, active: 1)), of: 0, at: 3)
        history.move(2, 1, .unknown, .cold, .learnt, at: 3)
        history.node(2, .down, at: 4)
        for (query, answer) in [("SELECT 1", true), ("SELECT 0", false), ("SELECT", nil)] {
            history.fact(.answered(query: query, answer), at: 5)
        }
        #expect(try history.judge("finally " + claim, until: 10).word == verdict)
    }

    @Test func `sees a network fall apart and heal`() throws {
        var history = History()
        for (a, b) in [(0, 1), (1, 2), (2, 3)] { history.connect(a, b, at: 500) }
        history.fact(.faultStarted("split"), at: 2000)
        history.disconnect(1, 2, at: 2100)
        history.fact(.faultHealed("split"), at: 4000)
        history.connect(1, 2, at: 5500)
        let healed = "eventually within 2s after fault \"split\" network is connected"
        #expect(try history.verdict(healed, until: 9000) == "held after 1.5 s")
        #expect(
            try history.verdict("always after 1s network is connected", until: 9000) == """
                broken the network was in 2 parts (relay-1, relay-2 | relay-3, producer-1) \
                from t=2.10s to t=5.50s
                """
        )
        #expect(
            try history.judge("sometimes during fault split network is connected", until: 9000)
                == .held(.after(.zero))
        )
        #expect(
            try history.judge("always during fault split network is connected", until: 9000)
                .word == "broken"
        )
        #expect(
            try history.judge(
                "always for 2s during fault split network is connected",
                until: 9000
            ) == .held(.during(.seconds(2)))
        )
        #expect(
            try history.verdict("after fault split network is connected", until: 3000)
                .hasPrefix("unknown")
        )
    }

    @Test func `counts a silent connection as cut`() throws {
        var history = History()
        for (a, b) in [(0, 1), (1, 2), (2, 3)] { history.connect(a, b, at: 0) }
        for (age, word) in [(Int64(5000), "held"), (5001, "broken")] {
            var row = Snapshot.Peer(
                peer: .init(rawValue: 1),
                source: .inbound,
                temperature: .unknown
            )
            row.heardAt = .at(10_000 - age)
            var copy = history
            copy.node(0, .snapshot(history.snapshot(of: 0, [row], at: 10_000)), at: 10_001)
            #expect(try copy.judge("finally network is connected", until: 11_000).word == word)
        }
    }

    @Test func `needs to know who is down and who is not to be asked`() throws {
        var history = oneHot(from: 100)
        history.node(0, .unasked, at: 2000)
        let all = "every relay-1 has hot >= 1"
        #expect(
            try history.verdict("always after 1s " + all, until: 5000)
                == "unknown events of relay-1 are missing, or it could not be asked"
        )
        #expect(try history.judge("eventually within 1s " + all, until: 5000).word == "held")
        #expect(try history.judge("finally " + all, until: 5000).word == "unknown")
        #expect(
            try history.judge("eventually within 1s after 3s " + all, until: 5000).word
                == "unknown"
        )
        #expect(try history.judge("always every relay-2 has hot = 0", until: 5000).word == "held")
        var row = Snapshot.Peer(peer: .init(rawValue: 1), source: .ledger, temperature: .hot)
        row.id = nodeID(1)
        history.node(0, .snapshot(history.snapshot(of: 0, [row], at: 3000)), at: 3000)
        #expect(try history.judge("finally " + all, until: 5000).word == "held")
        #expect(try history.judge("always after 3001ms " + all, until: 5000).word == "held")
        #expect(try history.judge("always after 1s " + all, until: 5000).word == "unknown")
    }

    @Test func `does not forget a gap that a snapshot fills at once`() throws {
        var history = oneHot(from: 100)
        var row = Snapshot.Peer(peer: .init(rawValue: 1), source: .ledger, temperature: .hot)
        row.id = nodeID(1)
        history.node(0, .gap, at: 2000)
        history.node(0, .snapshot(history.snapshot(of: 0, [row], at: 2000)), at: 2000)
        let all = "every relay-1 has hot >= 1"
        #expect(try history.judge("always after 1s " + all, until: 5000).word == "unknown")
        #expect(try history.judge("always after 2500ms " + all, until: 5000).word == "held")
        #expect(
            try history.judge("always every relay-1 has hot >= 2", until: 5000).word == "broken"
        )
    }

    @Test func `finds a gap by the numbers alone`() throws {
        var history = oneHot(from: 100)
        history.lose(1, of: 0)
        history.note(.storeFailed, of: 0, at: 3000)
        #expect(
            try history.judge("always after 1s every relay has hot < 5", until: 5000).word
                == "unknown"
        )
    }

    @Test func `lets a crash empty a node and a new life fill it`() throws {
        var history = oneHot(from: 100)
        history.node(0, .down, at: 2000)
        history.node(0, .healthy, at: 2500)
        history.move(0, 1, .unknown, .cold, .learnt, at: 2600)
        history.move(0, 1, .cold, .hot, at: 2700)
        #expect(
            try history.verdict("always after 1s every relay-1 has hot >= 1", until: 5000)
                == "broken relay-1 was down and had 0 hot from t=2.00s to t=2.70s"
        )
    }

    @Test func `says unknown before t = 0, and when the run is cut short`() throws {
        var history = oneHot(from: 100)
        #expect(
            try history.judge("always every relay has hot < 9", until: 90, isComplete: false)
                .word == "unknown"
        )
        #expect(
            try history.judge("finally every relay has hot < 9", until: 200, isComplete: false)
                .word == "unknown"
        )
        let early = Fact(at: .at(0), .node(0, .healthy))
        var judge = try Judge([Expectation("any relay is up")], of: History.population)
        judge.take(early)
        judge.finish(at: .at(900))
        #expect(
            judge.verdicts == [
                .unknown("the nodes were never all healthy, so t = 0 never came")
            ]
        )
        history = History(healthyAt: 700)
        #expect(try history.verdict("eventually any relay is up", until: 900) == "held after 0 s")
        #expect(try history.verdict("always any relay is up", until: 900) == "held for 0.2 s")
    }

    @Test func `decides as soon as it can`() throws {
        let history = oneHot(from: 1000)
        let sentences = [
            "eventually within 5s every relay-1 has hot >= 1", "never any relay has hot >= 1",
        ]
        var judge = try Judge(sentences.map { try Expectation($0) }, of: History.population)
        for fact in history.facts { judge.take(fact) }
        #expect(judge.verdicts == [nil, nil] && !judge.isDecided)
        judge.advance(to: .at(1001))
        #expect(judge.isDecided)
        #expect(judge.verdicts.map { $0?.word } == ["held", "broken"])
    }

    @Test(arguments: [
        (
            "every rely is up",
            "no node, group, role or region is called 'rely'; did you mean 'relay'?"
        ),
        ("any relay knows nobody", "is called 'nobody'"),
        ("any relay has hot in region mars > 0", "is called 'mars'"),
        (
            "after fault splt any relay is up",
            "no fault of the scenario is called 'splt'; did you mean 'split'?"
        ),
    ])
    func `refuses names that mean nothing`(sentence: String, complaint: String) throws {
        let expectation = try Expectation(sentence)
        let error = #expect(throws: ExpectationError.self) {
            try Judge([expectation], of: History.population, faults: ["split"])
        }
        #expect(try #require(error).description.contains(complaint))
    }

    @Test func `measures the shape of at most 1000 nodes`() throws {
        for (count, isRefused) in [(1000, false), (1001, true)] {
            let population = Population(
                (0..<count).map { DeclaredNode(name: "n-\($0)", group: "n", role: .relay) }
            )
            let expectation = try Expectation("finally network has diameter <= 4")
            let judge = try? Judge([expectation], of: population)
            #expect((judge == nil) == isRefused)
        }
    }

    @Test func `writes its verdicts in columns`() throws {
        let expectation = try Expectation("eventually within 15s every relay has hot >= 2")
        #expect(
            Verdict.held(.after(.milliseconds(1900))).text(for: expectation, width: 66)
                == "held    eventually within 15s every relay has hot >= 2"
                + String(repeating: " ", count: 22) + "after 1.9 s"
        )
        #expect(
            Verdict.unknown("why").text(for: expectation)
                == "unknown eventually within 15s every relay has hot >= 2\n        why"
        )
    }
}

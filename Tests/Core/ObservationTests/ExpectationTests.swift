import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `An expectation` {
    @Test(arguments: [
        "eventually within 15s every relay has hot >= 2",
        "always after 20s for 3s every relay has hot <= target.active",
        "never any relay knows producer-1 except from localRoot",
        "eventually within 20s after fault \"split\" network is connected",
        "eventually within 30s after fault \"split\" all of relay, producer have the same tip",
        "always during fault \"one two\" no relay-1..3 is up",
        "sometimes after 1500ms any * has inbound != 0",
        "finally any node relay-1, group b, role block-producer, region us except a, b is healthy",
        "eventually every relay knows at least 3 of relay from peerExchange, addressBook",
        "eventually every a knows at most 1 of b in region us except in group c",
        "eventually every a knows all of b except a-1 except from ledger",
        "eventually every a knows != 3 of *",
        "eventually every a has hot from localRoot, ledger in role relay > 2 except from inbound",
        "always every a has banned = 0",
        "finally sql: SELECT count(*) = 0 FROM peers WHERE \"x\" LIKE '%é'",
        "eventually every relay has height >= 10",
        "always every a has rtt from ledger in region us <= 200ms except from inbound",
        "always after fault \"split\" every relay makes progress on height within 5s",
        "never any relay demotes hot to warm",
        "always every a promotes unknown to cold from ledger in region us <= 3 times within 10s",
        "finally no a, b demotes warm to cold except from inbound > 10000 times",
        "always after 20s network has diameter <= 4", "finally network has min-cut >= 2",
        "always p90 of block propagation < 800ms over last 50 blocks",
        "finally max of transaction propagation <= 2m over last 1000 transactions",
        "finally p50 of block propagation > 0s",
    ])
    func `is printed as it is read`(sentence: String) throws {
        #expect(try Expectation(sentence).description == sentence)
    }

    @Test(arguments: [
        ("every relay has hot>=2", "eventually every relay has hot >= 2"),
        ("\tany  relay   is up ", "eventually any relay is up"),
        (
            "always for 3s within 60s after 1.5s every a is up",
            "always within 1m after 1500ms for 3s every a is up"
        ),
        (
            "every a knows >= 3 relay from peerExchange or addressBook",
            "eventually every a knows at least 3 of relay from peerExchange, addressBook"
        ),
        (
            "every a and b has hot >= 2 from ledger",
            "eventually every a, b has hot from ledger >= 2"
        ),
        (
            "every a has hot except from ledger in region us = 0",
            "eventually every a has hot in region us = 0 except from ledger"
        ),
        (
            "every a makes progress within 1500ms",
            "eventually every a makes progress on height within 1500ms"
        ),
        (
            "every a demotes hot to cold at most 3 times",
            "eventually every a demotes hot to cold <= 3 times"
        ),
        (
            "every a has rtt except from ledger < 1s in group b",
            "eventually every a has rtt in group b < 1s except from ledger"
        ),
        (
            "during fault split network is connected",
            "eventually during fault \"split\" network is connected"
        ),
    ])
    func `may be said in other words`(sentence: String, canonical: String) throws {
        let expectation = try Expectation(sentence)
        #expect(expectation.description == canonical)
        #expect(try Expectation(canonical) == expectation)
    }

    @Test(arguments: [
        ("", "column 1: found the end, expected one of 'eventually', 'always'"),
        ("evntually every a is up", "column 1: found 'evntually'"),
        ("evntually every a is up", "did you mean 'eventually'?"),
        ("always wihtin 3s every a is up", "column 8: found 'wihtin', expected one of 'within'"),
        ("always wihtin 3s every a is up", "did you mean 'within'?"),
        (
            "eventually within 3 every a is up",
            "column 19: found '3', expected a duration such as 15s, 90ms or 2m"
        ),
        ("within 3.5ns every a is up", "expected a duration"),
        ("within 9999999h every a is up", "expected a duration"),
        ("every relay has hto >= 2", "column 17: found 'hto'"),
        ("every relay has hto >= 2", "did you mean 'hot'?"),
        ("every relay has hot ~ 2", "column 21: found '~', expected a word or a sign"),
        ("every relay has hot 2", "column 21: found '2', expected one of '>='"),
        ("every relay has hot >=", "column 23: found the end, expected a whole number or a target"),
        ("every relay has hot >= 02", "found '02', expected a whole number"),
        ("every relay has hot >= 9999999999", "expected a whole number"),
        ("every relay has hot >= target.activ", "did you mean 'target.active'?"),
        ("every relay has hot from ledgr >= 1", "did you mean 'ledger'?"),
        ("every relay hsa hot >= 1", "column 13: found 'hsa', expected one of 'has'"),
        ("every relay is helthy", "column 16: found 'helthy', expected one of 'healthy', 'up'"),
        ("every relay is healthy now", "column 24: found 'now', expected the end of the sentence"),
        (
            "every any is up",
            "column 7: found 'any', expected a node, group, role or region, or '*'"
        ),
        ("every is up", "column 7: found 'is', expected a node"),
        ("every relay-3..1 is up", "column 7: found 'relay-3..1', expected a range such as"),
        ("every ..3 is up", "expected a range"),
        ("every relay-1..200001 is up", "expected a range"),
        ("every role rely is up", "did you mean 'relay'?"),
        (
            "finally within 3s every a is up",
            "column 9: 'within' means nothing here: 'finally' is about the end of the run"
        ),
        (
            "sometimes for 3s every a is up",
            "column 11: 'for' means nothing here: 'sometimes' is about any instant"
        ),
        ("within 3s within 4s every a is up", "the window is given already"),
        ("after 3s during fault x every a is up", "the window is given already"),
        ("during 3s every a is up", "column 8: found '3s', expected 'fault'"),
        ("after fault \"\" every a is up", "expected the name of a fault"),
        ("after fault \"x every a is up", "column 13: found a quote that is not closed"),
        (
            "every a has banned from ledger = 0",
            "column 20: 'from' means nothing here: 'banned' has no source and no place"
        ),
        ("every a knows at lest 3 of b", "did you mean 'least'?"),
        ("every a knows b in zone us", "column 20: found 'zone', expected one of 'region'"),
        ("all relay have the same tip", "column 5: found 'relay', expected 'of'"),
        ("all of relay have the same tips", "column 28: found 'tips', expected one of 'tip'"),
        ("network is conected", "expected 'connected'; did you mean 'connected'?"),
        ("network has diametre <= 4", "column 13: found 'diametre'"),
        ("network has diametre <= 4", "did you mean 'diameter'?"),
        ("network hsa diameter <= 4", "column 9: found 'hsa', expected one of 'is', 'has'"),
        ("p91 of block propagation < 1s", "column 1: found 'p91'"),
        ("p90 of blocks propagation < 1s", "did you mean 'block'?"),
        (
            "p90 of block propagation = 1s",
            "column 26: '=' means nothing here: a centile is compared by <, <=, > or >="
        ),
        (
            "p90 of block propagation < 121s",
            "column 28: '121s' means nothing here: what has not come after 2m never comes"
        ),
        ("p90 of block propagation < 1s over last 0 blocks", "number from 1 to 1000"),
        ("p90 of block propagation < 1s over last 1001 blocks", "number from 1 to 1000"),
        ("p90 of block propagation < 1s over last 5 transactions", "expected 'blocks'"),
        ("every a demotes hot to wram", "did you mean 'warm'?"),
        (
            "every a demotes cold to warm",
            "column 25: 'warm' means nothing here: 'demotes' goes down from 'cold'"
        ),
        ("every a promotes hot to hot", "'promotes' goes up from 'hot'"),
        ("every a demotes hot to warm < 10001 times", "number from 0 to 10000"),
        ("every a demotes hot to warm < 3", "expected 'times'"),
        ("every a makes progress", "expected 'within'"),
        ("every a makes progress on tip within 5s", "expected 'height'"),
        ("every a has hieght >= 3", "did you mean 'height'?"),
        ("every a has rtt <= 200", "expected a duration"),
        ("sql", "column 4: found the end, expected ':' and a query"),
        ("sql:  ", "expected a query"),
        ("sql: a\nb", "column 7: found the end of a line, expected a query on one line"),
        ("every a\nis up", "column 8: found the end of a line"),
    ])
    func `says where a sentence goes wrong`(sentence: String, complaint: String) throws {
        let error = #expect(throws: ExpectationError.self) { try Expectation(sentence) }
        let text = try #require(error).description
        #expect(text.contains(complaint), "\(text)")
    }

    @Test func `has at most 4096 bytes`() throws {
        let full = "sql: " + String(repeating: "x", count: 4091)
        #expect(try Expectation(full).description == "eventually " + full)
        #expect(throws: ExpectationError.tooLong(limit: 4096)) { try Expectation(full + "x") }
    }

    @Test(arguments: Seed.sweep())
    func `of any form is printed as it is read`(seed: Seed) throws {
        var words = Wording(random: seed.random)
        for _ in 0..<50 {
            let sentence = words.sentence()
            let expectation = try Expectation(sentence)
            #expect(try Expectation(expectation.description) == expectation)
            let again = try Expectation(expectation.description).description
            #expect(again == expectation.description)
        }
    }

    @Test func `withstands mutated sentences`() {
        var words = Wording(random: Random(seed: 1))
        let samples = (0..<100).map { _ in Array(words.sentence().utf8) }
        mutations(of: samples, seed: 0x0B5) { bytes in
            guard let expectation = try? Expectation(String(decoding: bytes, as: UTF8.self)) else {
                return
            }
            #expect((try? Expectation(expectation.description)) == expectation)
        }
    }

    @Test(
        arguments: [
            ("15s", .seconds(15), "15s"), ("1.5s", .milliseconds(1500), "1500ms"),
            ("120s", .seconds(120), "2m"), ("1m30s", .seconds(90), "90s"),
            ("87600h", .seconds(87_600 * 3600), "87600h"), ("87601h", nil, ""), ("1", nil, ""),
            (".5s", nil, ""), ("5S", nil, ""), ("-1s", nil, ""),
        ] as [(String, Duration?, String)]
    )
    func `has windows that are written like this`(text: String, value: Duration?, canonical: String)
    {
        let expectation = try? Expectation("always for \(text) every a is up")
        #expect(expectation?.hold == value)
        if let expectation {
            #expect(expectation.description == "always for \(canonical) every a is up")
        }
    }
}

/// Makes sentences up.
struct Wording {
    var random: Random

    mutating func pick(_ words: String...) -> String { words[random.below(words.count)] }
    mutating func maybe(_ words: String) -> String { random.chance(1, in: 2) ? words + " " : "" }

    mutating func sentence() -> String {
        let window =
            maybe("within \(pick("5s", "90ms", "2m", "1.5s"))")
            + maybe(pick("after 3s", "after fault \"a b\"", "during fault x"))
        switch random.below(4) {
        case 0: return pick("finally ", "sometimes ") + claim()
        case 1: return window + claim()
        case _:
            let hold = maybe("for \(pick("0s", "3s", "7us"))")
            return pick("eventually ", "always ", "never ") + window + hold + claim()
        }
    }

    mutating func claim() -> String {
        switch random.below(11) {
        case 0: "network is connected"
        case 3: "network has \(pick("diameter", "min-cut")) \(pick("<=", "!=")) \(pick("0", "4"))"
        case 4:
            pick("p50", "p99", "max") + " of "
                + pick("block propagation < 1s over last 9 blocks", "transaction propagation >= 0s")
        case 1: "all of \(selector()) have the same \(pick("tip", "height"))"
        case 2: "sql: SELECT 1 > \"\(pick("a", "é"))\" -- every"
        case _: "\(pick("every", "any", "no")) \(selector()) \(predicate())"
        }
    }

    mutating func selector() -> String {
        let term = { (words: inout Wording) in
            words.pick("*", "relay", "relay-1..3", "node a", "group b", "role seed", "region us")
        }
        var text = term(&self)
        if random.chance(1, in: 3) { text += pick(", ", " and ", " or ") + term(&self) }
        if random.chance(1, in: 4) { text += " except " + term(&self) }
        return text
    }

    mutating func predicate() -> String {
        switch random.below(8) {
        case 0: return "is " + pick("healthy", "up")
        case 4: return "has height \(pick("<", "=")) \(pick("0", "77"))"
        case 5: return "has rtt \(filter())\(pick("<", "=")) \(pick("9ms", "1.5s")) \(filter())"
        case 6: return "makes progress \(maybe("on height"))within \(pick("0s", "1m"))"
        case 7:
            let tally = maybe(pick("at most 3 times", "= 0 times within 3s", "> 9 times"))
            return pick("demotes hot to unknown ", "promotes cold to warm ") + filter() + tally
        case 1:
            let portion = pick("", "all of ", "at least 3 of ", "at most 0 ", "= 2 of ", "< 9 ")
            return "knows " + portion + selector() + " " + filter()
        case _:
            return "has \(pick("hot", "known", "active", "duplex")) \(filter())"
                + "\(pick(">=", "<=", ">", "<", "=", "!=")) "
                + "\(pick("0", "12", "target.active", "target.knownBigLedger")) \(filter())"
        }
    }

    mutating func filter() -> String {
        let place = pick("region us", "group b", "role relay")
        return maybe(pick("", "except ") + "from " + pick("ledger", "seed, inbound or routing"))
            + maybe(pick("", "except ") + "in \(place)")
    }
}

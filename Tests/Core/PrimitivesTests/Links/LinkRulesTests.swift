import Testing
import WarrenPrimitives
import WarrenSupport

struct LinkRulesTests {
    private let near = IPAddress(v4: 0x7F02_0001)
    private let far = IPAddress(v4: 0x7F03_0001)
    private let id = NodeID(Array(repeating: 7, count: 20))

    private func peers(_ texts: String...) -> LinkPeers {
        LinkPeers(texts.compactMap(LinkPeers.Peer.init))
    }

    private func slow(_ milliseconds: Int, to texts: String) -> LinkRule {
        LinkRule(
            peers: peers(texts),
            quality: LinkQuality(roundTrip: .milliseconds(milliseconds))
        )
    }

    @Test func `peers are meant by id, by address and by block`() throws {
        let id = try #require(id)
        let some = peers("\(id)", "127.2.0.1", "10.0.0.0/8", "2001:db8::/32")
        #expect(some.all.count == 4)
        #expect(some.all.map(\.description)[1] == "127.2.0.1/32")
        #expect(some.contains(near, nil))
        #expect(!some.contains(far, nil))
        #expect(some.contains(far, id))
        #expect(some.contains(IPAddress(v4: 0x0A01_0203), nil))
        #expect(some.contains(try #require(IPAddress("2001:db8::1")), nil))
        #expect(!some.contains(try #require(IPAddress("2001:db9::1")), nil))
        #expect(LinkPeers.everybody.contains(near, nil))
        #expect(LinkPeers.everybody.contains(try #require(IPAddress("2001:db9::1")), nil))
        for text in ["", "relay-1", "127.0.0.1:3001", "127.0.0.0/33", "abcd"] {
            #expect(LinkPeers.Peer(text) == nil, "\(text)")
        }
    }

    @Test func `qualities combine to the worse, over those of the file`() {
        var rules = LinkRules(baseline: [slow(90, to: "127.2.0.0/16")])
        #expect(!rules.isEmpty)
        #expect(rules.effect(on: near, nil).quality.roundTrip == .milliseconds(90))
        #expect(rules.effect(on: far, nil).isNone)
        var worse = slow(40, to: "127.0.0.0/8")
        worse.quality.lossMillionths = 10_000
        #expect(rules.lay(worse, as: "worse") == true)
        #expect(
            rules.effect(on: near, nil).quality
                == LinkQuality(roundTrip: .milliseconds(90), lossMillionths: 10_000)
        )
        #expect(rules.effect(on: far, nil).quality == worse.quality)
        #expect(rules.lift("worse") == true)
        #expect(rules.lift("worse") == false)
        #expect(rules.effect(on: far, nil).isNone)
    }

    @Test func `of two cuts the later counts, each way for itself`() {
        var rules = LinkRules()
        #expect(rules.isEmpty)
        func cut(_ mode: CutMode, _ direction: LinkRule.Direction) -> LinkRule {
            LinkRule(peers: .everybody, cut: .init(mode, direction))
        }
        #expect(rules.lay(cut(.reset, .both), as: "a") == true)
        #expect(rules.effect(on: near, nil).isReset)
        #expect(rules.lay(cut(.hang, .out), as: "b") == true)
        #expect(rules.effect(on: near, nil).outCut == .hang)
        #expect(rules.effect(on: near, nil).inCut == .reset)
        #expect(rules.lay(cut(.hang, .in), as: "c") == true)
        #expect(!rules.effect(on: near, nil).isReset)
        // Laid again, it is the latest.
        #expect(rules.lay(cut(.reset, .both), as: "a") == true)
        #expect(rules.effect(on: near, nil).isReset)
        #expect(rules.named.map(\.name) == ["b", "c", "a"])
    }

    @Test func `a rule ends by itself, to the nanosecond`() {
        var rules = LinkRules()
        let end = Instant(nanoseconds: 1_000)
        #expect(rules.lay(slow(10, to: "127.2.0.1"), as: "short", until: end) == true)
        #expect(
            rules.lay(slow(20, to: "127.2.0.1"), as: "long", until: end.advanced(by: .seconds(1)))
                == true
        )
        #expect(rules.lay(slow(1, to: "127.2.0.1"), as: "for ever") == true)
        #expect(rules.nextDeadline == end)
        #expect(rules.expire(now: Instant(nanoseconds: 999)).isEmpty)
        #expect(rules.expire(now: end) == ["short"])
        #expect(rules.expire(now: end).isEmpty)
        #expect(rules.expire(now: .distantFuture) == ["long"])
        #expect(rules.nextDeadline == nil)
        #expect(rules["for ever"]?.until == nil)
        #expect(rules.named.count == 1)
    }

    @Test func `there is room for sixty-four names, and not one more`() {
        var rules = LinkRules()
        let rule = slow(10, to: "127.2.0.1")
        for number in 0..<LinkRules.limit { #expect(rules.lay(rule, as: "\(number)") == true) }
        #expect(rules.lay(rule, as: "one more") == false)
        #expect(rules.lay(rule, as: "0") == true, "a name that is there may be laid again")
        #expect(rules.lift("5") == true)
        #expect(rules.lay(rule, as: "one more") == true)
    }

    // MARK: - Reading

    private func read(_ document: Document) -> (rule: LinkRule?, complaints: [String]) {
        var problems = DocumentProblems(file: "x")
        let rule = problems.map(document, as: "the rule") { LinkRule.read(&$0) }
        return (rule, problems.errors.map(\.description))
    }

    @Test func `a rule is what was said, and is written as it was read`() throws {
        let document: Document = [
            "peers": ["127.2.0.0/16"], "cut": "hang", "direction": "out",
            "rtt": Document(.decimal("0.08")), "jitter": "5ms", "loss": Document(.decimal("0.01")),
            "bandwidth": 8_000_000,
        ]
        let (rule, complaints) = read(document)
        #expect(complaints.isEmpty)
        let found = try #require(rule)
        #expect(found.cut == .init(.hang, .out))
        #expect(
            found.quality
                == LinkQuality(
                    roundTrip: .milliseconds(80),
                    jitter: .milliseconds(5),
                    lossMillionths: 10_000,
                    bandwidth: 8_000_000
                )
        )
        #expect(read(.map(found.entries)).rule == found)
        let texts = found.entries.map(\.value)
        #expect(texts[3] == Document(.decimal("0.08")))
        #expect(texts[4] == Document(.decimal("0.005")))
        #expect(read(["peers": ["127.0.0.1"], "cut": "reset"]).rule?.cut == .init(.reset, .both))
    }

    @Test func `what is wrong with a rule is said`() {
        let wrong: [(Document, String)] = [
            (["cut": "hang"], "has no 'peers'"),
            (["peers": [], "cut": "hang"], "names nobody"),
            (["peers": ["relay-1"], "cut": "hang"], "'relay-1'"),
            (["peers": ["127.0.0.1"]], "changes nothing"),
            (["peers": ["127.0.0.1"], "rtt": 0], "changes nothing"),
            (["peers": ["127.0.0.1"], "rtt": 1, "direction": "in"], "not cut"),
            (["peers": ["127.0.0.1"], "cut": "drop"], "'drop'"),
            (["peers": ["127.0.0.1"], "rtt": 61], "from 0s to 1m"),
            (["peers": ["127.0.0.1"], "loss": "50.1%"], "at most 0.5"),
            (["peers": ["127.0.0.1"], "bandwidth": 999], "bits a second"),
            (["peers": ["127.0.0.1"], "cut": "hang", "delay": 1], "unknown key 'delay'"),
        ]
        for (document, expected) in wrong {
            let complaints = read(document).complaints.joined()
            #expect(complaints.contains(expected), "\(complaints)")
        }
    }

    @Test func `a rule has 1,024 peers, and not one more`() {
        func rule(_ count: Int) -> Document {
            let peers = (0..<count).map { Document.text("10.0.\($0 / 256).\($0 % 256)") }
            return .map([.init("peers", .list(peers)), .init("cut", "hang")])
        }
        #expect(read(rule(LinkPeers.limit)).rule?.peers.all.count == 1024)
        #expect(read(rule(LinkPeers.limit + 1)).complaints.joined().contains("at most 1024"))
    }

    @Test func `seconds are written without rounding`() {
        #expect(Document.seconds(.seconds(3)) == 3)
        #expect(Document.seconds(.milliseconds(80)) == Document(.decimal("0.08")))
        #expect(
            Document.seconds(.nanoseconds(60_000_000_001)) == Document(.decimal("60.000000001"))
        )
    }

    @Test(arguments: Seed.sweep()) func `odd rules are refused or read, and nothing else`(
        _ seed: Seed
    ) {
        var random = seed.random
        let base: Document = [
            "peers": ["127.2.0.0/16", "10.0.0.1"], "cut": "hang", "direction": "both",
            "rtt": Document(.decimal("0.08")), "jitter": "5ms", "loss": "1%", "bandwidth": 8_000,
        ]
        for _ in 0..<FuzzCount.value / 20 {
            let (rule, complaints) = read(base.mutated(&random))
            guard let rule, complaints.isEmpty else { continue }
            #expect(read(.map(rule.entries)).rule == rule)
        }
    }
}

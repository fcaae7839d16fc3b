import Testing
import WarrenPrimitives
import WarrenSupport

struct DocumentTests {
    @Test(arguments: [
        ("", Document.Content.null), ("~", .null), ("null", .null),
        ("true", .bool(true)), ("false", .bool(false)), ("yes", .string("yes")),
        ("no", .string("no")), ("True", .string("True")),
        ("0", .integer(0)), ("-7", .integer(-7)), ("007", .string("007")), ("+1", .string("+1")),
        ("9223372036854775807", .integer(.max)),
        ("9223372036854775808", .decimal("9223372036854775808")),
        ("1.5", .decimal("1.5")), ("1e3", .decimal("1e3")), ("1.", .string("1.")),
        (".5", .string(".5")), ("1e", .string("1e")), ("-", .string("-")),
        ("0x10", .string("0x10")),
        ("15s", .string("15s")), ("127.0.0.1", .string("127.0.0.1")),
    ])
    func `a plain scalar means what YAML 1.2 and JSON say`(text: String, meaning: Document.Content)
    {
        #expect(Document(plain: text).value == meaning)
    }

    @Test func `writes JSON with keys in order and two spaces a level`() {
        let document: Document = [
            "name": "a \"b\"\n\u{1}\\", "list": [1, 2, 3], "empty": [], "none": [:],
            "nested": ["flag": true, "items": [["x": 1], ["x": 2]]],
        ]
        #expect(
            document.json == #"""
                {
                  "name": "a \"b\"\n\u0001\\",
                  "list": [1, 2, 3],
                  "empty": [],
                  "none": {},
                  "nested": {
                    "flag": true,
                    "items": [
                      {
                        "x": 1
                      },
                      {
                        "x": 2
                      }
                    ]
                  }
                }

                """#
        )
    }

    @Test func `writes YAML in blocks, with quotes only where they are needed`() {
        let document: Document = [
            "name": "starter", "yes": "no", "port": "127.0.0.1::3101", "count": 3,
            "items": [["a": 1, "b": ["c", "d"]], "plain"], "flat": ["a b", 2], "none": [:],
            "deep": ["er": ["est": true]],
        ]
        #expect(
            document.yaml == """
                name: starter
                "yes": "no"
                port: "127.0.0.1::3101"
                count: 3
                items:
                  - a: 1
                    b: [c, d]
                  - plain
                flat: [a b, 2]
                none: {}
                deep:
                  er:
                    est: true

                """
        )
    }

    @Test func `setting a key replaces, appends or removes its entry`() {
        var document: Document = ["a": 1, "b": 2]
        document["a"] = 3
        document["c"] = 4
        document["b"] = nil
        #expect(document == ["a": 3, "c": 4])
    }

    @Test(arguments: [
        ("regoin", "region"), ("TargetNumberOfActivePeer", "TargetNumberOfActivePeers"),
        ("REGION", "region"), ("rgion", "region"), ("hto", "hot"), ("relays", "relay"),
        ("sede", "seed"),
    ])
    func `the nearest word is the one that was meant`(word: String, meant: String) {
        let words = [
            "role", "count", "region", "valency", "TargetNumberOfActivePeers", "relay", "seed",
            "hot",
        ]
        #expect(nearest(to: word, among: words) == meant)
    }

    @Test(arguments: ["colour", "", "x", "r", "unrelated", String(repeating: "region", count: 20)])
    func `a word far from all others has no nearest`(word: String) {
        #expect(nearest(to: word, among: ["role", "count", "region", "valency"]) == nil)
    }
}

struct MapReaderTests {
    private enum Colour: String, CaseIterable { case red, green, blue }

    /// Everything a reader says of a document with one key of each kind.
    private func complaints(_ document: Document) -> [String] {
        var problems = DocumentProblems(file: "x.yaml")
        problems.map(document.numbered(), as: "the file") { reader in
            _ = reader.string("text")
            _ = reader.bool("flag")
            _ = reader.integer("count", in: 1...9)
            _ = reader.duration("wait", in: .zero ... .seconds(60))
            let colour: Colour? = reader.word("colour")
            _ = colour
            _ = reader.list("items", limit: 2) { $1.string($0, named: "items") }
        }
        do throws(DocumentErrors) {
            try problems.check()
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func `a right document has no complaints`() {
        let document: Document = [
            "text": "a", "flag": true, "count": 9, "wait": "1m", "colour": "red",
            "items": ["a", "b"],
        ]
        #expect(complaints(document) == [])
        #expect(complaints(["text": Document(.null), "wait": Document(.decimal("0.5"))]) == [])
    }

    @Test func `one reading finds every mistake, in the order of lines`() {
        let document: Document = [
            "flga": true, "text": 5, "flag": "yes", "count": 10, "wait": "61s", "colour": "gren",
            "items": ["a", "b", "c"], "zzzzzzzzzz": 1, "text ": 1,
        ]
        #expect(
            complaints(document) == [
                "x.yaml:1: unknown key 'flga': did you mean 'flag'?",
                "x.yaml:2: 'text' is 5: expected a text: put it in quotes if it is a text",
                "x.yaml:3: 'flag' is 'yes': expected true or false",
                "x.yaml:4: 'count' is 10: expected a whole number from 1 to 9",
                "x.yaml:5: 'wait' is '61s': expected a duration from 0s to 1m",
                "x.yaml:6: 'colour' is 'gren': expected red, green or blue: did you mean 'green'?",
                "x.yaml:7: 'items' has 3 items: expected at most 2",
                "x.yaml:11: unknown key 'zzzzzzzzzz': known keys are text, flag, count, wait, "
                    + "colour, items",
                "x.yaml:12: unknown key 'text ': did you mean 'text'?",
            ]
        )
    }

    @Test func `a key that stands twice is an error that names both lines`() {
        #expect(
            complaints(["flag": true, "count": 1, "flag": false]) == [
                "x.yaml:3: key 'flag' stands twice, first on line 1"
            ]
        )
    }

    @Test func `what is no map says what it is`() {
        #expect(
            complaints([1, 2]) == [
                "x.yaml:1: the file is a list: expected a map of keys and values"
            ]
        )
    }

    @Test func `no more than the limit of errors is kept`() {
        let limit = DocumentProblems.limit
        for count in [limit, limit + 1] {
            let entries = (0..<count).map { Document.Entry("unknown\($0)", 1) }
            #expect(complaints(.map(entries)).count == limit)
        }
    }
}

struct QuantityTests {
    @Test(arguments: [
        ("15s", Duration.seconds(15)), ("1.5m", .seconds(90)), ("250ms", .milliseconds(250)),
        ("2h", .seconds(7200)), ("1m30s", .seconds(90)), ("0s", .zero), ("0", .zero),
        ("1us", .microseconds(1)), ("1.000000001s", .nanoseconds(1_000_000_001)),
        ("0.5ms", .microseconds(500)), ("0.000001ms", .nanoseconds(1)), ("0.5h", .seconds(1800)),
    ])
    func `reads durations`(text: String, duration: Duration) {
        #expect(Quantity.duration(text) == duration)
    }

    @Test(arguments: [
        "", "s", "15", "-1s", "1 s", "1.s", ".5s", "1.5.5s", "1d", "99999999999h", "0.5ns", "1e3s",
        "5S", "0.0000001ms",
        "1s ", "٣s", String(repeating: "0", count: 64) + "s",
    ])
    func `refuses what is no duration`(text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(arguments: [
        (Duration.seconds(15), "15s"), (.seconds(90), "90s"), (.seconds(7200), "2h"),
        (.milliseconds(1500), "1500ms"), (.zero, "0s"), (.nanoseconds(1), "1ns"),
    ])
    func `writes durations in whole units`(duration: Duration, text: String) {
        #expect(Quantity.spelled(duration) == text)
        #expect(Quantity.duration(text) == duration)
    }

    @Test(arguments: Seed.sweep())
    func `every duration that is written is read back`(seed: Seed) {
        var random = seed.random
        for _ in 0..<100 {
            let duration = Duration.nanoseconds(Int64(random.next() >> (1 + random.below(62))))
            #expect(Quantity.duration(Quantity.spelled(duration)) == duration)
        }
    }

    @Test func `reads sizes, bandwidths, rates and shares`() {
        #expect(Quantity.size("250B") == 250)
        #expect(Quantity.size("64KiB") == 65_536)
        #expect(Quantity.size("1.5KiB") == 1536)
        #expect(Quantity.size("1.3KiB") == nil)
        #expect(Quantity.size("9223372036854775807B") == .max)
        #expect(Quantity.size("9223372036854775808B") == nil)
        #expect(Quantity.size("10MiB") == 10 << 20)
        #expect(Quantity.bandwidth("100Mbit") == 100_000_000)
        #expect(Quantity.bandwidth("0.5Gbit") == 500_000_000)
        #expect(Quantity.bandwidth("100MB") == nil)
        #expect(Quantity.rate("10/s") == Quantity.Rate(count: 10, per: .seconds(1)))
        #expect(Quantity.rate("5/h") == Quantity.Rate(count: 5, per: .seconds(3600)))
        #expect(Quantity.rate("10") == nil)
        #expect(Quantity.millionths("0.1%") == 1000)
        #expect(Quantity.millionths("0.05") == 50_000)
        #expect(Quantity.millionths("100%") == 1_000_000)
        #expect(Quantity.millionths("101%") == nil)
        #expect(Quantity.spelledShare(50_000) == "0.05")
        #expect(Quantity.spelledShare(1_000_000) == "1")
    }

    @Test func `mutated quantities do no harm`() {
        var random = Random(seed: 7)
        let texts = ["1m30s", "100Mbit", "64KiB", "10/s", "0.1%"].map { Array($0.utf8) }
        for round in 0..<FuzzCount.value {
            var bytes = texts[round % texts.count]
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                bytes[place] = UInt8(random.below(256))
                if random.chance(1, in: 4) { bytes += bytes }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let duration = Quantity.duration(text) {
                #expect(Quantity.duration(Quantity.spelled(duration)) == duration)
            }
            #expect(Quantity.size(text) ?? 0 >= 0)
            #expect(Quantity.bandwidth(text) ?? 0 >= 0)
            #expect(Quantity.rate(text).map { $0.count >= 0 } ?? true)
            #expect(Quantity.millionths(text).map { (0...1_000_000).contains($0) } ?? true)
        }
    }
}

struct DocumentOverrideTests {
    private let base: Document = [
        "seed": 42, "nodes": ["relay": ["count": 4]], "expect": ["a"],
    ]

    private func changed(_ texts: String...) throws(DocumentErrors) -> Document {
        var document = base
        for text in texts { try DocumentOverride(text).apply(to: &document) }
        return document
    }

    @Test func `sets, appends and makes maps on the way`() throws {
        #expect(try changed("seed=7")["seed"] == 7)
        #expect(try changed("nodes.relay.count=6")["nodes"]?["relay"]?["count"] == 6)
        #expect(
            try changed("expect+=always every relay has hot <= 3")["expect"]
                == ["a", "always every relay has hot <= 3"]
        )
        #expect(try changed("defaults.pace=1")["defaults"] == ["pace": 1])
        #expect(
            try changed("nodes.relay.config.PrivatePeerIDs=[]")["nodes"]?["relay"]?["config"]
                == ["PrivatePeerIDs": []]
        )
        #expect(try changed("a=[eu, us, 3]")["a"] == ["eu", "us", 3])
        #expect(try changed("name='7'")["name"] == "7")
        #expect(try changed("b+=1", "b+=2")["b"] == [1, 2])
    }

    @Test(arguments: [
        ("seed", "--set: 'seed' has no '=': expected PATH=VALUE or PATH+=VALUE"),
        ("=7", "--set: '=7' has no path: expected keys with dots between them before the '='"),
        (
            "a..b=7",
            "--set: 'a..b=7' has no path: expected keys with dots between them before the '='"
        ),
        ("seed+=7", "--set: 'seed' is 42: expected a list for '+='"),
        ("seed.x=7", "--set: 'seed' is 42: expected a map to go down into"),
    ])
    func `refuses what it cannot do`(text: String, message: String) {
        let error = #expect(throws: DocumentErrors.self) { try changed(text) }
        #expect(error?.description == message)
    }

    @Test func `a path has as many steps as files have levels, and no more`() throws {
        let limit = DocumentOverride.depthLimit
        let right = [String](repeating: "a", count: limit).joined(separator: ".")
        #expect(try DocumentOverride(right + "=1").path.count == limit)
        #expect(throws: DocumentErrors.self) { try DocumentOverride(right + ".a=1") }
    }
}

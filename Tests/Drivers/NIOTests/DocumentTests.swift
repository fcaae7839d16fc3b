import Foundation
import Testing
import WarrenNIO
import WarrenPrimitives
import WarrenSupport

struct DocumentFileTests {
    private func read(_ text: String) throws(DocumentErrors) -> Document {
        try Document(yaml: Array(text.utf8), file: "x.yaml")
    }

    private func complaint(_ text: String) -> String? {
        do throws(DocumentErrors) {
            _ = try read(text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `YAML becomes a tree whose parts know their lines and columns`() throws {
        let document = try read(
            """
            # a comment
            name: starter
            nodes:
              relay: { count: 4, region: [eu, us] }
            flag: true
            text: "5"
            share: 0.1
            """
        )
        #expect(document["name"] == Document(.string("starter"), line: 2, column: 7))
        #expect(document.entries?.map(\.line) == [2, 3, 5, 6, 7])
        let relay = try #require(document["nodes"]?["relay"])
        #expect(relay.line == 4)
        #expect(relay["count"] == Document(.integer(4), line: 4, column: 19))
        #expect(relay["region"]?.items?.map(\.string) == ["eu", "us"])
        #expect(document["flag"]?.value == .bool(true))
        #expect(document["text"]?.value == .string("5"))
        #expect(document["share"]?.value == .decimal("0.1"))
    }

    @Test func `JSON reads the same as YAML`() throws {
        let text = #"{"a": [1, -2.5, "x\n", null, true], "b": {"c": "1"}}"#
        let document = try read(text)
        #expect(
            document["a"]?.items?.map(\.value) == [
                .integer(1), .decimal("-2.5"), .string("x\n"), .null, .bool(true),
            ]
        )
        #expect(document["b"]?["c"]?.value == .string("1"))
    }

    @Test func `an empty file is nothing`() throws {
        #expect(try read("").value == .null)
        #expect(try read("# only a comment\n").value == .null)
    }

    @Test(arguments: [
        (
            "a: &x [1]\nb: *x",
            "x.yaml:1: anchors (&) and aliases (*) are not supported: expected the "
                + "value written out"
        ),
        ("a: 1\na: 2", "x.yaml:1: key 'a' stands twice"),
        (
            "a: 1\n---\nb: 2",
            "x.yaml:2: but found another document: expected a single document in "
                + "the stream that began on line 1"
        ),
        (
            "a: [1, 2",
            "x.yaml:2: did not find expected ',' or ']': while parsing a flow sequence that "
                + "began on line 1"
        ),
        ("[1]: 2", "x.yaml:1: a key is not a plain word: expected a word before the colon"),
    ])
    func `what cannot be read is named with its line`(text: String, message: String) {
        #expect(complaint(text) == message)
    }

    @Test func `text that is not UTF-8 is refused with its line`() {
        let bytes = Array("a: 1\nb: ".utf8) + [0xFF, 0xFE]
        let error = #expect(throws: DocumentErrors.self) {
            try Document(yaml: bytes, file: "x.yaml")
        }
        #expect(error?.description == "x.yaml:2: the text is not valid UTF-8")
    }

    @Test func `a file has as many bytes as the limit, and no more`() throws {
        let limit = Document.fileByteLimit
        let right = Array("a".utf8) + [UInt8](repeating: UInt8(ascii: " "), count: limit - 1)
        #expect(try Document(yaml: right, file: "x").value == .string("a"))
        #expect(throws: DocumentErrors.self) { try Document(yaml: right + [32], file: "x") }
    }

    @Test func `lists nest as deeply as the limit, and no deeper`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        let limit = Document.nestingLimit
        #expect(complaint(nested(limit)) == nil)
        #expect(
            complaint(nested(limit + 1))
                == "x.yaml:1: nested too deeply: expected at most 64 levels"
        )
        // Far too deep is refused by the parser below, before the stack is at its end.
        #expect(complaint(nested(100_000)) != nil)
        let block = (0..<900).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(complaint(block) != nil)
    }

    @Test func `a bomb of aliases does not go off`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let uses = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(uses)]\n"
        }
        #expect(complaint(text)?.hasPrefix("x.yaml:1: anchors") == true)
    }

    @Test(arguments: Seed.sweep())
    func `what the writers write is read back`(seed: Seed) throws {
        var random = seed.random
        let base: Document = [
            "name": "starter", "nodes": ["relay": ["count": 4, "region": ["eu", "us"]]],
            "items": [
                ["a": "1", "b": [["c": "true"]]], "x: y", " lead", "trail ", "- dash", "#no",
            ],
        ]
        for _ in 0..<50 {
            var document = base.mutated(&random)
            document = document.withoutDuplicates
            let json = try read(document.json)
            let yaml = try read(document.yaml)
            #expect(json.json == document.json)
            #expect(yaml.json == document.json)
        }
    }

    @Test func `mutated files do no harm`() {
        let text = """
            name: starter
            nodes: { relay: { count: 4, region: [eu, us] } }
            list:
              - 'a'
              - "b\\n"
              - |
                text
            """
        var random = Random(seed: 0x5EED)
        for _ in 0..<FuzzCount.value {
            var bytes = Array(text.utf8)
            for _ in 0...random.below(4) {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(Array("&*[]{}:-#|>!%@,?'\"".utf8)[random.below(18)], at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
                }
            }
            _ = try? Document(yaml: bytes, file: "x.yaml")
        }
    }
}

extension Document {
    /// Without second entries of one key, which no file may have.
    fileprivate var withoutDuplicates: Document {
        var copy = self
        switch value {
        case .map(let entries):
            var seen: Set<String> = []
            copy.value = .map(
                entries.filter { seen.insert($0.key).inserted }.map {
                    Entry($0.key, $0.value.withoutDuplicates)
                }
            )
        case .list(let items): copy.value = .list(items.map(\.withoutDuplicates))
        case .null, .bool, .integer, .decimal, .string: break
        }
        return copy
    }
}

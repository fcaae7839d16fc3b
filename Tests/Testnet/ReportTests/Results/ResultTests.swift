import Foundation
import Testing
import WarrenObservation
import WarrenReport

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Results for those who did not watch: JUnit's XML, annotations, a page.
struct ResultTests {
    private static func row(
        _ sentence: String,
        _ verdict: String?,
        _ words: String?,
        nodes: [String]? = nil
    ) throws -> VerdictRow {
        var row = VerdictRow(try Expectation(sentence), nil)
        row.verdict = verdict
        row.sentence = words
        row.nodes = nodes
        return row
    }

    private let held: TestResult
    private let bad: TestResult

    init() throws {
        var held = TestResult(file: "testnets/a.yaml", name: "a", seed: 7, engine: "process")
        held.cases = [
            .init(try Self.row("network is connected", "held", "after 1.9 s"), line: 12)
        ]
        held.offences = []
        held.seconds = 1.5
        held.replay = "warren test testnets/a.yaml"
        held.run = "testnets/out/a/1"
        held.graph = "graph LR\n  n0(\"relay-1\")\n  n0 ==> n0\n"
        self.held = held
        var bad = held
        bad.round = .init(number: 2, count: 3)
        bad.cases += [
            .init(
                try Self.row(
                    "never any relay has hot >= 2",
                    "broken",
                    "relay-2 had \u{1}4 hot & \"more\" <now>\n100%, | they say",
                    nodes: ["relay-2"]
                ),
                line: 13
            ),
            .init(try Self.row("sometimes any relay is up", "unknown", "too early"), line: 0),
            .init(try Self.row("finally any relay is up", nil, nil), line: 14),
        ]
        bad.offences = ["relay-1: it lied"]
        bad.failure = "no node answers"
        bad.logs = ["testnets/out/a/1/nodes/relay-2/log.txt"]
        self.bad = bad
    }

    // MARK: JUnit

    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var texts: [String: String] = [:]
        private var open: [String] = []

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append((name, attributes))
            open.append(name)
        }

        func parser(
            _ parser: XMLParser,
            didEndElement name: String,
            namespaceURI: String?,
            qualifiedName: String?
        ) { open.removeLast() }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            texts[open.last ?? "", default: ""] += string
        }
    }

    private func read(_ results: [TestResult]) throws -> Reader {
        let parser = XMLParser(data: Data(JUnitFile(results).text.utf8))
        let reader = Reader()
        parser.delegate = reader
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return reader
    }

    @Test func `no results are a file too`() throws {
        let reader = try read([])
        #expect(reader.elements.map(\.name) == ["testsuites"])
        #expect(reader.elements.first?.attributes["tests"] == "0")
    }

    @Test func `every expectation of every run is a case, and counted by what became of it`()
        throws
    {
        let reader = try read([held, bad])
        let whole = try #require(reader.elements.first).attributes
        #expect(whole["tests"] == "8" && whole["failures"] == "2" && whole["errors"] == "3")
        #expect(whole["time"] == "3.000")
        let suites = reader.elements.filter { $0.name == "testsuite" }.map(\.attributes)
        #expect(
            suites.map { $0["name"] } == [
                "a · seed 7 · process", "a · seed 7 · process · run 2 of 3",
            ]
        )
        #expect(suites.map { $0["tests"] } == ["2", "6"])
        #expect(suites.map { $0["failures"] } == ["0", "2"])
        #expect(suites.map { $0["errors"] } == ["0", "3"])
        let cases = reader.elements.filter { $0.name == "testcase" }.map(\.attributes)
        #expect(cases.count == 8)
        #expect(cases[0]["name"] == "eventually network is connected")
        #expect(cases[0]["file"] == "testnets/a.yaml" && cases[0]["line"] == "12")
        #expect(cases[0]["classname"] == "warren.a")
        #expect(cases[4]["line"] == nil)
        let kinds = reader.elements.filter { ["failure", "error"].contains($0.name) }
            .map { $0.attributes["type"] }
        #expect(kinds == ["broken", "unknown", "unknown", "offence", "lost"])
        #expect(reader.texts["system-out"]?.contains("relay-2/log.txt") == true)
    }

    @Test func `what XML cannot hold is marked, and everything else comes through`() throws {
        let reader = try read([bad])
        let failure = try #require(reader.elements.first { $0.name == "failure" }).attributes
        #expect(
            failure["message"]
                == "relay-2 had \u{FFFD}4 hot & \"more\" <now>\n100%, | they say"
        )
    }

    // MARK: GitHub

    @Test func `annotations stand at the line of the expectation`() {
        #expect(GitHubAnnotations(held).lines.isEmpty)
        let lines = GitHubAnnotations(bad).lines
        #expect(lines.count == 5)
        #expect(
            lines[0].hasPrefix(
                "::error file=testnets/a.yaml,line=13,title=broken%3A a · seed 7 · process"
                    + " · run 2 of 3::never any relay has hot >= 2: relay-2 had"
            )
        )
        #expect(lines[0].contains("<now>%0A100%25, | they say%0Areplay: warren test"))
        #expect(lines[1].hasPrefix("::error file=testnets/a.yaml,title=no node may do this%3A"))
        #expect(lines[3].hasPrefix("::warning file=testnets/a.yaml,title=unknown%3A"))
        #expect(lines[4].contains(",line=14,"))
        #expect(lines.allSatisfy { !$0.contains("\n") })
    }

    @Test func `ten of a kind are annotated and no more`() throws {
        var many = bad
        many.cases = try (0..<30).map { number in
            let word = number < 15 ? "broken" : "unknown"
            return .init(try Self.row("network is connected", word, "x"), line: number + 1)
        }
        let lines = GitHubAnnotations(many).lines
        #expect(lines.count { $0.hasPrefix("::error") } == 10)
        #expect(lines.count { $0.hasPrefix("::warning") } == 10)
    }

    // MARK: Page

    @Test func `the page has a row for every verdict, and the network as a graph`() {
        let page = SummaryPage([held, bad]).text
        #expect(page.hasPrefix("## Warren: 1 of 2 held\n"))
        #expect(page.contains("### held: a · seed 7 · process\n"))
        #expect(page.contains("| held | eventually network is connected | after 1.9 s |"))
        // Nothing in a cell ends it, or is read as HTML.
        #expect(page.contains("hot &amp; \"more\" &lt;now&gt; 100%, \\| they say |"))
        #expect(page.contains("```mermaid\ngraph LR\n"))
        #expect(page.contains("- log `testnets/out/a/1/nodes/relay-2/log.txt`"))
        #expect(page.contains("**Lost:** no node answers"))
    }

    @Test func `a graph of too many edges is left out`() {
        func page(_ count: Int) -> String {
            var result = held
            result.graph =
                "graph LR\n" + String(repeating: "  n0 ==> n1\n", count: count)
            return SummaryPage([result]).text
        }
        #expect(page(SummaryPage.edgeLimit).contains("mermaid"))
        #expect(!page(SummaryPage.edgeLimit + 1).contains("mermaid"))
    }

    @Test func `those are named who did not keep to it, in their order`() {
        let names = ["seed-1", "relay-1", "relay-2", "relay-3"]
        #expect(held.culprits(among: names).isEmpty)
        #expect(bad.culprits(among: names) == ["relay-1", "relay-2"])
        #expect(held.isHeld && !bad.isHeld)
    }
}

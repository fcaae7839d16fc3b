import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

#if canImport(FoundationXML)
    import FoundationXML
#endif

struct NetworkGraphTests {
    private func graph(producer: String = "producer-1", least: Temperature = .warm) throws
        -> NetworkGraph
    {
        let fixture = try Fixture(producer: producer)
        return NetworkGraph(fixture.manifest, snapshots: fixture.snapshots, least: least)
    }

    @Test func `speaks the language of Graphviz`() throws {
        #expect(
            try graph().dot == """
                digraph "starter" {
                  node [style=filled, fontname="sans-serif"];
                  n0 [label="seed-1", shape=diamond, fillcolor="#a1d99b"];
                  n1 [label="relay-1", shape=ellipse, fillcolor="#9ecae1"];
                  n2 [label="relay-2", shape=ellipse, fillcolor="#dddddd"];
                  n3 [label="producer-1", shape=box, fillcolor="#fdae6b"];
                  n4 [label="10.0.0.9:4000", shape=plaintext, fillcolor="#ffffff"];
                  n0 -> n1 [color="#ff9f1c"];
                  n1 -> n0 [color="#ff9f1c"];
                  n1 -> n3 [color="#d62728", penwidth=2];
                  n1 -> n4 [color="#ff9f1c"];
                  n3 -> n1 [color="#d62728", penwidth=2];
                }

                """
        )
    }

    @Test func `speaks the language of Mermaid`() throws {
        #expect(
            try graph(least: .cold).mermaid == """
                graph LR
                  n0{"seed-1"}
                  n1("relay-1")
                  n2("relay-2")
                  n3["producer-1"]
                  n4(["10.0.0.9:4000"])
                  n0 --> n1
                  n1 --> n0
                  n1 -.-> n2
                  n1 ==> n3
                  n1 --> n4
                  n3 ==> n1
                  classDef down fill:#ddd,stroke-dasharray:4
                  class n2 down

                """
        )
    }

    @Test func `leaves out what is colder than asked for`() throws {
        #expect(try graph(least: .hot).edges.map { [$0.from, $0.to] } == [[1, 3], [3, 1]])
        #expect(try graph(least: .hot).nodes.count == 4)
    }

    @Test func `makes the same text of the same network, in whatever order peers are told`() throws
    {
        var fixture = try Fixture()
        let before = NetworkGraph(fixture.manifest, snapshots: fixture.snapshots)
        for name in fixture.snapshots.keys { fixture.snapshots[name]?.peers.reverse() }
        #expect(NetworkGraph(fixture.manifest, snapshots: fixture.snapshots) == before)
    }

    @Test(arguments: [
        #"a"b"#, #"a\"#, #"a\"; x -> y; ""#, "<b>&'", "]]>", "a\nb", "a\"\u{301}b", "\u{301}",
        "#quot;", "\u{FFFF}",
        "\u{202E}x", "日本",
    ])
    func `no name can break out of its quotes`(name: String) throws {
        let graph = try graph(producer: name)
        let dot = try #require(graph.dot.split(separator: "\n").first { $0.contains(" n3 [") })
        #expect(strings(dot).count == 2)
        #expect(strings(dot).first == shown(name))
        let mermaid = try #require(
            graph.mermaid.split(separator: "\n").first { $0.contains("n3[") }
        )
        #expect(mermaid.unicodeScalars.count { $0 == "\"" } == 2)
        let reader = Reader()
        let parser = XMLParser(data: Data(graph.graphML.utf8))
        parser.delegate = reader
        #expect(parser.parse())
        #expect(reader.nodes["n3"]?["name"] == shown(name).replacing("\u{FFFF}", with: "\u{FFFD}"))
        #expect(reader.nodes["n3"]?["role"] == "block-producer")
        #expect(reader.nodes.count == 5)
        #expect(reader.edges.count == 5)
        #expect(reader.edges.allSatisfy { reader.nodes[$0.0] != nil && reader.nodes[$0.1] != nil })
    }

    private func shown(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map {
                    "\n\u{202E}".unicodeScalars.contains($0) ? "\u{FFFD}" : $0
                }
            )
        )
    }

    /// The quoted strings of a line, as Graphviz reads them.
    private func strings(_ line: some StringProtocol) -> [String] {
        var found: [String] = []
        var current: String.UnicodeScalarView?
        var isEscaped = false
        for scalar in line.unicodeScalars {
            guard let text = current else {
                if scalar == "\"" { current = .init() }
                continue
            }
            if isEscaped {
                current?.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                found.append(String(text))
                current = nil
            } else {
                current?.append(scalar)
            }
        }
        return found
    }
}

/// What a program that knows XML finds in the text.
private final class Reader: NSObject, XMLParserDelegate {
    var nodes: [String: [String: String]] = [:]
    var edges: [(String, String)] = []
    private var node = ""
    private var key = ""
    private var text = ""

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        text = ""
        switch name {
        case "node":
            node = attributes["id"] ?? ""
            nodes[node] = [:]
        case "edge":
            node = ""
            edges.append((attributes["source"] ?? "", attributes["target"] ?? ""))
        case "data": key = attributes["key"] ?? ""
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
        _ parser: XMLParser,
        didEndElement name: String,
        namespaceURI: String?,
        qualifiedName: String?
    ) {
        if name == "data" { nodes[node]?[key] = text }
    }
}

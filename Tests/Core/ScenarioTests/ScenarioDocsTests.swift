import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

/// Holds docs/scenarios.md to what the reader of scenarios knows.
struct ScenarioDocsTests {
    /// The name of a group in a documented path.
    private static let group = "GROUP"

    private func rows() throws -> [DocsTable.Row] { try DocsTable.rows(of: "scenarios.md") }

    /// The last steps of the documented paths that begin with `prefix`.
    private func documented(below prefix: String) throws -> Set<String> {
        let keys = try rows().map(\.key)
        return Set(
            keys.compactMap { key in
                guard key.hasPrefix(prefix) else { return nil }
                let rest = key.dropFirst(prefix.count)
                return rest.contains(".") || rest == Self.group ? nil : String(rest)
            }
        )
    }

    /// The keys that the reader names when it is given one it does not know.
    private func known(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try Scenario.read(document, file: "x.yaml")
            return []
        } catch {
            let hint = error.errors.first?.hint ?? ""
            return hint.replacing("known keys are ", with: "").split(separator: ", ")
                .map(String.init)
        }
    }

    private let odd: Document = ["@@@@@@@@@@@@": 1]

    @Test func `docs and reader know the same keys of a scenario`() throws {
        #expect(try documented(below: "") == Set(known(odd)))
        #expect(
            try documented(below: "nodes.GROUP.") == Set(known(["nodes": ["relay": odd]]))
        )
        #expect(
            try documented(below: "nodes.GROUP.targets.")
                == Set(known(["nodes": ["relay": ["targets": odd]]]))
        )
        #expect(try documented(below: "defaults.") == Set(known(["defaults": odd])))
        #expect(
            try documented(below: "defaults.targets.")
                == Set(known(["defaults": ["targets": odd]]))
        )
        #expect(try documented(below: "chain.") == Set(known(["chain": odd])))
        let shapes = Shape.Word.allCases.flatMap { word in
            var document = odd
            document["shape"] = .text(word.rawValue)
            return known(["topology": document])
        }
        #expect(try documented(below: "topology.") == Set(shapes))
        #expect(
            try documented(below: "nodes.GROUP.roots.")
                == Set(known(["nodes": ["relay": ["roots": odd]]]))
        )
        #expect(
            try documented(below: "nodes.GROUP.asRoot.")
                == Set(known(["nodes": ["relay": ["asRoot": odd]]]))
        )
    }

    @Test func `docs and reader know the same keys of links, faults and loads`() throws {
        let link = Set(known(["links": ["default": odd]]))
        #expect(try documented(below: "links.LINK.") == link)
        let keys = Set(try documented(below: "links.").filter { $0 != "LINK" })
        for key in ["matrix", "default"] { #expect(keys.contains(key)) }
        var fault = odd
        fault["at"] = "1s"
        fault["kill"] = "relay"
        #expect(try documented(below: "faults.FAULT.") == Set(known(["faults": [fault]])))
        var load = odd
        load["rate"] = "1/s"
        let loads: Document = ["nodes": ["producer": 1], "load": load]
        #expect(try documented(below: "load.") == Set(known(loads)))
        for verb in ["degrade", "slow"] {
            var document = odd
            document["between"] = "relay-1 | relay-2"
            document["loss"] = "1%"
            let known = known(["faults": [["at": "1s", "\(verb)": document]]])
            #expect(try documented(below: "faults.FAULT.degrade.") == Set(known), "\(verb)")
        }
        let skew: Document = ["of": "relay", "by": "1s", "@@@@@@@@@@@@": 1]
        #expect(
            try documented(below: "faults.FAULT.skew.")
                == Set(known(["faults": [["at": "1s", "skew": skew]]]))
        )
    }

    @Test func `the docs have every ready-made matrix with its regions`() throws {
        let text = try DocsTable.text(of: "scenarios.md")
        for matrix in RegionMatrix.all {
            let regions = matrix.regions.map { "`\($0)`" }.joined(separator: ", ")
            #expect(text.contains("| `\(matrix.name)` | \(regions) |"), "\(matrix.name)")
        }
    }

    @Test func `the docs have every manager`() throws {
        let text = try DocsTable.text(of: "scenarios.md")
        for manager in Scenario.PeerManager.allCases {
            #expect(text.contains("| `\(manager.rawValue)` |"), "\(manager.rawValue)")
        }
    }

    @Test func `the docs have every shape`() throws {
        let text = try DocsTable.text(of: "scenarios.md")
        for word in Shape.Word.allCases {
            #expect(text.contains("| `\(word.rawValue)` |"), "\(word.rawValue)")
        }
    }

    /// A default that is written down means what leaving the key out means.
    @Test func `the defaults in the docs are the reader's`() throws {
        let bare: Document = ["nodes": ["relay": [:]]]
        let usual = try Scenario.read(bare, file: "x.yaml")
        var checked = 0
        for row in try rows() {
            guard let value = row.defaultValue else { continue }
            var document = bare
            var steps = row.key.split(separator: ".").map(String.init)
            if let place = steps.firstIndex(of: Self.group) { steps[place] = "relay" }
            set(value, at: steps[...], in: &document)
            let read = try Scenario.read(document, file: "x.yaml")
            #expect(read == usual, "\(row.key)")
            checked += 1
        }
        #expect(checked >= 15)
    }

    private func set(_ value: Document, at steps: ArraySlice<String>, in document: inout Document) {
        guard let first = steps.first else { return document = value }
        var inner = document[first] ?? Document(.map([]))
        set(value, at: steps.dropFirst(), in: &inner)
        document[first] = inner
    }
}

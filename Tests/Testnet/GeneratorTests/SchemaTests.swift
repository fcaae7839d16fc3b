import Foundation
import Testing
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// The schema is for editors; the reader is the truth, and these hold the one to the other.
struct SchemaTests {
    private func schema() throws -> Document {
        let file = Repository.root.appending(path: "docs/schemas/scenario.schema.json")
        return try Document(yaml: Array(Data(contentsOf: file)), file: "schema")
    }

    /// The keys a reader names when it is given one it does not know.
    private func knownKeys(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try Scenario.read(document, file: "x")
            return []
        } catch {
            let hint = error.errors.first?.hint ?? ""
            return hint.replacing("known keys are ", with: "").split(separator: ", ")
                .map(String.init)
        }
    }

    private func properties(_ document: Document?) -> Set<String> {
        Set(document?["properties"]?.entries?.map(\.key) ?? [])
    }

    @Test func `the schema and the reader know the same keys`() throws {
        let schema = try schema()
        let definitions = try #require(schema["$defs"])
        let odd: Document = ["@@@@@@@@@@@@": 1]
        #expect(Set(knownKeys(odd)) == properties(schema))
        #expect(Set(knownKeys(["nodes": ["relay": odd]])) == properties(definitions["group"]))
        #expect(
            Set(knownKeys(["defaults": odd])) == properties(schema["properties"]?["defaults"])
        )
        #expect(
            Set(knownKeys(["defaults": ["targets": odd]])) == properties(definitions["targets"])
        )
        #expect(Set(knownKeys(["chain": odd])) == properties(schema["properties"]?["chain"]))
        func inGroup(_ key: String) -> [String] {
            knownKeys(["nodes": ["relay": .map([.init(key, odd)])]])
        }
        #expect(Set(inGroup("roots")) == properties(definitions["roots"]))
        #expect(Set(inGroup("asRoot")) == properties(definitions["asRoot"]))
        #expect(Set(knownKeys(["links": ["default": odd]])) == properties(definitions["link"]))
        var fault = odd
        fault["at"] = "1s"
        fault["kill"] = "relay"
        #expect(Set(knownKeys(["faults": [fault]])) == properties(definitions["fault"]))
        var load = odd
        load["rate"] = "1/s"
        #expect(Set(knownKeys(["load": load])) == properties(definitions["load"]))
        let shapes = ["ring", "tree", "grid", "edges"].flatMap { shape in
            var document = odd
            document["shape"] = .text(shape)
            return knownKeys(["topology": document])
        }
        #expect(Set(shapes) == properties(definitions["topology"]))
    }

    @Test func `the schema and the reader know the same words and limits`() throws {
        let definitions = try #require(try schema()["$defs"])
        #expect(
            definitions["shape"]?["enum"]?.items?.map(\.string)
                == Shape.Word.allCases.map(\.rawValue)
        )
        let group = try #require(definitions["group"]?["properties"])
        #expect(group["role"]?["enum"]?.items?.map(\.string) == Role.allCases.map(\.rawValue))
        #expect(group["count"]?["maximum"]?.value == .integer(Int64(Scenario.nodeLimit)))
        #expect(definitions["name"]?["maxLength"]?.value == .integer(Int64(Scenario.nameLimit)))
        #expect(
            definitions["manager"]?["enum"]?.items?.map(\.string)
                == Scenario.PeerManager.allCases.map(\.rawValue)
        )
        #expect(definitions["stake"]?["maximum"]?.value == .integer(Scenario.stakeLimit))
        let properties = try #require(try schema()["properties"])
        let links = properties["links"]?["properties"]
        #expect(
            links?["matrix"]?["enum"]?.items?.map(\.string) == RegionMatrix.all.map(\.name)
        )
        #expect(
            properties["faults"]?["maxItems"]?.value == .integer(Int64(Scenario.Fault.limit))
        )
        let streams = try #require(properties["load"]?["oneOf"]?.items).last
        #expect(streams?["maxItems"]?.value == .integer(Int64(Scenario.Load.limit)))
        let size = definitions["load"]?["properties"]?["size"]?["oneOf"]?.items?.first
        let sizes = Scenario.Load.sizes
        #expect(size?["minimum"]?.value == .integer(Int64(sizes.lowerBound)))
        #expect(size?["maximum"]?.value == .integer(Int64(sizes.upperBound)))
        #expect(
            properties["nodes"]?["maxProperties"]?.value == .integer(Int64(Scenario.groupLimit))
        )
        let expect = try #require(properties["expect"])
        #expect(expect["maxItems"]?.value == .integer(Int64(Scenario.expectationLimit)))
        #expect(
            expect["items"]?["maxLength"]?.value == .integer(Int64(Scenario.sentenceLimit))
        )
    }
}

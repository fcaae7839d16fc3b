import Foundation
import Testing
import WarrenNode
import WarrenPrimitives
import WarrenSupport

/// Holds docs/node.md to what the reader of `config.json` knows.
struct NodeDocsTests {
    private func rows() throws -> [DocsTable.Row] { try DocsTable.rows(of: "node.md") }

    @Test func `docs and reader know the same keys of config_json`() throws {
        let documented = try rows().map(\.key)
        let top = documented.filter { !$0.contains(".") }
        #expect(Set(top) == Set(NodeConfiguration.keys))
        #expect(Set(documented).count == documented.count, "a key stands twice")
    }

    @Test func `docs and reader know the same keys of the limits on accepting`() throws {
        let nested = try rows().compactMap { row -> String? in
            let steps = row.key.split(separator: ".").map(String.init)
            return steps.count == 2 && steps[0] == "AcceptedConnectionsLimit" ? steps[1] : nil
        }
        var hint: String?
        do throws(DocumentErrors) {
            _ = try NodeConfiguration.read(
                ["AcceptedConnectionsLimit": ["@@@@@@@@@@@@": 1]],
                file: "config.json"
            )
        } catch {
            hint = error.errors.first?.hint
        }
        #expect(hint == "known keys are " + nested.joined(separator: ", "))
    }

    /// A default that is written down means what leaving the key out means.
    @Test func `the defaults in the docs are the reader's`() throws {
        var checked = 0
        for row in try rows() {
            guard let value = row.defaultValue else { continue }
            let steps = row.key.split(separator: ".").map(String.init)
            var document: Document = [:]
            if steps.count == 2 {
                document[steps[0]] = Document(.map([.init(steps[1], value)]))
            } else {
                document[row.key] = value
            }
            let read = try NodeConfiguration.read(document, file: "config.json").configuration
            #expect(read == NodeConfiguration(), "\(row.key)")
            checked += 1
        }
        #expect(checked > 30)
    }
}

import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct OverrideFuzzTests {
    private static let valid = [
        // Of these two each is well formed, and is no change to make to the sample.
        "name+=other", "seed.deep=1",
        "seed=9", "name=other", "nodes.relay.count=6", "nodes.relay.region=[eu, us]",
        "nodes.producer.hidden=true", "nodes.relay.config.SendRate=10",
        "topology.shape=ring", "topology.among=[relay, producer]", "defaults.targets.known=30",
        "defaults.pace=5", "chain.slot=2s", "liveness='4s'", "nodes.extra=2",
        "expect+=always every relay has hot <= 3", "expect=[]", "links=null",
        "nodes.producer.behind=\"relay\"",
    ]

    @Test func `mutated --set texts change a scenario or say clearly why not`() throws {
        let sample = ScenarioReadingTests.full.numbered()
        var counts = (unread: 0, unapplied: 0, refused: 0, loaded: 0)
        mutations(of: Self.valid.map { Array($0.utf8) }, seed: 0x5E7) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let change: DocumentOverride
            do throws(DocumentErrors) {
                change = try DocumentOverride(text)
            } catch {
                counts.unread += 1
                return expectClear(error, of: "--set")
            }
            var document = sample
            do throws(DocumentErrors) {
                try change.apply(to: &document)
            } catch {
                counts.unapplied += 1
                return expectClear(error, of: "--set")
            }
            do throws(DocumentErrors) {
                let scenario = try Scenario.read(sample, file: "x.yaml", overrides: [change])
                #expect(scenario.nodeCount <= Scenario.nodeLimit)
                counts.loaded += 1
            } catch {
                expectClear(error, of: nil)
                counts.refused += 1
            }
        }
        let all = [counts.unread, counts.unapplied, counts.refused, counts.loaded]
        #expect(all.allSatisfy { $0 > FuzzCount.value / 100 }, "\(counts)")
    }

    /// Says what was found and what was expected, in a line that is fit to be read.
    private func expectClear(_ errors: DocumentErrors, of file: String?) {
        #expect(!errors.errors.isEmpty)
        for error in errors.errors {
            #expect(!error.found.isEmpty && (error.expected.map { !$0.isEmpty } ?? true))
            #expect(file == nil || error.file == file)
            #expect(error.description.utf8.count < 2000, "\(error.description.prefix(200))")
        }
    }
}

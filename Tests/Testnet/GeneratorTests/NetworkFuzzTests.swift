import Foundation
import Testing
import WarrenGenerator
import WarrenNIO
import WarrenNode
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct NetworkFuzzTests {
    /// Small, since most of the time goes into keys; every part of a scenario that is generated
    /// from is there.
    private static let sample: Document = [
        "name": "fuzz", "seed": 7,
        "nodes": [
            "seed": ["role": "seed", "count": 1],
            "relay": ["role": "relay", "count": 1, "config": ["SendRate": 1000]],
            "producer": ["role": "block-producer", "count": 1, "behind": "relay", "valency": 1],
        ],
        "topology": ["shape": "ring", "among": ["relay", "seed"], "valency": 1],
        "defaults": [
            "targets": ["root": 10, "known": 20, "established": 8, "active": 4], "pace": 30,
            "config": ["AddrBookMax": 100, "MinBigLedgerPeersForTrustedState": 5],
        ],
        "chain": ["slot": "1s"],
        "expect": ["network is connected"],
    ]

    /// Networks larger than this are not generated here: they cost time and show nothing new.
    private static let nodeLimit = 5
    /// Of so many networks, one has its files parsed: YAML takes most of the time.
    private static let parsedShare = 8

    @Test func `mutated scenarios are refused clearly, or make a network whose files read back`()
        throws
    {
        var random = Random(seed: 0x6E7)
        var (refused, overridden, made) = (0, 0, 0)
        for number in 0..<FuzzCount.value {
            let document = Self.sample.mutated(&random)
            let scenario: Scenario
            do throws(DocumentErrors) {
                scenario = try Scenario.read(document, file: "x.yaml")
            } catch {
                expectClear(error)
                refused += 1
                continue
            }
            guard scenario.nodeCount <= Self.nodeLimit else { continue }
            var options = Network.Options()
            options.engine = number.isMultiple(of: 2) ? .process : .compose
            options.file = "x.yaml"
            do throws(DocumentErrors) {
                let network = try Network(scenario, options: options)
                #expect(network.nodes.count == scenario.nodeCount)
                made += 1
                if made % Self.parsedShare == 0 { expectReadable(network) }
            } catch {
                expectClear(error)
                overridden += 1
            }
        }
        #expect(refused > 100 && overridden > 0 && made > 100, "\(refused) \(overridden) \(made)")
    }

    private func expectClear(_ errors: DocumentErrors) {
        #expect(!errors.errors.isEmpty)
        for error in errors.errors { #expect(!error.found.isEmpty && !error.file.isEmpty) }
    }

    /// Every file of the network says what the network does.
    private func expectReadable(_ network: Network) {
        do {
            func document(_ path: String) throws -> Document {
                try Document(yaml: Array(network.file(path).text.utf8), file: path)
            }
            for (node, entry) in zip(network.nodes, network.manifest.nodes) {
                let folder = entry.directory
                let config = try document("\(folder)/config.json")
                let topology = try document("\(folder)/topology.json")
                #expect(
                    try NodeConfiguration.read(config, file: "c").configuration
                        == node.configuration
                )
                #expect(try Topology.read(topology, file: "t").topology == node.topology)
            }
            #expect(try Genesis.read(document("genesis.json"), file: "g") == network.genesis)
            let again = try Scenario.read(document("scenario.yaml"), file: "s")
            #expect(again.nodeCount == network.nodes.count)
        } catch {
            Issue.record("a file of a network does not read back: \(error)")
        }
    }
}

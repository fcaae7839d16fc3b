import Foundation
import Testing
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation

/// One scenario on real processes, in the simulator with whole messages, and there with every byte:
/// what the collectors saw of the three must be the same network.
struct FidelityTests {
    /// The starter network with more wanted of everybody than there is, so that there is one state
    /// to come to: everyone hot who can be.
    private static let scenario = """
        name: fidelity
        seed: 42
        nodes:
          seed: { role: seed, count: 1 }
          relay: { role: relay, count: 4 }
          producer: { role: block-producer, count: 2, behind: relay, valency: 2 }
        topology: none
        defaults:
          targets: { known: 20, established: 20, active: 20 }
          pace: 60
        expect:
          - eventually within 30s every relay has hot >= 3
          - eventually within 30s every producer has hot = 2
          - eventually within 30s network is connected
          - never any seed knows producer
          - never any producer knows producer
          - finally every relay knows at least 3 of relay

        """

    @Test func `three engines tell of the same network`() async throws {
        let warren = try CommandLineTool(base: 68)
        let file = try warren.write(Self.scenario, to: "fidelity.yaml")
        func account(_ arguments: [String]) async throws -> Account {
            let outcome = try await warren.start(arguments).outcome()
            #expect(outcome.code == 0, "\(arguments)\n\(outcome.output)\(outcome.errors)")
            let run = try #require(warren.shelf.latest(of: "fidelity"))
            return try await Account(of: run.directory.recording)
        }
        let real = try await account(["test", file, "--base", "68", "--until", "20s"])
        let messages = try await account(["simulate", file, "--for", "20s"])
        let bytes = try await account(["simulate", file, "--for", "20s", "--fidelity", "bytes"])
        for (name, simulated) in [("messages", messages), ("bytes", bytes)] {
            real.expectAgreement(with: simulated, named: name)
        }
    }
}

/// What a collector saw of a run, from its recording.
private struct Account {
    /// `node peer temperature` at the end, of peers that are nodes of the network.
    var relations: Set<String>
    /// Cold, warm and hot peers of each node at the end.
    var counts: [String: [Int64]]
    /// `role: was → became: reason`.
    var kinds: Set<String>
    var verdicts: [String: String]
    var stepCount: Int
    var offences: [String]

    init(of path: String) async throws {
        let recording = try Recording(path: path)
        defer { recording.close() }
        func rows(_ sql: String) async throws -> [[Recording.Cell]] {
            try await recording.query(sql, rowLimit: 100_000, timeLimit: .seconds(20)).rows
        }
        func words(_ sql: String) async throws -> Set<String> {
            Set(try await rows(sql).map { $0.map(\.description).joined(separator: " ") })
        }
        relations = try await words(
            """
            SELECT node, peer, temperature FROM peers_now
            WHERE temperature <> 'unknown' AND peer IN (SELECT name FROM nodes)
            """
        )
        kinds = try await words(
            """
            SELECT DISTINCT role || ':', was || ' → ' || became || ':',
                reason || coalesce(' ' || detail, '')
            FROM transitions
            """
        )
        counts = [:]
        for row in try await rows("SELECT node, cold, warm, hot FROM nodes_now") {
            counts[row[0].description] = row.dropFirst().map { cell in
                if case .integer(let value) = cell { value } else { -1 }
            }
        }
        verdicts = [:]
        for row in try await rows("SELECT expectation, verdict FROM verdicts") {
            verdicts[row[0].description] = row[1].description
        }
        let conduct = try recording.conduct()
        stepCount = conduct.stepCount
        offences = conduct.offences.map(\.words)
    }
}

extension Account {
    /// Relations at the end that may be found in one and not in the other: a connection that is
    /// being replaced while the run ends, seen from both of its ends.
    private static let relationTolerance = 2
    /// By how much a node's final count of cold, warm or hot peers may differ: one such connection.
    private static let countTolerance: Int64 = 1

    /// Demands the same verdicts, no misstep, and the same network within the tolerances.
    func expectAgreement(with other: Account, named name: String) {
        #expect(verdicts == other.verdicts, "\(name)")
        #expect(offences == [] && other.offences == [], "\(name)")
        #expect(stepCount > 0 && other.stepCount > 0, "\(name)")
        let apart = relations.symmetricDifference(other.relations).sorted()
        #expect(apart.count <= Self.relationTolerance, "\(name): \(apart)")
        #expect(counts.keys.sorted() == other.counts.keys.sorted(), "\(name)")
        for (node, here) in counts {
            for (mine, theirs) in zip(here, other.counts[node] ?? []) {
                let text = "\(name): \(node) \(here) \(other.counts[node] ?? [])"
                #expect(abs(mine - theirs) <= Self.countTolerance, "\(text)")
            }
        }
        let strange = kinds.symmetricDifference(other.kinds).filter { !Self.isOfTiming($0) }
        #expect(strange.isEmpty, "\(name): \(strange.sorted())")
    }

    /// Kinds of change that are not seen in every run of the same network: who is first when two
    /// nodes dial each other at once, and whether a dial is still under way when something ends.
    private static func isOfTiming(_ kind: String) -> Bool {
        ["lostSimultaneousDial", "duplicateConnection", "merged"].contains { kind.hasSuffix($0) }
    }
}

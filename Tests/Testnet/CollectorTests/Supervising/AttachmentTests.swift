import Synchronization
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

@Suite(.timeLimit(.minutes(1)))
struct AttachmentTests {
    private func node(_ number: UInt8, moniker: String) async throws -> ScriptedNode {
        let node = ScriptedNode(number) { .at(0) }
        node.state.withLock { state in
            state.lie = {
                $0.node.moniker = moniker
                $0.node.network = "strangers-1"
                $0.node.listenAddress = "10.0.0.\(number):3001"
            }
        }
        try await node.start()
        return node
    }

    @Test func `learns who is there from the nodes themselves`() async throws {
        let monikers = ["Alpha One", "1 alpha-one!", "", "every", "  "]
        var nodes: [ScriptedNode] = []
        for (index, moniker) in monikers.enumerated() {
            nodes.append(try await node(UInt8(index + 1), moniker: moniker))
        }
        let manifest = try await Attachment.manifest(of: nodes.map(\.address))
        #expect(
            manifest.nodes.map(\.name) == ["alpha-one", "alpha-one-2", "node", "node-2", "node-3"]
        )
        #expect(manifest.nodes.map(\.id) == nodes.map(\.id))
        #expect(manifest.nodes.map(\.admin) == nodes.map(\.address))
        #expect(manifest.nodes[1].address == "10.0.0.2:3001")
        #expect(manifest.networkID == "strangers-1")
        let expectation = try Expectation("every relay is up")
        let admin = manifest.nodes.map { ($0.name, $0.admin) }
        var settings = Supervisor.Settings()
        settings.until = .zero
        let supervisor = Supervisor(
            manifest: manifest,
            expectations: [expectation],
            recording: nil,
            settings: settings,
            addresses: { Dictionary(uniqueKeysWithValues: admin) }
        )
        #expect(try await supervisor.run().verdicts.map(\.word) == ["held"])
        for node in nodes { await node.die() }
    }

    @Test func `says which address leads nowhere, or twice to one node`() async throws {
        await #expect(throws: Attachment.Flaw.noAddresses) {
            _ = try await Attachment.manifest(of: [])
        }
        let one = try await node(1, moniker: "a")
        await #expect(throws: Attachment.Flaw.twice(one.address, one.address)) {
            _ = try await Attachment.manifest(of: [one.address, one.address])
        }
        one.state.withLock { $0.snapshotBody = "{}" }
        await #expect(throws: Attachment.Flaw.unreadable(one.address)) {
            _ = try await Attachment.manifest(of: [one.address])
        }
        await one.die()
        await #expect(throws: Attachment.Flaw.silent(one.address)) {
            _ = try await Attachment.manifest(of: [one.address])
        }
    }
}

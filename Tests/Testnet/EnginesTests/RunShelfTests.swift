import Foundation
import Testing
import WarrenGenerator
import WarrenPrimitives
import WarrenScenario

@testable import WarrenEngines

/// Runs on disk.
struct RunShelfTests {
    private let shelf = RunShelf(
        root: FileManager.default.temporaryDirectory
            .appending(path: "shelf-\(UUID().uuidString)").path(percentEncoded: false)
    )

    private func network(_ text: String = "pair") throws -> Network {
        let scenario = try Scenario.read(
            ["name": .text(text), "nodes": ["relay": 2]],
            file: "pair.yaml"
        )
        return try Network(scenario)
    }

    @Test func `two runs in one second have directories of their own`() throws {
        let date = Date(timeIntervalSince1970: 1_795_256_043)
        var seen: Set<String> = []
        for _ in 0..<3 {
            let run = shelf.newRun(of: "pair", at: date)
            #expect(run.time.hasPrefix("2026-11-21T10-14-03Z"))
            #expect(seen.insert(run.path).inserted)
            try Disk.makeDirectory(run.path)
        }
    }

    @Test func `a run is written, found as the latest, read back and removed`() throws {
        let network = try network()
        let directory = shelf.newRun(of: "pair")
        try Disk.write(network, to: directory.path)
        try shelf.setLatest(directory, of: "pair")
        let run = try #require(shelf.latest(of: "pair"))
        #expect(run.manifest == network.manifest)
        #expect(run.directory == directory)
        #expect(shelf.names == ["pair"] && shelf.runs(of: "pair") == [run])
        for file in network.files {
            #expect(!Disk.differs(file, under: directory.path))
            let facts = try FileManager.default.attributesOfItem(
                atPath: "\(directory.path)/\(file.path)"
            )
            let mode = (facts[.posixPermissions] as? NSNumber)?.uint16Value
            #expect(mode == file.mode, "\(file.path)")
        }
        shelf.remove(run)
        #expect(shelf.names.isEmpty)
    }

    @Test func `a manifest of another version is refused by name`() throws {
        var network = try network()
        network.manifest.schema = "warren/network/9"
        let directory = shelf.newRun(of: "pair")
        var file = try #require(network.files.first { $0.path == "network.json" })
        file.text = network.manifest.document.json
        try Disk.write(file, under: directory.path)
        #expect(throws: Run.Flaw.newer(path: directory.manifest, schema: "warren/network/9")) {
            try Run(at: directory.path)
        }
    }

    @Test func `a plan for nothing running starts all, and one for a run what is missing`()
        async throws
    {
        let deployment = Deployment(shelf: shelf, network: try network(), nodeProgram: "/bin/false")
        let fresh = await deployment.plan(for: nil)
        #expect(fresh.start == ["relay-1", "relay-2"] && fresh.isFresh && fresh.supervises)
        let directory = shelf.newRun(of: "pair")
        try Disk.write(deployment.network, to: directory.path)
        // One runs, in the guise of this process.
        let own = try #require(DetachedProcess(processID: getpid()))
        try own.mark(directory.node("relay-1").mark)
        let run = Run(directory: directory, manifest: deployment.network.manifest)
        let plan = await deployment.plan(for: run)
        #expect(plan.start == ["relay-2"] && plan.restart.isEmpty && plan.unchangedCount == 1)
        let path = "nodes/relay-1/topology.json"
        var topology = try #require(deployment.network.files.first { $0.path == path })
        topology.text = "{}"
        try Disk.write(topology, under: directory.path)
        #expect(await deployment.plan(for: run).restart == ["relay-1"])
    }

    @Test func `the program that is not there leaves no run behind`() async throws {
        let deployment = Deployment(
            shelf: shelf,
            network: try network(),
            nodeProgram: "/no/such/program"
        )
        await #expect(throws: EngineFailure.noProgram("/no/such/program")) {
            try await deployment.startAnew { _ in }
        }
        #expect(shelf.names.isEmpty)
    }
}

import Foundation
import Testing
import WarrenKit

/// What the kit starts as processes: a node program of somebody else's making.
struct KitTests {
    private func scenario() throws -> Scenario {
        try Scenario(
            relays: 3,
            expect: ["eventually within 20s every relay has hot >= 2"]
        )
    }

    @Test func `runs a node program of one's own, and judges it`() async throws {
        let program = try CommandLineTool.program("rumour-node")
        let root = FileManager.default.temporaryDirectory
            .appending(path: "warren-kit-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let log = try await ProcessNetwork.run(
            try scenario(),
            program: program,
            in: root
        ) { network in
            let judgements = try await network.judge(upTo: .seconds(20))
            #expect(judgements.map(\.outcome) == [.held], "\(judgements)")
            let snapshot = try #require(try await network.snapshot(of: "relay-2"))
            #expect(snapshot.hot == 2)
            try await network.kill("relay-3")
            #expect(try !network.isUp("relay-3"))
            #expect(try await network.snapshot(of: "relay-3") == nil)
            try await network.start("relay-3")
            #expect(try network.isUp("relay-3"))
            try await network.stop("relay-1")
            #expect(try !network.isUp("relay-1"))
            return try network.log(of: "relay-1")
        }
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(text.contains("listening") && text.contains("stopped"))
    }

    @Test func `runs the stock node`() async throws {
        let program = try CommandLineTool.program("warren-node")
        try await ProcessNetwork.run(try scenario(), program: program) { network in
            let meets = try await network.wait(upTo: .seconds(20)) {
                try await $0.snapshot(of: "relay-1")?.hot == 2
            }
            #expect(meets)
        }
    }

    @Test func `says which program is not there`() async throws {
        let error = try await #require(throws: NetworkError.self) {
            try await ProcessNetwork.run(try scenario(), program: "/no/such/node") { _ in }
        }
        #expect("\(error)".contains("/no/such/node"))
    }
}

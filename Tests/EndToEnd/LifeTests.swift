import Foundation
import Testing
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenScenario

/// `up`, `status`, `down` and what happens between them.
struct LifeTests {
    private static let starter = CommandLineTool.scenario("starter.yaml")
    /// The starter network without its faults, so that what happens to it is done by the test.
    private static let calm = [
        "--set", "faults=[]", "--set", "expect=[eventually within 30s network is connected]",
    ]

    @Test func `a network comes up once, is seen, changes by what differs, and goes down`()
        async throws
    {
        let warren = try CommandLineTool(base: 50)
        let first = try await warren(["up", Self.starter, "--base", "50"] + Self.calm)
        #expect(first.code == 0, "\(first.output)\(first.errors)")
        let run = try #require(warren.shelf.latest(of: "starter"))
        #expect(run.supervisor?.isAlive == true)

        let second = try await warren(["up", Self.starter, "--base", "50"] + Self.calm)
        #expect(second.code == 0)
        #expect(second.output.contains("starter is already running"))
        #expect(second.output.contains("nothing changed"))
        #expect(warren.shelf.runs(of: "starter").count == 1)

        let status = try await warren("status", "--format", "json")
        let shown = try JSONDecoder().decode(Shown.self, from: Data(status.output.utf8))
        #expect(shown.nodes.map(\.health) == [String](repeating: "ok", count: 7))

        let plan = try await warren(
            ["up", Self.starter, "--base", "50", "--dry-run", "--set", "nodes.relay.count=5"]
                + Self.calm
        )
        #expect(plan.output.contains("start    relay-5"), "\(plan.output)")

        let down = try await warren("down")
        #expect(down.code == 0)
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
        #expect(try await warren("down").output.contains("nothing is running"))
        #expect(try await warren("clean").code == 0)
        #expect(warren.shelf.names.isEmpty)
    }

    private struct Shown: Decodable {
        struct Node: Decodable { var health: String }
        var nodes: [Node]
    }

    @Test func `a relay killed without warning comes back with its address book`() async throws {
        let warren = try CommandLineTool(base: 51)
        let up = try await warren(["up", Self.starter, "--base", "51"] + Self.calm)
        #expect(up.code == 0, "\(up.output)\(up.errors)")
        let run = try #require(warren.shelf.latest(of: "starter"))
        let engine = ProcessEngine(
            run: run.directory,
            manifest: run.manifest,
            program: try CommandLineTool.program("warren-node")
        )
        let admin = try #require(run.manifest.nodes.first { $0.name == "relay-2" }).admin
        let client = NodeClient(address: admin)
        // All are well, but the relay may not have heard of them yet.
        #expect(
            await CommandLineTool.wait {
                (try? await client.snapshot().book.total) ?? 0 >= 3
            }
        )
        // The others are ended first: what the relay knows afterwards, nobody has told it again.
        await run.endSupervisor()
        await engine.stop(only: run.manifest.nodes.map(\.name).filter { $0 != "relay-2" })
        let before = try await client.snapshot()
        #expect(before.book.total >= 3)

        let process = try #require(engine.process(of: "relay-2"))
        process.signal(SIGKILL)
        #expect(await CommandLineTool.wait { !process.isAlive })
        try engine.start(only: ["relay-2"])
        try await Engine.process(engine).waitForHealth(of: ["relay-2"], within: .seconds(10)) { _ in
        }

        let after = try await client.snapshot()
        #expect(after.node.incarnation != before.node.incarnation)
        #expect(after.node.id == before.node.id)
        #expect(after.book.total == before.book.total)

        // And `up` brings the rest back.
        let again = try await warren(["up", Self.starter, "--base", "51"] + Self.calm)
        #expect(again.code == 0, "\(again.output)\(again.errors)")
        #expect(engine.aliveNames.count == 7)
        #expect(try await warren("down").code == 0)
    }

    @Test func `an address that somebody holds is named, with its holder, and nothing starts`()
        async throws
    {
        let warren = try CommandLineTool(base: 52)
        // Base 52 gives seeds 127.157: 1 + 3 × 52.
        let listener = try Listener(0x7F9D_0001, port: 3001)
        let outcome = try await warren("up", Self.starter, "--base", "52")
        withExtendedLifetime(listener) {}
        #expect(outcome.code == 3, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("127.157.0.1:3001"), "\(outcome.errors)")
        #expect(outcome.errors.contains("(process \(getpid()))"))
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
    }

    @Test func `a node that ends at its start takes nobody with it, and its log is shown`()
        async throws
    {
        let warren = try CommandLineTool(base: 53)
        let program = try warren.write(
            "#!/bin/sh\necho cannot see the point\nexit 1\n",
            to: "sad-node"
        )
        unsafe chmod(program, 0o755)
        let outcome = try await warren(
            "up",
            Self.starter,
            "--base",
            "53",
            environment: ["WARREN_NODE": program]
        )
        #expect(outcome.code == 3, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("cannot see the point"))
        #expect(CommandLineTool.processes(of: warren.directory).isEmpty)
    }

    @Test func `two networks on the same addresses are refused, by the other's name`()
        async throws
    {
        let warren = try CommandLineTool(base: 54)
        let star = CommandLineTool.scenario("star.yaml")
        #expect(try await warren("up", star, "--base", "54", "--set", "expect=[]").code == 0)
        let other = try await warren("up", Self.starter, "--base", "54")
        #expect(other.code == 3, "\(other.output)\(other.errors)")
        #expect(other.errors.contains("testnets/out/star/"), "\(other.errors)")
        #expect(try await warren("down").code == 0)
    }

    /// A socket of this process.
    private final class Listener {
        private let file: Int32

        init(_ ip: UInt32, port: UInt16) throws {
            file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = ip.bigEndian
            address.sin_port = port.bigEndian
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe bind(file, address, size)
                }
            }
            try #require(code == 0 && listen(file, 1) == 0)
        }

        deinit { close(file) }
    }
}

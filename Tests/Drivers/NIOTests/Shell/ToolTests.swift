import Foundation
import Testing
import WarrenNIO
import WarrenPrimitives

/// The program, as users start and stop it.
@Suite(.timeLimit(.minutes(1))) struct ToolTests {
    private static let anyPorts =
        #"{"ListenAddress": "127.0.0.1:0", "AdminAddress": "127.0.0.1:0", "NetworkID": "t"}"#

    /// Starts a node and waits until it listens; answers its admin address too.
    private func start(_ scratch: Scratch) throws -> (tool: Tool, admin: HostPort) {
        let config = try scratch.write(Self.anyPorts, to: "config.json")
        let tool = try Tool(["--config", config, "--log-format", "json"])
        while let line = tool.errorLine() {
            guard let json = try? JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            else { continue }
            guard json["message"] == "listening" else { continue }
            return (tool, try #require(json["admin"].flatMap(HostPort.init)))
        }
        throw RawSocket.Failure(description: "the node ended: \(tool.end())")
    }

    @Test func `a node starts, is healthy, and stops when asked`() throws {
        let scratch = Scratch()
        let (tool, admin) = try start(scratch)
        #expect(HealthProbe.ask(host: "\(admin.ip)", port: admin.port) == .healthy)
        let health = try Tool(["health", "--admin", "\(admin)"]).end()
        #expect(health.code == 0)
        let begin = ContinuousClock.now
        tool.signal(SIGTERM)
        let end = tool.end()
        #expect(end.code == 0)
        #expect(begin.duration(to: .now) < .seconds(2))
        #expect(end.errors.contains("\"message\":\"stopped\""))
        let unhealthy = try Tool(["health", "--admin", "\(admin)"]).end()
        #expect(unhealthy.code == 1)
        #expect(unhealthy.errors.contains("unhealthy: nobody answers at \(admin)"))
    }

    @Test func `SIGUSR1 logs a snapshot, SIGHUP keeps the old topology where the new one is bad`()
        throws
    {
        let scratch = Scratch()
        let (tool, _) = try start(scratch)
        tool.signal(SIGUSR1)
        while let line = tool.errorLine(), !line.contains("warren/snapshot/1") {}
        try scratch.write("{", to: "topology.json")
        tool.signal(SIGHUP)
        while let line = tool.errorLine(), !line.contains("the topology stays as it was") {}
        try scratch.write(#"{"localRoots": [], "publicRoots": []}"#, to: "topology.json")
        tool.signal(SIGHUP)
        while let line = tool.errorLine(), !line.contains("read the topology again") {}
        tool.signal(SIGINT)
        #expect(tool.end().code == 0)
    }

    @Test func `a bad file is told by file and line, and nothing is started`() throws {
        let scratch = Scratch()
        let config = try scratch.write("{\n  \"NetwrkID\": \"x\"\n}", to: "config.json")
        let end = try Tool(["--config", config]).end()
        #expect(end.code == 64)
        #expect(end.errors.contains("config.json:2"))
        #expect(end.errors.contains("did you mean 'NetworkID'?"))
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(names == ["config.json"])
    }

    @Test func `a topology that names another id for this node is refused`() throws {
        let scratch = Scratch()
        let config = try scratch.write(
            #"{"ListenAddress": "127.0.0.1:39123", "AdminAddress": "127.0.0.1:0"}"#,
            to: "config.json"
        )
        let other = NodeKey.fresh.id
        try scratch.write(
            """
            {"localRoots": [{"accessPoints":
              [{"address": "127.0.0.1", "port": 39123, "id": "\(other)"}],
              "advertise": false, "valency": 1}], "publicRoots": []}
            """,
            to: "topology.json"
        )
        let end = try Tool(["--config", config]).end()
        #expect(end.code == 64)
        #expect(end.errors.contains("where this node listens, is \(other)"))
    }

    @Test func `two nodes cannot run in one directory`() throws {
        let scratch = Scratch()
        let (tool, _) = try start(scratch)
        let end = try Tool(["--config", scratch.file("config.json")]).end()
        #expect(end.code == 3)
        #expect(end.errors.contains("is in use by another node (process "))
        tool.signal(SIGTERM)
        #expect(tool.end().code == 0)
    }

    @Test func `a node killed in the middle starts again as itself`() throws {
        let scratch = Scratch()
        let (tool, _) = try start(scratch)
        let key = scratch.file("node_key.json")
        let id = try Tool(["show-node-id", "--node-key", key]).end().output
        tool.signal(SIGKILL)
        _ = tool.end()
        let (again, _) = try start(scratch)
        #expect(try Tool(["show-node-id", "--node-key", key]).end().output == id)
        again.signal(SIGTERM)
        #expect(again.end().code == 0)
    }

    @Test func `wrong usage is told with the right one`() throws {
        let level = try Tool(["--config", "x.json", "--log-level", "loud"]).end()
        #expect(level.code == 64)
        #expect(level.errors.contains("expected one of trace, debug"))
        #expect(try Tool(["--nonsense"]).end().code == 64)
        let missing = try Tool(["--config", "/nowhere/config.json"]).end()
        #expect(missing.code == 64)
        #expect(missing.errors.contains("/nowhere/config.json: cannot be read"))
        let help = try Tool(["--help"]).end()
        #expect(help.code == 0)
        #expect(help.output.contains("warren-node --config config.json"))
    }

    @Test func `gen-node-key makes a key once`() throws {
        let scratch = Scratch()
        let key = scratch.file("key.json")
        let first = try Tool(["gen-node-key", "--node-key", key]).end()
        #expect(first.code == 0)
        #expect(NodeID(String(first.output.dropLast())) != nil)
        #expect(try Tool(["gen_node_key", "--node-key", key]).end().output == first.output)
    }
}

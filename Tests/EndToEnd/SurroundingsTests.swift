import Foundation
import Testing

/// Machines on which containers cannot run: each says why, and what to do, and exits with 3.
///
/// A `docker` of ours stands in for the system's, so that each can be had anywhere.
struct SurroundingsTests {
    /// Answers as Docker 20.10 does where something is in the way.
    private static func docker(_ tool: CommandLineTool, _ script: String) throws -> String {
        let folder = "\(tool.directory)/bin"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        for name in ["docker", "docker-compose"] {
            let path = try tool.write("#!/bin/sh\n\(script)\n", to: "bin/\(name)")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: path
            )
        }
        return folder
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        /// Nil: there is no docker at all.
        var script: String?
        var engine = "compose"
        var words: [String]
        var testDescription: String { what }
    }

    static let cases = [
        Case(
            what: "no Docker",
            script: nil,
            words: ["there is no docker on this machine", "apt-get install docker.io"]
        ),
        Case(
            what: "daemon not running",
            script: "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
                + "Is the docker daemon running?' >&2; exit 1",
            words: ["daemon does not answer", "systemctl start docker"]
        ),
        Case(
            what: "no permission",
            script:
                "echo 'permission denied while trying to connect to the Docker daemon socket at "
                + "unix:///var/run/docker.sock: connect: permission denied' >&2; exit 1",
            words: ["may not command Docker", "usermod -aG docker"]
        ),
        Case(
            what: "image missing",
            script: "case $1 in version) echo 20.10.24;; image) exit 1;; esac",
            words: ["there is no image warren:local", "make image"]
        ),
        Case(
            what: "no Compose",
            script: "case $1 in version) [ $# -gt 1 ] && echo 20.10.24;; image|ps) ;; *) exit 1;; "
                + "esac",
            words: ["there is no Docker Compose", "apt-get install docker-compose"]
        ),
        Case(
            what: "no subnet left",
            script: "case $1 in version) echo 20.10.24;; image|ps|compose) ;; esac\n"
                + "case \"$*\" in *up*) echo 'could not find an available, non-overlapping IPv4 "
                + "address pool among the defaults to assign to the network' >&2; exit 1;; esac",
            words: ["no range of addresses left", "docker network prune"]
        ),
        Case(
            what: "name taken",
            script: "case \"$*\" in *up*) echo 'Conflict. The container name \"/x\" is already in "
                + "use by container \"ab\".' >&2; exit 1;; version*) echo 20.10.24;; esac",
            words: ["name is taken", "--set name="]
        ),
        Case(
            what: "disk full",
            script: "case \"$*\" in *up*) echo 'write /var/lib/docker/x: no space left on device' "
                + ">&2; exit 1;; version*) echo 20.10.24;; esac",
            words: ["disk is full", "docker system df"]
        ),
        Case(
            what: "no Swarm",
            script: "case $1 in version) echo 20.10.24;; info) echo inactive false;; esac",
            engine: "swarm",
            words: ["commands no Swarm", "docker swarm init"]
        ),
    ]

    @Test(arguments: cases)
    func `a machine where containers cannot run says why and what to do`(_ each: Case) async throws
    {
        let tool = try CommandLineTool(base: 70)
        let path = try each.script.map { try Self.docker(tool, $0) }
        let outcome = try await tool(
            "test",
            CommandLineTool.scenario("starter.yaml"),
            "--engine",
            each.engine,
            environment: ["PATH": path.map { "\($0):/usr/bin:/bin" } ?? tool.directory]
        )
        #expect(outcome.code == 3, "\(outcome.errors)")
        for words in each.words { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
        #expect(!outcome.errors.contains("Traceback"))
    }

    @Test func `doctor says what of Docker is there and what to install`() async throws {
        let tool = try CommandLineTool(base: 70)
        let path = try Self.docker(
            tool,
            "case \"$*\" in 'version --format'*) echo 20.10.24;; 'compose version') ;; "
                + "'image inspect'*Size*) echo 252705040;; image*) ;; info*) echo inactive false;; "
                + "esac"
        )
        let there = try await tool(
            "doctor",
            environment: ["PATH": "\(path):/usr/bin:/bin"]
        )
        #expect(there.output.contains("its daemon answers, version 20.10.24"), "\(there.output)")
        #expect(there.output.contains("warren:local, 252 MB"))
        #expect(there.output.contains("docker swarm init"))
        let nothing = try await tool("doctor", environment: ["PATH": tool.directory])
        #expect(nothing.output.contains("apt-get install docker.io docker-compose"))
    }

    // MARK: - Names that come with containers

    /// Runs a node whose seed's name nobody knows, until it is healthy; gives what it logged.
    private func logOfNode(_ tool: CommandLineTool) async throws -> String {
        let node = try CommandLineTool.program("warren-node")
        let admin = "127.72.0.1:3101"
        let started = try tool.start(
            [
                "--config", "\(tool.directory)/config.json", "--data-dir",
                "\(tool.directory)/data", "--name-wait", "1",
            ],
            program: node
        )
        let isHealthy = try await CommandLineTool.wait {
            try await tool.start(["health", "--admin", admin], program: node).outcome().code == 0
        }
        #expect(isHealthy)
        started.interrupt()
        return try await started.outcome().errors
    }

    @Test func `a node waits for the names of its peers at its first start alone`() async throws {
        let tool = try CommandLineTool(base: 70)
        let id = String(repeating: "ab", count: 20)
        let config = """
            {"NetworkID": "n", "Moniker": "n", "ListenAddress": "127.72.0.1:3001",
             "AdminAddress": "127.72.0.1:3101", "Seeds": ["\(id)@nobody.invalid:3001"],
             "DNSServers": ["127.72.0.1:9"]}
            """
        _ = try tool.write(config, to: "config.json")
        let first = try await logOfNode(tool)
        #expect(first.contains("no address after 1 s: nobody.invalid"), "\(first)")
        let second = try await logOfNode(tool)
        #expect(!second.contains("no address after"), "\(second)")
    }
}

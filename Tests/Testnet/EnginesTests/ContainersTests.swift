import Testing
import WarrenPrimitives
import WarrenScenario

@testable import WarrenEngines

/// What Docker says, and what is made of it.
struct ContainersTests {
    @Test(arguments: [
        ("3001/tcp, 127.0.0.1:49153->3101/tcp", "127.0.0.1:49153"),
        ("127.0.0.1:32780->3101/tcp", "127.0.0.1:32780"),
        ("0.0.0.0:32768->3101/tcp, :::32768->3101/tcp", "127.0.0.1:32768"),
        ("[::]:32768->3101/tcp, 0.0.0.0:32768->3101/tcp", "127.0.0.1:32768"),
        ("0.0.0.0:1->3001/tcp, 10.0.0.7:2->3101/tcp", "10.0.0.7:2"),
    ])
    func `the admin port is found among a container's ports`(ports: String, address: String) {
        #expect(Containers.adminAddress(ports) == address)
    }

    @Test(arguments: ["", "3001/tcp", "3101/tcp", "0.0.0.0:1->3001/tcp", "x->3101/tcp"])
    func `a container that opens no admin port has no address`(ports: String) {
        #expect(Containers.adminAddress(ports) == nil)
    }

    // MARK: - A network without notes

    private static let id = String(repeating: "ab", count: 20)

    private func line(
        _ node: String,
        role: String = "relay",
        run: String = "",
        state: String = "running",
        network: String = "lost"
    ) -> String {
        let group = node.split(separator: "-").first.map(String.init) ?? ""
        return [network, "compose", run, "7", node, Self.id, role, group, "eu", state]
            .joined(separator: "|")
    }

    @Test func `labels tell who is in a network of which every note is gone`() throws {
        let lines = [
            line("relay-10"), line("relay-2"), line("seed-1", role: "seed"),
            line("producer-1", role: "block-producer"), line("relay-2", state: "exited"),
            line("relay-1", network: "other"), "nonsense", "a|b|c",
        ]
        let found = LabelledNetwork.networks(in: lines)
        #expect(found.map(\.name) == ["lost", "other"])
        let lost = try #require(found.first)
        let run = lost.run(under: "/nowhere")
        #expect(run.manifest.nodes.map(\.name) == ["seed-1", "relay-2", "relay-10", "producer-1"])
        #expect(run.manifest.engine == .compose)
        #expect(run.manifest.seed == 7)
        #expect(run.manifest.nodes.allSatisfy { $0.region == "eu" && $0.id.description == Self.id })
        #expect(lost.isAlive && lost.isLost)
        // So that it can be changed as before: its token follows from the seed.
        #expect(run.manifest.adminToken != nil)
    }

    @Test func `a network whose containers have all ended does not run`() throws {
        let found = LabelledNetwork.networks(in: [line("relay-1", state: "exited")])
        #expect(found.map(\.isAlive) == [false])
    }

    @Test func `a network of which Docker has a part and no container is found by that`() throws {
        let found = LabelledNetwork.leftovers(in: [
            "half|swarm|/runs/half/1", "half|swarm|/runs/half/1", "old|compose|", "x|y", "z||",
        ])
        #expect(found.map(\.name) == ["half", "old"])
        #expect(found.map(\.isAlive) == [false, false])
        let run = try #require(found.first).run(under: "/nowhere")
        #expect(run.manifest.engine == .swarm && run.manifest.nodes.isEmpty)
    }

    @Test func `a command that makes a run's containers is known by its words`() {
        func run(_ words: String) -> String? {
            UnfinishedStart.directory(in: words.split(separator: " ").map(String.init))
        }
        let compose = "--project-name warren-x --file /out/x/1/compose.yaml"
        #expect(run("python3 /usr/bin/docker-compose \(compose) up --detach a") == "/out/x/1")
        #expect(run("docker compose \(compose) up --detach --no-deps a") == "/out/x/1")
        let stack = "docker stack deploy --compose-file /out/x/1/stack.yaml --prune warren-x"
        #expect(run(stack) == "/out/x/1")
        #expect(run("docker compose \(compose) logs") == nil)
        #expect(run("docker compose --file /out/x/1/other.yaml up --detach") == nil)
        #expect(run("docker stack deploy --compose-file") == nil)
        #expect(run("vim /out/x/1/compose.yaml") == nil)
    }

    @Test func `what could not be ended again is said beside why it was to end`() async {
        let first = EngineFailure.died(node: "relay-1", log: "log", lastLines: ["sad"])
        let fine = await first.undoing("net") { () throws(EngineFailure) in }
        #expect(fine == first)
        let both = await first.undoing("net") { () throws(EngineFailure) in
            throw .tool(command: "docker rm", output: "stuck")
        }
        for words in ["relay-1 ended", "stuck", "`warren down net`"] {
            #expect("\(both)".contains(words))
        }
    }

    // MARK: - Bad surroundings

    /// Sentences as Docker 20.10 and 28 and docker-compose 1.29 print them.
    private static let said: [(String, DockerTrouble)] = [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker "
                + "daemon running?",
            .noDaemon
        ),
        (
            "docker.errors.DockerException: Error while fetching server API version: ('Connection "
                + "aborted.', FileNotFoundError(2, 'No such file or directory'))",
            .noDaemon
        ),
        (
            "Got permission denied while trying to connect to the Docker daemon socket at "
                + "unix:///var/run/docker.sock: Get \"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/"
                + "containers/json\": dial unix /var/run/docker.sock: connect: permission denied",
            .noPermission
        ),
        (
            "docker.errors.DockerException: Error while fetching server API version: ('Connection "
                + "aborted.', PermissionError(13, 'Permission denied'))",
            .noPermission
        ),
        ("Error response from daemon: No such image: warren:local", .noImage("warren:local")),
        (
            "pull access denied for warren, repository does not exist or may require 'docker login'",
            .noImage("warren:local")
        ),
        (
            "could not find an available, non-overlapping IPv4 address pool among the defaults to "
                + "assign to the network",
            .noSubnet
        ),
        (
            "Error response from daemon: Pool overlaps with other one on this address space",
            .subnetTaken
        ),
        ("write /var/lib/docker/tmp/x: no space left on device", .diskFull),
        ("Bind for 127.0.0.1:9090 failed: port is already allocated", .portTaken),
        (
            "Error response from daemon: This node is not a swarm manager. Use \"docker swarm "
                + "init\" or \"docker swarm join\" to connect this node to swarm and try again.",
            .noSwarm
        ),
        ("Range of CPUs is from 0.01 to 1.00, as there are only 1 CPUs available", .noMoreMemory),
    ]

    @Test func `what Docker says is known by its cause`() {
        for (text, trouble) in Self.said {
            #expect(DockerTrouble(said: text) == trouble, "\(text)")
        }
        let conflict = #"Conflict. The container name "/x" is already in use by container "ab"."#
        guard case .nameTaken = DockerTrouble(said: conflict) else {
            Issue.record("a taken name is not seen")
            return
        }
        #expect(DockerTrouble(said: "something new") == nil)
    }

    @Test func `each trouble names its cause and one thing to do`() {
        for trouble in DockerTrouble.allCases {
            let failure = EngineFailure.surroundings(trouble)
            #expect(failure.isBeforeStart)
            #expect(failure.description.split(separator: ":", maxSplits: 1).count == 2)
            // Something to type, or to set.
            #expect(failure.description.contains("`"), "\(failure)")
        }
    }
}

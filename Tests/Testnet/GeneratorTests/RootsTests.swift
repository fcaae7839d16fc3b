import Testing
import WarrenGenerator
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario

/// What scenarios say of managers, roots and stake, as the nodes get it.
struct RootsTests {
    private func network(
        _ document: Document,
        engine: NetworkManifest.Engine = .process
    ) throws -> Network {
        var options = Network.Options()
        options.engine = engine
        return try Network(Scenario.read(document, file: "x"), options: options)
    }

    private func node(_ network: Network, _ name: String) throws -> Network.Node {
        try #require(network.nodes.first { $0.member.name == name })
    }

    private func names(_ points: [Topology.AccessPoint], _ network: Network) -> [String] {
        points.map { point in
            network.nodes.first { $0.key.id == point.id }?.member.name ?? "nobody"
        }
    }

    @Test func `each group has its own manager, and seeds have none`() throws {
        let network = try network([
            "nodes": [
                "seed": 1, "a": 1, "b": ["manager": "ensure-peers"], "c": ["manager": "governor"],
            ],
            "defaults": ["manager": "static"],
        ])
        let a = try node(network, "a-1").configuration
        #expect(!a.enablesP2P)
        #expect(a.seeds.isEmpty)
        let b = try node(network, "b-1").configuration
        #expect(b.enablesP2P)
        #expect(b.peerManager == .ensurePeers)
        #expect(b.seeds.count == 1)
        let c = try node(network, "c-1").configuration
        #expect(c.enablesP2P)
        #expect(c.peerManager == .governor)
        #expect(try node(network, "seed-1").configuration.enablesP2P)
        let files = network.files
        let file = try #require(files.first { $0.path == "nodes/b-1/config.json" })
        #expect(file.text.contains("\"PeerManager\": \"ensure-peers\""))
        let fixed = try #require(files.first { $0.path == "nodes/a-1/config.json" })
        #expect(fixed.text.contains("\"EnableP2P\": false"))
    }

    @Test func `roots are written as the group asks for them`() throws {
        let network = try network([
            "nodes": [
                "seed": 2,
                "hub": [
                    "count": 2,
                    "roots": [
                        "seeds": "seed-2", "public": "hub", "advertisePublic": true,
                        "bootstrap": "seed", "ledgerAfter": 7, "snapshot": true,
                    ],
                ],
                "other": ["roots": ["seeds": "none"]],
                "producer": ["count": 3, "stake": [900, 99, 1]],
            ]
        ])
        let relay = try node(network, "hub-1")
        #expect(names(relay.configuration.seeds, network) == ["seed-2"])
        #expect(relay.topology.publicRoots.count == 1)
        #expect(names(relay.topology.publicRoots[0].accessPoints, network) == ["hub-2"])
        #expect(relay.topology.publicRoots[0].advertise)
        #expect(names(relay.topology.bootstrapPeers ?? [], network) == ["seed-1", "seed-2"])
        #expect(relay.topology.useLedgerAfterSlot == 7)
        #expect(relay.topology.peerSnapshotFile == "peer-snapshot.json")
        let other = try node(network, "other-1")
        #expect(other.configuration.seeds.isEmpty)
        #expect(other.topology.publicRoots.isEmpty)
        #expect(other.topology.bootstrapPeers == nil)
        #expect(other.topology.useLedgerAfterSlot == -1)
        #expect(network.genesis.producers.map(\.stake) == [900, 99, 1])
        #expect(network.genesis.relays.map(\.accessPoints.count) == [2, 2, 2])
        let snapshots = network.files.filter { $0.path.hasSuffix("peer-snapshot.json") }
        #expect(
            snapshots.map(\.path) == [
                "nodes/hub-1/peer-snapshot.json", "nodes/hub-2/peer-snapshot.json",
            ]
        )
    }

    @Test func `the snapshot has the pools that hold nine tenths of the stake`() throws {
        let network = try network([
            "nodes": ["relay": 2, "producer": ["count": 4, "stake": [1, 900, 90, 9]]]
        ])
        let snapshot = network.genesis.peerSnapshot(slot: 7)
        #expect(snapshot["NodeToClientVersion"]?.value == .integer(23))
        #expect(snapshot["Point"]?["blockPointSlot"]?.value == .integer(7))
        let pools = try #require(snapshot["bigLedgerPools"]?.items)
        // Exactly nine tenths before the second: it is still in, and the third is not.
        #expect(
            pools.map { $0["accumulatedStake"]?.value } == [
                .decimal("0.900000000"), .decimal("0.990000000"),
            ]
        )
        #expect(
            pools.map { $0["relativeStake"]?.value } == [
                .decimal("0.900000000"), .decimal("0.090000000"),
            ]
        )
        #expect(pools.allSatisfy { $0["relays"]?.items?.count == 2 })
        #expect(
            network.genesis.peerSnapshot(slot: 0)["Point"]?["blockPointSlot"]?.value == .integer(1)
        )
    }

    @Test func `routes are parted by what their members' groups say of them`() throws {
        let network = try network([
            "nodes": [
                "a": 1, "b": 1,
                "c": [
                    "asRoot": [
                        "advertise": false, "trustable": true, "behindFirewall": true,
                        "diffusionMode": "InitiatorOnly",
                    ]
                ],
            ],
            "topology": "mesh",
        ])
        let roots = try node(network, "a-1").topology.localRoots
        #expect(roots.map { names($0.accessPoints, network) } == [["b-1"], ["c-1"]])
        #expect(roots.map(\.advertise) == [true, false])
        #expect(roots.map(\.trustable) == [false, true])
        #expect(roots.map(\.behindFirewall) == [false, true])
        #expect(roots.map(\.diffusionMode) == [.initiatorAndResponder, .initiatorOnly])
        let back = try node(network, "c-1").topology.localRoots
        #expect(back.map { names($0.accessPoints, network) } == [["a-1", "b-1"]])
        #expect(!back[0].behindFirewall)
    }

    @Test func `the simulator has loopback addresses, and more of them`() throws {
        let small = try network(["nodes": ["seed": 1, "relay": 2]], engine: .simulator)
        #expect(
            small.manifest.nodes.map(\.address)
                == ["127.1.0.1:3001", "127.2.0.1:3001", "127.2.0.2:3001"]
        )
        #expect(small.manifest.engine == .simulator)
    }

    @Test func `the manifest has the names of faults, if there are any`() throws {
        #expect(try network(["nodes": ["relay": 2]]).manifest.faults == nil)
        let manifest = try network([
            "nodes": ["relay": 2],
            "faults": [
                ["at": "1s", "name": "x", "kill": "relay"], ["at": "1s", "stop": "relay"],
            ],
        ]).manifest
        #expect(manifest.faults == ["x", "fault-2"])
        #expect(manifest.document["faults"]?.items?.map(\.string) == ["x", "fault-2"])
    }
}

import Testing
import WarrenNode
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

private let id1 = "139e3940e64b5491722088d9a0d741628fc826e0"

struct TopologyFileTests {
    private func read(_ document: Document) throws(DocumentErrors) -> Topology.File {
        try Topology.read(document.numbered(), file: "topology.json")
    }

    private func complaints(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try read(document)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    /// The example with every field of O§1.2, and an `id`.
    static let full: Document = [
        "localRoots": [
            [
                "accessPoints": [
                    ["address": "10.0.0.2", "port": 3001, "id": .text(id1)],
                    ["address": "relay.example.org", "port": 3001],
                    ["address": "_cardano._tcp.pool.example.org"],
                ],
                "advertise": false, "trustable": true, "hotValency": 2, "warmValency": 3,
                "behindFirewall": false, "diffusionMode": "InitiatorAndResponder",
            ]
        ],
        "publicRoots": [
            ["accessPoints": [["address": "198.51.100.7", "port": 3001]], "advertise": false]
        ],
        "bootstrapPeers": [["address": "backbone.example.org", "port": 3001]],
        "useLedgerAfterSlot": 185_500_763,
        "peerSnapshotFile": "peer-snapshot.json",
    ]

    @Test func `Cardano's current form is read field by field`() throws {
        let topology = try read(Self.full).topology
        let group = try #require(topology.localRoots.first)
        #expect(topology.localRoots.count == 1)
        #expect(
            group.accessPoints.map(\.description) == [
                "\(id1)@10.0.0.2:3001", "relay.example.org:3001", "_cardano._tcp.pool.example.org",
            ]
        )
        #expect(!group.advertise)
        #expect(group.trustable)
        #expect(group.hotValency == 2)
        #expect(group.warmValency == 3)
        #expect(!group.behindFirewall)
        #expect(
            topology.publicRoots.first?.accessPoints.map(\.description) == ["198.51.100.7:3001"]
        )
        #expect(topology.bootstrapPeers?.map(\.description) == ["backbone.example.org:3001"])
        #expect(topology.useLedgerAfterSlot == 185_500_763)
        #expect(topology.peerSnapshotFile == "peer-snapshot.json")
    }

    @Test func `what is written is read back`() throws {
        var topology = try read(Self.full).topology
        #expect(try read(topology.document).topology == topology)
        topology.localRoots[0].behindFirewall = true
        topology.localRoots[0].diffusionMode = .initiatorOnly
        topology.bootstrapPeers = nil
        topology.useLedgerAfterSlot = nil
        #expect(try read(topology.document).topology == topology)
    }

    // MARK: - The templates shipped upstream (O§1.4)

    private static let emptyGroup: Document = [
        "accessPoints": [], "advertise": false, "trustable": false, "valency": 1,
    ]
    private static let emptyRoots: Document = ["accessPoints": [], "advertise": false]

    @Test func `the mainnet template loads unchanged`() throws {
        let file = try read([
            "bootstrapPeers": [
                ["address": "backbone.cardano.iog.io", "port": 3001],
                ["address": "backbone.mainnet.cardanofoundation.org", "port": 3001],
                ["address": "backbone.mainnet.emurgornd.com", "port": 3001],
            ],
            "localRoots": [Self.emptyGroup], "peerSnapshotFile": "mainnet-peer-snapshot.json",
            "publicRoots": [Self.emptyRoots], "useLedgerAfterSlot": 185_500_763,
        ])
        #expect(file.warnings.isEmpty)
        #expect(file.topology.bootstrapPeers?.count == 3)
        #expect(file.topology.localRoots.map(\.hotValency) == [1])
        #expect(file.topology.localRoots.map(\.warmValency) == [1])
    }

    @Test func `the empty testnet template loads unchanged`() throws {
        let file = try read([
            "localRoots": [Self.emptyGroup], "publicRoots": [Self.emptyRoots],
            "useLedgerAfterSlot": -1,
        ])
        #expect(file.topology.bootstrapPeers == nil)
        #expect(file.topology.useLedgerAfterSlot == -1)
    }

    @Test func `the template of cardano-testnet loads unchanged`() throws {
        let file = try read([
            "localRoots": [
                [
                    "accessPoints": [
                        ["address": "127.0.0.1", "port": 3001],
                        ["address": "127.0.0.1", "port": 3002],
                    ],
                    "advertise": false, "trustable": false, "hotValency": 2, "warmValency": 2,
                ]
            ],
            "publicRoots": [Self.emptyRoots],
        ])
        #expect(file.topology.localRoots.first?.accessPoints.count == 2)
        #expect(file.topology.useLedgerAfterSlot == nil)
    }

    // MARK: - Older forms (O§1.5)

    @Test func `the first P2P form becomes the current one`() throws {
        let point: Document = ["address": "10.0.0.2", "port": 3001]
        let topology = try read([
            "LocalRoots": [
                "groups": [
                    ["localRoots": ["accessPoints": [point], "advertise": true], "valency": 2]
                ]
            ],
            "PublicRoots": [["publicRoots": ["accessPoints": [point], "advertise": false]]],
            "useLedgerAfterSlot": 0,
        ]).topology
        let group = try #require(topology.localRoots.first)
        #expect(group.hotValency == 2)
        #expect(group.warmValency == 2)
        #expect(group.advertise)
        #expect(!group.trustable)
        #expect(group.accessPoints.map(\.description) == ["10.0.0.2:3001"])
        #expect(topology.publicRoots.count == 1)
        #expect(topology.bootstrapPeers == nil)
        #expect(topology.useLedgerAfterSlot == 0)
        #expect(topology.document["localRoots"] != nil)
        #expect(try read(topology.document).topology == topology)
    }

    @Test func `each legacy producer becomes a group of one`() throws {
        let topology = try read([
            "Producers": [
                ["addr": "1.2.3.4", "port": 3001, "valency": 1],
                ["addr": "1.2.3.5", "port": 3001, "valency": 7],
                ["addr": "1.2.3.6", "port": 3001, "valency": 0],
                ["addr": "relays.example.org", "port": 3001, "valency": 3],
            ]
        ]).topology
        #expect(
            topology.localRoots.map { $0.accessPoints.map(\.description) } == [
                ["1.2.3.4:3001"], ["1.2.3.5:3001"], ["relays.example.org:3001"],
            ]
        )
        #expect(topology.localRoots.map(\.hotValency) == [1, 1, 3])
        #expect(topology.localRoots.map(\.warmValency) == [1, 1, 3])
    }

    @Test func `a node set-up is read if it is the only one`() throws {
        let setup: Document = [
            "nodeId": 0, "nodeIPv4Address": "127.0.0.1", "nodeIPv6Address": Document(.null),
            "producers": [["addr": "1.2.3.4", "port": 3001, "valency": 1]], "useLedgerAfterSlot": 5,
        ]
        let file = try read([setup])
        #expect(file.topology.localRoots.count == 1)
        #expect(file.topology.useLedgerAfterSlot == 5)
        #expect(file.warnings.isEmpty)
        #expect(
            complaints([setup, setup]) == [
                "topology.json:1: the topology is a list of 2 node set-ups: "
                    + "expected the topology of one node: keep the entry of this node alone"
            ]
        )
    }

    // MARK: - Rules

    private func withPoint(_ point: Document) -> Document {
        [
            "localRoots": [["accessPoints": [point], "hotValency": 1]], "publicRoots": [],
        ]
    }

    @Test(arguments: [
        (
            "0.0.0.0",
            "'address' is '0.0.0.0', which nobody can dial: expected the address of one node"
        ),
        ("::", "'address' is '::', which nobody can dial: expected the address of one node"),
        ("300.1.1.1", "'address' is '300.1.1.1': expected an IP address or a host name"),
        ("a b", "'address' is 'a b': expected an IP address or a host name"),
        ("", "'address' is '': expected an IP address or a host name"),
    ])
    func `an address that cannot be dialed is refused`(address: String, message: String) {
        let document = withPoint(["address": .text(address), "port": 3001])
        #expect(complaints(document) == ["topology.json:5: \(message)"])
    }

    @Test func `only an SRV name may leave out the port`() {
        #expect(complaints(withPoint(["address": "_x._tcp.example.org"])).isEmpty)
        #expect(
            complaints(withPoint(["address": "10.0.0.1"]))
                == ["topology.json:5: the address '10.0.0.1' has no 'port'"]
        )
        #expect(complaints(withPoint(["address": "10.0.0.1", "port": 65_535])).isEmpty)
        #expect(
            complaints(withPoint(["address": "10.0.0.1", "port": 65_536])) == [
                "topology.json:6: 'port' is 65536: expected a whole number from 0 to 65535"
            ]
        )
    }

    @Test func `both lists of roots are required, as upstream`() {
        #expect(
            complaints([:]) == [
                "topology.json:1: the topology has no 'localRoots'",
                "topology.json:1: the topology has no 'publicRoots'",
            ]
        )
    }

    @Test func `a group needs a valency, and of two the older key wins`() throws {
        #expect(
            complaints([
                "localRoots": [["accessPoints": [], "warmValency": 1]], "publicRoots": [],
            ]) == ["topology.json:2: a local root group has no 'hotValency'"]
        )
        let file = try read([
            "localRoots": [["accessPoints": [], "valency": 1, "hotValency": 3]], "publicRoots": [],
        ])
        #expect(file.topology.localRoots.first?.hotValency == 1)
    }

    @Test func `an empty list of bootstrap peers needs somebody to trust`() throws {
        var document = withPoint(["address": "10.0.0.1", "port": 1])
        document["bootstrapPeers"] = []
        #expect(complaints(document).count == 1)
        document["localRoots"] = [
            [
                "accessPoints": [["address": "10.0.0.1", "port": 1]], "hotValency": 1,
                "trustable": true,
            ]
        ]
        #expect(try read(document).topology.bootstrapPeers == [])
        document["bootstrapPeers"] = Document(.null)
        #expect(try read(document).topology.bootstrapPeers == nil)
    }

    @Test func `a snapshot file without ledger peers, and unknown keys, are warned of`() throws {
        let file = try read([
            "localRoots": [], "publicRoots": [], "peerSnapshotFile": "x.json", "localRoot": [],
        ])
        #expect(
            file.warnings.map(\.description) == [
                "topology.json:4: unknown key 'localRoot': did you mean 'localRoots'?",
                "topology.json:3: 'peerSnapshotFile' is not used, because ledger peers are off: "
                    + "set 'useLedgerAfterSlot' to turn them on",
            ]
        )
    }

    @Test(arguments: [("1.9", Int64(1)), ("-0.5", -1), ("-2.0", -2)])
    func `a slot with a fraction is floored`(text: String, slot: Int64) throws {
        let file = try read([
            "localRoots": [], "publicRoots": [], "useLedgerAfterSlot": Document(.decimal(text)),
        ])
        #expect(file.topology.useLedgerAfterSlot == slot)
    }

    @Test func `a file has as many access points as the limit, and no more`() {
        func document(_ count: Int) -> Document {
            let point: Document = ["address": "10.0.0.1", "port": 1]
            return [
                "localRoots": [
                    [
                        "accessPoints": .list([Document](repeating: point, count: count - 1)),
                        "hotValency": 1,
                    ]
                ],
                "publicRoots": [["accessPoints": [point]]],
            ]
        }
        #expect(complaints(document(Topology.accessPointLimit)).isEmpty)
        #expect(complaints(document(Topology.accessPointLimit + 1)).count == 1)
    }

    @Test func `mutated topologies do no harm, and what loads is written and read back`() {
        let point: Document = ["address": "10.0.0.2", "port": 3001]
        let forms: [Document] = [
            Self.full,
            [
                "LocalRoots": [
                    "groups": [["localRoots": ["accessPoints": [point]], "valency": 2]]
                ],
                "PublicRoots": [["publicRoots": ["accessPoints": [point], "advertise": false]]],
            ],
            ["Producers": [["addr": "relays.example.org", "port": 3001, "valency": 3]]],
            [["producers": [["addr": "1.2.3.4", "port": 3001, "valency": 1]]]],
        ]
        var random = Random(seed: 0x5EED)
        for round in 0..<FuzzCount.value {
            let document = forms[round % forms.count].mutated(&random)
            guard let file = try? Topology.read(document, file: "x") else { continue }
            let again = try? Topology.read(file.topology.document, file: "x")
            #expect(again?.topology == file.topology)
        }
    }
}

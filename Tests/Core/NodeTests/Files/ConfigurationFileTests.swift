import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

private let id1 = "139e3940e64b5491722088d9a0d741628fc826e0"
private let id2 = "56475aa75463474c0285df5dbf2bcab73da65135"

struct ConfigurationFileTests {
    private func read(
        _ document: Document,
        lenient: Bool = false
    ) throws(DocumentErrors) -> NodeConfiguration.File {
        try NodeConfiguration.read(document.numbered(), file: "config.json", lenient: lenient)
    }

    private func complaints(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try read(document)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    /// Every key with a value that is not the default.
    static let full: Document = [
        "EnableP2P": false, "TargetNumberOfRootPeers": 5, "TargetNumberOfKnownPeers": 20,
        "TargetNumberOfEstablishedPeers": 8, "TargetNumberOfActivePeers": 4,
        "TargetNumberOfKnownBigLedgerPeers": 3, "TargetNumberOfEstablishedBigLedgerPeers": 2,
        "TargetNumberOfActiveBigLedgerPeers": 1, "PeerSharing": false,
        "SyncTargetNumberOfRootPeers": 1, "SyncTargetNumberOfKnownPeers": 77,
        "SyncTargetNumberOfEstablishedPeers": 9, "SyncTargetNumberOfActivePeers": 6,
        "SyncTargetNumberOfKnownBigLedgerPeers": 88,
        "SyncTargetNumberOfEstablishedBigLedgerPeers": 33,
        "SyncTargetNumberOfActiveBigLedgerPeers": 22, "MinBigLedgerPeersForTrustedState": 3,
        "ConsensusMode": "GenesisMode", "LedgerState": "tooOld",
        "DiffusionMode": "InitiatorOnly",
        "AcceptedConnectionsLimit": ["hardLimit": 100, "softLimit": 50, "delay": 2],
        "ProtocolIdleTimeout": 7, "ListenAddress": "tcp://127.2.0.1:3001",
        "ExternalAddress": "relay.example.org:3001",
        "Seeds": .text("\(id1)@127.1.0.1:3001, seed.example.org:3001,"),
        "PersistentPeers": [.text("\(id2)@[fd00::1]:3001")], "UnconditionalPeers": [.text(id1)],
        "PrivatePeerIDs": [.text(id2)], "MaxNumInboundPeers": 41, "MaxNumOutboundPeers": 11,
        "SendRate": 1, "RecvRate": 2, "FlushThrottleTimeout": "20ms",
        "MaxPacketMsgPayloadSize": 2048, "AddrBookStrict": false, "AllowDuplicateIP": true,
        "HandshakeTimeout": "1.5s", "DialTimeout": Document(.decimal("2.5")), "NetworkID": "test-1",
        "Role": "block-producer", "Moniker": "relay-1", "AdminAddress": "127.2.0.1:3101",
        "PeerManager": "ensure-peers", "Routing": true, "Pace": 60, "Links": [:],
        "DNSSeeds": ["_warren._tcp.example.org", "seeds.example.org:3001"],
        "DNSServers": "127.0.0.1:5353, fd00::1",
        "KeepAliveInterval": "3s", "AddrBookMax": 500, "FaultInjection": false,
        "PingInterval": 30, "PongTimeout": "10s", "PersistentPeersMaxDialPeriod": "1m",
        "TimeWaitTimeout": "2m",
    ]

    @Test func `every key says what it is said to say`() throws {
        let configuration = try read(Self.full).configuration
        #expect(configuration.enablesP2P == false)
        #expect(
            configuration.targets
                == Targets(
                    root: 5,
                    known: 20,
                    established: 8,
                    active: 4,
                    knownBigLedger: 3,
                    establishedBigLedger: 2,
                    activeBigLedger: 1
                )
        )
        #expect(
            configuration.syncTargets
                == Targets(
                    root: 1,
                    known: 77,
                    established: 9,
                    active: 6,
                    knownBigLedger: 88,
                    establishedBigLedger: 33,
                    activeBigLedger: 22
                )
        )
        #expect(configuration.trustedBigLedgerLimit == 3)
        #expect(configuration.consensusMode == .genesis)
        #expect(configuration.ledgerState == .tooOld)
        #expect(configuration.peerManager == .ensurePeers)
        #expect(configuration.routing == true)
        #expect(configuration.peerSharing == false)
        #expect(configuration.diffusionMode == .initiatorOnly)
        #expect(configuration.acceptedConnections.hard == 100)
        #expect(configuration.acceptedConnections.soft == 50)
        #expect(configuration.acceptedConnections.delay == .seconds(2))
        #expect(configuration.protocolIdleTimeout == .seconds(7))
        #expect(configuration.timeWaitTimeout == .seconds(120))
        #expect(configuration.listenAddress.description == "127.2.0.1:3001")
        #expect(configuration.adminAddress.description == "127.2.0.1:3101")
        #expect(configuration.externalAddress == "relay.example.org:3001")
        #expect(
            configuration.seeds.map(\.description)
                == ["\(id1)@127.1.0.1:3001", "seed.example.org:3001"]
        )
        #expect(
            configuration.dnsSeeds == [
                .init(host: .name("_warren._tcp.example.org"), port: nil),
                .init(host: .name("seeds.example.org"), port: 3001),
            ]
        )
        #expect(
            configuration.dnsServers.map(\.description) == ["127.0.0.1:5353", "[fd00::1]:53"]
        )
        #expect(configuration.persistentPeers.map(\.description) == ["\(id2)@[fd00::1]:3001"])
        #expect(configuration.unconditionalPeers.map(\.description) == [id1])
        #expect(configuration.privatePeerIDs.map(\.description) == [id2])
        #expect(configuration.inboundLimit == 41)
        #expect(configuration.outboundLimit == 11)
        #expect(configuration.sendRate == 1)
        #expect(configuration.receiveRate == 2)
        #expect(configuration.flushThrottle == .milliseconds(20))
        #expect(configuration.packetPayloadLimit == 2048)
        #expect(configuration.addressBookStrict == false)
        #expect(configuration.addressBookLimit == 500)
        #expect(configuration.allowsDuplicateIP)
        #expect(configuration.handshakeTimeout == .milliseconds(1500))
        #expect(configuration.dialTimeout == .milliseconds(2500))
        #expect(configuration.network == "test-1")
        #expect(configuration.role == .blockProducer)
        #expect(configuration.moniker == "relay-1")
        #expect(configuration.pace == 60)
        #expect(configuration.keepAliveInterval == .seconds(3))
        #expect(configuration.pingInterval == .seconds(30))
        #expect(configuration.pongTimeout == .seconds(10))
        #expect(configuration.persistentDialPeriodLimit == .seconds(60))
    }

    @Test func `an empty file is the default configuration`() throws {
        #expect(try read([:]).configuration == NodeConfiguration())
    }

    @Test func `a block producer has upstream's targets for one`() throws {
        let configuration = try read(["Role": "block-producer"]).configuration
        #expect(
            configuration.targets
                == Targets(
                    root: 100,
                    known: 100,
                    established: 30,
                    active: 20,
                    knownBigLedger: 15,
                    establishedBigLedger: 10,
                    activeBigLedger: 5
                )
        )
        #expect(configuration.sharesPeers == false)
    }

    @Test func `what is written is read back`() throws {
        let changed = try read(Self.full).configuration
        for configuration in [NodeConfiguration(), changed] {
            let again = try read(configuration.document).configuration
            #expect(again == configuration)
        }
    }

    @Test func `a token has a length that is hard to guess, and no error repeats it`() throws {
        func token(_ count: Int) -> Document { .text(String(repeating: "s", count: count)) }
        let limits = NodeConfiguration.adminTokens
        for count in [limits.lowerBound, limits.upperBound] {
            let read = try read(["AdminToken": token(count)]).configuration
            #expect(read.adminToken?.utf8.count == count)
            #expect(try self.read(read.document).configuration == read)
        }
        for wrong in [
            token(limits.lowerBound - 1), token(limits.upperBound + 1),
            "sss sss sss sss sss", "sssssssssssssssß",
        ] {
            let complaints = complaints(["AdminToken": wrong])
            #expect(complaints.count == 1)
            #expect(complaints.first?.contains("'AdminToken' is a text of") == true)
            #expect(complaints.first?.contains("sss") == false)
        }
    }

    @Test func `SeedMode makes a seed`() throws {
        #expect(try read(["SeedMode": true]).configuration.role == .seed)
        #expect(try read(["SeedMode": false]).configuration.role == .relay)
        #expect(
            complaints(["Role": "relay", "SeedMode": true]) == [
                "config.json:2: 'SeedMode' is true but 'Role' is 'relay': leave out one of them"
            ]
        )
    }

    struct Wrong: Sendable {
        let document: Document
        let message: String
        init(_ document: Document, _ message: String) {
            self.document = document
            self.message = message
        }
    }

    static let wrong: [Wrong] = [
        Wrong(
            ["TargetNumberOfActivePeer": 3],
            "config.json:1: unknown key 'TargetNumberOfActivePeer': "
                + "did you mean 'TargetNumberOfActivePeers'?"
        ),
        Wrong(["Pace": 0], "config.json:1: 'Pace' is 0: expected a whole number from 1 to 1000000"),
        Wrong(
            ["Role": "rely"],
            "config.json:1: 'Role' is 'rely': expected relay, block-producer or seed: "
                + "did you mean 'relay'?"
        ),
        Wrong(
            ["ListenAddress": "relay-1:3001"],
            "config.json:1: 'ListenAddress' is 'relay-1:3001': "
                + "expected an IP address with a port, such as 127.0.0.1:3001"
        ),
        Wrong(
            ["PrivatePeerIDs": ["abc"]],
            "config.json:2: 'PrivatePeerIDs' has 'abc': expected a node id of 40 hex digits"
        ),
        Wrong(
            ["TargetNumberOfEstablishedPeers": 3, "TargetNumberOfActivePeers": 4],
            "config.json:2: 'TargetNumberOfActivePeers' is 4, above "
                + "'TargetNumberOfEstablishedPeers' at 3: "
                + "expected active ≤ established ≤ known, and root ≤ known"
        ),
        Wrong(
            ["TargetNumberOfActivePeers": 101],
            "config.json:1: 'TargetNumberOfActivePeers' is 101: "
                + "expected a whole number from 0 to 100"
        ),
        Wrong(
            ["SyncTargetNumberOfActivePeers": 11],
            "config.json:1: 'SyncTargetNumberOfActivePeers' is 11, above "
                + "'SyncTargetNumberOfEstablishedPeers' at 10: "
                + "expected active ≤ established ≤ known, and root ≤ known"
        ),
        Wrong(
            ["MinBigLedgerPeersForTrustedState": 101],
            "config.json:1: 'MinBigLedgerPeersForTrustedState' is 101: "
                + "expected a whole number from 0 to 100"
        ),
        Wrong(
            ["ConsensusMode": "Praos"],
            "config.json:1: 'ConsensusMode' is 'Praos': expected PraosMode or GenesisMode"
        ),
        Wrong(
            ["Role": "seed", "EnableP2P": false],
            "config.json:2: 'EnableP2P' is false but 'Role' is 'seed': leave out one of them"
        ),
        Wrong(
            ["DNSSeeds": ["127.0.0.1:3001"]],
            "config.json:2: 'DNSSeeds' has '127.0.0.1:3001': expected a name with a port, such as "
                + "seeds.example.org:3001, or an SRV name without, such as _warren._tcp.example.org"
        ),
        Wrong(
            ["DNSServers": ["ns.example.org:53"]],
            "config.json:2: 'DNSServers' has 'ns.example.org:53': expected an IP address, with a "
                + "port unless it is 53, such as 127.0.0.1:5353"
        ),
        Wrong(
            ["DNSServers": "127.0.0.1:0"],
            "config.json:1: 'DNSServers' has '127.0.0.1:0': expected an IP address, with a "
                + "port unless it is 53, such as 127.0.0.1:5353"
        ),
        Wrong(
            ["Links": ["eu-us": [:]]],
            "config.json:1: 'Links' is a map: expected a list"
        ),
        Wrong(
            ["FaultInjection": true],
            "config.json:1: 'FaultInjection' is true: not supported yet: leave it out"
        ),
        Wrong(
            ["HandshakeTimeout": "soon"],
            "config.json:1: 'HandshakeTimeout' is 'soon': "
                + "expected a duration such as 15s, 1.5m or 250ms, or a number of seconds"
        ),
        Wrong(
            ["AcceptedConnectionsLimit": ["hardLimit": 1, "softLimit": 2]],
            "config.json:1: 'softLimit' is 2, above 'hardLimit' at 1: expected softLimit ≤ hardLimit"
        ),
        Wrong(
            ["Moniker": " "],
            "config.json:1: 'Moniker' is ' ': expected 1 to 255 printable ASCII characters"
        ),
        Wrong(
            ["PingInterval": 30],
            "config.json:1: 'PongTimeout' is 45s, not below 'PingInterval' at 30s: "
                + "expected a pong before the next ping"
        ),
        Wrong(
            ["PingInterval": 30, "PongTimeout": 30],
            "config.json:2: 'PongTimeout' is 30s, not below 'PingInterval' at 30s: "
                + "expected a pong before the next ping"
        ),
        Wrong([1], "config.json:1: the configuration is a list: expected a map of keys and values"),
    ]

    @Test(arguments: wrong)
    func `what is wrong is named with its line`(wrong: Wrong) {
        #expect(complaints(wrong.document) == [wrong.message])
    }

    @Test func `a network id has as many letters as the limit, and no more`() {
        let limit = NodeConfiguration.networkIDLimit
        let right = String(repeating: "n", count: limit)
        #expect(complaints(["NetworkID": .text(right)]).isEmpty)
        #expect(complaints(["NetworkID": .text(right + "n")]).count == 1)
    }

    @Test func `lists for DNS are as long as their limits, and no longer`() {
        for (key, item, limit) in [
            ("DNSSeeds", "seeds.test", NodeConfiguration.dnsSeedLimit),
            ("DNSServers", "127.0.0.1", NodeConfiguration.dnsServerLimit),
        ] {
            let right = [Document](repeating: .text(item), count: limit)
            #expect(complaints(.map([.init(key, .list(right))])).isEmpty)
            #expect(complaints(.map([.init(key, .list(right + [.text(item)]))])).count == 1)
        }
    }

    @Test func `a list of peers is as long as the limit, and no longer`() {
        let right = [Document](repeating: .text(id1), count: NodeConfiguration.listLimit)
        #expect(complaints(["UnconditionalPeers": .list(right)]).isEmpty)
        #expect(complaints(["UnconditionalPeers": .list(right + [.text(id1)])]).count == 1)
    }

    @Test(arguments: O32.cases)
    func `targets are sane as upstream says`(key: String, limit: Int) {
        var document: Document = [
            "TargetNumberOfKnownPeers": 10_000, "TargetNumberOfEstablishedPeers": 1000,
            "TargetNumberOfKnownBigLedgerPeers": 10_000,
            "TargetNumberOfEstablishedBigLedgerPeers": 1000,
        ]
        document[key] = .number(limit)
        #expect(complaints(document).isEmpty)
        document[key] = .number(limit + 1)
        #expect(!complaints(document).isEmpty)
        document[key] = .number(-1)
        #expect(!complaints(document).isEmpty)
    }

    /// Source: O§3.2.
    enum O32 {
        static let cases = [
            ("TargetNumberOfRootPeers", 10_000), ("TargetNumberOfKnownPeers", 10_000),
            ("TargetNumberOfEstablishedPeers", 1000), ("TargetNumberOfActivePeers", 100),
            ("TargetNumberOfKnownBigLedgerPeers", 10_000),
            ("TargetNumberOfEstablishedBigLedgerPeers", 1000),
            ("TargetNumberOfActiveBigLedgerPeers", 100),
        ]
    }

    @Test func `a Cardano node's file loads, and what is not ours becomes a warning`() throws {
        let file = try read([
            "Protocol": "Cardano", "ByronGenesisFile": "byron-genesis.json", "PeerSharing": true,
            "TargetNumberOfActivePeers": 15, "TraceOptions": ["": ["severity": "Notice"]],
            "TargetNumberOfRootPeer": 1, "ConsensusMode": "PraosMode",
        ])
        #expect(file.configuration.targets.active == 15)
        #expect(
            file.warnings.map(\.description) == [
                "config.json:1: unknown key 'Protocol'",
                "config.json:2: unknown key 'ByronGenesisFile'",
                "config.json:5: unknown key 'TraceOptions'",
                "config.json:8: unknown key 'TargetNumberOfRootPeer': "
                    + "did you mean 'TargetNumberOfRootPeers'?",
            ]
        )
    }

    @Test func `a lenient reading warns of unknown keys and still refuses wrong values`() throws {
        #expect(try read(["Pacee": 1], lenient: true).warnings.count == 1)
        #expect(throws: DocumentErrors.self) { try read(["Pace": -1], lenient: true) }
    }

    @Test func `mutated configurations do no harm, and what loads is written and read back`() {
        var random = Random(seed: 0x5EED)
        for _ in 0..<FuzzCount.value {
            let document = Self.full.mutated(&random)
            guard let file = try? NodeConfiguration.read(document, file: "x") else { continue }
            let configuration = file.configuration
            let again = try? NodeConfiguration.read(configuration.document, file: "x")
            #expect(again?.configuration == configuration)
        }
    }
}

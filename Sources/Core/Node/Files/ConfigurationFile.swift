import WarrenObservation
import WarrenPeering
package import WarrenPrimitives

extension NodeConfiguration {
    /// A configuration file as read, with what a lenient reading only warns of.
    package struct File: Hashable, Sendable {
        package var configuration: NodeConfiguration
        package var warnings: [DocumentError]
    }

    /// Peers in one list of the file; a list is typed by hand or generated for one network.
    package static let listLimit = 10_000
    /// Names of seeds; each may have up to 64 addresses.
    package static let dnsSeedLimit = 64
    /// Servers that a lookup may try; more than it has time for help nobody.
    package static let dnsServerLimit = 8
    /// Letters of `NetworkID`: CometBFT's limit on chain ids.
    package static let networkIDLimit = 50

    /// Reads `config.json`.
    ///
    /// Keys are Cardano's (O§1.7) and those of CometBFT's p2p specification (C§9) beside our own
    /// (design §6). Unknown keys are errors; `lenient`, implied by the keys `Protocol` and
    /// `ByronGenesisFile` of a real Cardano node's file, makes them warnings.
    package static func read(
        _ document: Document,
        file: String,
        lenient: Bool = false
    ) throws(DocumentErrors) -> File {
        let foreign = document["Protocol"] != nil || document["ByronGenesisFile"] != nil
        var reader = MapReader(
            document,
            as: "the configuration",
            problems: DocumentProblems(file: file)
        )
        let configuration = read(&reader)
        reader.finish(lenient: lenient || foreign)
        try reader.problems.check()
        return File(configuration: configuration, warnings: reader.problems.warnings)
    }

    private static func read(_ reader: inout MapReader) -> NodeConfiguration {
        var configuration = NodeConfiguration()
        configuration.readIdentity(&reader)
        configuration.readTargets(&reader)
        configuration.readGovernance(&reader)
        configuration.readPeers(&reader)
        configuration.readTransport(&reader)
        configuration.readLinks(&reader)
        readUnbuilt(&reader)
        return configuration
    }

    /// Every key that may stand in `config.json`, in the order in which they are read.
    package static var keys: [String] {
        var reader = MapReader(
            Document(.map([])),
            as: "the configuration",
            problems: DocumentProblems(file: "")
        )
        _ = read(&reader)
        return reader.knownKeys
    }

    // MARK: - Who and where

    private mutating func readIdentity(_ reader: inout MapReader) {
        if let found = reader.optional("NetworkID") {
            network = reader.withProblems { $0.networkID(found, named: "NetworkID") } ?? network
        }
        role = reader.word("Role") ?? role
        if let place = reader.optional("SeedMode"),
            let isSeed = reader.withProblems({ $0.bool(place, named: "SeedMode") })
        {
            reconcile(seedMode: isSeed, at: place, &reader)
        }
        moniker = readMoniker(&reader) ?? moniker
        if let found = reader.optional("ListenAddress") {
            listenAddress =
                reader.withProblems { $0.socket(found, named: "ListenAddress") } ?? listenAddress
        }
        if let found = reader.optional("AdminAddress") {
            adminAddress =
                reader.withProblems { $0.socket(found, named: "AdminAddress") } ?? adminAddress
        }
        adminToken = readAdminToken(&reader)
        if let found = reader.optional("ExternalAddress"), found.string != "" {
            externalAddress = reader.withProblems {
                $0.endpoint(found, named: "ExternalAddress")?.description
            }
        }
    }

    private mutating func reconcile(
        seedMode: Bool,
        at place: Document,
        _ reader: inout MapReader
    ) {
        let saysRole = reader.keys.contains("Role")
        switch (seedMode, saysRole) {
        case (true, false): role = .seed
        case (true, true) where role != .seed, (false, true) where role == .seed:
            reader.withProblems {
                $0.add(
                    at: place,
                    "'SeedMode' is \(seedMode) but 'Role' is '\(role.rawValue)'",
                    hint: "leave out one of them"
                )
            }
        case (true, true), (false, true), (false, false): break
        }
    }

    /// A moniker travels in NodeInfo, whose texts are printable ASCII (C§3.2).
    private func readMoniker(_ reader: inout MapReader) -> String? {
        guard let found = reader.optional("Moniker"),
            let text = reader.withProblems({ $0.string(found, named: "Moniker") })
        else { return nil }
        let isPrintable = text.utf8.allSatisfy { (32...126).contains($0) }
        let isBlank = text.utf8.allSatisfy { $0 == 32 }
        guard isPrintable, !isBlank, text.utf8.count <= 255 else {
            reader.withProblems {
                $0.add(
                    at: found,
                    "'Moniker' is \(found.spoken)",
                    expected: "1 to 255 printable ASCII characters"
                )
            }
            return nil
        }
        return text
    }

    /// Letters of `AdminToken`: too many to guess, and few enough for a header.
    package static let adminTokens = 16...128

    private func readAdminToken(_ reader: inout MapReader) -> String? {
        guard let found = reader.optional("AdminToken"),
            let text = reader.withProblems({ $0.string(found, named: "AdminToken") })
        else { return nil }
        let isVisible = text.utf8.allSatisfy { (33...126).contains($0) }
        guard isVisible, Self.adminTokens.contains(text.utf8.count) else {
            // What it is stays out of the error: errors are logged.
            reader.withProblems {
                $0.add(
                    at: found,
                    "'AdminToken' is a text of \(text.utf8.count) bytes",
                    expected: "\(Self.adminTokens.lowerBound) to \(Self.adminTokens.upperBound) "
                        + "printable ASCII characters without blanks"
                )
            }
            return nil
        }
        return text
    }

    // MARK: - How it behaves

    private mutating func readGovernance(_ reader: inout MapReader) {
        peerManager = reader.word("PeerManager") ?? peerManager
        readEnabling(&reader)
        consensusMode = reader.word("ConsensusMode") ?? consensusMode
        ledgerState = reader.word("LedgerState") ?? ledgerState
        pace = reader.integer("Pace", in: 1...1_000_000) ?? pace
        diffusionMode = reader.word("DiffusionMode") ?? diffusionMode
        peerSharing = reader.bool("PeerSharing")
        routing = reader.bool("Routing")
        let limits = reader.map("AcceptedConnectionsLimit") { reader in
            var limits = AcceptedConnectionsLimit()
            limits.hard = reader.integer("hardLimit", in: 1...1_000_000) ?? limits.hard
            limits.soft = reader.integer("softLimit", in: 0...1_000_000) ?? limits.soft
            limits.delay = reader.duration("delay", in: .zero ... .seconds(3600)) ?? limits.delay
            if limits.soft > limits.hard {
                let place = reader.place
                reader.withProblems {
                    $0.add(
                        at: place,
                        "'softLimit' is \(limits.soft), above 'hardLimit' at \(limits.hard)",
                        expected: "softLimit ≤ hardLimit"
                    )
                }
            }
            return limits
        }
        acceptedConnections = limits ?? acceptedConnections
        protocolIdleTimeout =
            reader.duration("ProtocolIdleTimeout", in: .zero ... .seconds(86_400))
            ?? protocolIdleTimeout
        timeWaitTimeout =
            reader.duration("TimeWaitTimeout", in: .zero ... .seconds(86_400)) ?? timeWaitTimeout
        keepAliveInterval =
            reader.duration("KeepAliveInterval", in: .milliseconds(10) ... .seconds(86_400))
            ?? keepAliveInterval
    }

    /// A seed's whole work is discovery, which there is none of without P2P.
    private mutating func readEnabling(_ reader: inout MapReader) {
        guard let found = reader.optional("EnableP2P"),
            let isEnabled = reader.withProblems({ $0.bool(found, named: "EnableP2P") })
        else { return }
        enablesP2P = isEnabled
        guard !isEnabled, role == .seed else { return }
        reader.withProblems {
            $0.add(
                at: found,
                "'EnableP2P' is false but 'Role' is 'seed'",
                hint: "leave out one of them"
            )
        }
    }

    // MARK: - Whom it knows

    private mutating func readPeers(_ reader: inout MapReader) {
        seeds = reader.peers("Seeds") { $0.accessPoint($1, named: "Seeds") } ?? seeds
        dnsSeeds =
            reader.peers("DNSSeeds", limit: NodeConfiguration.dnsSeedLimit) { $0.dnsSeed($1) }
            ?? dnsSeeds
        dnsServers =
            reader.peers("DNSServers", limit: NodeConfiguration.dnsServerLimit) {
                $0.dnsServer($1)
            } ?? dnsServers
        persistentPeers =
            reader.peers("PersistentPeers") { $0.peerAddress($1, named: "PersistentPeers") }
            ?? persistentPeers
        unconditionalPeers =
            reader.peers("UnconditionalPeers") { $0.nodeID($1, named: "UnconditionalPeers") }
            ?? unconditionalPeers
        privatePeerIDs =
            reader.peers("PrivatePeerIDs") { $0.nodeID($1, named: "PrivatePeerIDs") }
            ?? privatePeerIDs
        inboundLimit = reader.integer("MaxNumInboundPeers", in: 0...1_000_000) ?? inboundLimit
        outboundLimit = reader.integer("MaxNumOutboundPeers", in: 0...1_000_000) ?? outboundLimit
        addressBookStrict = reader.bool("AddrBookStrict") ?? addressBookStrict
        addressBookLimit = reader.integer("AddrBookMax", in: 1...1_000_000) ?? addressBookLimit
        allowsDuplicateIP = reader.bool("AllowDuplicateIP") ?? allowsDuplicateIP
    }

    // MARK: - How it talks

    private mutating func readTransport(_ reader: inout MapReader) {
        /// A terabyte a second is no limit to anyone.
        let rates = 0...1_000_000_000_000
        sendRate = reader.integer("SendRate", in: rates) ?? sendRate
        receiveRate = reader.integer("RecvRate", in: rates) ?? receiveRate
        flushThrottle =
            reader.duration("FlushThrottleTimeout", in: .zero ... .seconds(10)) ?? flushThrottle
        packetPayloadLimit =
            reader.integer("MaxPacketMsgPayloadSize", in: 1...1 << 20) ?? packetPayloadLimit
        let timeouts: ClosedRange<Duration> = .milliseconds(10) ... .seconds(3600)
        handshakeTimeout = reader.duration("HandshakeTimeout", in: timeouts) ?? handshakeTimeout
        dialTimeout = reader.duration("DialTimeout", in: timeouts) ?? dialTimeout
        pingInterval = reader.duration("PingInterval", in: timeouts) ?? pingInterval
        pongTimeout = reader.duration("PongTimeout", in: timeouts) ?? pongTimeout
        checkPong(&reader)
        persistentDialPeriodLimit =
            reader.duration("PersistentPeersMaxDialPeriod", in: .zero ... .seconds(86_400))
            ?? persistentDialPeriodLimit
    }

    /// A pong must be able to come before the next ping (C§4.4).
    private func checkPong(_ reader: inout MapReader) {
        guard pongTimeout >= pingInterval else { return }
        let said = reader.value("PongTimeout") ?? reader.value("PingInterval")
        reader.withProblems { [place = reader.place(or: said)] in
            $0.add(
                at: place,
                "'PongTimeout' is \(Quantity.spelled(pongTimeout)), not below 'PingInterval' at "
                    + Quantity.spelled(pingInterval),
                expected: "a pong before the next ping"
            )
        }
    }

    /// The links that hold before anybody says otherwise; none of them is cut.
    private mutating func readLinks(_ reader: inout MapReader) {
        // An empty map asks for nothing either.
        guard let found = reader.optional("Links"), found.entries?.isEmpty != true else { return }
        links = reader.withProblems { problems in
            problems.list(found, named: "Links", limit: LinkRules.baselineLimit) { item, problems in
                problems.map(item, as: "a link") { LinkRule.readQuality(&$0) }
            } ?? []
        }
    }

    /// Keys whose feature is to come: known, and accepted only with the value that asks for
    /// nothing.
    private static func readUnbuilt(_ reader: inout MapReader) {
        if let found = reader.optional("FaultInjection"), found.value != .bool(false) {
            reader.refuseUnbuilt("FaultInjection", found)
        }
    }
}

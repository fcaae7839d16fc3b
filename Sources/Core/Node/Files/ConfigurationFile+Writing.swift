import WarrenObservation
import WarrenPeering
package import WarrenPrimitives

extension NodeConfiguration {
    /// `config.json`: who, where and the targets always, everything else where it is not the
    /// default.
    ///
    /// Reading it back gives an equal configuration.
    package var document: Document {
        var entries: [Document.Entry] = [
            .init("NetworkID", .text(network)),
            .init("Role", .text(role.rawValue)),
            .init("Moniker", .text(moniker)),
            .init("ListenAddress", .text(listenAddress.description)),
        ]
        if let externalAddress { entries.append(.init("ExternalAddress", .text(externalAddress))) }
        entries.append(.init("AdminAddress", .text(adminAddress.description)))
        if let adminToken { entries.append(.init("AdminToken", .text(adminToken))) }
        entries.append(.init("PeerManager", .text(peerManager.rawValue)))
        entries.append(.init("PeerSharing", peerSharing.map { .flag($0) } ?? Document(.null)))
        if let routing { entries.append(.init("Routing", .flag(routing))) }
        entries.append(.init("Pace", .number(pace)))
        let usual = NodeConfiguration()
        for key in TargetKey.allCases {
            let value = targets[keyPath: key.path]
            let isBig = [.knownBig, .establishedBig, .activeBig].contains(key)
            if isBig, value == usual.targets[keyPath: key.path] { continue }
            entries.append(.init(key.rawValue, .number(value)))
        }
        for key in TargetKey.allCases
        where syncTargets[keyPath: key.path] != usual.syncTargets[keyPath: key.path] {
            entries.append(.init(key.syncKey, .number(syncTargets[keyPath: key.path])))
        }
        writePeers(unlike: usual, into: &entries)
        writeRest(unlike: usual, into: &entries)
        return .map(entries)
    }

    private func writePeers(unlike usual: Self, into entries: inout [Document.Entry]) {
        func list(_ key: String, _ items: [String]) {
            guard !items.isEmpty else { return }
            entries.append(.init(key, .list(items.map { .text($0) })))
        }
        list("Seeds", seeds.map(\.description))
        list("DNSSeeds", dnsSeeds.map(\.description))
        list("DNSServers", dnsServers.map(\.description))
        list("PersistentPeers", persistentPeers.map(\.description))
        list("UnconditionalPeers", unconditionalPeers.map(\.description))
        list("PrivatePeerIDs", privatePeerIDs.map(\.description))
        func number(_ key: String, _ path: KeyPath<Self, Int>) {
            guard self[keyPath: path] != usual[keyPath: path] else { return }
            entries.append(.init(key, .number(self[keyPath: path])))
        }
        func flag(_ key: String, _ path: KeyPath<Self, Bool>) {
            guard self[keyPath: path] != usual[keyPath: path] else { return }
            entries.append(.init(key, .flag(self[keyPath: path])))
        }
        number("MinBigLedgerPeersForTrustedState", \.trustedBigLedgerLimit)
        number("MaxNumInboundPeers", \.inboundLimit)
        number("MaxNumOutboundPeers", \.outboundLimit)
        number("AddrBookMax", \.addressBookLimit)
        flag("AddrBookStrict", \.addressBookStrict)
        flag("AllowDuplicateIP", \.allowsDuplicateIP)
        flag("EnableP2P", \.enablesP2P)
        number("SendRate", \.sendRate)
        number("RecvRate", \.receiveRate)
        number("MaxPacketMsgPayloadSize", \.packetPayloadLimit)
    }

    private func writeRest(unlike usual: Self, into entries: inout [Document.Entry]) {
        if consensusMode != usual.consensusMode {
            entries.append(.init("ConsensusMode", .text(consensusMode.rawValue)))
        }
        if ledgerState != usual.ledgerState {
            entries.append(.init("LedgerState", .text(ledgerState.rawValue)))
        }
        if diffusionMode != usual.diffusionMode {
            entries.append(.init("DiffusionMode", .text(diffusionMode.rawValue)))
        }
        if acceptedConnections != usual.acceptedConnections {
            let limits: [Document.Entry] = [
                .init("hardLimit", .number(acceptedConnections.hard)),
                .init("softLimit", .number(acceptedConnections.soft)),
                .init("delay", .text(Quantity.spelled(acceptedConnections.delay))),
            ]
            entries.append(.init("AcceptedConnectionsLimit", .map(limits)))
        }
        func duration(_ key: String, _ path: KeyPath<Self, Duration>) {
            guard self[keyPath: path] != usual[keyPath: path] else { return }
            entries.append(.init(key, .text(Quantity.spelled(self[keyPath: path]))))
        }
        duration("FlushThrottleTimeout", \.flushThrottle)
        duration("HandshakeTimeout", \.handshakeTimeout)
        duration("DialTimeout", \.dialTimeout)
        duration("PingInterval", \.pingInterval)
        duration("PongTimeout", \.pongTimeout)
        duration("KeepAliveInterval", \.keepAliveInterval)
        duration("PersistentPeersMaxDialPeriod", \.persistentDialPeriodLimit)
        duration("ProtocolIdleTimeout", \.protocolIdleTimeout)
        duration("TimeWaitTimeout", \.timeWaitTimeout)
        if !links.isEmpty {
            entries.append(.init("Links", .list(links.map { .map($0.entries) })))
        }
    }
}

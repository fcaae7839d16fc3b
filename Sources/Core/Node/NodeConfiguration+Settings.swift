import WarrenObservation
import WarrenPeering
package import WarrenPrimitives
import WarrenSwitch

// MARK: - What each machine is told of the configuration

extension NodeConfiguration {
    func isPrivate(_ id: NodeID) -> Bool { privatePeerIDs.contains(id) }

    /// What every connection is told, whoever runs it.
    package var wireTerms: WireTerms {
        var terms = WireTerms()
        terms.sendRate = sendRate
        terms.receiveRate = receiveRate
        terms.flushThrottle = flushThrottle
        terms.packetPayloadLimit = packetPayloadLimit
        terms.handshakeTimeout = handshakeTimeout
        terms.pingInterval = pingInterval
        terms.pongTimeout = pongTimeout
        return terms
    }

    func switchSettings(
        ownID: NodeID,
        persistent: [Switch.PersistentPeer]
    ) -> Switch.Settings {
        var settings = Switch.Settings(ownID: ownID)
        settings.inboundLimit = min(inboundLimit, acceptedConnections.hard)
        settings.outboundLimit = outboundLimit
        settings.allowsDuplicateIP = allowsDuplicateIP
        settings.unconditional = Set(unconditionalPeers)
        settings.persistent = persistent
        settings.persistentDialPeriodLimit = persistentDialPeriodLimit
        return settings
    }

    var connectionSettings: ConnectionManager.Settings {
        var settings = ConnectionManager.Settings()
        settings.hardLimit = acceptedConnections.hard
        settings.outboundIdleTimeout = protocolIdleTimeout
        settings.timeWaitTimeout = timeWaitTimeout / pace
        return settings
    }

    var inboundSettings: InboundGovernor.Settings {
        var settings = InboundGovernor.Settings()
        settings.idleTimeout = protocolIdleTimeout
        settings.maturityAge = settings.maturityAge / pace
        return settings
    }

    var governorSettings: Governor.Settings {
        var settings = Governor.Settings()
        settings.pace = pace
        settings.sharesPeers = sharesPeers
        settings.consensusMode = consensusMode
        settings.deadlineTargets = targets
        settings.syncTargets = syncTargets
        settings.minBigLedgerPeersForTrustedState = trustedBigLedgerLimit
        return settings
    }

    func bookSettings(ownID: NodeID) -> AddressBook.Settings {
        var settings = AddressBook.Settings(ownID: ownID)
        settings.isStrict = addressBookStrict
        settings.entryLimit = addressBookLimit
        settings.privateIDs = Set(privatePeerIDs)
        return settings
    }

    var lifecycleSettings: Lifecycle.Settings {
        var settings = Lifecycle.Settings(
            hello: Lifecycle.Hello(diffusionMode: diffusionMode, sharesPeers: sharesPeers)
        )
        settings.helloTimeout = handshakeTimeout
        settings.keepAliveInterval = keepAliveInterval
        return settings
    }

    var exchangeSettings: PeerExchange.Settings {
        var settings = PeerExchange.Settings()
        settings.isOn = enablesP2P
        settings.isSeed = role == .seed
        return settings
    }

    func routingSettings(ownID: NodeID) -> Routing.Settings {
        var settings = Routing.Settings(ownID: ownID)
        settings.isOn = isRouting
        settings.isStrict = addressBookStrict
        settings.privateIDs = Set(privatePeerIDs)
        settings.pace = pace
        return settings
    }

    var circleSettings: Circle.Settings {
        var settings = Circle.Settings()
        settings.dialPeriodLimit = persistentDialPeriodLimit
        return settings
    }

    var ensurePeersSettings: EnsurePeers.Settings {
        var settings = EnsurePeers.Settings()
        settings.outboundLimit = outboundLimit
        settings.pace = pace
        settings.circle = circleSettings
        return settings
    }

    var crawlerSettings: Crawler.Settings {
        var settings = Crawler.Settings()
        settings.pace = pace
        return settings
    }
}

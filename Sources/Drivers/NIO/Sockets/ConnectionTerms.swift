package import WarrenConnection
package import WarrenNode
package import WarrenPrimitives

/// What all connections of a node have in common.
package struct ConnectionTerms: Sendable {
    package var settings: Connection.Settings
    package var key: NodeKey
    package var info: NodeInfo
    package var channels: [ChannelDescriptor]

    package init(
        settings: Connection.Settings,
        key: NodeKey,
        info: NodeInfo,
        channels: [ChannelDescriptor]
    ) {
        self.settings = settings
        self.key = key
        self.info = info
        self.channels = channels
    }

    /// A connection with an ephemeral secret of its own.
    func connection(expecting: NodeID?, now: Instant) -> Connection {
        var secret = Sodium.randomBytes(32)
        defer { Sodium.clear(&secret) }
        return Connection(
            settings: settings,
            key: key,
            ownInfo: info,
            channels: channels,
            expecting: expecting,
            ephemeralSecret: secret,
            now: now
        )
    }
}

extension Connection.Settings {
    package init(_ configuration: NodeConfiguration) {
        self.init()
        sendRate = configuration.sendRate
        receiveRate = configuration.receiveRate
        flushThrottle = configuration.flushThrottle
        packet = PacketSize(payloadLimit: configuration.packetPayloadLimit)
        handshakeTimeout = configuration.handshakeTimeout
        pingInterval = configuration.pingInterval
        pongTimeout = configuration.pongTimeout
    }
}

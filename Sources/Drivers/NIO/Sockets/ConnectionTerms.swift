import WarrenConnection
package import WarrenPrimitives

/// What all connections of a node have in common.
package struct ConnectionTerms: Sendable {
    let settings: Connection.Settings
    package var key: NodeKey
    package var info: NodeInfo
    package var channels: [ChannelDescriptor]

    package init(
        wire: WireTerms,
        key: NodeKey,
        info: NodeInfo,
        channels: [ChannelDescriptor]
    ) {
        settings = Connection.Settings(wire)
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

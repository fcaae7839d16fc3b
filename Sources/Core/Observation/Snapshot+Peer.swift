package import WarrenPrimitives

extension Snapshot {
    /// All that is known of one peer.
    package struct Peer: Hashable, Sendable, Codable {
        package var peer: PeerID
        package var id: NodeID?
        /// `host:port`; the host is a name where only a name is known.
        package var address: String?
        package var moniker: String?
        package var source: PeerSource
        /// Which local-root group it is in, in the order of the topology file.
        package var rootGroup: Int?
        /// Where the scenario puts it, if the node was told.
        package var region: String?
        package var group: String?
        package var temperature: Temperature
        package var inProgress: InProgress?
        package var direction: Direction?
        /// How far it uses us: cold is not at all.
        package var usedBy: Temperature?
        /// Where its connection stands, or that it may not be dialed yet (O§6.2).
        package var connectionState: ConnectionState?
        /// How the inbound governor sees its connection (O§7.2).
        package var inboundState: InboundState?
        /// Failed attempts since the last success.
        package var failCount = 0
        /// It was hot once and fell back by itself (O§2.3).
        package var isTepid = false
        package var nextAttemptAt: Instant?
        package var bannedUntil: Instant?
        package var roundTripNanoseconds: Int64?
        package var scores: Scores?
        /// In the order of the channels' numbers.
        package var channels: [Traffic] = []
        package var connectedAt: Instant?
        /// When anything last arrived from it; a connection silent for too long counts as cut.
        package var heardAt: Instant?
        package var lastTransition: LastTransition?
        /// What keeps it where it is, or would move it; nil where no governor decides.
        package var holds: [Hold]?

        package init(peer: PeerID, source: PeerSource, temperature: Temperature) {
            self.peer = peer
            self.source = source
            self.temperature = temperature
        }
    }

    /// A job that will change a peer's temperature.
    package enum InProgress: String, Hashable, Sendable, Codable, CaseIterable {
        case promotingCold, promotingWarm, demotingWarm, demotingHot
    }

    /// What a peer was good for, lately (O§5).
    package struct Scores: Hashable, Sendable, Codable {
        package var headersFirst = 0
        package var blocksFetched = 0
        package var bytesFetched = 0
        package init() {}
    }

    /// What one connection carried on one channel.
    package struct Traffic: Hashable, Sendable, Codable {
        package var channel: ChannelID
        package var sentMessages = 0
        package var sentBytes = 0
        package var receivedMessages = 0
        package var receivedBytes = 0
        package init(channel: ChannelID) { self.channel = channel }
    }

    package struct LastTransition: Hashable, Sendable {
        package var from: Temperature
        package var to: Temperature
        package var reason: Reason
        package var at: Instant
        package init(from: Temperature, to: Temperature, reason: Reason, at: Instant) {
            self.from = from
            self.to = to
            self.reason = reason
            self.at = at
        }
    }
}

extension Snapshot.LastTransition: Codable {
    private enum Key: String, CodingKey { case from, to, reason, detail, at }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        from = try fields.decode(Temperature.self, forKey: .from)
        to = try fields.decode(Temperature.self, forKey: .to)
        reason = try Reason(in: fields, code: .reason, detail: .detail)
        at = try fields.decode(Instant.self, forKey: .at)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(from, forKey: .from)
        try fields.encode(to, forKey: .to)
        try fields.encode(reason.code, forKey: .reason)
        try fields.encodeIfPresent(reason.detail, forKey: .detail)
        try fields.encode(at, forKey: .at)
    }
}

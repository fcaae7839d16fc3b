package import WarrenHandshake
package import WarrenPrimitives

/// One conversation with one peer: bytes in, messages out, and back.
///
/// ```
///          start             key proven            NodeInfo valid           finish
///   new ──────────▶ securing ──────────▶ introducing ──────────▶ open ──────────▶ draining ─▶ closed
///                      │                      │                   │                 all written, or
///                      └──── violation ───────┴── or time-out ────┴──────────────▶  out of time
/// ```
///
/// *securing* runs SecretConnection (C§2). *introducing* exchanges one NodeInfo each way (C§3), but
/// only with the peer that was dialed. *open* carries packets (C§4).
///
/// The machine appends bytes for the socket to `output` and facts for its owner to `effects`; the
/// driver reports what the socket took with ``written(_:now:output:into:)``. A method that throws
/// has closed the connection; effects that came before the fault are good and stand.
///
/// **When bytes leave.** ``send(_:_:now:)`` only queues; ``flush(now:output:into:)``, called once
/// after a turn's sends, packs them. While the socket has taken everything so far, a flush sends all
/// at once, so an idle link answers at the speed of the wire. While bytes still wait in the socket,
/// messages gather, and leave together when the socket has drained, when a whole batch has gathered,
/// or after `flushThrottle`, whichever is first. Upstream waits for the throttle even on an idle
/// link (C§12). No more than `unwrittenLimit` bytes (and one batch) ever wait in the socket, so that
/// priorities keep their meaning.
///
/// Pings and pongs go before messages, and no channel, rate or reactor holds them up; they are not
/// charged to a rate when sent.
package struct Connection: ~Copyable {
    let settings: Settings
    let ownInfo: NodeInfo
    let ownID: NodeID
    let expectedID: NodeID?

    var secret: SecretConnection
    package internal(set) var phase = Phase.new
    /// Opened bytes that are not a whole packet or NodeInfo yet.
    var unread: [UInt8] = []
    /// Bytes handed to the socket that it has not taken.
    package internal(set) var unwrittenByteCount = 0

    var multiplexer: Multiplexer
    var demultiplexer: Demultiplexer
    var heartbeat: Heartbeat
    var sendLimiter: FlowLimiter
    var receiveLimiter: FlowLimiter
    var sendMeter: TrafficMeter
    var receiveMeter: TrafficMeter
    /// Since when messages have waited to be packed.
    var pendingSince: Instant?
    /// The channels that the peer listed.
    var peerChannels: [ChannelID] = []

    package enum Phase: Hashable, Sendable {
        case new
        case securing(until: Instant)
        case introducing(NodeID, until: Instant)
        case open(NodeID)
        case draining(until: Instant)
        case closed
    }

    package enum Effect: Hashable, Sendable {
        /// The peer is who it says, and compatible; messages may be sent now.
        case authenticated(NodeID, NodeInfo)
        case deliver(ChannelID, [UInt8])
        /// Messages left the send queue of a channel: their credit is free again (design §17.8).
        case sent(ChannelID, messages: Int, bytes: Int)
        /// All that was queued before ``finish(now:output:into:)`` is written, or its time is up.
        case finished
    }

    /// A connection that has not begun.
    ///
    /// - Parameters:
    ///   - settings: Rates, times and limits.
    ///   - key: Who we are.
    ///   - ownInfo: What we say of ourselves; its channels should be those of `channels`.
    ///   - channels: In the order of registration, which settles ties.
    ///   - expecting: Who was dialed; nil to accept anybody.
    ///   - ephemeralSecret: 32 secret random bytes, for this connection only.
    ///   - now: When the counting of bytes begins.
    package init(
        settings: Settings,
        key: NodeKey,
        ownInfo: NodeInfo,
        channels: [ChannelDescriptor],
        expecting: NodeID?,
        ephemeralSecret: [UInt8],
        now: Instant
    ) {
        self.init(
            settings: settings,
            ownID: key.id,
            ownInfo: ownInfo,
            channels: channels,
            expecting: expecting,
            secret: SecretConnection(key: key, ephemeralSecret: ephemeralSecret),
            now: now
        )
    }

    /// A connection over keys agreed before, which waits for the peer's proof; for tests alone.
    package init(
        settings: Settings,
        key: NodeKey,
        ownInfo: NodeInfo,
        channels: [ChannelDescriptor],
        rehearsing agreement: SecretConnection.Agreement,
        now: Instant
    ) {
        self.init(
            settings: settings,
            ownID: key.id,
            ownInfo: ownInfo,
            channels: channels,
            expecting: nil,
            secret: SecretConnection(key: key, rehearsing: agreement),
            now: now
        )
        phase = .securing(until: now.advanced(by: settings.handshakeTimeout))
    }

    private init(
        settings: Settings,
        ownID: NodeID,
        ownInfo: NodeInfo,
        channels: [ChannelDescriptor],
        expecting: NodeID?,
        secret: consuming SecretConnection,
        now: Instant
    ) {
        self.settings = settings
        self.ownInfo = ownInfo
        self.ownID = ownID
        expectedID = expecting
        self.secret = secret
        multiplexer = Multiplexer(channels, payloadLimit: settings.packet.payloadLimit, now: now)
        demultiplexer = Demultiplexer(channels)
        heartbeat = Heartbeat(
            interval: settings.pingInterval,
            timeout: settings.pongTimeout,
            now: now
        )
        sendLimiter = FlowLimiter(rate: settings.sendRate, now: now)
        receiveLimiter = FlowLimiter(rate: settings.receiveRate, now: now)
        sendMeter = TrafficMeter(now: now)
        receiveMeter = TrafficMeter(now: now)
    }

    /// Who the other end has proven to be, from the moment it has.
    package var remoteID: NodeID? { secret.remoteID }

    /// While not nil, the driver must not read from the socket: `receiveRate` is used up.
    ///
    /// Cleared by ``deadline(now:output:into:)`` at that instant. Bytes that were already read may
    /// still be given; they are taken, and paid off later.
    package var readingResumesAt: Instant? { receiveLimiter.opensAt }

    /// When ``deadline(now:output:into:)`` wants to be called next; may lie in the past.
    package var nextDeadline: Instant? {
        switch phase {
        case .new, .closed: nil
        case .securing(let until), .introducing(_, let until): until
        case .open: soonest(heartbeat.nextDeadline, flushDueAt, readingResumesAt)
        case .draining(let until): soonest(until, flushDueAt)
        }
    }
}

// MARK: - Settings

extension Connection {
    package struct Settings: Hashable, Sendable {
        /// Bytes of packets a second; 0 is no limit.
        package var sendRate = 5_120_000
        package var receiveRate = 5_120_000
        /// How long a message may wait for company while the socket is busy.
        package var flushThrottle: Duration = .milliseconds(10)
        /// Packet sizes; the same in the whole network.
        package var packet = PacketSize(payloadLimit: 1024)
        /// For SecretConnection, for NodeInfo, and for saying goodbye: each.
        package var handshakeTimeout: Duration = .seconds(3)
        package var pingInterval: Duration = .seconds(60)
        package var pongTimeout: Duration = .seconds(45)
        /// How many bytes may wait in the socket before nothing more is made.
        package var unwrittenLimit = 128 << 10

        package init() {}

        package init(_ terms: WireTerms) {
            sendRate = terms.sendRate
            receiveRate = terms.receiveRate
            flushThrottle = terms.flushThrottle
            packet = PacketSize(payloadLimit: terms.packetPayloadLimit)
            handshakeTimeout = terms.handshakeTimeout
            pingInterval = terms.pingInterval
            pongTimeout = terms.pongTimeout
        }
    }

    /// How many bytes of packets are sealed in one go: 32 frames.
    package static let batchLimit = 32 << 10
    /// How many sealed bytes are opened in one go: 32 frames.
    ///
    /// It bounds the plain text in memory however much the driver read.
    package static let slabLimit = 32 * sealedFrameLength
    /// What one frame carries and what it takes on the wire, in bytes (C§2.6).
    static let frameCapacity = SecretConnection.payloadLimit
    static let sealedFrameLength = SecretConnection.sealedByteCount
}

/// What a node's configuration says of every connection that it has.
///
/// Those who read configurations and those who run connections do not know each other; both know
/// this. Source: C§4.8, C§9.
package struct WireTerms: Hashable, Sendable {
    /// Bytes of packets a second; 0 is no limit.
    package var sendRate = 5_120_000
    package var receiveRate = 5_120_000
    /// How long a message may wait for company while the socket is busy.
    package var flushThrottle: Duration = .milliseconds(10)
    /// Bytes of payload in a packet; the same in the whole network.
    package var packetPayloadLimit = 1024
    /// For SecretConnection, for NodeInfo, and for saying goodbye: each.
    package var handshakeTimeout: Duration = .seconds(3)
    package var pingInterval: Duration = .seconds(60)
    package var pongTimeout: Duration = .seconds(45)

    package init() {}
}

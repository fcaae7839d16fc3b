package import WarrenPrimitives

/// The channels of the chain's three protocols.
///
/// Source: design §4; the byte limits of messages are those of O§8.4.
package enum GossipChannel {
    /// Follows a peer's chain.
    package static let chain = ChannelID(rawValue: 0x71)
    /// Fetches bodies of blocks.
    package static let blocks = ChannelID(rawValue: 0x72)
    /// Pulls transactions.
    package static let transactions = ChannelID(rawValue: 0x73)

    /// Bytes of the longest message without bodies: upstream's smallByteLimit.
    package static let smallByteLimit = 65_535
    /// Bytes of the longest message with bodies or transactions: upstream's largeByteLimit.
    package static let largeByteLimit = 2_500_000
}

extension LoadID {
    /// Readings of one part of the node, numbered for each peer, so that an answer finds its asker.
    init(_ part: UInt8, for peer: PeerID, number: UInt32) {
        let low = UInt64(number & 0xFF_FFFF) << 32 | UInt64(peer.rawValue)
        self.init(rawValue: UInt64(part) << 56 | low)
    }

    var part: UInt8 { UInt8(rawValue >> 56) }
    var peer: PeerID { PeerID(rawValue: UInt32(truncatingIfNeeded: rawValue)) }
}

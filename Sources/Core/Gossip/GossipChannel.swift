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

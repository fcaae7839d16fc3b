/// What a node says of itself once the connection is authenticated.
///
/// Source: C§3.1.
package struct NodeInfo: Hashable, Sendable {
    package var protocolVersion = ProtocolVersion()
    /// The sender's id as it wrote it; compared in lower case only (C§1.1).
    package var id: String
    /// Where the sender listens, as it wrote it: `host:port`, maybe with a scheme in front.
    package var listenAddress: String
    package var network: String
    /// Software version; may be empty.
    package var version: String
    package var channels: [ChannelID]
    package var moniker: String
    package var transactionIndex: String = ""
    package var rpcAddress: String = ""

    package struct ProtocolVersion: Hashable, Sendable {
        package var p2p: UInt64 = 8
        package var block: UInt64 = 11
        package var app: UInt64 = 0
        package init() {}
    }

    package init(
        id: NodeID,
        listenAddress: String,
        network: String,
        version: String,
        channels: [ChannelID],
        moniker: String
    ) {
        self.id = id.description
        self.listenAddress = listenAddress
        self.network = network
        self.version = version
        self.channels = channels
        self.moniker = moniker
    }
}

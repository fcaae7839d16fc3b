// What must be true of a peer's NodeInfo before we go on with it. Source: C§3.2, C§3.3.

extension NodeInfo {
    /// The first thing that is wrong with a NodeInfo, in upstream's order.
    package enum Flaw: Error, Hashable, Sendable {
        /// `id@listenAddress` is no address.
        case listenAddress(PeerAddress.ParseError)
        /// Not printable ASCII, or only spaces.
        case version
        case tooManyChannels(Int)
        case duplicateChannel(ChannelID)
        /// Not printable ASCII, only spaces, or empty.
        case moniker
        /// Neither empty nor "on" nor "off".
        case transactionIndex
        /// Not printable ASCII, or only spaces.
        case rpcAddress
    }

    /// Why two nodes do not go together.
    package enum Incompatibility: Error, Hashable, Sendable {
        case blockProtocol(ours: UInt64, theirs: UInt64)
        case network(ours: String, theirs: String)
        case noCommonChannel
    }

    /// How many channels a node may list (C§3.2).
    package static let channelLimit = 16

    /// Throws the first flaw.
    ///
    /// A listen address may name its host: upstream resolves the name here, at a stranger's bidding;
    /// we accept it and never do (design §17.1), so such a peer cannot be dialed back.
    package func validate() throws(Flaw) {
        do throws(PeerAddress.ParseError) {
            _ = try announcedEndpoint()
        } catch {
            throw .listenAddress(error)
        }
        if !version.isEmpty, !Self.isReadable(version) { throw .version }
        if channels.count > Self.channelLimit { throw .tooManyChannels(channels.count) }
        for (index, channel) in channels.enumerated() where channels[..<index].contains(channel) {
            throw .duplicateChannel(channel)
        }
        if !Self.isReadable(moniker) { throw .moniker }
        if !["", "on", "off"].contains(transactionIndex) { throw .transactionIndex }
        if !rpcAddress.isEmpty, !Self.isReadable(rpcAddress) { throw .rpcAddress }
    }

    /// Throws the first reason why the node of this NodeInfo, ours, cannot talk to `other`'s.
    ///
    /// The p2p and app versions are not compared. A node that lists no channels goes with all.
    package func checkCompatible(with other: NodeInfo) throws(Incompatibility) {
        let (ours, theirs) = (protocolVersion.block, other.protocolVersion.block)
        if ours != theirs { throw .blockProtocol(ours: ours, theirs: theirs) }
        if network != other.network { throw .network(ours: network, theirs: other.network) }
        if !channels.isEmpty, !channels.contains(where: other.channels.contains) {
            throw .noCommonChannel
        }
    }

    /// Where the node of this NodeInfo can be dialed, seen from a socket to `remote`.
    ///
    /// An unspecified host becomes the socket's IP; nil for a host name, for port 0, and for a
    /// NodeInfo that is not valid. Source: design §17.1.
    package func dialable(from remote: SocketAddress) -> SocketAddress? {
        guard let socket = (try? announcedEndpoint())?.socket, socket.port != 0 else { return nil }
        return SocketAddress(ip: socket.ip.isUnspecified ? remote.ip : socket.ip, port: socket.port)
    }

    private func announcedEndpoint() throws(PeerAddress.ParseError) -> Endpoint {
        let listens = Array(listenAddress.utf8)
        var text = Array(id.utf8)
        text.append(UInt8(ascii: "@"))
        text.append(contentsOf: PeerAddress.withoutScheme(utf8: listens[...]))
        return try PeerAddress.parse(utf8: text[...]).endpoint
    }

    /// Printable ASCII, and not only spaces.
    private static func isReadable(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.utf8.contains { $0 != 0x20 }
    }
}

extension NodeInfo.Flaw: CustomStringConvertible {
    package var description: String {
        switch self {
        case .listenAddress(let error): "listen_addr or id: \(error)"
        case .version: "version: expected printable ASCII, not only spaces"
        case .tooManyChannels(let count):
            "channels: found \(count), expected \(NodeInfo.channelLimit) at most"
        case .duplicateChannel(let channel): "channels: \(channel) is listed twice"
        case .moniker: "moniker: expected printable ASCII, not empty and not only spaces"
        case .transactionIndex: "tx_index: expected 'on', 'off' or nothing"
        case .rpcAddress: "rpc_address: expected printable ASCII, not only spaces"
        }
    }
}

extension NodeInfo.Incompatibility: CustomStringConvertible {
    package var description: String {
        switch self {
        case .blockProtocol(let ours, let theirs):
            "the peer speaks block protocol \(theirs), we \(ours)"
        case .network(let ours, let theirs): "the peer is of network '\(theirs)', we of '\(ours)'"
        case .noCommonChannel: "the peer and we have no channel in common"
        }
    }
}

package import WarrenPrimitives

/// How much each peer's send queues still hold, per channel.
///
/// Source: design §17.8.
@usableFromInline package struct Credit: Sendable, Equatable {
    /// A peer has a handful of channels, which are looked through.
    private var purses = Roster<PeerID, [Balance]>()

    private struct Balance: Equatable {
        var channel: ChannelID
        /// A send was refused since the last `.sendable`.
        var isWanted = false
        var messageLimit: Int
        var byteLimit: Int
        var messageCount = 0
        var byteCount = 0

        /// A message longer than the whole limit still enters an empty queue.
        var hasRoom: Bool { messageCount < messageLimit && byteCount < byteLimit }
    }

    package init() {}

    package mutating func open(_ peer: PeerID, _ channel: ChannelDescriptor) {
        let balance = Balance(
            channel: channel.id,
            messageLimit: channel.sendQueueLimit,
            byteLimit: channel.sendQueueByteLimit
        )
        let isOpen: Void? = change(peer, channel.id) { $0 = balance }
        if isOpen == nil { purses[peer, default: []].append(balance) }
    }

    package mutating func close(_ peer: PeerID, _ channel: ChannelID) {
        purses.update(peer) { $0.removeAll { $0.channel == channel } }
        if purses[peer]?.isEmpty == true { purses.remove(peer) }
    }

    package func allows(_ peer: PeerID, _ channel: ChannelID) -> Bool {
        purses[peer]?.first { $0.channel == channel }?.hasRoom ?? false
    }

    /// See ``Switch/glance()``.
    mutating func glance() -> Int { purses.glance() }
    mutating func glance(at peer: PeerID) -> Int { purses.read(peer) { $0.count } ?? 0 }

    private mutating func change<Result>(
        _ peer: PeerID,
        _ channel: ChannelID,
        _ body: (inout Balance) -> Result
    ) -> Result? {
        purses.update(peer) { (balances: inout [Balance]) -> Result? in
            for place in balances.indices where balances[place].channel == channel {
                return body(&balances[place])
            }
            return nil
        } ?? nil
    }

    /// Takes one message's worth, or answers false and remembers that someone wants to send.
    package mutating func spend(_ peer: PeerID, _ channel: ChannelID, bytes: Int) -> Bool {
        change(peer, channel) { balance in
            balance.isWanted = balance.isWanted || !balance.hasRoom
            guard balance.hasRoom else { return false }
            balance.messageCount += 1
            balance.byteCount += bytes
            return true
        } ?? false
    }

    /// Gives credit back; true when a refused sender should be told that it may send again.
    package mutating func restore(
        _ peer: PeerID,
        _ channel: ChannelID,
        messages: Int,
        bytes: Int
    ) -> Bool {
        change(peer, channel) { balance in
            balance.messageCount = max(0, balance.messageCount - messages)
            balance.byteCount = max(0, balance.byteCount - bytes)
            let wakes = balance.isWanted && balance.hasRoom
            if wakes { balance.isWanted = false }
            return wakes
        } ?? false
    }
}

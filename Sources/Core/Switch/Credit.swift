package import WarrenPrimitives

/// How much each peer's send queues still hold, per channel.
///
/// Source: design §17.8.
package struct Credit: Sendable, Equatable {
    private var lines: [Line: Balance] = [:]

    private struct Line: Hashable {
        var peer: PeerID
        var channel: ChannelID
    }

    private struct Balance: Equatable {
        var messageLimit: Int
        var byteLimit: Int
        var messageCount = 0
        var byteCount = 0
        /// A send was refused since the last `.sendable`.
        var isWanted = false

        /// A message longer than the whole limit still enters an empty queue.
        var hasRoom: Bool { messageCount < messageLimit && byteCount < byteLimit }
    }

    package init() {}

    package mutating func open(_ peer: PeerID, _ channel: ChannelDescriptor) {
        lines[Line(peer: peer, channel: channel.id)] = Balance(
            messageLimit: channel.sendQueueLimit,
            byteLimit: channel.sendQueueByteLimit
        )
    }

    package mutating func close(_ peer: PeerID, _ channel: ChannelID) {
        lines[Line(peer: peer, channel: channel)] = nil
    }

    package func allows(_ peer: PeerID, _ channel: ChannelID) -> Bool {
        lines[Line(peer: peer, channel: channel)]?.hasRoom ?? false
    }

    /// Takes one message's worth, or answers false and remembers that someone wants to send.
    package mutating func spend(_ peer: PeerID, _ channel: ChannelID, bytes: Int) -> Bool {
        let line = Line(peer: peer, channel: channel)
        guard lines[line]?.hasRoom == true else {
            lines[line]?.isWanted = true
            return false
        }
        lines[line]?.messageCount += 1
        lines[line]?.byteCount += bytes
        return true
    }

    /// Gives credit back; true when a refused sender should be told that it may send again.
    package mutating func restore(
        _ peer: PeerID,
        _ channel: ChannelID,
        messages: Int,
        bytes: Int
    ) -> Bool {
        let line = Line(peer: peer, channel: channel)
        guard var balance = lines[line] else { return false }
        balance.messageCount = max(0, balance.messageCount - messages)
        balance.byteCount = max(0, balance.byteCount - bytes)
        let wakes = balance.isWanted && balance.hasRoom
        if wakes { balance.isWanted = false }
        lines[line] = balance
        return wakes
    }
}

package import WarrenPrimitives

/// The sending half: one queue a channel, and who goes next.
///
/// Each packet comes from the channel that has recently sent least for its priority; ties go to the
/// first in registration order. What was sent fades by a fifth every 2 s. Source: C§4.4.
package struct Multiplexer: Sendable {
    package private(set) var queues: [ChannelQueue]
    private let payloadLimit: Int
    private var decayedAt: Instant
    /// Messages that have not wholly left.
    package private(set) var pendingCount = 0
    /// Their bytes, each message counted whole until it has left.
    package private(set) var pendingByteCount = 0

    /// How often every channel's recent bytes fade (C§4.4).
    package static let decayInterval: Duration = .seconds(2)

    package init(_ channels: [ChannelDescriptor], payloadLimit: Int, now: Instant) {
        precondition(
            Set(channels.map(\.id)).count == channels.count,
            "a channel is registered twice: \(channels.map(\.id))"
        )
        queues = channels.map(ChannelQueue.init)
        self.payloadLimit = payloadLimit
        decayedAt = now
    }

    package mutating func append(_ message: [UInt8], to channel: ChannelID) {
        guard let index = queues.firstIndex(where: { $0.descriptor.id == channel }) else {
            preconditionFailure("channel \(channel) is not registered on this connection")
        }
        let limit = queues[index].descriptor.receiveMessageLimit
        precondition(
            message.count <= limit,
            "a message of \(message.count) bytes is over channel \(channel)'s limit of \(limit)"
        )
        queues[index].append(message)
        pendingCount += 1
        pendingByteCount += message.count
    }

    /// Appends the next packet of the channel whose turn it is; answers its length on the wire.
    package mutating func cutPacket(into plain: inout [UInt8]) -> Int {
        guard let index = nextIndex else { preconditionFailure("no channel has anything to send") }
        let before = (queues[index].messageCount, queues[index].byteCount)
        let length = queues[index].cutPacket(payloadLimit: payloadLimit, into: &plain)
        pendingCount -= before.0 - queues[index].messageCount
        pendingByteCount -= before.1 - queues[index].byteCount
        return length
    }

    private var nextIndex: Int? {
        var best: Int?
        for index in queues.indices where queues[index].isPending {
            if best.map({ queues[index].isBehind(queues[$0]) }) ?? true { best = index }
        }
        return best
    }

    /// Applies the decay ticks since the last call.
    ///
    /// Counted when needed instead of on a timer, so that an idle connection never wakes for it;
    /// the numbers are those of a timer that started with the connection.
    package mutating func decay(now: Instant) {
        let elapsed = decayedAt.duration(to: now).wholeNanoseconds
        let step = Self.decayInterval.wholeNanoseconds
        let ticks = elapsed / step
        guard ticks > 0 else { return }
        decayedAt = decayedAt.advanced(by: .nanoseconds(ticks * step))
        for index in queues.indices { queues[index].decay(ticks: Int(ticks)) }
    }

    /// Tells, in registration order, which channels' messages have left since the last call.
    package mutating func takeDeparted(into effects: inout [Connection.Effect]) {
        for index in queues.indices {
            let departed = queues[index].takeDeparted()
            guard departed.messageCount > 0 else { continue }
            effects.append(
                .sent(
                    queues[index].descriptor.id,
                    messages: departed.messageCount,
                    bytes: departed.byteCount
                )
            )
        }
    }
}

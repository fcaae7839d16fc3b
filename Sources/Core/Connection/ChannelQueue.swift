import DequeModule
package import WarrenPrimitives

/// The messages of one channel that wait to be sent, and the one being cut into packets.
///
/// A message stays at the head until its last packet is made, so that an empty message, too, is
/// sent as one packet; upstream can lose it (C§4.4).
package struct ChannelQueue: Sendable {
    package let descriptor: ChannelDescriptor
    private var messages: Deque<[UInt8]> = []
    /// How much of the first message is already in packets.
    private var headOffset = 0
    /// Bytes of all waiting messages, the first one counted whole until it has left.
    package private(set) var byteCount = 0
    /// Bytes sent of late: the weight that makes a busy channel wait.
    package private(set) var recentlySent = 0
    package private(set) var total = TrafficCount()
    /// What has left since the last call of ``takeDeparted()``.
    private var departed = TrafficCount()

    package init(_ descriptor: ChannelDescriptor) { self.descriptor = descriptor }

    package var messageCount: Int { messages.count }
    package var isPending: Bool { !messages.isEmpty }

    /// The rule of credit (design §17.8): a message longer than the limit enters an empty queue.
    package var hasRoom: Bool {
        messages.count < descriptor.sendQueueLimit && byteCount < descriptor.sendQueueByteLimit
    }

    package mutating func append(_ message: [UInt8]) {
        precondition(
            hasRoom,
            "channel \(descriptor.id) already holds \(messages.count) messages of \(byteCount) "
                + "bytes: it was sent to without credit"
        )
        messages.append(message)
        byteCount += message.count
    }

    /// Appends the next packet; answers its length on the wire.
    ///
    /// A length that is a multiple of the payload limit ends with a full last piece (C§4.4).
    package mutating func cutPacket(payloadLimit: Int, into plain: inout [UInt8]) -> Int {
        precondition(isPending, "channel \(descriptor.id) has nothing to send")
        let message = messages[0]
        let end = min(headOffset + payloadLimit, message.count)
        let isLast = end == message.count
        let length = plain.appendPiece(
            of: message,
            headOffset..<end,
            channel: descriptor.id,
            isLast: isLast
        )
        recentlySent += length
        total.byteCount += length
        if isLast {
            messages.removeFirst()
            headOffset = 0
            byteCount -= message.count
            total.messageCount += 1
            departed.messageCount += 1
            departed.byteCount += message.count
        } else {
            headOffset = end
        }
        return length
    }

    /// The messages whose last packet was made since the last call, and their bytes.
    package mutating func takeDeparted() -> TrafficCount {
        defer { departed = TrafficCount() }
        return departed
    }

    /// True when this channel has had less than its share, compared with `other`.
    ///
    /// Upstream divides in 32-bit floating point; we compare a/p < b/q as a·q < b·p in whole
    /// numbers, which differs only where the quotients round to the same float (beyond 2²⁴), and
    /// there the exact answer is the better one.
    package func isBehind(_ other: ChannelQueue) -> Bool {
        recentlySent.multipliedFullWidth(by: other.descriptor.priority)
            < other.recentlySent.multipliedFullWidth(by: descriptor.priority)
    }

    /// Forgets a fifth of what was sent, `ticks` times: trunc(0.8 x), in whole numbers.
    package mutating func decay(ticks: Int) {
        var left = ticks
        while left > 0, recentlySent > 0 {
            recentlySent = recentlySent * 4 / 5
            left -= 1
        }
    }
}

/// Messages and bytes that went one way.
package struct TrafficCount: Hashable, Sendable {
    package var messageCount = 0
    package var byteCount = 0
    package init() {}
}

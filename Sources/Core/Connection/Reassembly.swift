package import WarrenPrimitives

/// The message of one channel that is coming in, piece by piece.
///
/// It grows by what has arrived, never by what was announced, up to the channel's limit.
/// Source: C§4.5.
package struct Reassembly: Sendable {
    package let channel: ChannelID
    /// The longest message, in bytes: inclusive.
    private let limit: Int
    private var bytes: [UInt8] = []
    package private(set) var total = TrafficCount()

    package init(_ descriptor: ChannelDescriptor) {
        channel = descriptor.id
        limit = descriptor.receiveMessageLimit
    }

    package var byteCount: Int { bytes.count }

    /// Adds a piece; answers the whole message when that was the last one.
    package mutating func append(
        _ piece: Span<UInt8>,
        isLast: Bool
    ) throws(Connection.Violation) -> [UInt8]? {
        guard piece.count <= limit - bytes.count else {
            throw .messageTooLong(channel, limit: limit)
        }
        bytes.append(copying: piece)
        guard isLast else { return nil }
        total.messageCount += 1
        defer { bytes = [] }
        return bytes
    }

    /// Counts a packet of `byteCount` bytes on the wire, length prefix and all.
    package mutating func count(packetOf byteCount: Int) { total.byteCount += byteCount }
}

/// The receiving half: packets in, whole messages out.
package struct Demultiplexer: Sendable {
    package private(set) var channels: [Reassembly]

    package init(_ channels: [ChannelDescriptor]) { self.channels = channels.map(Reassembly.init) }

    /// Takes a piece; answers its channel and the whole message when that was the last piece.
    package mutating func take(
        _ piece: Span<UInt8>,
        channel number: Int32,
        isLast: Bool,
        packetLength: Int
    ) throws(Connection.Violation) -> (ChannelID, [UInt8])? {
        for index in channels.indices where Int32(channels[index].channel.rawValue) == number {
            channels[index].count(packetOf: packetLength)
            guard let message = try channels[index].append(piece, isLast: isLast) else {
                return nil
            }
            return (channels[index].channel, message)
        }
        throw .unknownChannel(number)
    }
}

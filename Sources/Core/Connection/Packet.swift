/// The unit of multiplexing: what one delimited protobuf between two connections says.
///
/// On the wire it is a varint length and a message with exactly one of three fields: 1 ping,
/// 2 pong, 3 a piece of a channel's message. Source: C§4.1.
package enum Packet: Hashable, Sendable {
    case ping
    case pong
    /// A piece of a channel's message; `data` lies in the span it was read from.
    ///
    /// The channel is as the peer wrote it, which need not be one of ours.
    case piece(channel: Int32, isLast: Bool, data: Range<Int>)

    /// On the wire: `02 0a 00`.
    static let pingBytes: [UInt8] = [0x02, 0x0A, 0x00]
    /// On the wire: `02 12 00`.
    static let pongBytes: [UInt8] = [0x02, 0x12, 0x00]

    /// The longest length prefix: ten varint bytes (C§2.7).
    static let delimiterLimit = 10
}

/// How long packets may be, in bytes, given the network's payload limit.
///
/// Source: C§4.2; both ends of a connection must agree on the payload limit.
package struct PacketSize: Hashable, Sendable {
    /// How much of a message fits one packet.
    package let payloadLimit: Int
    /// The longest packet, without its length prefix: inclusive.
    ///
    /// It is that of a full last piece on a channel below 0x80. What counts on receipt is this
    /// number only, so a full piece with shorter fields may carry a byte or two more.
    package let bodyLimit: Int

    package init(payloadLimit: Int) {
        precondition(payloadLimit > 0, "a packet must carry at least 1 byte, not \(payloadLimit)")
        self.payloadLimit = payloadLimit
        let piece = 2 + 2 + 1 + Self.varintLength(payloadLimit) + payloadLimit
        bodyLimit = 1 + Self.varintLength(piece) + piece
    }

    /// How many bytes `value` takes as a varint.
    static func varintLength(_ value: Int) -> Int {
        value < 0x80 ? 1 : (Int.bitWidth - value.leadingZeroBitCount + 6) / 7
    }
}

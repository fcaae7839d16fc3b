/// A dense local handle for a peer we know by address, by node id, or by both.
///
/// Governor, switch and observation use only it; the node's directory says whose it is, and merges
/// two handles when it learns that they share a node id. Source: design §17.1.
public struct PeerID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(UInt32.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static func < (lhs: PeerID, rhs: PeerID) -> Bool { lhs.rawValue < rhs.rawValue }
    public var description: String { "#\(rawValue)" }
}

/// One socket's life, from dial or accept to close; never used twice by one node.
///
/// The node numbers those it dials (even), the driver those it accepts (odd). Public, though nobody
/// outside needs it, as ``Roster`` is: two of them are compared directly only if it is.
public struct ConnectionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package static func dialed(_ number: UInt64) -> ConnectionID { .init(rawValue: number << 1) }
    package static func accepted(_ number: UInt64) -> ConnectionID {
        .init(rawValue: number << 1 | 1)
    }

    package var isOutbound: Bool { rawValue & 1 == 0 }
    public static func < (lhs: ConnectionID, rhs: ConnectionID) -> Bool {
        lhs.rawValue < rhs.rawValue
    }
    public var description: String { isOutbound ? "out-\(rawValue >> 1)" : "in-\(rawValue >> 1)" }
}

/// The number of a channel on a connection; ids from 0x80 up are never used (C§4.2).
public struct ChannelID: Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public init(integerLiteral value: UInt8) { rawValue = value }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(UInt8.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static func < (lhs: ChannelID, rhs: ChannelID) -> Bool { lhs.rawValue < rhs.rawValue }

    package static let peerExchange: ChannelID = 0x00
    package static let lifecycle: ChannelID = 0x70
    package static let chain: ChannelID = 0x71
    package static let blocks: ChannelID = 0x72
    package static let transactions: ChannelID = 0x73
    package static let routing: ChannelID = 0x74
}

extension ChannelID: CustomStringConvertible {
    /// As `0x70`.
    public var description: String { "0x" + Hex.text([rawValue]) }
}

/// What a reactor says of a channel it owns.
///
/// Source: C§4.3.
public struct ChannelDescriptor: Hashable, Sendable {
    public var id: ChannelID
    /// Weight against the other channels of the connection; at least 1.
    public var priority: Int
    /// How many messages may wait in the send queue of one peer; at least 1.
    public var sendQueueLimit: Int
    /// How many bytes may wait in the send queue of one peer.
    ///
    /// A longer message still enters an empty queue.
    public var sendQueueByteLimit: Int
    /// The longest message that may arrive, in bytes.
    public var receiveMessageLimit: Int

    public init(
        id: ChannelID,
        priority: Int = 1,
        sendQueueLimit: Int = 16,
        sendQueueByteLimit: Int = 1 << 20,
        receiveMessageLimit: Int = 22_020_096
    ) {
        precondition(priority > 0, "channel \(id) needs a priority of at least 1, not \(priority)")
        precondition(sendQueueLimit > 0, "channel \(id) needs room for a message in its queue")
        precondition(receiveMessageLimit > 0, "channel \(id) must be able to receive")
        precondition(id.rawValue < 0x80, "channel \(id): ids from 0x80 up are not used (C§4.2)")
        self.id = id
        self.priority = priority
        self.sendQueueLimit = sendQueueLimit
        self.sendQueueByteLimit = sendQueueByteLimit
        self.receiveMessageLimit = receiveMessageLimit
    }
}

/// An IPv4 or IPv6 address; IPv4 is held as its IPv4-mapped IPv6 form, as Go's `net.IP` compares.
package struct IPAddress: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4 bits: UInt32) {
        high = 0
        low = 0xFFFF_0000_0000 | UInt64(bits)
    }

    /// The 32 bits of an IPv4 (or IPv4-mapped) address.
    package var v4: UInt32? {
        high == 0 && low >> 32 == 0xFFFF ? UInt32(truncatingIfNeeded: low) : nil
    }

    package var isUnspecified: Bool { high == 0 && (low == 0 || low == 0xFFFF_0000_0000) }

    package static func < (lhs: IPAddress, rhs: IPAddress) -> Bool {
        (lhs.high, lhs.low) < (rhs.high, rhs.low)
    }
}

/// Where a socket is: an IP address and a port.
package struct SocketAddress: Hashable, Comparable, Sendable {
    package var ip: IPAddress
    package var port: UInt16

    package init(ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    package static func < (lhs: SocketAddress, rhs: SocketAddress) -> Bool {
        (lhs.ip, lhs.port) < (rhs.ip, rhs.port)
    }
}

/// A node at an address, written `ID@host:port`: CometBFT's NetAddress.
///
/// Source: C§1.2.
package struct PeerAddress: Hashable, Comparable, Sendable {
    package var id: NodeID
    package var socket: SocketAddress

    package init(id: NodeID, socket: SocketAddress) {
        self.id = id
        self.socket = socket
    }

    package static func < (lhs: PeerAddress, rhs: PeerAddress) -> Bool {
        (lhs.id, lhs.socket) < (rhs.id, rhs.socket)
    }
}

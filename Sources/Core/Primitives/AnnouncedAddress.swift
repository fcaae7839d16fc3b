/// A peer's address as a stranger wrote it in a message: its id may still be anything.
///
/// Upstream refuses a whole message for a bad IP or port, and a single address for a bad id; so
/// the two checks are apart. Source: C§1.2 (protobuf `NetAddress`).
package struct AnnouncedAddress: Hashable, Sendable {
    package var id: String
    package var socket: SocketAddress

    package init(id: String, socket: SocketAddress) {
        self.id = id
        self.socket = socket
    }

    package init(_ address: PeerAddress) {
        self.init(id: address.id.description, socket: address.socket)
    }

    /// The address, if its id is one.
    package var peerAddress: PeerAddress? {
        NodeID(id).map { PeerAddress(id: $0, socket: socket) }
    }

    /// Reads a message of 1 id string, 2 ip string, 3 port uint32.
    package init(_ message: Span<UInt8>) throws(ProtobufError) {
        var id = ""
        var ip = ""
        var port: UInt32 = 0
        var offset = 0
        while let field = try message.protobufField(at: &offset) {
            switch field.number {
            case 1: id = try message.text(try field.range(), field: 1)
            case 2: ip = try message.text(try field.range(), field: 2)
            case 3: port = try field.uint32()
            default: break
            }
        }
        guard let address = IPAddress(ip) else { throw .outOfRange(field: 2) }
        guard let narrow = UInt16(exactly: port) else { throw .outOfRange(field: 3) }
        self.init(id: id, socket: SocketAddress(ip: address, port: narrow))
    }

    package func write(into writer: inout ProtobufWriter) {
        writer.string(1, id)
        writer.string(2, socket.ip.description)
        writer.varint(3, UInt64(socket.port))
    }
}

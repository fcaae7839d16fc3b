import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// The short way of reading and writing contacts, held to the long one.
@Suite struct PlainContactTests {
    private static let ips = [
        "0.0.0.0", "9.99.100.255", "255.255.255.255", "10.0.0.1", "::1", "fd00::1",
    ]
    private static let ports: [UInt16] = [1, 127, 128, 16_383, 16_384, 65_535]

    /// The bytes of a contact, field by field.
    private func body(_ contact: PeerAddress) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.id(1, contact.id)
        writer.ip(2, contact.socket.ip)
        writer.varint(3, UInt64(contact.socket.port))
        return writer.bytes
    }

    private func message(_ bodies: [[UInt8]]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(2) { list in for body in bodies { list.bytes(1, body) } }
        return writer.bytes
    }

    private func read(_ bytes: [UInt8]) -> Result<RoutingMessage, RoutingMessage.Flaw> {
        Result { () throws(RoutingMessage.Flaw) in try RoutingMessage(bytes) }
    }

    @Test(arguments: ips)
    func `both ways write the same, and what they write reads back`(ip: String) throws {
        let contacts = Self.ports.enumerated().map { number, port in
            PeerAddress(id: nodeID(UInt32(number) &* 0x9E37_79B9), socket: socket(ip, port))
        }
        let bytes = RoutingMessage.nodes(contacts).bytes
        #expect(bytes == message(contacts.map(body)))
        #expect(try RoutingMessage(bytes) == .nodes(contacts))
        // An unknown field in front sends each of them the long way.
        let long = message(contacts.map { [0x20, 0] + body($0) })
        #expect(try RoutingMessage(long) == .nodes(contacts))
    }

    @Test func `whatever the bytes are, both ways read the same, or see the same flaw`() {
        let samples = Self.ips.flatMap { ip in
            [1, 300, 65_535].map { body(PeerAddress(id: nodeID(7), socket: socket(ip, $0))) }
        }
        var readCount = 0
        mutations(of: samples, seed: 116) { bytes in
            guard !bytes.isEmpty else { return }
            let short = read(message([bytes]))
            #expect(short == read(message([[0x20, 0] + bytes])), "\(Hex.text(bytes))")
            if case .success = short { readCount += 1 }
        }
        #expect(readCount > 100)
    }
}

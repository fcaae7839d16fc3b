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

extension SocketAddress: CustomStringConvertible, LosslessStringConvertible {
    /// As `10.0.0.1:26656` or `[fd00::1]:26656`.
    package var description: String {
        guard ip.v4 != nil else { return "[\(ip)]:\(port)" }
        var text: [UInt8] = []
        text.reserveCapacity(21)
        ip.append(to: &text)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: port)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads `host:port` whose host is an IP address; ``Endpoint`` says what is wrong, and takes
    /// names.
    package init?(_ text: String) {
        guard let socket = (try? Endpoint(parsing: text))?.socket else { return nil }
        self = socket
    }
}

extension SocketAddress: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText(
            "socket address",
            expected: "10.0.0.1:26656 or [fd00::1]:26656"
        )
    }

    package func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }
}

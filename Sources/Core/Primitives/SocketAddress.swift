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
        guard let (letters, count) = ip.dottedLetters else { return "[\(ip)]:\(port)" }
        var rest = port
        let digitCount = port < 10 ? 1 : port < 100 ? 2 : port < 1000 ? 3 : port < 10_000 ? 4 : 5
        let size = count + 1 + digitCount
        // Written where it stays: every note of a peer has its address. 21 letters at most.
        return unsafe String(unsafeUninitializedCapacity: size) { text in
            for place in 0..<count {
                unsafe text[place] = UInt8(truncatingIfNeeded: letters >> UInt128(8 * place))
            }
            unsafe text[count] = UInt8(ascii: ":")
            for place in (count + 1..<size).reversed() {
                unsafe text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return size
        }
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

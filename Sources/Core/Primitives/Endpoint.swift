/// A host, by address or by name, and a port, written `host:port`; IPv6 stands in brackets.
///
/// Names are kept as names: whoever may resolve them does so, and nobody else can dial them.
package struct Endpoint: Hashable, Sendable {
    package var host: Host
    package var port: UInt16

    package enum Host: Hashable, Sendable {
        case address(IPAddress)
        case name(String)
    }

    /// What is wrong with a text that should be `host:port`.
    package enum Flaw: Error, Hashable, Sendable {
        case missingPort
        /// More than one colon outside brackets.
        case tooManyColons
        /// `[` without `]`, or either where it has no business.
        case strayBracket
        case emptyHost
        /// Neither an IP address nor a host name; zone ids are refused as well.
        case badHost(String)
        /// Not a decimal number from 0 to 65535.
        case badPort(String)
    }

    package init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port` with the rules of Go's `SplitHostPort` and `ParseUint`.
    ///
    /// Port 0 and leading zeros in ports are accepted. Source: C§1.2.
    package init(parsing text: some StringProtocol) throws(Flaw) {
        try self.init(utf8: Array(text.utf8)[...])
    }

    /// As ``init(parsing:)``, of text that is still in bytes.
    init(utf8 text: ArraySlice<UInt8>) throws(Flaw) {
        let (host, port) = try Self.split(text)
        if host.isEmpty { throw .emptyHost }
        if let address = IPAddress(utf8: host) {
            self.host = .address(address)
        } else if Self.isName(host) {
            self.host = .name(String(decoding: host, as: UTF8.self))
        } else {
            throw .badHost(String(decoding: host, as: UTF8.self))
        }
        self.port = try Self.parsePort(port)
    }

    /// Where to connect; nil while the host is a name.
    package var socket: SocketAddress? {
        switch host {
        case .address(let ip): SocketAddress(ip: ip, port: port)
        case .name: nil
        }
    }

    private typealias Piece = ArraySlice<UInt8>

    private static func split(_ text: Piece) throws(Flaw) -> (host: Piece, port: Piece) {
        let open = UInt8(ascii: "[")
        let close = UInt8(ascii: "]")
        let separator = UInt8(ascii: ":")
        guard let colon = text.lastIndex(of: separator) else { throw .missingPort }
        let host: Piece
        let rest: Piece
        if text.first == open {
            guard let end = text.firstIndex(of: close) else { throw .strayBracket }
            if end + 1 == text.endIndex { throw .missingPort }
            if end + 1 != colon {
                throw text[end + 1] == separator ? .tooManyColons : .missingPort
            }
            host = text[(text.startIndex + 1)..<end]
            rest = text[(end + 1)...]
        } else {
            host = text[..<colon]
            if host.contains(separator) { throw .tooManyColons }
            if host.contains(close) { throw .strayBracket }
            rest = text[colon...]
        }
        if host.contains(open) || rest.contains(open) || rest.contains(close) {
            throw .strayBracket
        }
        return (host, rest.dropFirst())
    }

    private static func parsePort(_ digits: Piece) throws(Flaw) -> UInt16 {
        var value: UInt32 = 0
        for digit in digits {
            guard let step = Hex.value(digit), step < 10 else { throw badPort(digits) }
            value = value * 10 + UInt32(step)
            if value > 65535 { throw badPort(digits) }
        }
        guard !digits.isEmpty else { throw badPort(digits) }
        return UInt16(value)
    }

    private static func badPort(_ digits: Piece) -> Flaw {
        .badPort(String(decoding: digits, as: UTF8.self))
    }

    /// Labels of letters, digits, hyphens and underscores, of 63 bytes at most, 253 in all.
    ///
    /// A name whose last label is a number is a mistyped IPv4 address. Source: RFC 1035 §2.3.
    private static func isName(_ text: Piece) -> Bool {
        let dot = UInt8(ascii: ".")
        let trimmed = text.last == dot ? text.dropLast() : text
        guard trimmed.count <= 253 else { return false }
        let labels = trimmed.split(separator: dot, omittingEmptySubsequences: false)
        for label in labels {
            guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"),
                label.last != UInt8(ascii: "-"), label.allSatisfy(isNameByte)
            else { return false }
        }
        guard let last = labels.last else { return false }
        return !last.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension Endpoint: CustomStringConvertible {
    package var description: String {
        switch host {
        case .address(let ip): SocketAddress(ip: ip, port: port).description
        case .name(let name): "\(name):\(port)"
        }
    }
}

extension Endpoint.Flaw: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missingPort: "the port is missing: expected host:port"
        case .tooManyColons: "too many colons: expected host:port, with IPv6 as [fd00::1]:26656"
        case .strayBracket: "brackets do not match: expected host:port or [fd00::1]:26656"
        case .emptyHost: "the host is empty: expected an IP address or a name before the colon"
        case .badHost(let host): "'\(host)' is neither an IP address nor a host name"
        case .badPort(let port): "'\(port)' is no port: expected a number from 0 to 65535"
        }
    }
}

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

    /// Whether both name one node or one place: "same" of C§1.2.
    package func isSame(as other: PeerAddress) -> Bool {
        id == other.id || socket == other.socket
    }
}

extension PeerAddress {
    /// What is wrong with a text that should be `ID@host:port`.
    package enum ParseError: Error, Hashable, Sendable {
        /// No `@`, or more than one.
        case noID
        /// What stands before the `@` is not 40 hex digits.
        case badID(String)
        case invalid(Endpoint.Flaw)
        /// The host is a name, and names are not resolved here.
        case nameNotResolved(host: String)
    }

    /// Reads `ID@host:port` whose host is an IP address; a scheme in front is dropped.
    package init(parsing text: some StringProtocol) throws(ParseError) {
        let (id, endpoint) = try Self.parse(text)
        switch endpoint.host {
        case .address(let ip):
            self.init(id: id, socket: SocketAddress(ip: ip, port: endpoint.port))
        case .name(let host): throw .nameNotResolved(host: host)
        }
    }

    /// Reads `ID@host:port` for a caller that resolves names itself.
    package static func parse(
        _ text: some StringProtocol
    ) throws(ParseError) -> (id: NodeID, endpoint: Endpoint) {
        try parse(utf8: Array(text.utf8)[...])
    }

    /// As ``parse(_:)``, of text that is still in bytes: nodes say where they listen in bulk.
    static func parse(
        utf8 text: ArraySlice<UInt8>
    ) throws(ParseError) -> (id: NodeID, endpoint: Endpoint) {
        let at = UInt8(ascii: "@")
        let rest = withoutScheme(utf8: text)
        guard let end = rest.firstIndex(of: at), !rest[(end + 1)...].contains(at) else {
            throw .noID
        }
        guard let id = NodeID(hex: rest[..<end]) else {
            throw .badID(String(decoding: rest[..<end], as: UTF8.self))
        }
        do throws(Endpoint.Flaw) {
            return (id, try Endpoint(utf8: rest[(end + 1)...]))
        } catch {
            throw .invalid(error)
        }
    }

    /// The second piece of a split on `://`, if there is one; any scheme passes (C§1.2).
    static func withoutScheme(utf8 text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let start = schemeMark(in: text) else { return text }
        let rest = text[(start + 3)...]
        return rest[..<(schemeMark(in: rest) ?? rest.endIndex)]
    }

    /// Where the first `://` starts.
    private static func schemeMark(in text: ArraySlice<UInt8>) -> Int? {
        let (colon, slash) = (UInt8(ascii: ":"), UInt8(ascii: "/"))
        var index = text.startIndex
        while index + 2 < text.endIndex {
            if text[index] == colon, text[index + 1] == slash, text[index + 2] == slash {
                return index
            }
            index += 1
        }
        return nil
    }
}

extension PeerAddress: CustomStringConvertible, LosslessStringConvertible {
    package var description: String { "\(id)@\(socket)" }

    package init?(_ text: String) {
        guard let address = try? PeerAddress(parsing: text) else { return nil }
        self = address
    }
}

extension PeerAddress.ParseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noID: "no node id: expected ID@host:port with exactly one @"
        case .badID(let id): "'\(id)' is no node id: expected 40 hex digits before the @"
        case .invalid(let flaw): flaw.description
        case .nameNotResolved(let host):
            "the host '\(host)' is a name: expected an IP address, as names are not resolved here"
        }
    }
}

extension PeerAddress: Codable {
    private enum CodingKeys: String, CodingKey { case id, ip, port }

    /// From `{"id","ip","port"}`, the form in CometBFT's address book file.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(NodeID.self, forKey: .id)
        socket = SocketAddress(
            ip: try container.decode(IPAddress.self, forKey: .ip),
            port: try container.decode(UInt16.self, forKey: .port)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(socket.ip, forKey: .ip)
        try container.encode(socket.port, forKey: .port)
    }
}

package import WarrenPeering
package import WarrenPrimitives

extension DocumentProblems {
    /// An IP address with a port; a scheme in front is dropped, as in CometBFT's `laddr`.
    package mutating func socket(_ found: Document, named name: String) -> SocketAddress? {
        if let text = found.string, let socket = SocketAddress(Self.withoutScheme(text)) {
            return socket
        }
        add(
            at: found,
            "'\(name)' is \(found.spoken)",
            expected: "an IP address with a port, such as 127.0.0.1:3001"
        )
        return nil
    }

    /// A host, by address or by name, with a port.
    package mutating func endpoint(_ found: Document, named name: String) -> Endpoint? {
        if let text = found.string, let endpoint = try? Endpoint(parsing: Self.withoutScheme(text))
        {
            return endpoint
        }
        add(
            at: found,
            "'\(name)' is \(found.spoken)",
            expected: "a host with a port, such as relay.example.org:3001"
        )
        return nil
    }

    package mutating func nodeID(_ found: Document, named name: String) -> NodeID? {
        if let text = found.string, let id = NodeID(text) { return id }
        add(
            at: found,
            "'\(name)' has \(found.spoken)",
            expected: "a node id of 40 hex digits"
        )
        return nil
    }

    package mutating func peerAddress(_ found: Document, named name: String) -> PeerAddress? {
        if let text = found.string, let address = PeerAddress(text) { return address }
        add(at: found, "'\(name)' has \(found.spoken)", expected: "ID@IP:port")
        return nil
    }

    /// `ID@host:port`, or without an id, which is then learnt and pinned (design §5).
    package mutating func accessPoint(
        _ found: Document,
        named name: String
    ) -> Topology.AccessPoint? {
        guard let text = found.string, let point = Topology.AccessPoint(text) else {
            add(at: found, "'\(name)' has \(found.spoken)", expected: "ID@host:port or host:port")
            return nil
        }
        return point
    }

    /// A name with a port, whose addresses are looked up, or without one, for SRV records.
    package mutating func dnsSeed(_ found: Document) -> Topology.AccessPoint? {
        if let text = found.string {
            // The parser of `host:port` knows what a name is.
            let whole = try? Endpoint(parsing: text)
            let bare = whole == nil ? try? Endpoint(parsing: text + ":1") : nil
            if let endpoint = whole ?? bare, case .name(let name) = endpoint.host {
                return Topology.AccessPoint(id: nil, host: .name(name), port: whole?.port)
            }
        }
        add(
            at: found,
            "'DNSSeeds' has \(found.spoken)",
            expected: "a name with a port, such as seeds.example.org:3001, or an SRV name without, "
                + "such as _warren._tcp.example.org"
        )
        return nil
    }

    /// An IP address; its port is 53 unless said.
    package mutating func dnsServer(_ found: Document) -> SocketAddress? {
        if let text = found.string {
            if let socket = SocketAddress(text), socket.port != 0, !socket.ip.isUnspecified {
                return socket
            }
            if let ip = IPAddress(text), !ip.isUnspecified {
                return SocketAddress(ip: ip, port: 53)
            }
        }
        add(
            at: found,
            "'DNSServers' has \(found.spoken)",
            expected: "an IP address, with a port unless it is 53, such as 127.0.0.1:5353"
        )
        return nil
    }

    /// 1 to 50 printable ASCII characters without blanks.
    ///
    /// Source: C§3.1, and CometBFT's limit on chain ids.
    package mutating func networkID(_ found: Document, named name: String) -> String? {
        if let text = found.string, text.utf8.allSatisfy({ (33...126).contains($0) }),
            (1...NodeConfiguration.networkIDLimit).contains(text.utf8.count)
        {
            return text
        }
        add(
            at: found,
            "'\(name)' is \(found.spoken)",
            expected: "1 to \(NodeConfiguration.networkIDLimit) printable ASCII characters"
        )
        return nil
    }

    private static func withoutScheme(_ text: String) -> String {
        let scheme = "tcp://"
        return text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
    }
}

extension MapReader {
    /// A list of peers: a JSON list, or CometBFT's text with commas between them.
    ///
    /// Blanks are trimmed and empty items dropped (C§9).
    mutating func peers<Peer>(
        _ key: String,
        limit: Int = NodeConfiguration.listLimit,
        _ body: (inout DocumentProblems, Document) -> Peer?
    ) -> [Peer]? {
        guard let found = optional(key) else { return nil }
        let items: Document =
            switch found.value {
            case .string(let text):
                .list(
                    text.split(separator: ",").map { piece in
                        Document(
                            .string(Self.trimmed(piece)),
                            line: found.line,
                            column: found.column
                        )
                    }.filter { $0.string != "" }
                )
            case .null, .bool, .integer, .decimal, .list, .map: found
            }
        return withProblems {
            $0.list(items, named: key, limit: limit) { body(&$1, $0) }
        }
    }

    mutating func refuseUnbuilt(_ key: String, _ found: Document) {
        withProblems {
            $0.add(
                at: found,
                "'\(key)' is \(found.spoken): not supported yet",
                hint: "leave it out"
            )
        }
    }

    /// `document`, or the map itself where the file does not say it.
    func place(or document: Document?) -> Document { document ?? place }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension Topology.AccessPoint: CustomStringConvertible, LosslessStringConvertible {
    /// As `ID@host:port`; a part that is not known is left out.
    package var description: String {
        let prefix = id.map { "\($0)@" } ?? ""
        switch (host, port) {
        case (.ip(let ip), .some(let port)): return prefix + "\(SocketAddress(ip: ip, port: port))"
        case (.ip(let ip), .none): return prefix + "\(ip)"
        case (.name(let name), .some(let port)): return prefix + "\(name):\(port)"
        case (.name(let name), .none): return prefix + name
        }
    }

    /// Reads `ID@host:port` or `host:port`.
    package init?(_ text: String) {
        let id: NodeID?
        let endpoint: Endpoint
        if text.utf8.contains(UInt8(ascii: "@")) {
            guard let parsed = try? PeerAddress.parse(text) else { return nil }
            id = parsed.id
            endpoint = parsed.endpoint
        } else {
            guard let parsed = try? Endpoint(parsing: text) else { return nil }
            id = nil
            endpoint = parsed
        }
        switch endpoint.host {
        case .address(let ip): self.init(id: id, host: .ip(ip), port: endpoint.port)
        case .name(let name): self.init(id: id, host: .name(name), port: endpoint.port)
        }
    }
}

package import WarrenPrimitives

/// What peers say on channel 0x74: `Routing` of `routing.proto`, beside this file.
package enum RoutingMessage: Hashable, Sendable {
    /// Who is nearest to this id?
    case findNode(NodeID)
    /// These are, nearest first.
    case nodes([PeerAddress])

    /// The longest message, in bytes; sixteen of the longest contacts have 1,280.
    package static let byteLimit = 2048
    /// Contacts of one answer: k.
    package static let contactLimit = RoutingTable.bucketLimit
    /// Letters of the longest address: `::ffff:` before four groups of three digits and an IPv6
    /// address in full have 45 at most.
    static let addressLimit = 45

    package enum Flaw: Error, Hashable, Sendable {
        case tooLong(Int)
        case protobuf(ProtobufError)
        case tooManyContacts
        /// No known case of the oneof.
        case unknown
    }

    package init(_ bytes: [UInt8]) throws(Flaw) {
        guard bytes.count <= Self.byteLimit else { throw .tooLong(bytes.count) }
        let read: RoutingMessage?
        do throws(ProtobufError) {
            read = try Self.read(bytes.span)
        } catch {
            throw .protobuf(error)
        }
        guard let read else { throw .unknown }
        if case .nodes(let contacts) = read, contacts.count > Self.contactLimit {
            throw .tooManyContacts
        }
        self = read
    }

    /// The last case of the oneof holds, as in every protobuf decoder.
    private static func read(_ span: Span<UInt8>) throws(ProtobufError) -> RoutingMessage? {
        var message: RoutingMessage?
        var offset = 0
        while let field = try span.protobufField(at: &offset) {
            switch field.number {
            case 1: message = .findNode(try target(span.extracting(try field.range())))
            case 2:
                // Two of one message field merge: their lists join.
                var contacts: [PeerAddress] = []
                if case .nodes(let earlier) = message { contacts = earlier }
                try readContacts(span.extracting(try field.range()), into: &contacts)
                message = .nodes(contacts)
            default: break
            }
        }
        return message
    }

    private static func target(_ span: Span<UInt8>) throws(ProtobufError) -> NodeID {
        var target: NodeID?
        var offset = 0
        while let field = try span.protobufField(at: &offset) {
            guard field.number == 1 else { continue }
            target = try id(span, try field.range())
        }
        guard let target else { throw .missing(field: 1) }
        return target
    }

    private static func readContacts(
        _ span: Span<UInt8>,
        into contacts: inout [PeerAddress]
    ) throws(ProtobufError) {
        var offset = 0
        contacts.reserveCapacity(min(contactLimit, span.count / leastContactSize))
        while let field = try span.protobufField(at: &offset) {
            guard field.number == 1 else { continue }
            let body = span.extracting(try field.range())
            if let contact = PeerAddress(plainContact: body) {
                contacts.append(contact)
            } else {
                contacts.append(try contact(body))
            }
        }
    }

    /// Bytes of a contact with an IPv4 address of seven letters, key and length included.
    private static let leastContactSize = 35

    private static func contact(_ span: Span<UInt8>) throws(ProtobufError) -> PeerAddress {
        var node: NodeID?
        var ip: IPAddress?
        var port: UInt16?
        var offset = 0
        while let field = try span.protobufField(at: &offset) {
            switch field.number {
            case 1: node = try id(span, try field.range())
            case 2:
                ip = try address(span, try field.range())
            case 3:
                guard let narrow = UInt16(exactly: try field.varint()), narrow > 0 else {
                    throw .outOfRange(field: 3)
                }
                port = narrow
            default: break
            }
        }
        guard let node else { throw .missing(field: 1) }
        guard let ip else { throw .missing(field: 2) }
        guard let port else { throw .missing(field: 3) }
        return PeerAddress(id: node, socket: SocketAddress(ip: ip, port: port))
    }

    private static func address(
        _ span: Span<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufError) -> IPAddress {
        guard range.count <= addressLimit else { throw .outOfRange(field: 2) }
        if let bits = IPAddress.parseV4(span.extracting(range)) { return IPAddress(v4: bits) }
        if let address = IPAddress(utf8: span.copy(range)[...]) { return address }
        _ = try span.text(range, field: 2)
        throw .outOfRange(field: 2)
    }

    private static func id(
        _ span: Span<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufError) -> NodeID {
        guard let id = NodeID(span, range) else { throw .outOfRange(field: 1) }
        return id
    }

    /// About as many bytes as it takes: 45 a contact, most of which have an IPv4 address.
    private var capacity: Int {
        switch self {
        case .findNode: 24
        case .nodes(let contacts): 8 + 45 * contacts.count
        }
    }

    package var bytes: [UInt8] {
        var writer = ProtobufWriter(capacity: capacity)
        switch self {
        case .findNode(let target): writer.message(1) { $0.id(1, target) }
        case .nodes(let contacts):
            writer.message(2) { list in
                for contact in contacts where !list.plainContact(1, contact) {
                    list.message(1) {
                        $0.id(1, contact.id)
                        $0.ip(2, contact.socket.ip)
                        $0.varint(3, UInt64(contact.socket.port))
                    }
                }
            }
        }
        return writer.bytes
    }
}

package import WarrenPeering
package import WarrenPrimitives

/// A pool says on the chain through which relays it wants to be reached, and with what stake.
///
/// The ledger's registrations are where ledger peers come from (O§9.1). A pool signs its own, so
/// that nobody speaks for another.
package struct RelayRegistration: Hashable, Sendable {
    /// The pool's raw Ed25519 public key.
    package let pool: Hash
    /// Any unit, as only the share counts; 0 takes the pool off the ledger.
    package let pledge: UInt64
    /// Greater than that of the pool's registration before it.
    package let serial: UInt64
    package let relays: [Topology.AccessPoint]
    package let signature: [UInt8]

    /// Relays in one registration.
    package static let relayLimit = 16
    /// Bytes of the longest DNS name.
    ///
    /// Source: RFC 1035, section 3.1, without the final dot.
    package static let nameByteLimit = 253
    private static let domain = Array("warren/registration/1".utf8)

    /// Makes and signs a registration.
    package init(
        pledge: UInt64,
        serial: UInt64,
        relays: [Topology.AccessPoint],
        by key: NodeKey
    ) {
        precondition(relays.count <= Self.relayLimit, "\(relays.count) relays are too many")
        guard let pool = Hash(key.publicKey) else {
            preconditionFailure("a public key has 32 bytes")
        }
        self.pool = pool
        self.pledge = pledge
        self.serial = serial
        self.relays = relays
        signature = key.sign(Self.domain + Self.unsigned(pool, pledge, serial, relays))
    }

    /// Whether the pool signed it.
    package var isSigned: Bool {
        NodeKey.verify(
            signature,
            of: Self.domain + Self.unsigned(pool, pledge, serial, relays),
            by: pool.bytes
        )
    }

    private static func unsigned(
        _ pool: Hash,
        _ pledge: UInt64,
        _ serial: UInt64,
        _ relays: [Topology.AccessPoint]
    ) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 256)
        writeUnsigned(pool, pledge, serial, relays, into: &writer)
        return writer.bytes
    }
}

// MARK: - Coding

extension RelayRegistration {
    func write(into writer: inout ProtobufWriter) {
        Self.writeUnsigned(pool, pledge, serial, relays, into: &writer)
        writer.bytes(5, signature)
    }

    private static func writeUnsigned(
        _ pool: Hash,
        _ pledge: UInt64,
        _ serial: UInt64,
        _ relays: [Topology.AccessPoint],
        into writer: inout ProtobufWriter
    ) {
        writer.bytes(1, pool.bytes)
        writer.varint(2, pledge)
        writer.varint(3, serial)
        for relay in relays {
            writer.message(4) { writer in
                switch relay.host {
                case .ip(let address): writer.string(1, "\(address)")
                case .name(let name): writer.string(1, name)
                }
                writer.varint(2, UInt64(relay.port ?? 0))
                writer.bytes(3, relay.id?.bytes ?? [])
            }
        }
    }

    init(_ bytes: Span<UInt8>) throws(ProtobufError) {
        var pool: Hash?
        var pledge: UInt64 = 0
        var serial: UInt64 = 0
        var relays: [Topology.AccessPoint] = []
        var signature: [UInt8] = []
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            switch field.number {
            case 1: pool = try field.hash32(in: bytes)
            case 2: pledge = try field.varint()
            case 3: serial = try field.varint()
            case 4:
                guard relays.count < Self.relayLimit else { throw .outOfRange(field: 4) }
                relays.append(try Self.accessPoint(bytes.extracting(field.range())))
            case 5: signature = bytes.copy(try field.range())
            default: throw .outOfRange(field: field.number)
            }
        }
        guard let pool else { throw .missing(field: 1) }
        guard signature.count == NodeKey.signatureByteCount else { throw .outOfRange(field: 5) }
        self.pool = pool
        self.pledge = pledge
        self.serial = serial
        self.relays = relays
        self.signature = signature
    }

    private static func accessPoint(
        _ bytes: Span<UInt8>
    ) throws(ProtobufError) -> Topology.AccessPoint {
        var host = ""
        var port: UInt16?
        var id: NodeID?
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            switch field.number {
            case 1: host = try bytes.text(field.range(), field: 1)
            case 2:
                guard let value = UInt16(exactly: try field.varint()), value > 0 else {
                    throw .outOfRange(field: 2)
                }
                port = value
            case 3:
                guard let found = NodeID(bytes.copy(try field.range())) else {
                    throw .outOfRange(field: 3)
                }
                id = found
            default: throw .outOfRange(field: field.number)
            }
        }
        guard (1...nameByteLimit).contains(host.utf8.count) else { throw .outOfRange(field: 1) }
        if let address = IPAddress(host) {
            guard port != nil else { throw .missing(field: 2) }
            return Topology.AccessPoint(id: id, host: .ip(address), port: port)
        }
        return Topology.AccessPoint(id: id, host: .name(host), port: port)
    }
}

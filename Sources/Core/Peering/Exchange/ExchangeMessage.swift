package import WarrenPrimitives

/// What peers say on channel 0x00: `Message` of `pex.proto`, beside this file.
///
/// Source: C§7.1.
package enum ExchangeMessage: Hashable, Sendable {
    case request
    /// Addresses as they stand in the message: ids are not checked yet.
    case addresses([AnnouncedAddress])

    /// The longest message, in bytes: 250 addresses of up to 256 (C§7.1).
    package static let byteLimit = 64_000
    /// How many addresses of one answer are heeded, and sent.
    ///
    /// No honest peer sends more (C§6.1: the selection limit); upstream heeds as many as fit.
    package static let addressLimit = 250

    package enum Flaw: Error, Hashable, Sendable {
        case tooLong(Int)
        case protobuf(ProtobufError)
        /// No known case of the oneof.
        case unknown
    }

    package init(_ bytes: [UInt8]) throws(Flaw) {
        guard bytes.count <= Self.byteLimit else { throw .tooLong(bytes.count) }
        let read: ExchangeMessage?
        do throws(ProtobufError) {
            read = try Self.read(bytes.span)
        } catch {
            throw .protobuf(error)
        }
        guard let read else { throw .unknown }
        self = read
    }

    /// The last case of the oneof holds, as in every protobuf decoder.
    private static func read(_ span: Span<UInt8>) throws(ProtobufError) -> ExchangeMessage? {
        var message: ExchangeMessage?
        var offset = 0
        while let field = try span.protobufField(at: &offset) {
            switch field.number {
            case 1:
                try readRequest(span.extracting(try field.range()))
                message = .request
            case 2:
                // Two of one message field merge: their lists join.
                var addresses: [AnnouncedAddress] = []
                if case .addresses(let earlier) = message { addresses = earlier }
                try readAddresses(span.extracting(try field.range()), into: &addresses)
                message = .addresses(addresses)
            default: break
            }
        }
        return message
    }

    /// A request has no fields; those that are there must still be well formed.
    private static func readRequest(_ span: Span<UInt8>) throws(ProtobufError) {
        var offset = 0
        while try span.protobufField(at: &offset) != nil {}
    }

    /// Every address must be well formed, but only the first ``addressLimit`` are kept.
    private static func readAddresses(
        _ span: Span<UInt8>,
        into addresses: inout [AnnouncedAddress]
    ) throws(ProtobufError) {
        var offset = 0
        while let field = try span.protobufField(at: &offset) {
            guard field.number == 1 else { continue }
            let address = try AnnouncedAddress(span.extracting(try field.range()))
            if addresses.count < addressLimit { addresses.append(address) }
        }
    }

    package var bytes: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .request: writer.message(1) { _ in }
        case .addresses(let addresses):
            writer.message(2) { list in
                for address in addresses { list.message(1) { address.write(into: &$0) } }
            }
        }
        return writer.bytes
    }

    /// An answer of as many of `addresses`, from the front, as the limits allow.
    package static func answer(_ addresses: [PeerAddress]) -> ExchangeMessage {
        // Each is written in at most 45 bytes of IP text, 40 of id, 3 of port, and 8 of keys and
        // lengths: so 250 always fit in 64,000 bytes, with room for the message around them.
        .addresses(addresses.prefix(addressLimit).map(AnnouncedAddress.init))
    }
}

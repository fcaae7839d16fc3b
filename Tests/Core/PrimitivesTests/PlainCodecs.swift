import WarrenPrimitives

// Messages whose codecs live in other modules, written here once more with the reader and writer
// alone: what is tested is the reader and the writer.

/// A packet of MConnection (C§4.1).
enum PlainPacket: Hashable {
    case ping
    case pong
    case message(channel: Int32, isLast: Bool, bytes: [UInt8])
    case none

    var encoded: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .ping: writer.message(1) { _ in }
        case .pong: writer.message(2) { _ in }
        case .message(let channel, let isLast, let bytes):
            writer.message(3) { inner in
                inner.varint(1, UInt64(bitPattern: Int64(channel)))
                inner.bool(2, isLast)
                inner.bytes(3, bytes)
            }
        case .none: break
        }
        return writer.bytes
    }

    init(_ message: Span<UInt8>) throws(ProtobufError) {
        self = .none
        var offset = 0
        while let field = try message.protobufField(at: &offset) {
            switch field.number {
            case 1:
                try skim(message.extracting(try field.range()))
                self = .ping
            case 2:
                try skim(message.extracting(try field.range()))
                self = .pong
            case 3: try merge(message.extracting(try field.range()))
            default: break
            }
        }
    }

    private mutating func merge(_ inner: Span<UInt8>) throws(ProtobufError) {
        var (channel, isLast, bytes): (Int32, Bool, [UInt8]) = (0, false, [])
        if case .message(let a, let b, let c) = self { (channel, isLast, bytes) = (a, b, c) }
        var offset = 0
        while let field = try inner.protobufField(at: &offset) {
            switch field.number {
            case 1: channel = Int32(truncatingIfNeeded: try field.varint())
            case 2: isLast = try field.bool()
            case 3: bytes = inner.copy(try field.range())
            default: break
            }
        }
        self = .message(channel: channel, isLast: isLast, bytes: bytes)
    }
}

/// A message of peer exchange (C§7.1).
enum PlainExchange: Hashable {
    case request
    case addresses([AnnouncedAddress])
    case none

    var encoded: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .request: writer.message(1) { _ in }
        case .addresses(let addresses):
            writer.message(2) { inner in
                for address in addresses { inner.message(1) { address.write(into: &$0) } }
            }
        case .none: break
        }
        return writer.bytes
    }

    init(_ message: Span<UInt8>) throws(ProtobufError) {
        self = .none
        var offset = 0
        while let field = try message.protobufField(at: &offset) {
            switch field.number {
            case 1:
                try skim(message.extracting(try field.range()))
                self = .request
            case 2:
                var addresses: [AnnouncedAddress] = []
                if case .addresses(let earlier) = self { addresses = earlier }
                let inner = message.extracting(try field.range())
                var place = 0
                while let item = try inner.protobufField(at: &place) {
                    guard item.number == 1 else { continue }
                    addresses.append(try AnnouncedAddress(inner.extracting(try item.range())))
                }
                self = .addresses(addresses)
            default: break
            }
        }
    }
}

/// Reads a message to its end, for its errors only.
func skim(_ message: Span<UInt8>) throws(ProtobufError) {
    var offset = 0
    while try message.protobufField(at: &offset) != nil {}
}

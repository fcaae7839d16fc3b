import WarrenPrimitives

extension Packet {
    /// The next whole packet at `offset`, which moves past it; nil if its end has not come yet.
    ///
    /// Nothing is copied. Unknown fields are stepped over; of several kinds in one packet the last
    /// one counts, as in every protobuf decoder. Source: C§4.1, C§4.5.
    package static func next(
        in bytes: Span<UInt8>,
        at offset: inout Int,
        bodyLimit: Int
    ) throws(Connection.Violation) -> Packet? {
        var start = offset
        guard let announced = try announcedLength(in: bytes, at: &start) else { return nil }
        guard announced <= UInt64(bodyLimit) else {
            throw .packetTooLong(length: Int(clamping: announced), limit: bodyLimit)
        }
        let length = Int(announced)
        guard bytes.count - start >= length else { return nil }
        offset = start + length
        let packet: Packet?
        do {
            packet = try decode(bytes.extracting(start..<offset), shiftedBy: start)
        } catch {
            throw .badPacket(error)
        }
        guard let packet else { throw .packetWithoutKind }
        return packet
    }

    private static func announcedLength(
        in bytes: Span<UInt8>,
        at offset: inout Int
    ) throws(Connection.Violation) -> UInt64? {
        do {
            return try bytes.announcedLength(at: &offset)
        } catch {
            throw .badPacket(error)
        }
    }

    private static func decode(
        _ body: Span<UInt8>,
        shiftedBy base: Int
    ) throws(ProtobufError) -> Packet? {
        var packet: Packet?
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            switch field.number {
            case 1:
                try checkFields(body.extracting(field.range()))
                packet = .ping
            case 2:
                try checkFields(body.extracting(field.range()))
                packet = .pong
            case 3:
                let range = try field.range()
                packet = try piece(body.extracting(range), shiftedBy: base + range.lowerBound)
            default:
                break
            }
        }
        return packet
    }

    private static func piece(
        _ body: Span<UInt8>,
        shiftedBy base: Int
    ) throws(ProtobufError) -> Packet {
        var channel: Int32 = 0
        var isLast = false
        var data = base..<base
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            switch field.number {
            case 1: channel = Int32(truncatingIfNeeded: try field.varint())
            case 2: isLast = try field.bool()
            case 3:
                let range = try field.range()
                data = base + range.lowerBound..<base + range.upperBound
            default: break
            }
        }
        return .piece(channel: channel, isLast: isLast, data: data)
    }

    /// A ping or pong has no fields of its own, but what it holds must still be fields.
    private static func checkFields(_ body: Span<UInt8>) throws(ProtobufError) {
        var offset = 0
        while try body.protobufField(at: &offset) != nil {}
    }
}

extension Span<UInt8> {
    /// The length in front of a delimited message at `offset`, which moves past it.
    ///
    /// Nil when the length is cut short; it may be any 64-bit number, so compare before use.
    func announcedLength(at offset: inout Int) throws(ProtobufError) -> UInt64? {
        let available = Swift.min(count - offset, Packet.delimiterLimit)
        let hasEnd = (offset..<offset + available).contains { self[$0] < 0x80 }
        guard hasEnd || available == Packet.delimiterLimit else { return nil }
        return try protobufVarint(at: &offset)
    }
}

extension [UInt8] {
    /// Appends a delimited packet with one piece of `message`; answers its length on the wire.
    ///
    /// As proto3 does, channel 0, a false `isLast` and empty data are left out.
    mutating func appendPiece(
        of message: [UInt8],
        _ range: Range<Int>,
        channel: ChannelID,
        isLast: Bool
    ) -> Int {
        let dataLength = range.isEmpty ? 0 : 1 + PacketSize.varintLength(range.count) + range.count
        let pieceLength = (channel.rawValue == 0 ? 0 : 2) + (isLast ? 2 : 0) + dataLength
        let bodyLength = 1 + PacketSize.varintLength(pieceLength) + pieceLength
        appendVarint(bodyLength)
        append(0x1A)
        appendVarint(pieceLength)
        if channel.rawValue != 0 {
            append(0x08)
            append(channel.rawValue)
        }
        if isLast {
            append(0x10)
            append(0x01)
        }
        if !range.isEmpty {
            append(0x1A)
            appendVarint(range.count)
            append(contentsOf: message[range])
        }
        return PacketSize.varintLength(bodyLength) + bodyLength
    }

    private mutating func appendVarint(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends the bytes of a span in one go.
    mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

import WarrenPrimitives

// Sixteen contacts are in every answer, and nearly all are alike: an id, an IPv4 address and a port,
// in this order. So they are written and read in one go; every other form goes the long way. Both
// ways say the same, which a test holds them to.
//
//     0a 14  20 bytes of id   12 n  n letters   18  port, 1 to 3 bytes

/// Bytes before the address's letters.
private let headSize = 24
/// The longest plain contact's bytes.
private let limit = headSize + 15 + 1 + 3

extension PeerAddress {
    /// Reads the body of a plain contact; nil for anything else, be it a contact or not.
    init?(plainContact span: Span<UInt8>) {
        guard span.count > headSize, span.count <= limit, span[0] == 0x0A, span[1] == 20,
            span[22] == 0x12
        else { return nil }
        let end = headSize + Int(span[23])
        guard end + 1 < span.count, span[end] == 0x18,
            let bits = IPAddress.parseV4(span.extracting(headSize..<end)),
            let id = NodeID(span, 2..<22)
        else { return nil }
        var offset = end + 1
        guard let number = try? span.protobufVarint(at: &offset), offset == span.count,
            let port = UInt16(exactly: number), port > 0
        else { return nil }
        self.init(id: id, socket: SocketAddress(ip: IPAddress(v4: bits), port: port))
    }
}

extension ProtobufWriter {
    /// Writes a plain contact; false, with nothing written, if this is none.
    mutating func plainContact(_ field: Int, _ contact: PeerAddress) -> Bool {
        let port = UInt32(contact.socket.port)
        guard field < 16, port > 0, let (letters, count) = contact.socket.ip.dottedLetters else {
            return false
        }
        var body = InlineArray<45, UInt8>(repeating: 0)
        let words = contact.id.words
        body[0] = UInt8(field << 3 | 2)
        body[2] = 0x0A
        body[3] = 20
        for place in 0..<8 {
            body[4 + place] = UInt8(truncatingIfNeeded: words.high >> UInt64(56 - 8 * place))
            body[12 + place] = UInt8(truncatingIfNeeded: words.middle >> UInt64(56 - 8 * place))
        }
        for place in 0..<4 {
            body[20 + place] = UInt8(truncatingIfNeeded: words.low >> UInt32(24 - 8 * place))
        }
        body[24] = 0x12
        body[25] = UInt8(count)
        for place in 0..<count {
            body[26 + place] = UInt8(truncatingIfNeeded: letters >> UInt128(8 * place))
        }
        var end = 26 + count
        body[end] = 0x18
        end += 1
        var rest = port
        while rest >= 0x80 {
            body[end] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            end += 1
        }
        body[end] = UInt8(rest)
        end += 1
        // Without the key and the length itself; below 128 always.
        body[1] = UInt8(end - 2)
        append(body.span.extracting(0..<end))
        return true
    }
}

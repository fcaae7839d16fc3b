/// What is wrong with bytes that should be a protobuf message.
package enum ProtobufError: Error, Hashable, Sendable {
    /// The message ends inside a field.
    case truncated
    /// A varint of more than ten bytes, or over 64 bits.
    case varintTooLong
    /// Field number 0, or over 2²⁹ − 1.
    case badFieldNumber
    /// A group that ends without a start, or groups nested more than ``ProtobufField/depthLimit``.
    case badGroup
    /// A field that we know, in another wire type than its own.
    case wrongWireType(field: Int)
    /// A string that is not UTF-8.
    case badText(field: Int)
    /// A value outside the range of its field.
    case outOfRange(field: Int)
    /// A field that must be there is not.
    case missing(field: Int)
}

/// One field of a protobuf message, as it lies in the bytes it was read from.
package struct ProtobufField: Hashable, Sendable {
    package let number: Int
    package let value: Value

    package enum Value: Hashable, Sendable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        /// Where the content lies: offsets into the span that was read.
        case bytes(Range<Int>)
    }

    /// How deep groups, which only strangers send, may nest.
    package static let depthLimit = 16

    package func varint() throws(ProtobufError) -> UInt64 {
        guard case .varint(let value) = value else { throw .wrongWireType(field: number) }
        return value
    }

    package func bool() throws(ProtobufError) -> Bool { try varint() != 0 }

    /// The low 32 bits of a varint: what every protobuf decoder makes of a longer one.
    package func uint32() throws(ProtobufError) -> UInt32 {
        UInt32(truncatingIfNeeded: try varint())
    }

    package func range() throws(ProtobufError) -> Range<Int> {
        guard case .bytes(let range) = value else { throw .wrongWireType(field: number) }
        return range
    }
}

extension Span<UInt8> {
    /// The next field at or after `offset`, which moves past it; nil at the end of the message.
    ///
    /// Groups are stepped over, as every protobuf decoder does with fields it does not know.
    package func protobufField(
        at offset: inout Int
    ) throws(ProtobufError) -> ProtobufField? {
        var depth = 0
        while offset < count {
            let key = try protobufVarint(at: &offset)
            guard key >= 1 << 3, key < 1 << 32 else { throw .badFieldNumber }
            let number = Int(key >> 3)
            switch key & 7 {
            case 0:
                let value = try protobufVarint(at: &offset)
                if depth == 0 { return ProtobufField(number: number, value: .varint(value)) }
            case 1:
                let value: UInt64 = try protobufFixed(at: &offset)
                if depth == 0 { return ProtobufField(number: number, value: .fixed64(value)) }
            case 2:
                let length = try protobufVarint(at: &offset)
                guard length <= UInt64(count - offset) else { throw .truncated }
                let range = offset..<offset + Int(length)
                offset = range.upperBound
                if depth == 0 { return ProtobufField(number: number, value: .bytes(range)) }
            case 3:
                depth += 1
                guard depth <= ProtobufField.depthLimit else { throw .badGroup }
            case 4:
                depth -= 1
                guard depth >= 0 else { throw .badGroup }
            case 5:
                let value: UInt32 = try protobufFixed(at: &offset)
                if depth == 0 { return ProtobufField(number: number, value: .fixed32(value)) }
            default:
                throw .wrongWireType(field: number)
            }
        }
        guard depth == 0 else { throw .truncated }
        return nil
    }

    /// A base-128 varint at `offset`, which moves past it.
    ///
    /// Over-long forms are accepted (C§2.7).
    package func protobufVarint(at offset: inout Int) throws(ProtobufError) -> UInt64 {
        guard offset < count else { throw .truncated }
        let first = self[offset]
        offset += 1
        // Nearly all: keys, lengths and small numbers.
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while offset < count {
            let byte = self[offset]
            offset += 1
            if shift == 63, byte > 1 { throw .varintTooLong }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw .varintTooLong }
        }
        throw .truncated
    }

    private func protobufFixed<Value: FixedWidthInteger>(
        at offset: inout Int
    ) throws(ProtobufError) -> Value {
        let size = Value.bitWidth / 8
        guard count - offset >= size else { throw .truncated }
        var value: Value = 0
        for index in 0..<size { value |= Value(self[offset + index]) << (8 * index) }
        offset += size
        return value
    }

    /// The bytes of `range`, copied.
    package func copy(_ range: Range<Int>) -> [UInt8] {
        // The span's bytes for the time of the call; the range is checked.
        unsafe extracting(range).withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }

    /// The UTF-8 text in `range`, which is the content of `field`.
    package func text(_ range: Range<Int>, field: Int) throws(ProtobufError) -> String {
        guard let text = String(validating: copy(range), as: UTF8.self) else {
            throw .badText(field: field)
        }
        return text
    }
}

/// Writes a protobuf message, field by field, in the order of the calls.
///
/// As proto3 does, plain fields that hold their default are left out; `message` is always written.
package struct ProtobufWriter {
    package private(set) var bytes: [UInt8] = []

    /// Bytes of the longest varint.
    private static let varintLimit = 10

    /// A writer with room for `capacity` bytes; it grows when there are more.
    package init(capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    package mutating func varint(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        key(field, wireType: 0)
        raw(value)
    }

    package mutating func bool(_ field: Int, _ value: Bool) { varint(field, value ? 1 : 0) }

    package mutating func bytes(_ field: Int, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        key(field, wireType: 2)
        raw(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func string(_ field: Int, _ value: String) {
        guard !value.isEmpty else { return }
        key(field, wireType: 2)
        raw(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// A node id, as its bytes.
    package mutating func id(_ field: Int, _ value: NodeID) {
        key(field, wireType: 2)
        raw(UInt64(NodeID.byteCount))
        value.append(to: &bytes)
    }

    /// An IP address, as text, whose length has one byte.
    package mutating func ip(_ field: Int, _ value: IPAddress) {
        key(field, wireType: 2)
        let place = bytes.count
        bytes.append(0)
        value.append(to: &bytes)
        bytes[place] = UInt8(bytes.count - place - 1)
    }

    /// Bytes that are fields already.
    package mutating func append(_ fields: Span<UInt8>) {
        // The span's bytes for the time of the call; added in one go.
        unsafe fields.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    /// A nested message, written even when it is empty.
    ///
    /// The body is written in its place behind a length of one byte, which a body over 127 bytes
    /// then widens: most are shorter, and none needs a buffer of its own.
    package mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
        key(field, wireType: 2)
        let place = bytes.count
        bytes.append(0)
        body(&self)
        let length = UInt64(bytes.count - place - 1)
        if length < 0x80 {
            bytes[place] = UInt8(length)
        } else {
            var prefix = ProtobufWriter(capacity: Self.varintLimit)
            prefix.raw(length)
            bytes.replaceSubrange(place...place, with: prefix.bytes)
        }
    }

    /// `message` with its length as a varint in front: "delimited" (C§0.1).
    package static func delimited(_ message: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter(capacity: varintLimit + message.count)
        writer.raw(UInt64(message.count))
        writer.bytes.append(contentsOf: message)
        return writer.bytes
    }

    private mutating func key(_ field: Int, wireType: UInt64) {
        raw(UInt64(field) << 3 | wireType)
    }

    private mutating func raw(_ value: UInt64) {
        // Nearly all: keys, lengths and small numbers.
        if value < 0x80 { return bytes.append(UInt8(value)) }
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

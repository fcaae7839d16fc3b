import Testing
import WarrenPrimitives
import WarrenSupport

struct ProtobufTests {
    let file: WireVectors

    init() throws { file = try WireVectors.load() }

    private func error(_ bytes: [UInt8]) -> ProtobufError? {
        do throws(ProtobufError) {
            try skim(bytes.span)
            return nil
        } catch {
            return error
        }
    }

    @Test
    func `packets of the vectors are read and written byte for byte`() throws {
        let text = Array("data transmitted over the wire".utf8)
        let abc = Array("abc".utf8)
        let expected: [PlainPacket] = [
            .ping, .pong, .message(channel: 1, isLast: false, bytes: text),
            .message(channel: 0, isLast: true, bytes: [0x0A, 0x00]),
            .message(channel: 0x40, isLast: true, bytes: abc),
            .message(channel: 1, isLast: true, bytes: abc),
            .message(channel: 0, isLast: true, bytes: []),
        ]
        #expect(file.packets.cases.count == expected.count)
        for (row, packet) in zip(file.packets.cases, expected) {
            #expect(Hex.text(packet.encoded) == row.hex)
            let bytes = try #require(Hex.bytes(row.hex))
            #expect(try PlainPacket(bytes.span) == packet)
            if let delimited = row.delimited_hex {
                #expect(Hex.text(ProtobufWriter.delimited(packet.encoded)) == delimited)
            }
        }
    }

    @Test
    func `peer exchange messages of the vectors are read and written byte for byte`() throws {
        let counts = [nil, 1, 0, 2]
        for (row, count) in zip(file.pex.cases, counts) {
            let bytes = try #require(Hex.bytes(row.hex))
            let message = try PlainExchange(bytes.span)
            #expect(message.encoded == bytes)
            switch message {
            case .request: #expect(count == nil)
            case .addresses(let addresses): #expect(count == addresses.count)
            case .none: Issue.record("nothing was read from \(row.hex)")
            }
        }
    }

    @Test
    func `the ephemeral key and public keys of the vectors are written byte for byte`() throws {
        let row = file.bytes_value_ephemeral
        var value = ProtobufWriter()
        value.bytes(1, try #require(row.value_hex.flatMap(Hex.bytes)))
        #expect(Hex.text(value.bytes) == row.hex)
        #expect(Hex.text(ProtobufWriter.delimited(value.bytes)) == row.delimited_hex)
        for (index, row) in file.public_key.cases.enumerated() {
            var key = ProtobufWriter()
            key.bytes(index + 1, [UInt8](repeating: 0, count: 32 + index))
            #expect(Hex.text(key.bytes) == row.hex)
        }
    }

    @Test
    func `delimiters are those of the vectors`() throws {
        for row in file.delimiter.cases {
            let message = [UInt8](repeating: 7, count: row.n)
            let delimited = ProtobufWriter.delimited(message)
            #expect(Hex.text(delimited.dropLast(row.n)) == row.hex)
            var offset = 0
            #expect(try delimited.span.protobufVarint(at: &offset) == UInt64(row.n))
            #expect(offset == delimited.count - row.n)
        }
        for row in file.delimiter.invalid {
            let bytes = try #require(Hex.bytes(row.hex))
            #expect(throws: ProtobufError.self) {
                var offset = 0
                _ = try bytes.span.protobufVarint(at: &offset)
            }
        }
    }

    @Test
    func `a varint has 64 bits and ten bytes at most, and may be longer than it need be`() throws {
        func read(_ bytes: [UInt8]) throws(ProtobufError) -> UInt64 {
            var offset = 0
            let value = try bytes.span.protobufVarint(at: &offset)
            #expect(offset == bytes.count)
            return value
        }
        let nines = [UInt8](repeating: 0xFF, count: 9)
        #expect(try read(nines + [1]) == .max)
        #expect(throws: ProtobufError.varintTooLong) { try read(nines + [2]) }
        #expect(throws: ProtobufError.varintTooLong) { try read(nines + [0x81, 0]) }
        #expect(throws: ProtobufError.truncated) { try read(nines) }
        #expect(throws: ProtobufError.truncated) { try read([]) }
        #expect(try read([0x81, 0x80, 0x80, 0]) == 1)
    }

    @Test
    func `malformed fields are refused, each for its reason`() {
        #expect(error([]) == nil)
        #expect(error([0x00, 0x01]) == .badFieldNumber)
        #expect(error([0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 0x01]) == nil)
        #expect(error([0x80, 0x80, 0x80, 0x80, 0x10, 0x01]) == .badFieldNumber)
        #expect(error([0x08]) == .truncated)
        #expect(error([0x0A, 0x02, 0x00]) == .truncated)
        #expect(error([0x0A] + [UInt8](repeating: 0xFF, count: 9) + [1]) == .truncated)
        #expect(error([0x09, 1, 2, 3, 4, 5, 6, 7]) == .truncated)
        #expect(error([0x0D, 1, 2, 3]) == .truncated)
        #expect(error([0x0E]) == .wrongWireType(field: 1))
        #expect(error([0x0F]) == .wrongWireType(field: 1))
    }

    @Test
    func `groups are stepped over, sixteen deep and no deeper`() throws {
        #expect(error([0x0C]) == .badGroup)
        #expect(error([0x0B]) == .truncated)
        #expect(error([0x0B, 0x0C, 0x0C]) == .badGroup)
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: 0x0B, count: depth) + [0x10, 0x01]
                + [UInt8](repeating: 0x0C, count: depth)
        }
        #expect(ProtobufField.depthLimit == 16)
        #expect(error(nested(16)) == nil)
        #expect(error(nested(17)) == .badGroup)
        // What is inside a group is not the message's.
        var offset = 0
        let bytes = nested(1) + [0x18, 0x05]
        let fieldRead = try bytes.span.protobufField(at: &offset)
        let field = try #require(fieldRead)
        #expect(field.number == 3 && field.value == .varint(5))
    }

    @Test
    func `a field in another wire type than its own is refused`() throws {
        var offset = 0
        let bytes: [UInt8] = [0x08, 0x01]
        let fieldRead = try bytes.span.protobufField(at: &offset)
        let field = try #require(fieldRead)
        #expect(try field.varint() == 1)
        #expect(try field.bool())
        #expect(throws: ProtobufError.wrongWireType(field: 1)) { try field.range() }
        offset = 0
        let text: [UInt8] = [0x12, 0x01, 0xFF]
        let otherRead = try text.span.protobufField(at: &offset)
        let other = try #require(otherRead)
        #expect(throws: ProtobufError.wrongWireType(field: 2)) { try other.varint() }
        #expect(try other.range() == 2..<3)
        #expect(throws: ProtobufError.badText(field: 2)) {
            try text.span.text(try other.range(), field: 2)
        }
    }

    @Test
    func `fields that hold their default are left out, nested messages never`() {
        var writer = ProtobufWriter()
        writer.varint(1, 0)
        writer.bool(2, false)
        writer.bytes(3, [])
        writer.string(4, "")
        #expect(writer.bytes.isEmpty)
        writer.message(5) { _ in }
        #expect(writer.bytes == [0x2A, 0x00])
        var high = ProtobufWriter()
        high.varint(16, 300)
        #expect(high.bytes == [0x80, 0x01, 0xAC, 0x02])
    }

    @Test(arguments: [0, 1, 125, 126, 127, 128, 129, 16_381, 16_383, 16_384, 16_385])
    func `a nested message of any length stands behind its length, at any depth`(count: Int) {
        func length(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            var rest = count
            while rest >= 128 {
                bytes.append(UInt8(rest % 128 + 128))
                rest /= 128
            }
            return bytes + [UInt8(rest)]
        }
        let content = [UInt8](repeating: 7, count: count)
        let field = count == 0 ? [] : [0x0A] + length(count) + content
        let inner = [0x12] + length(field.count) + field
        let outer = [0x1A] + length(inner.count + 2) + inner + [0x20, 0x01]
        var writer = ProtobufWriter(capacity: 0)
        writer.varint(5, 9)
        writer.message(3) { outer in
            outer.message(2) { $0.bytes(1, content) }
            outer.varint(4, 1)
        }
        writer.bool(6, true)
        #expect(writer.bytes == [0x28, 0x09] + outer + [0x30, 0x01])
    }
}

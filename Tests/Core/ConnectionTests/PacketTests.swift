import Testing
import WarrenConnection
import WarrenPrimitives
import WarrenSupport

struct PacketTests {
    private struct Sizes: Decodable {
        var max_packet_size: [Row]
        struct Row: Decodable {
            var max_packet_msg_payload_size: Int
            var max_packet_msg_size: Int
        }
    }

    private struct Encodings: Decodable {
        var packets: Group
        struct Group: Decodable { var cases: [Case] }
        struct Case: Decodable {
            var name: String
            var hex: String
            var delimited_hex: String?
        }
    }

    private func next(
        _ bytes: [UInt8],
        bodyLimit: Int = 1034
    ) throws(Connection.Violation) -> Packet? {
        var offset = 0
        let packet = try Packet.next(in: bytes.span, at: &offset, bodyLimit: bodyLimit)
        #expect(packet == nil ? offset == 0 : offset == bytes.count)
        return packet
    }

    private func delimited(_ text: String) throws -> [UInt8] {
        ProtobufWriter.delimited(try #require(Hex.bytes(text)))
    }

    @Test func `the longest body follows from the payload limit as upstream computes it`() throws {
        let sizes = try Vectors.load("mconnection", as: Sizes.self)
        #expect(sizes.max_packet_size.count == 10)
        for row in sizes.max_packet_size {
            let size = PacketSize(payloadLimit: row.max_packet_msg_payload_size)
            #expect(size.bodyLimit == row.max_packet_msg_size)
        }
    }

    @Test func `upstream's packets read as what they say`() throws {
        let cases = try Vectors.load("protobuf-messages", as: Encodings.self).packets.cases
        let expected: [(Packet, [UInt8])] = [
            (.ping, []),
            (.pong, []),
            (
                .piece(channel: 1, isLast: false, data: 7..<37),
                Array("data transmitted over the wire".utf8)
            ),
            (.piece(channel: 0, isLast: true, data: 7..<9), [0x0A, 0x00]),
            (.piece(channel: 0x40, isLast: true, data: 9..<12), Array("abc".utf8)),
            (.piece(channel: 1, isLast: true, data: 9..<12), Array("abc".utf8)),
            (.piece(channel: 0, isLast: true, data: 3..<3), []),
        ]
        #expect(cases.count == expected.count)
        for (row, (packet, content)) in zip(cases, expected) {
            let bytes = try delimited(row.hex)
            #expect(try next(bytes) == packet, "\(row.name)")
            if let text = row.delimited_hex { #expect(Hex.text(bytes) == text) }
            if case .piece(_, _, let data) = packet { #expect(Array(bytes[data]) == content) }
        }
    }

    @Test func `a packet cut anywhere is waited for`() throws {
        let bytes = try delimited("1a09084010011a03616263")
        for end in 0..<bytes.count { #expect(try next(Array(bytes[..<end])) == nil) }
        let long = ProtobufWriter.delimited([UInt8](repeating: 0, count: 1000))
        for end in 0..<long.count { #expect(try next(Array(long[..<end])) == nil) }
    }

    @Test func `fields come in any order, unknown ones are skipped, and the last kind counts`()
        throws
    {
        #expect(
            try next(delimited("1a09" + "1a03616263" + "1001" + "0840"))
                == .piece(channel: 0x40, isLast: true, data: 5..<8)
        )
        // Field 9 as varint, as bytes and as a group, inside and outside.
        #expect(
            try next(delimited("4801" + "4a0161" + "4b4c" + "1a05" + "0801" + "4a0161"))
                == .piece(channel: 1, isLast: false, data: 10..<10)
        )
        #expect(try next(delimited("0a00" + "1200")) == .pong)
        #expect(try next(delimited("0a024801")) == .ping)
    }

    @Test func `numbers that go round a varint too far are cut as upstream cuts them`() throws {
        // 2³² + 1, and −1 as ten bytes.
        #expect(
            try next(delimited("1a06" + "088180808010"))
                == .piece(channel: 1, isLast: false, data: 3..<3)
        )
        #expect(
            try next(delimited("1a0b" + "08ffffffffffffffffff01"))
                == .piece(channel: -1, isLast: false, data: 3..<3)
        )
    }

    @Test func `a length prefix may be longer than it need be`() throws {
        #expect(try next([0x82, 0x80, 0x00, 0x0A, 0x00]) == .ping)
    }

    @Test func `the body limit is inclusive, and refused before the body has come`() throws {
        // A ping with unknown bytes in it: 1 + 2 + 1 + 2 + 1028 = 1034.
        func ping(_ count: Int) -> [UInt8] {
            var writer = ProtobufWriter()
            writer.message(1) { $0.bytes(9, [UInt8](repeating: 0, count: count)) }
            return ProtobufWriter.delimited(writer.bytes)
        }
        #expect(try next(ping(1028)) == .ping)
        let long = ping(1029)
        let violation = Connection.Violation.packetTooLong(length: 1035, limit: 1034)
        #expect(throws: violation) { try next(long) }
        #expect(throws: violation) { try next(Array(long.prefix(2))) }
        #expect(throws: Connection.Violation.packetTooLong(length: .max, limit: 1034)) {
            try next([UInt8](repeating: 0xFF, count: 9) + [0x01])
        }
    }

    @Test func `a packet must be protobuf and of a kind`() throws {
        #expect(throws: Connection.Violation.packetWithoutKind) { try next([0]) }
        #expect(throws: Connection.Violation.packetWithoutKind) { try next(delimited("4801")) }
        #expect(throws: Connection.Violation.badPacket(.varintTooLong)) {
            try next([UInt8](repeating: 0xFF, count: 9) + [0x7F])
        }
        #expect(throws: Connection.Violation.badPacket(.varintTooLong)) {
            try next([UInt8](repeating: 0x80, count: 10))
        }
        let malformed: [(String, ProtobufError)] = [
            ("0800", .wrongWireType(field: 1)), ("1001", .wrongWireType(field: 2)),
            ("1801", .wrongWireType(field: 3)), ("1a05080110", .truncated),
            ("0a0108", .truncated), ("1a020a00", .wrongWireType(field: 1)),
            ("1a021200", .wrongWireType(field: 2)), ("1a021801", .wrongWireType(field: 3)),
            ("0200", .badFieldNumber), ("0a00" + "0c", .badGroup),
        ]
        for (text, error) in malformed {
            #expect(throws: Connection.Violation.badPacket(error), "\(text)") {
                try next(delimited(text))
            }
        }
    }

    @Test func `ten thousand damaged streams decode to packets, a wait or a violation`() {
        var random = Random(seed: 0xC0FFEE)
        let multiplexer = Multiplexer(Script.channels, payloadLimit: 64, now: .epoch)
        var outcomes = [0, 0, 0]
        for _ in 0..<Fuzz.count {
            var bytes: [UInt8] = []
            var source = multiplexer
            for channel in Script.channels where random.chance(1, in: 2) {
                source.append(Script.bytes(random.below(150)), to: channel.id)
            }
            while source.pendingCount > 0 { _ = source.cutPacket(into: &bytes) }
            Fuzz.damage(&bytes, &random)
            var demultiplexer = Demultiplexer(Script.channels)
            var offset = 0
            var start = 0
            do {
                while let packet = try Packet.next(in: bytes.span, at: &offset, bodyLimit: 74) {
                    #expect(offset > start && offset <= bytes.count)
                    if case .piece(let channel, let isLast, let data) = packet {
                        _ = try demultiplexer.take(
                            bytes.span.extracting(data),
                            channel: channel,
                            isLast: isLast,
                            packetLength: offset - start
                        )
                    }
                    start = offset
                }
                outcomes[offset == bytes.count ? 0 : 1] += 1
            } catch {
                outcomes[2] += 1
            }
            let held = demultiplexer.channels.reduce(0) { $0 + $1.byteCount }
            #expect(held <= bytes.count)
        }
        // Every outcome is met often, or the damage is not worth its name.
        #expect(outcomes.allSatisfy { $0 > Fuzz.count / 50 }, "\(outcomes)")
    }
}

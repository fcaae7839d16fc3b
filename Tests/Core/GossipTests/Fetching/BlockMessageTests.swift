import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives
import WarrenSupport

@Suite struct `Block messages` {
    static func point(_ height: UInt64) -> Point {
        .block(height: height, slot: height, Hash(of: [UInt8(height % 251)]))
    }

    static let samples: [BlockMessage] = [
        .requestRange(from: point(1), to: point(1)), .requestRange(from: point(7), to: point(134)),
        .startBatch, .noBlocks, .block(BodyMessage(body: [])),
        .block(BodyMessage(body: [1, 2, 3])),
        .block(BodyMessage(body: [UInt8](repeating: 9, count: 300))), .batchDone,
    ]

    @Test(arguments: samples.indices)
    func `are read back, and no piece of one is read as another`(index: Int) throws {
        let message = Self.samples[index]
        let bytes = message.bytes
        #expect(try BlockMessage(bytes) == message)
        for cut in bytes.indices {
            #expect(throws: ProtobufError.self) { try BlockMessage(Array(bytes[..<cut])) }
        }
    }

    @Test(arguments: [0, 1, 125, 126, 127, 128, 16_380, 16_384, 90_112, Body.byteLimit])
    func `a body lies in its message, and the message is passed on as it came`(size: Int) throws {
        let body = [UInt8](repeating: 5, count: size)
        let message = BodyMessage(body: body)
        #expect(message.body == body)
        #expect(message.bytes.count <= size + BodyMessage.overhead)
        #expect(message.bytes.count <= GossipChannel.largeByteLimit)
        guard case .block(let read) = try BlockMessage(message.bytes) else {
            Issue.record("not read as a block")
            return
        }
        #expect(read == message && read.bytes == message.bytes && read.body == body)
    }

    @Test(
        arguments: [
            // A field beside it, in front and behind; one within; another body; a long length.
            [0x78, 1, 0x22, 3, 0x0A, 1, 7], [0x22, 3, 0x0A, 1, 7, 0x78, 1],
            [0x22, 5, 0x0A, 1, 7, 0x10, 1], [0x22, 6, 0x0A, 1, 8, 0x0A, 1, 7],
            [0x22, 0x83, 0, 0x0A, 1, 7], [0x22, 4, 0x0A, 0x81, 0, 7], [0x22, 2, 0x0A, 0],
            [0x12, 0, 0x22, 3, 0x0A, 1, 7],
        ] as [[UInt8]]
    )
    func `a block has one encoding only, for it is passed on unread`(bytes: [UInt8]) {
        #expect(throws: ProtobufError.self) { try BlockMessage(bytes) }
        #expect(throws: Never.self) { try BlockMessage([0x22, 3, 0x0A, 1, 7]) }
    }

    @Test func `a range of 128 blocks is read, one of 129 is not, nor one that runs back`() throws {
        let limit = UInt64(BlockMessage.rangeLimit)
        let most = BlockMessage.requestRange(from: Self.point(5), to: Self.point(4 + limit))
        #expect(try BlockMessage(most.bytes) == most)
        for (from, to) in [(5, 5 + limit), (5, 4), (0, 5)] as [(UInt64, UInt64)] {
            var writer = ProtobufWriter()
            writer.message(1) { writer in
                for (field, height) in [(1, from), (2, to)] {
                    writer.message(field) { writer in
                        guard height > 0 else { return }
                        writer.varint(1, height)
                        writer.bytes(3, Hash(of: [1]).bytes)
                    }
                }
            }
            #expect(throws: ProtobufError.self) { try BlockMessage(writer.bytes) }
        }
    }

    @Test(
        arguments: [
            ([], .missing(field: 1)), ([0x30, 1], .missing(field: 1)),
            ([0x10, 1], .wrongWireType(field: 2)), ([0x0A, 0], .outOfRange(field: 1)),
            ([0x12, 1, 0x0A], .truncated), ([0x22, 2, 0x10, 1], .outOfRange(field: 2)),
        ] as [([UInt8], ProtobufError)]
    )
    func `bad ones are refused with what is wrong`(bytes: [UInt8], error: ProtobufError) {
        #expect(throws: error) { try BlockMessage(bytes) }
    }

    @Test func `mutations never crash, and what is read is written back to the same`() {
        var readCount = 0
        mutations(of: Self.samples.map(\.bytes), seed: 72) { bytes in
            guard let message = try? BlockMessage(bytes) else { return }
            readCount += 1
            #expect((try? BlockMessage(message.bytes)) == message)
            if case .block(let body) = message {
                #expect(body.bytes == bytes && BodyMessage(body: body.body) == body)
            }
        }
        #expect(readCount > 500)
    }
}

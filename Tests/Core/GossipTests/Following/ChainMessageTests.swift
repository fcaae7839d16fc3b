import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives
import WarrenSupport

@Suite struct `Chain messages` {
    static let chain = OracleTests.chain
    static let point = Point.block(height: 5, slot: 300, Hash(of: [9]))

    static let samples: [ChainMessage] = [
        .findIntersect([]), .findIntersect([point, .origin]), .intersectFound(point, tip: .origin),
        .intersectNotFound(tip: point), .requestNext(count: 1), .requestNext(count: 100),
        .awaitReply, .rollForward(chain.headers, tip: point),
        .rollForward([chain.headers[0]], tip: .origin), .rollBackward(.origin, tip: point),
    ]

    @Test(arguments: samples.indices)
    func `are read back, and no piece of one is read as another`(index: Int) throws {
        let message = Self.samples[index]
        let bytes = message.bytes
        #expect(try ChainMessage(bytes.span) == message)
        for cut in bytes.indices {
            #expect(throws: ProtobufError.self) { try ChainMessage(Array(bytes[..<cut]).span) }
        }
    }

    @Test func `unknown fields are ignored, inside and outside`() throws {
        let bytes: [UInt8] = [0x78, 1, 0x22, 4, 0x38, 7, 8, 5, 0x7A, 1, 0]
        #expect(try ChainMessage(bytes.span) == .requestNext(count: 5))
    }

    @Test(
        arguments: [
            ([], .missing(field: 1)), ([0x40, 1], .missing(field: 1)),
            ([0x20, 1], .wrongWireType(field: 4)), ([0x22, 0], .outOfRange(field: 1)),
            ([0x22, 2, 8, 101], .outOfRange(field: 1)), ([0x12, 0], .missing(field: 1)),
            ([0x12, 2, 0x0A, 0], .missing(field: 2)), ([0x1A, 0], .missing(field: 1)),
            ([0x32, 0], .missing(field: 1)), ([0x32, 3, 0x0A, 1, 8], .outOfRange(field: 1)),
            ([0x3A, 2, 0x0A, 0], .missing(field: 2)),
            // Neither a block nor the origin.
            ([0x1A, 4, 0x0A, 2, 8, 1], .outOfRange(field: 3)),
            ([0x1A, 4, 0x0A, 2, 16, 1], .outOfRange(field: 2)),
            ([0x1A, 5, 0x0A, 3, 0x1A, 1, 0], .outOfRange(field: 3)),
        ] as [([UInt8], ProtobufError)]
    )
    func `bad ones are refused with what is wrong`(bytes: [UInt8], error: ProtobufError) {
        #expect(throws: error) { try ChainMessage(bytes.span) }
    }

    @Test func `64 points are read, 65 are not; 100 replies may be asked for, 101 not`() throws {
        let most = ChainMessage.findIntersect(
            [Point](repeating: Self.point, count: ChainMessage.pointLimit)
        )
        #expect(most.bytes.count <= GossipChannel.smallByteLimit)
        #expect(try ChainMessage(most.bytes.span) == most)
        let more = ChainMessage.findIntersect(
            [Point](repeating: Self.point, count: ChainMessage.pointLimit + 1)
        )
        #expect(throws: ProtobufError.outOfRange(field: 1)) { try ChainMessage(more.bytes.span) }
        let replies = ChainMessage.requestNext(count: ChainMessage.grantLimit)
        #expect(try ChainMessage(replies.bytes.span) == replies)
        #expect(throws: ProtobufError.outOfRange(field: 1)) {
            try ChainMessage(
                ChainMessage.requestNext(count: ChainMessage.grantLimit + 1).bytes.span
            )
        }
    }

    @Test func `the bytes that headers may take up fill a message, and no more`() {
        let long = [UInt8](repeating: 1, count: Header.byteLimit)
        var encodings: [[UInt8]] = []
        var size = 0
        while size + ChainMessage.bytes(ofHeader: long) <= ChainMessage.headersByteLimit {
            size += ChainMessage.bytes(ofHeader: long)
            encodings.append(long)
        }
        let tip = Point.block(height: .max, slot: .max, Hash(of: [1]))
        let message = ChainMessage.rollForward(encodings: encodings, tip: tip)
        #expect(message.count <= GossipChannel.smallByteLimit)
        #expect(message.count > GossipChannel.smallByteLimit - Header.byteLimit - 128)
    }

    @Test func `a header in another encoding is refused`() {
        var writer = ProtobufWriter()
        writer.message(6) { writer in
            writer.bytes(1, Self.chain.headers[0].encoding + [0x48, 1])
            writer.message(2) { _ in }
        }
        #expect(throws: ProtobufError.outOfRange(field: 1)) { try ChainMessage(writer.bytes.span) }
    }

    @Test func `mutations never crash, and what is read is written back to the same`() throws {
        var readCount = 0
        mutations(of: Self.samples.map(\.bytes), seed: 71) { bytes in
            guard let message = try? ChainMessage(bytes.span) else { return }
            readCount += 1
            #expect((try? ChainMessage(message.bytes.span)) == message)
        }
        #expect(readCount > 500)
    }
}

import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives
import WarrenSupport

@Suite struct `Transaction messages` {
    static let samples: [TransactionMessage] = [
        .initiate, .requestIDs(blocking: true, acknowledged: 0, wanted: 10),
        .requestIDs(blocking: false, acknowledged: 3, wanted: 0),
        .requestIDs(blocking: false, acknowledged: 0, wanted: 0), .ids([]),
        .ids([payload(1).listing]), .ids((0..<10).map { payload($0, size: 300).listing }),
        .requestTransactions([payload(1).id]),
        .requestTransactions((0..<10).map { payload($0).id }), .transactions([]),
        .transactions([payload(1).encoding]),
        .transactions((0..<10).map { payload($0, size: 200).encoding }), .done,
    ]

    @Test(arguments: samples.indices)
    func `are read back, and no piece of one is read as another`(index: Int) throws {
        let message = Self.samples[index]
        let bytes = message.bytes
        #expect(try TransactionMessage(bytes) == message)
        for cut in bytes.indices {
            #expect(throws: ProtobufError.self) { try TransactionMessage(Array(bytes[..<cut])) }
        }
    }

    @Test func `a window of the longest transactions is as long as a message gets`() throws {
        let one = try Transaction([UInt8](longest(1).encoding))
        #expect(one.encoding.count <= Transaction.byteLimit)
        let encoding = [UInt8](repeating: 1, count: Transaction.byteLimit)
        let message = TransactionMessage.transactions(
            Array(repeating: encoding, count: TransactionMessage.windowLimit)
        )
        #expect(message.bytes.count == TransactionMessage.byteLimit)
        #expect(TransactionMessage.byteLimit <= GossipChannel.largeByteLimit)
    }

    @Test func `lists of 128 are read, those of 129 are not`() throws {
        let limit = TransactionMessage.listLimit
        let lists: [(Int) -> TransactionMessage] = [
            { .ids((0..<$0).map { payload($0).listing }) },
            { .requestTransactions((0..<$0).map { payload($0).id }) },
            { .transactions((0..<$0).map { payload($0).encoding }) },
        ]
        for list in lists {
            #expect(try TransactionMessage(list(limit).bytes) == list(limit))
            #expect(throws: ProtobufError.outOfRange(field: 1)) {
                try TransactionMessage(list(limit + 1).bytes)
            }
        }
        for (acknowledged, wanted, field) in [(limit + 1, 1, 2), (0, limit + 1, 3)] {
            let message = TransactionMessage.requestIDs(
                blocking: false,
                acknowledged: acknowledged,
                wanted: wanted
            )
            #expect(throws: ProtobufError.outOfRange(field: field)) {
                try TransactionMessage(message.bytes)
            }
        }
        let most = TransactionMessage.requestIDs(
            blocking: false,
            acknowledged: limit,
            wanted: limit
        )
        #expect(try TransactionMessage(most.bytes) == most)
    }

    @Test(
        arguments: [
            ([], .missing(field: 1)), ([0x38, 1], .missing(field: 1)),
            ([0x10, 1], .wrongWireType(field: 2)), ([0x12, 1, 0x08], .truncated),
            // Ids of 31 bytes, of none; a listing without one; an empty request and transaction.
            ([0x1A, 4, 0x0A, 2, 0x0A, 0], .outOfRange(field: 1)),
            ([0x1A, 2, 0x0A, 0], .missing(field: 1)),
            ([0x22, 33, 0x0A, 31] + [UInt8](repeating: 1, count: 31), .outOfRange(field: 1)),
            ([0x22, 0], .missing(field: 1)), ([0x2A, 2, 0x0A, 0], .outOfRange(field: 1)),
        ] as [([UInt8], ProtobufError)]
    )
    func `bad ones are refused with what is wrong`(bytes: [UInt8], error: ProtobufError) {
        #expect(throws: error) { try TransactionMessage(bytes) }
    }

    @Test func `a size of 32 bits is read, one of 33 is not`() throws {
        let id = payload(1).id
        let most = TransactionMessage.ids([.init(id: id, size: Int(UInt32.max))])
        #expect(try TransactionMessage(most.bytes) == most)
        let more = TransactionMessage.ids([.init(id: id, size: Int(UInt32.max) + 1)])
        #expect(throws: ProtobufError.outOfRange(field: 2)) { try TransactionMessage(more.bytes) }
    }

    @Test func `only those who are used ask`() {
        let requests = Self.samples.filter(\.isRequest)
        #expect(
            requests.allSatisfy { message in
                switch message {
                case .requestIDs, .requestTransactions: true
                case .initiate, .ids, .transactions, .done: false
                }
            }
        )
        #expect(requests.count == 5)
    }

    @Test func `mutations never crash, and what is read is written back to the same`() {
        var readCount = 0
        mutations(of: Self.samples.map(\.bytes), seed: 73) { bytes in
            guard let message = try? TransactionMessage(bytes) else { return }
            readCount += 1
            #expect((try? TransactionMessage(message.bytes)) == message)
        }
        #expect(readCount > 500)
    }
}

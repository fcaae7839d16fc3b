import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct RoutingMessageTests {
    private func contacts(_ count: Int) -> [PeerAddress] {
        (0..<count).map {
            PeerAddress(id: nodeID(UInt32($0)), socket: socket("1.2.3.4", UInt16($0 + 1)))
        }
    }

    /// A Nodes message of one contact with these fields.
    private func contact(id: [UInt8], ip: String, port: UInt64) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(2) { list in
            list.message(1) {
                $0.bytes(1, id)
                $0.string(2, ip)
                $0.varint(3, port)
            }
        }
        return writer.bytes
    }

    @Test func `FindNode by hand`() throws {
        let id = try #require(NodeID("000102030405060708090a0b0c0d0e0f10111213"))
        let bytes = RoutingMessage.findNode(id).bytes
        #expect(Hex.text(bytes) == "0a160a14000102030405060708090a0b0c0d0e0f10111213")
        #expect(try RoutingMessage(bytes) == .findNode(id))
    }

    @Test func `Nodes by hand`() throws {
        let id = try #require(NodeID("000102030405060708090a0b0c0d0e0f10111213"))
        let message = RoutingMessage.nodes([PeerAddress(id: id, socket: socket("1.2.3.4", 300))])
        let hex =
            "12240a220a14000102030405060708090a0b0c0d0e0f10111213" + "1207312e322e332e34" + "18ac02"
        #expect(Hex.text(message.bytes) == hex)
        #expect(try RoutingMessage(message.bytes) == message)
        #expect(try RoutingMessage([0x12, 0]) == .nodes([]))
    }

    @Test func `sixteen contacts are read, and one more spoils the message`() throws {
        let most = RoutingMessage.nodes(contacts(16))
        #expect(try RoutingMessage(most.bytes) == most)
        #expect(throws: RoutingMessage.Flaw.tooManyContacts) {
            try RoutingMessage(RoutingMessage.nodes(contacts(17)).bytes)
        }
    }

    @Test func `2048 bytes are read, and one more is not`() throws {
        func message(_ length: Int) -> [UInt8] {
            let base = RoutingMessage.findNode(nodeID(1)).bytes + [0x1A]
            let rest = length - base.count - 2
            return base + [UInt8(rest & 0x7F) | 0x80, UInt8(rest >> 7)]
                + [UInt8](repeating: 0, count: rest)
        }
        #expect(message(2048).count == RoutingMessage.byteLimit)
        #expect(try RoutingMessage(message(2048)) == .findNode(nodeID(1)))
        #expect(throws: RoutingMessage.Flaw.tooLong(2049)) { try RoutingMessage(message(2049)) }
    }

    @Test func `the longest answer fits`() {
        let longest = PeerAddress(
            id: nodeID(1),
            socket: socket("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65_535)
        )
        let bytes = RoutingMessage.nodes(Array(repeating: longest, count: 16)).bytes
        #expect(bytes.count <= RoutingMessage.byteLimit)
    }

    @Test func `a contact that is none spoils the message`() {
        let id = nodeID(1).bytes
        let wrong: [([UInt8], String, UInt64, ProtobufError)] = [
            (Array(id.dropLast()), "1.2.3.4", 1, .outOfRange(field: 1)),
            (id + [0], "1.2.3.4", 1, .outOfRange(field: 1)),
            ([], "1.2.3.4", 1, .missing(field: 1)),
            (id, "example.org", 1, .outOfRange(field: 2)),
            (id, "", 1, .missing(field: 2)),
            (id, "1.2.3.4", 0, .missing(field: 3)),
            (id, "1.2.3.4", 65_536, .outOfRange(field: 3)),
        ]
        for (id, ip, port, error) in wrong {
            #expect(throws: RoutingMessage.Flaw.protobuf(error)) {
                try RoutingMessage(contact(id: id, ip: ip, port: port))
            }
        }
        #expect(throws: Never.self) {
            try RoutingMessage(contact(id: id, ip: "1.2.3.4", port: 65_535))
        }
    }

    @Test func `an empty message and unknown cases are refused`() {
        #expect(throws: RoutingMessage.Flaw.unknown) { try RoutingMessage([]) }
        #expect(throws: RoutingMessage.Flaw.unknown) { try RoutingMessage([0x1A, 0]) }
        #expect(throws: RoutingMessage.Flaw.protobuf(.missing(field: 1))) {
            try RoutingMessage([0x0A, 0])
        }
    }

    @Test func `every cut of a message is refused`() {
        for message in [RoutingMessage.findNode(nodeID(1)), .nodes(contacts(3))] {
            let bytes = message.bytes
            for length in 0..<bytes.count {
                #expect(throws: RoutingMessage.Flaw.self) {
                    try RoutingMessage(Array(bytes.prefix(length)))
                }
            }
        }
    }

    @Test func `mutated messages never bring the decoder down`() {
        let samples = [
            RoutingMessage.findNode(nodeID(1)).bytes, RoutingMessage.nodes(contacts(2)).bytes,
            RoutingMessage.nodes(contacts(16)).bytes,
        ]
        var readCount = 0
        mutations(of: samples, seed: 74) { bytes in
            guard let message = try? RoutingMessage(bytes) else { return }
            readCount += 1
            if case .nodes(let contacts) = message {
                #expect(contacts.count <= RoutingMessage.contactLimit)
            }
            #expect((try? RoutingMessage(message.bytes)) == message)
        }
        #expect(readCount > 100)
    }

    @Test func `ten requests at once are granted, then one each half second`() {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var limiter = RoutingLimiter(openedAt: now)
        for _ in 0..<10 {
            let isGranted = limiter.grants(now: now)
            #expect(isGranted)
        }
        let eleventh = limiter.grants(now: now)
        #expect(!eleventh)
        now = now.advanced(by: .milliseconds(499))
        let early = limiter.grants(now: now)
        #expect(!early)
        now = now.advanced(by: .milliseconds(1))
        let late = limiter.grants(now: now)
        #expect(late)
    }

    @Test func `a clock that is set back refuses nobody`() {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var limiter = RoutingLimiter(openedAt: now)
        for number in 0..<100 {
            let isGranted = limiter.grants(now: now)
            #expect(isGranted)
            now = now.advanced(by: .seconds(number % 10 == 5 ? -60 : 1))
        }
    }

    @Test func `whoever asks every second is never refused`() {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var limiter = RoutingLimiter(openedAt: now)
        for _ in 0..<1000 {
            let isGranted = limiter.grants(now: now)
            #expect(isGranted)
            now = now.advanced(by: Routing.askInterval)
        }
    }
}

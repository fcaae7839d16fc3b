import Foundation
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct ExchangeMessageTests {
    private struct File: Decodable {
        var pex: Cases

        struct Cases: Decodable {
            var cases: [Case]
        }

        struct Case: Decodable {
            var name: String
            var hex: String
        }
    }

    private static let real = [
        AnnouncedAddress(
            id: "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
            socket: socket("1.2.3.4")
        ),
        AnnouncedAddress(
            id: "678503e6c8f50db7279c7da3cb9b072aac4bc0d5",
            socket: socket("2606:4700:4700::1111")
        ),
    ]

    @Test func `PexVectors: both directions, byte for byte`() throws {
        let expected: [String: ExchangeMessage] = [
            "PexRequest": .request,
            "PexAddrs [id='1' ip=127.0.0.1 port=9090]": .addresses([
                AnnouncedAddress(id: "1", socket: socket("127.0.0.1", 9090))
            ]),
            "PexAddrs empty list": .addresses([]),
            "PexAddrs two real-looking addresses": .addresses(Self.real),
        ]
        let cases = try Vectors.load("protobuf-messages", as: File.self).pex.cases
        #expect(cases.count == expected.count)
        for vector in cases {
            let message = try #require(expected[vector.name], "\(vector.name)")
            #expect(Hex.text(message.bytes) == vector.hex, "\(vector.name)")
            let bytes = try #require(Hex.bytes(vector.hex))
            #expect(try ExchangeMessage(bytes) == message, "\(vector.name)")
        }
    }

    /// An empty message makes a v0.38 node drop the connection (C§14.10).
    @Test(arguments: [0, 1, 10, ExchangeMessage.addressLimit])
    func `no message of ours is empty or without a kind`(count: Int) throws {
        #expect(try ExchangeMessage(ExchangeMessage.request.bytes) == .request)
        let addresses = (0..<count).map { number in
            AnnouncedAddress(id: Self.real[0].id, socket: socket("1.2.3.4", UInt16(number + 1)))
        }
        let answer = ExchangeMessage.answer(addresses.compactMap(\.peerAddress))
        #expect(try ExchangeMessage(answer.bytes) == .addresses(addresses))
    }

    @Test func `every cut of a message is refused or is a shorter message`() {
        let bytes = ExchangeMessage.addresses(Self.real).bytes
        for length in 1..<bytes.count {
            #expect(throws: ExchangeMessage.Flaw.self) {
                try ExchangeMessage(Array(bytes.prefix(length)))
            }
        }
    }

    @Test func `an empty message and unknown cases are refused`() {
        #expect(throws: ExchangeMessage.Flaw.unknown) { try ExchangeMessage([]) }
        #expect(throws: ExchangeMessage.Flaw.unknown) { try ExchangeMessage([0x1A, 0]) }
    }

    @Test func `an address with a bad IP or port spoils the message, a bad id does not`() throws {
        func message(ip: String, port: UInt64) -> [UInt8] {
            var writer = ProtobufWriter()
            writer.message(2) { list in
                list.message(1) {
                    $0.string(1, "no id")
                    $0.string(2, ip)
                    $0.varint(3, port)
                }
            }
            return writer.bytes
        }
        #expect(throws: ExchangeMessage.Flaw.protobuf(.outOfRange(field: 2))) {
            try ExchangeMessage(message(ip: "example.org", port: 1))
        }
        #expect(throws: ExchangeMessage.Flaw.protobuf(.outOfRange(field: 2))) {
            try ExchangeMessage(message(ip: "", port: 1))
        }
        #expect(throws: ExchangeMessage.Flaw.protobuf(.outOfRange(field: 3))) {
            try ExchangeMessage(message(ip: "1.2.3.4", port: 65_536))
        }
        guard
            case .addresses(let addresses) = try ExchangeMessage(
                message(ip: "1.2.3.4", port: 65_535)
            )
        else {
            Issue.record("an answer is an answer")
            return
        }
        #expect(addresses.map(\.peerAddress) == [nil])
    }

    @Test func `250 addresses are heeded and sent, and those past them are not`() throws {
        let many = (0..<251).map { AnnouncedAddress(spread($0)) }
        for (count, heeded) in [(250, 250), (251, 250)] {
            let bytes = ExchangeMessage.addresses(Array(many.prefix(count))).bytes
            #expect(try ExchangeMessage(bytes) == .addresses(Array(many.prefix(heeded))))
        }
        #expect(
            ExchangeMessage.answer((0..<251).map(spread)) == .addresses(Array(many.prefix(250)))
        )
    }

    @Test func `64000 bytes are read, and one more is not`() throws {
        func message(length: Int) -> [UInt8] {
            // An unknown field fills the message up.
            var bytes = ExchangeMessage.request.bytes + [0x1A]
            let rest = length - bytes.count - 3
            bytes += [UInt8(rest & 0x7F) | 0x80, UInt8(rest >> 7 & 0x7F) | 0x80, UInt8(rest >> 14)]
            return bytes + [UInt8](repeating: 0, count: rest)
        }
        let most = message(length: ExchangeMessage.byteLimit)
        #expect(most.count == 64_000)
        #expect(try ExchangeMessage(most) == .request)
        #expect(throws: ExchangeMessage.Flaw.tooLong(64_001)) {
            try ExchangeMessage(message(length: 64_001))
        }
    }

    @Test func `the longest answer there is fits the limit of a message`() {
        let longest = PeerAddress(
            id: nodeID(1),
            socket: socket("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65_535)
        )
        let bytes = ExchangeMessage.answer(Array(repeating: longest, count: 300)).bytes
        #expect(bytes.count <= ExchangeMessage.byteLimit)
    }

    @Test func `mutated messages never bring the decoder down`() {
        let seeds = [
            ExchangeMessage.request.bytes,
            ExchangeMessage.addresses(Self.real).bytes,
            ExchangeMessage.addresses((0..<20).map { AnnouncedAddress(spread($0)) }).bytes,
        ]
        let count = ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000
        var random = Random(seed: 7)
        var readCount = 0
        for _ in 0..<count {
            var bytes = seeds[random.below(seeds.count)]
            for _ in 0...random.below(4) where !bytes.isEmpty {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes.removeLast(random.below(bytes.count))
                case 2: bytes.insert(UInt8(random.below(256)), at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(9), at: place)
                }
            }
            guard let message = try? ExchangeMessage(bytes) else { continue }
            readCount += 1
            if case .addresses(let addresses) = message {
                #expect(addresses.count <= ExchangeMessage.addressLimit)
            }
            // What was understood can be said again.
            #expect((try? ExchangeMessage(message.bytes)) == message)
        }
        #expect((count / 50...count).contains(readCount))
    }
}

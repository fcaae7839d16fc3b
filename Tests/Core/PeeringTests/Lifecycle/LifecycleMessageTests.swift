import Foundation
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct `Lifecycle messages` {
    static let samples: [(LifecycleMessage, [UInt8])] = [
        (.hello(.init(diffusionMode: .initiatorOnly, sharesPeers: false)), [10, 2, 8, 1]),
        (
            .hello(.init(diffusionMode: .initiatorAndResponder, sharesPeers: true, tip: [9, 8])),
            [10, 8, 8, 2, 16, 1, 26, 2, 9, 8]
        ),
        (.keepAlive(cookie: 0), [18, 0]),
        (.keepAlive(cookie: 300), [18, 3, 8, 172, 2]),
        (.keepAliveReply(cookie: .max), [26, 6, 8, 255, 255, 255, 255, 15]),
        (.use(epoch: 1, .none), [34, 2, 8, 1]),
        (.use(epoch: 2, .hot), [34, 4, 8, 2, 16, 2]),
        (.useAck(epoch: .max), [42, 11, 8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    ]

    @Test(arguments: samples.indices)
    func `are written as the schema says, and read back`(index: Int) throws {
        let (message, bytes) = Self.samples[index]
        #expect(message.bytes == bytes)
        #expect(try LifecycleMessage(bytes.span) == message)
    }

    @Test func `unknown fields are ignored, inside and outside`() throws {
        let message: [UInt8] = [0x78, 1, 18, 4, 0x38, 7, 8, 5, 0x7A, 1, 0]
        #expect(try LifecycleMessage(message.span) == .keepAlive(cookie: 5))
    }

    @Test func `the last member of the oneof counts`() throws {
        let message: [UInt8] = [18, 2, 8, 5, 26, 2, 8, 6]
        #expect(try LifecycleMessage(message.span) == .keepAliveReply(cookie: 6))
    }

    @Test func `a tip of 128 bytes is read, one of 129 is not`() throws {
        let tip = [UInt8](repeating: 1, count: Lifecycle.Hello.tipByteLimit)
        let message = LifecycleMessage.hello(
            .init(diffusionMode: .initiatorOnly, sharesPeers: true, tip: tip)
        )
        #expect(message.bytes.count < LifecycleMessage.byteLimit)
        #expect(try LifecycleMessage(message.bytes.span) == message)
        let long: [UInt8] = [10, 134, 1, 8, 1, 26, 129, 1] + tip + [1]
        #expect(throws: ProtobufError.outOfRange(field: 3)) { try LifecycleMessage(long.span) }
    }

    @Test(
        arguments: [
            ([], .missing(field: 1)), ([0x30, 1], .missing(field: 1)),
            ([10, 0], .outOfRange(field: 1)),
            ([10, 2, 8, 3], .outOfRange(field: 1)), ([34, 4, 8, 1, 16, 3], .outOfRange(field: 2)),
            ([18, 6, 8, 128, 128, 128, 128, 16], .outOfRange(field: 1)), ([18, 1], .truncated),
            ([0x10, 1], .wrongWireType(field: 2)), ([18, 3, 0x0A, 1, 0], .wrongWireType(field: 1)),
        ] as [([UInt8], ProtobufError)]
    )
    func `bad ones are refused with what is wrong`(bytes: [UInt8], error: ProtobufError) {
        #expect(throws: error) { try LifecycleMessage(bytes.span) }
    }

    @Test func `mutations never crash, and what is read is written back to the same`() throws {
        let count = ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000
        var random = Random(seed: 70)
        var readCount = 0
        for _ in 0..<count {
            var bytes = Self.samples[random.below(Self.samples.count)].1
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count + 1)
                switch random.below(3) {
                case 0: bytes.insert(UInt8(random.below(256)), at: place)
                case 1 where place < bytes.count: bytes.remove(at: place)
                case 2 where place < bytes.count: bytes[place] = UInt8(random.below(256))
                default: break
                }
            }
            guard let message = try? LifecycleMessage(bytes.span) else { continue }
            readCount += 1
            #expect(try LifecycleMessage(message.bytes.span) == message)
            #expect(message.bytes.count <= LifecycleMessage.byteLimit)
        }
        #expect(readCount > count / 20)
    }
}

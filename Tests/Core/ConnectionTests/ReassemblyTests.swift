import Testing
import WarrenConnection
import WarrenPrimitives

struct ReassemblyTests {
    private let descriptor = ChannelDescriptor(id: 3, receiveMessageLimit: 10)

    private func add(
        _ bytes: [UInt8],
        isLast: Bool,
        to reassembly: inout Reassembly
    ) throws(Connection.Violation) -> [UInt8]? {
        try reassembly.append(bytes.span, isLast: isLast)
    }

    private func take(
        _ bytes: [UInt8],
        channel: Int32,
        isLast: Bool,
        packetLength: Int,
        by demultiplexer: inout Demultiplexer
    ) throws(Connection.Violation) -> Message? {
        let result = try demultiplexer.take(
            bytes.span,
            channel: channel,
            isLast: isLast,
            packetLength: packetLength
        )
        return result.map { Message($0.0, $0.1) }
    }

    @Test func `pieces become one message, and the next starts empty`() throws {
        var reassembly = Reassembly(descriptor)
        #expect(try add([1, 2], isLast: false, to: &reassembly) == nil)
        #expect(try add([], isLast: false, to: &reassembly) == nil)
        #expect(try add([3], isLast: true, to: &reassembly) == [1, 2, 3])
        #expect(try add([4], isLast: true, to: &reassembly) == [4])
        #expect(try add([], isLast: true, to: &reassembly) == [])
        #expect(reassembly.total.messageCount == 3)
        #expect(reassembly.byteCount == 0)
    }

    @Test func `a message may be as long as the limit and no longer`() throws {
        var exact = Reassembly(descriptor)
        #expect(try add(Script.bytes(10), isLast: true, to: &exact)?.count == 10)
        var over = Reassembly(descriptor)
        #expect(throws: Connection.Violation.messageTooLong(3, limit: 10)) {
            try add(Script.bytes(11), isLast: true, to: &over)
        }
        var slow = Reassembly(descriptor)
        for _ in 0..<10 { _ = try add([0], isLast: false, to: &slow) }
        #expect(throws: Connection.Violation.messageTooLong(3, limit: 10)) {
            try add([0], isLast: false, to: &slow)
        }
        #expect(slow.byteCount == 10)
    }

    @Test func `each channel gathers for itself, and others are refused`() throws {
        var channels = Demultiplexer([descriptor, ChannelDescriptor(id: 0x7F)])
        #expect(
            try take([1], channel: 3, isLast: false, packetLength: 9, by: &channels) == nil
        )
        let other = try take([9], channel: 0x7F, isLast: true, packetLength: 11, by: &channels)
        #expect(other == Message(0x7F, [9]))
        let whole = try take([2], channel: 3, isLast: true, packetLength: 11, by: &channels)
        #expect(whole == Message(3, [1, 2]))
        #expect(channels.channels.map(\.total.byteCount) == [20, 11])
        for number: Int32 in [-1, 0, 4, 255, 256, 259, .max, .min] {
            #expect(throws: Connection.Violation.unknownChannel(number)) {
                try take([1], channel: number, isLast: true, packetLength: 11, by: &channels)
            }
        }
    }
}

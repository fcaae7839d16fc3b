import Testing
import WarrenConnection
import WarrenPrimitives
import WarrenSupport

struct MultiplexerTests {
    private struct Rows: Decodable {
        var packetisation: [Packetisation]
        var channel_choice: Choice
        var recently_sent_decay: Decay

        struct Packetisation: Decodable {
            var message_len: Int
            var channel: UInt8
            var packets: [Cut]
        }
        struct Cut: Decodable {
            var channel: UInt8?
            var data_len: Int
            var eof: Bool
            var wire_len: Int
        }
        struct Choice: Decodable {
            var channels: [Channel]
            var order: [Cut]
            var recently_sent_after: [String: Int]
            struct Channel: Decodable {
                var id: UInt8
                var priority: Int
                var bytes: Int
            }
        }
        struct Decay: Decodable {
            var from_1000: [Int]
            var from_100000: [Int]
        }
    }

    /// Cuts one packet, and says what it is.
    private func cut(_ multiplexer: inout Multiplexer) throws -> (Packet, Int) {
        var bytes: [UInt8] = []
        let length = multiplexer.cutPacket(into: &bytes)
        #expect(length == bytes.count)
        var offset = 0
        let packet = try Packet.next(in: bytes.span, at: &offset, bodyLimit: 1034)
        return (try #require(packet), length)
    }

    @Test func `messages are cut as upstream cuts them`() throws {
        let rows = try Vectors.load("mconnection", as: Rows.self).packetisation
        #expect(rows.count == 7)
        for row in rows {
            let id = ChannelID(rawValue: row.channel)
            var multiplexer = Multiplexer(
                [ChannelDescriptor(id: id)],
                payloadLimit: 1024,
                now: .epoch
            )
            multiplexer.append(Script.bytes(row.message_len), to: id)
            for expected in row.packets {
                let (packet, length) = try cut(&multiplexer)
                guard case .piece(let channel, let isLast, let data) = packet else {
                    Issue.record("\(packet) is no piece")
                    return
                }
                #expect(channel == Int32(row.channel))
                #expect(isLast == expected.eof)
                #expect(data.count == expected.data_len)
                #expect(length == expected.wire_len)
            }
            #expect(multiplexer.pendingCount == 0)
            #expect(multiplexer.pendingByteCount == 0)
        }
    }

    @Test func `channels take turns as upstream's do`() throws {
        let choice = try Vectors.load("mconnection", as: Rows.self).channel_choice
        var multiplexer = Multiplexer(
            choice.channels.map {
                ChannelDescriptor(id: ChannelID(rawValue: $0.id), priority: $0.priority)
            },
            payloadLimit: 1024,
            now: .epoch
        )
        for channel in choice.channels {
            multiplexer.append(Script.bytes(channel.bytes), to: ChannelID(rawValue: channel.id))
        }
        for expected in choice.order {
            let (packet, length) = try cut(&multiplexer)
            guard case .piece(let channel, let isLast, let data) = packet else {
                Issue.record("\(packet) is no piece")
                return
            }
            #expect(channel == expected.channel.map(Int32.init))
            #expect(isLast == expected.eof)
            #expect(data.count == expected.data_len)
            #expect(length == expected.wire_len)
        }
        for queue in multiplexer.queues {
            #expect(
                queue.recentlySent == choice.recently_sent_after["\(queue.descriptor.id.rawValue)"]
            )
        }
    }

    @Test func `what was sent fades by a fifth, rounded down, every two seconds`() throws {
        let rows = try Vectors.load("mconnection", as: Rows.self).recently_sent_decay
        for row in [rows.from_1000, rows.from_100000] {
            var queue = ChannelQueue(ChannelDescriptor(id: 1, sendQueueByteLimit: 1 << 20))
            // One packet of exactly as many bytes on the wire: data, and what frames it.
            let first = try #require(row.first)
            queue.append(Script.bytes(first - (first > 1000 ? 15 : 12)))
            var bytes: [UInt8] = []
            _ = queue.cutPacket(payloadLimit: 1 << 20, into: &bytes)
            for expected in row {
                #expect(queue.recentlySent == expected)
                queue.decay(ticks: 1)
            }
            var other = Multiplexer([queue.descriptor], payloadLimit: 1 << 20, now: Script.start)
            other.append(Script.bytes(first - (first > 1000 ? 15 : 12)), to: 1)
            _ = other.cutPacket(into: &bytes)
            other.decay(now: Script.start.advanced(by: .milliseconds(1999)))
            #expect(other.queues[0].recentlySent == first)
            // Late calls catch up, and keep to the beat.
            other.decay(now: Script.start.advanced(by: .milliseconds(7999)))
            #expect(other.queues[0].recentlySent == row[3])
            other.decay(now: Script.start.advanced(by: .milliseconds(8000)))
            #expect(other.queues[0].recentlySent == row[4])
            other.decay(now: Script.start.advanced(by: .seconds(1_000_000_000)))
            #expect(other.queues[0].recentlySent == 0)
        }
    }

    @Test func `an empty message goes out though other channels go first`() throws {
        var multiplexer = Multiplexer(Script.channels, payloadLimit: 1024, now: .epoch)
        multiplexer.append([], to: 0x00)
        multiplexer.append([], to: 0x71)
        multiplexer.append(Script.bytes(10), to: 0x70)
        multiplexer.append([], to: 0x00)
        var count = 0
        var empty = 0
        while multiplexer.pendingCount > 0 {
            let (packet, _) = try cut(&multiplexer)
            if case .piece(_, true, let data) = packet, data.isEmpty { empty += 1 }
            count += 1
        }
        #expect(count == 4)
        #expect(empty == 3)
    }

    @Test func `departures are told once a channel, whole messages only`() {
        var multiplexer = Multiplexer(Script.channels, payloadLimit: 100, now: .epoch)
        multiplexer.append(Script.bytes(150), to: 0x71)
        multiplexer.append(Script.bytes(7), to: 0x70)
        multiplexer.append(Script.bytes(8), to: 0x70)
        var bytes: [UInt8] = []
        var effects: [Connection.Effect] = []
        for _ in 0..<3 { _ = multiplexer.cutPacket(into: &bytes) }
        multiplexer.takeDeparted(into: &effects)
        #expect(effects == [.sent(0x70, messages: 2, bytes: 15)])
        effects = []
        multiplexer.takeDeparted(into: &effects)
        #expect(effects.isEmpty)
        _ = multiplexer.cutPacket(into: &bytes)
        multiplexer.takeDeparted(into: &effects)
        #expect(effects == [.sent(0x71, messages: 1, bytes: 150)])
    }

    @Test(arguments: Seed.sweep())
    func `busy channels share the link by priority`(_ seed: Seed) {
        var random = seed.random
        let channels = (0..<5).map { index in
            ChannelDescriptor(
                id: ChannelID(rawValue: UInt8(index)),
                priority: 1 + random.below(10),
                sendQueueLimit: 1 << 20,
                sendQueueByteLimit: 1 << 30
            )
        }
        var multiplexer = Multiplexer(channels, payloadLimit: 1024, now: .epoch)
        var bytes: [UInt8] = []
        var sent = [Int](repeating: 0, count: channels.count)
        let packets = 2000
        for _ in 0..<packets {
            for (queue, channel) in zip(multiplexer.queues, channels) where !queue.isPending {
                multiplexer.append(Script.bytes(1 + random.below(3000)), to: channel.id)
            }
            bytes.removeAll(keepingCapacity: true)
            let before = multiplexer.queues.map(\.recentlySent)
            let length = multiplexer.cutPacket(into: &bytes)
            for index in sent.indices where before[index] != multiplexer.queues[index].recentlySent
            {
                sent[index] += length
            }
        }
        let total = sent.reduce(0, +)
        let weights = channels.map(\.priority).reduce(0, +)
        for (channel, count) in zip(channels, sent) {
            // Whoever is behind goes next, so nobody is ever off by more than a packet or so a head.
            let fair = total * channel.priority / weights
            #expect(abs(count - fair) <= 1036 * (channel.priority + 1), "\(channels) \(sent)")
        }
    }

    @Test func `a message waits in an empty queue whatever its length, but not behind another`() {
        let descriptor = ChannelDescriptor(id: 1, sendQueueLimit: 2, sendQueueByteLimit: 100)
        var queue = ChannelQueue(descriptor)
        #expect(queue.hasRoom)
        queue.append(Script.bytes(99))
        #expect(queue.hasRoom)
        queue.append(Script.bytes(1))
        #expect(!queue.hasRoom)
        var long = ChannelQueue(descriptor)
        long.append(Script.bytes(100))
        #expect(!long.hasRoom)
        #expect(long.byteCount == 100)
    }

    @Test func `the choice stays exact where floats would round`() {
        // 2²⁵ and 2²⁵ + 1 are one float; the first in order would win the tie upstream.
        let channels = [ChannelDescriptor(id: 1), ChannelDescriptor(id: 2)]
        var first = ChannelQueue(channels[0])
        var second = ChannelQueue(channels[1])
        var bytes: [UInt8] = []
        first.append(Script.bytes(1 << 14))
        second.append(Script.bytes((1 << 14) - 1))
        _ = first.cutPacket(payloadLimit: 1 << 20, into: &bytes)
        _ = second.cutPacket(payloadLimit: 1 << 20, into: &bytes)
        #expect(second.isBehind(first))
        #expect(!first.isBehind(second))
        #expect(!first.isBehind(first))
    }
}

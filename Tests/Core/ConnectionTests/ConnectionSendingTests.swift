import Testing
import WarrenConnection
import WarrenPrimitives

/// When messages leave, how much waits, and what is told about it.
struct ConnectionSendingTests {
    private func after(_ duration: Duration) -> Instant { Script.start.advanced(by: duration) }

    @Test func `on an idle link a message leaves with the next flush, all of a turn together`() {
        let pair = Pair.open()
        let left = pair.left
        left.send(Message(0x70, Script.bytes(100)))
        left.send(Message(0x00, Script.bytes(100)))
        left.send(Message(0x70, Script.bytes(100)))
        #expect(left.output.isEmpty)
        // A driver that knows only deadlines is told that it is due now.
        #expect(left.connection.nextDeadline == Script.start)
        left.flush()
        #expect(left.output.count == 1044)
        #expect(
            left.effects == [
                .sent(0x70, messages: 2, bytes: 200), .sent(0x00, messages: 1, bytes: 100),
            ]
        )
        #expect(left.connection.nextDeadline == after(.seconds(60)))
        pair.settle()
        #expect(
            pair.right.delivered == [
                Message(0x70, Script.bytes(100)), Message(0x00, Script.bytes(100)),
                Message(0x70, Script.bytes(100)),
            ]
        )
    }

    @Test func `a driver that only keeps deadlines sends as well`() {
        let pair = Pair.open()
        pair.left.send(Message(0x70, [1, 2, 3]))
        pair.run(until: after(.milliseconds(1)))
        #expect(pair.right.delivered == [Message(0x70, [1, 2, 3])])
    }

    @Test func `while the socket is busy messages gather, until the throttle`() {
        let left = Pair.open().left
        left.send(Message(0x70, [1]))
        left.flush()
        left.send(Message(0x70, [2]), now: after(.milliseconds(1)))
        left.flush(now: after(.milliseconds(1)))
        #expect(left.output.count == 1044)
        #expect(left.connection.nextDeadline == after(.milliseconds(11)))
        left.send(Message(0x70, [3]), now: after(.milliseconds(5)))
        left.flush(now: after(.milliseconds(11)).advanced(by: .nanoseconds(-1)))
        #expect(left.output.count == 1044)
        left.deadline(now: after(.milliseconds(11)))
        #expect(left.output.count == 2 * 1044)
    }

    @Test func `while the socket is busy messages gather, until it has drained`() {
        let left = Pair.open().left
        left.send(Message(0x70, [1]))
        left.flush()
        for number in 2...50 { left.send(Message(0x70, [UInt8(number)])) }
        left.flush()
        #expect(left.drain(1043).count == 1043)
        #expect(left.output.count == 1)
        #expect(left.drain(1).count == 1)
        #expect(left.output.count == 1044)
    }

    @Test func `while the socket is busy messages gather, until there is a batch`() {
        let left = Pair.open().left
        left.send(Message(0x70, [1]))
        left.flush()
        left.send(Message(0x70, Script.bytes(Connection.batchLimit - 1)))
        left.flush()
        #expect(left.output.count == 1044)
        left.send(Message(0x70, [2]))
        left.flush()
        #expect(left.output.count > Connection.batchLimit)
    }

    @Test func `frames are full while more follows`() {
        let left = Pair.open().left
        left.send(Message(0x70, Script.bytes(100_000)))
        left.flush()
        let statistics = left.connection.statistics(now: Script.start)
        let wire = statistics.channels[0].sent.byteCount
        #expect(left.output.count == (wire + 1023) / 1024 * 1044)
    }

    @Test func `the socket is never handed more than its limit and a batch`() {
        let left = Pair.open().left
        let limit = Connection.Settings().unwrittenLimit
        let most = limit + (Connection.batchLimit / 1024 + 2) * 1044
        for _ in 0..<20 { left.send(Message(0x70, Script.bytes(50_000))) }
        left.flush()
        #expect((limit...most).contains(left.output.count))
        #expect(left.connection.nextDeadline == after(.seconds(60)))
        left.deadline(now: after(.seconds(1)))
        left.flush(now: after(.seconds(1)))
        #expect((limit...most).contains(left.output.count))
        var total = 0
        while !left.output.isEmpty {
            total += left.drain(10_000).count
            #expect(left.output.count <= most)
            #expect(left.connection.unwrittenByteCount == left.output.count)
        }
        #expect(total > 1_000_000)
        let departed = left.effects.reduce(0) { sum, effect in
            if case .sent(0x70, let messages, _) = effect { return sum + messages }
            return sum
        }
        #expect(departed == 20)
    }

    @Test func `empty messages arrive`() {
        let pair = Pair.open()
        pair.left.send(Message(0x71, []))
        pair.left.send(Message(0x70, [1]))
        pair.left.send(Message(0x71, []))
        pair.left.flush()
        pair.settle()
        #expect(
            pair.right.delivered == [Message(0x70, [1]), Message(0x71, []), Message(0x71, [])]
        )
    }

    @Test func `goodbye sends what is queued, takes nothing in, and says when all is written`() {
        let pair = Pair.open()
        let messages = (0..<10).map { Message(0x70, Script.bytes(40_000, $0)) }
        for message in messages { pair.left.send(message) }
        pair.left.finish()
        #expect(!pair.left.effects.contains(.finished))
        pair.left.send(Message(0x70, [1]))
        pair.right.send(Message(0x70, [2]))
        pair.right.flush()
        pair.settle()
        #expect(pair.right.delivered == messages)
        #expect(pair.left.delivered.isEmpty)
        #expect(pair.left.effects.last == .finished)
        #expect(pair.left.effects.filter { $0 == .finished }.count == 1)
        #expect(pair.left.connection.phase == .closed)
        #expect(pair.left.connection.nextDeadline == nil)
    }

    @Test func `goodbye with nothing to say is over at once`() {
        let pair = Pair.open()
        pair.left.finish()
        #expect(pair.left.effects == [.finished])
    }

    @Test func `goodbye does not wait for ever for a peer that does not read`() {
        let left = Pair.open().left
        left.send(Message(0x70, [1]))
        left.finish()
        let end = after(.seconds(3))
        #expect(left.connection.nextDeadline == end)
        left.deadline(now: end.advanced(by: .nanoseconds(-1)))
        #expect(!left.effects.contains(.finished))
        left.deadline(now: end)
        #expect(left.effects.last == .finished)
        #expect(left.connection.nextDeadline == nil)
    }

    @Test func `early and needless deadlines change nothing`() {
        let pair = Pair.open()
        for milliseconds in 0..<500 {
            pair.left.deadline(now: after(.milliseconds(milliseconds * 100)))
        }
        #expect(pair.left.effects.isEmpty)
        #expect(pair.left.output.isEmpty)
        #expect(pair.left.connection.nextDeadline == after(.seconds(60)))
    }

    @Test func `statistics count every packet on both sides`() {
        let pair = Pair.open()
        pair.left.send(Message(0x70, Script.bytes(2048)))
        pair.left.send(Message(0x71, []))
        pair.left.flush()
        let queued = Message(0x00, [1])
        pair.left.send(queued)
        pair.settle()
        pair.left.send(queued)
        let later = after(.seconds(2))
        let left = pair.left.connection.statistics(now: later)
        let right = pair.right.connection.statistics(now: later)
        // Two packets of a full payload, the second one last: 1034 + 1036; 7 for nothing.
        #expect(left.channels.map(\.sent.byteCount) == [2070, 7, 8])
        #expect(left.channels.map(\.sent.messageCount) == [1, 1, 1])
        #expect(left.channels.map(\.recentlySent) == [1656, 5, 6])
        #expect(left.channels.map(\.sendQueueCount) == [0, 0, 1])
        #expect(left.channels.map(\.sendQueueByteCount) == [0, 0, 1])
        #expect(right.channels.map(\.received) == left.channels.map(\.sent))
        #expect(right.received.byteCount == 2085)
        #expect(left.sent.byteCount == 2085)
        #expect(right.sent.byteCount == 0)
    }

    @Test func `what was sent fades before the next channel is chosen`() {
        let left = Pair.open().left
        left.send(Message(0x70, Script.bytes(2048)))
        left.flush()
        _ = left.drain()
        let later = after(.seconds(2))
        left.send(Message(0x70, [1]), now: later)
        left.flush(now: later)
        #expect(left.connection.statistics(now: later).channels[0].recentlySent == 1656 + 10)
    }
}

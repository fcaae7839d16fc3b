import Testing
import WarrenConnection
import WarrenPrimitives

/// Faults of ours, which stop the program instead of hurting a peer.
struct OwnFaultTests {
    @Test func `a message over its channel's limit is never sent`() async {
        await #expect(processExitsWith: .failure) {
            Pair.open().left.send(Message(0x71, Script.bytes(3001)))
        }
        await #expect(processExitsWith: .success) {
            Pair.open().left.send(Message(0x71, Script.bytes(3000)))
        }
    }

    @Test func `nothing is sent on a channel that the peer did not list`() async {
        await #expect(processExitsWith: .failure) {
            let pair = Pair(End(1), End(2, channels: [Script.channels[0]]))
            pair.settle()
            pair.left.send(Message(0x71, [1]))
        }
        await #expect(processExitsWith: .success) {
            let pair = Pair(End(1), End(2, channels: [Script.channels[0]]))
            pair.settle()
            pair.left.send(Message(0x70, [1]))
        }
    }

    @Test func `nothing is sent before the peer is known`() async {
        await #expect(processExitsWith: .failure) {
            let end = End(1)
            end.start()
            end.send(Message(0x70, [1]))
        }
    }

    @Test func `a queue is never filled without credit`() async {
        await #expect(processExitsWith: .failure) {
            let left = Pair.open().left
            for _ in 0..<1001 { left.send(Message(0x70, [1])) }
        }
        await #expect(processExitsWith: .success) {
            let left = Pair.open().left
            for _ in 0..<1000 { left.send(Message(0x70, [1])) }
        }
    }

    @Test func `the socket cannot take what it was not given`() async {
        await #expect(processExitsWith: .failure) {
            var output: [UInt8] = []
            var effects: [Connection.Effect] = []
            let end = End(1)
            end.start()
            try end.connection.written(36, now: Script.start, output: &output, into: &effects)
        }
    }

    @Test func `a pong must be able to come before the next ping`() async {
        await #expect(processExitsWith: .failure) {
            _ = Heartbeat(interval: .seconds(45), timeout: .seconds(45), now: .epoch)
        }
    }

    @Test func `a channel is registered once`() async {
        await #expect(processExitsWith: .failure) {
            _ = Multiplexer(
                [ChannelDescriptor(id: 1), ChannelDescriptor(id: 1)],
                payloadLimit: 1,
                now: .epoch
            )
        }
    }
}

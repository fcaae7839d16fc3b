import Testing
import WarrenConnection
import WarrenPrimitives
import WarrenSupport

/// Rates, over virtual time.
struct ConnectionRateTests {
    private func settings(send: Int, receive: Int) -> Connection.Settings {
        var settings = Connection.Settings()
        settings.sendRate = send
        settings.receiveRate = receive
        return settings
    }

    /// Keeps the left end's queue full for `seconds`, and answers how many bytes arrived.
    private func flood(
        _ pair: Pair,
        seconds: Int,
        length: Int,
        each: (Int) -> Void = { _ in }
    ) -> Int {
        let end = pair.now.advanced(by: .seconds(seconds))
        while pair.now < end {
            let queue = pair.left.connection.statistics(now: pair.now).channels[0]
            if queue.sendQueueByteCount < 1 << 18 {
                for _ in 0..<4 {
                    pair.left.send(Message(0x70, Script.bytes(length)), now: pair.now)
                }
                pair.left.flush(now: pair.now)
            }
            pair.run(until: pair.now.advanced(by: .milliseconds(10)))
            each(pair.right.connection.statistics(now: pair.now).channels[0].received.byteCount)
        }
        return pair.right.connection.statistics(now: pair.now).channels[0].received.byteCount
    }

    @Test(arguments: [20_000, 200_000, 1_000_000])
    func `the send rate holds within a bucket, and is used`(_ rate: Int) {
        let pair = Pair.open(settings(send: rate, receive: 0))
        var elapsed = 0
        let total = flood(pair, seconds: 3, length: 5000) { received in
            elapsed += 10
            #expect(received <= rate * elapsed / 1000 + rate / 10 + 1036)
        }
        #expect(total >= rate * 3 - rate / 50 - 1036)
    }

    @Test(arguments: [20_000, 200_000, 1_000_000])
    func `the receive rate makes the driver stop reading, and is used`(_ rate: Int) {
        let pair = Pair.open(settings(send: 0, receive: 0), right: settings(send: 0, receive: rate))
        var elapsed = 0
        var pauses = 0
        let total = flood(pair, seconds: 3, length: 5000) { received in
            elapsed += 10
            pauses += pair.right.connection.readingResumesAt == nil ? 0 : 1
            // What a driver read in one go may overdraw the bucket, and is paid off.
            #expect(received <= rate * elapsed / 1000 + rate / 10 + (200 << 10))
        }
        #expect(pauses > 50)
        #expect(total >= rate * 3 - rate / 20 - 1036)
        #expect(total <= rate * 3 + rate / 10 + (200 << 10))
    }

    @Test func `a peer that must wait for our rate is not taken for dead`() {
        // A megabyte at 8 kB/s takes two minutes, longer than any pong may take.
        let pair = Pair.open(
            settings(send: 0, receive: 0),
            right: settings(send: 0, receive: 8000)
        )
        for _ in 0..<10 { pair.left.send(Message(0x70, Script.bytes(100_000)), now: pair.now) }
        pair.left.flush(now: pair.now)
        let start = pair.now
        while pair.right.delivered.count < 10, pair.right.violation == nil,
            start.duration(to: pair.now) < .seconds(300)
        {
            pair.run(until: pair.now.advanced(by: .seconds(1)))
        }
        #expect(pair.right.violation == nil)
        #expect(pair.right.delivered.count == 10)
    }

    @Test func `nearly empty frames cost the sender as much as full ones`() throws {
        var peer = Peer()
        let end = End(2, settings: settings(send: 0, receive: 102_400))
        try peer.open(with: end)
        // NodeInfo came before the channels were open, and was not counted.
        for _ in 0..<9 { try peer.send([2, 0x12, 0], to: end) }
        #expect(end.connection.readingResumesAt == nil)
        try peer.send([2, 0x12, 0], to: end)
        let opensAt = Script.start.advanced(by: .milliseconds(10))
        #expect(end.connection.readingResumesAt == opensAt)
        #expect(end.connection.nextDeadline == opensAt)
        end.deadline(now: opensAt.advanced(by: .nanoseconds(-1)))
        #expect(end.connection.readingResumesAt == opensAt)
        end.deadline(now: opensAt)
        #expect(end.connection.readingResumesAt == nil)
    }

    @Test(arguments: Seed.sweep(5))
    func `a weighty channel gets its share of a slow link, and a light one is not starved`(
        _ seed: Seed
    ) {
        var random = seed.random
        let pair = Pair.open(settings(send: 100_000, receive: 0))
        let ids: [ChannelID] = [0x70, 0x71]
        var queued = [0, 0]
        for _ in 0..<300 {
            let rows = pair.left.connection.statistics(now: pair.now).channels
            for (index, id) in ids.enumerated() where rows[index].sendQueueCount < 10 {
                let bytes = Script.bytes(1 + random.below(2900))
                for _ in 0..<10 { pair.left.send(Message(id, bytes), now: pair.now) }
                queued[index] += 10
            }
            pair.left.flush(now: pair.now)
            pair.run(until: pair.now.advanced(by: .milliseconds(10)))
        }
        let got = pair.right.connection.statistics(now: pair.now).channels.map(\.received.byteCount)
        // Priorities 5 and 1.
        #expect(got[1] > 0)
        let share = Double(got[0]) / Double(got[1])
        #expect((4.5...5.5).contains(share), "\(got)")
    }
}

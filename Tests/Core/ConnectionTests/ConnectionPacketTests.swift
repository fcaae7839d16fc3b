import Testing
import WarrenConnection
import WarrenHandshake
import WarrenPrimitives

/// What an open connection makes of what its peer says.
struct ConnectionPacketTests {
    private func after(_ duration: Duration) -> Instant { Script.start.advanced(by: duration) }
    private let good: [UInt8] = [8, 0x1A, 6, 0x10, 1, 0x1A, 2, 7, 9]
    private let ping: [UInt8] = [2, 0x0A, 0]
    private let pong: [UInt8] = [2, 0x12, 0]

    /// What a lone piece on `channel` looks like.
    private func piece(_ channel: UInt64, _ bytes: [UInt8], isLast: Bool = true) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(3) { inner in
            inner.varint(1, channel)
            inner.bool(2, isLast)
            inner.bytes(3, bytes)
        }
        return ProtobufWriter.delimited(writer.bytes)
    }

    private func judge(_ plain: [UInt8]) throws -> (End, Connection.Violation?) {
        var peer = Peer()
        let end = End(2)
        try peer.open(with: end)
        try peer.send(plain, to: end)
        return (end, end.violation)
    }

    @Test func `every kind of bad packet ends the connection, and what came before it stands`()
        throws
    {
        let bad: [([UInt8], Connection.Violation)] = [
            ([0], .packetWithoutKind),
            ([1, 0x0A], .badPacket(.truncated)),
            ([0x8B, 0x08], .packetTooLong(length: 1035, limit: 1034)),
            (piece(0x55, [1]), .unknownChannel(0x55)),
            (piece(256, [1]), .unknownChannel(256)),
            (piece(.max, [1]), .unknownChannel(-1)),
        ]
        for (bytes, violation) in bad {
            let (end, found) = try judge(good + bytes + good)
            #expect(found == violation)
            #expect(end.effects == [.deliver(0x00, [7, 9])])
            #expect(end.connection.phase == .closed)
            #expect(end.connection.nextDeadline == nil)
        }
    }

    @Test func `a forged frame ends the connection, and the frames before it stand`() throws {
        var peer = Peer()
        let end = End(2)
        try peer.open(with: end)
        var bytes = try peer.seal(good)
        bytes += try peer.seal(good)
        bytes[1044 + 500] ^= 1
        end.take(bytes)
        #expect(end.violation == .handshake(.forgedFrame))
        #expect(end.effects == [.deliver(0x00, [7, 9])])
    }

    @Test func `a message may be as long as its channel's limit, in any pieces`() throws {
        let whole = Script.bytes(3000)
        let cuts = [0, 1024, 1024, 2048, 3000]
        var plain: [UInt8] = []
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            plain += piece(0x71, Array(whole[start..<end]), isLast: end == 3000)
        }
        let (end, violation) = try judge(plain)
        #expect(violation == nil)
        #expect(end.delivered == [Message(0x71, whole)])
        let (over, found) = try judge(
            piece(0x71, Script.bytes(1024), isLast: false)
                + piece(0x71, Script.bytes(1024), isLast: false)
                + piece(0x71, Script.bytes(953), isLast: true)
        )
        #expect(found == .messageTooLong(0x71, limit: 3000))
        #expect(over.delivered.isEmpty)
    }

    @Test func `a message that never ends holds no more memory than its limit`() throws {
        var peer = Peer()
        let end = End(2)
        try peer.open(with: end)
        for _ in 0..<2 {
            try peer.send(piece(0x71, Script.bytes(1000), isLast: false), to: end)
        }
        try peer.send(piece(0x71, Script.bytes(1000), isLast: false), to: end)
        #expect(end.violation == nil)
        try peer.send(piece(0x71, [1], isLast: false), to: end)
        #expect(end.violation == .messageTooLong(0x71, limit: 3000))
    }

    @Test func `a payload of one byte too many passes where the body fits`() throws {
        // Upstream checks the body only: 1025 bytes, not the last, on channel 0 (C§4.2).
        let (end, violation) = try judge(piece(0, Script.bytes(1025), isLast: false) + piece(0, []))
        #expect(violation == nil)
        #expect(end.delivered == [Message(0, Script.bytes(1025))])
    }

    @Test func `pings in one read are answered by one pong, at once`() throws {
        var peer = Peer()
        let end = End(2)
        try peer.open(with: end)
        try peer.listen(to: end)
        try peer.send(Array(repeatElement(ping, count: 300).joined()), to: end)
        try peer.listen(to: end)
        #expect(peer.heard == pong)
    }

    @Test func `pings go unanswered only while the socket is full, and cost nothing then`() throws {
        var peer = Peer()
        var settings = Connection.Settings.unlimited
        settings.unwrittenLimit = 4 * 1044
        let end = End(2, settings: settings)
        try peer.open(with: end)
        try peer.listen(to: end)
        for _ in 0..<100 { try peer.send(ping, to: end) }
        #expect(end.output.count == 4 * 1044)
        try peer.listen(to: end)
        // One more for the ninety-six that waited.
        #expect(end.output.count == 1044)
    }

    @Test func `a ping is answered while a channel is busy and the rate used up`() throws {
        var peer = Peer()
        var settings = Connection.Settings.unlimited
        settings.sendRate = 1000
        let end = End(2, settings: settings)
        try peer.open(with: end)
        try peer.listen(to: end)
        for _ in 0..<20 { end.send(Message(0x70, Script.bytes(50_000))) }
        end.flush()
        try peer.listen(to: end)
        #expect(end.output.isEmpty)
        #expect(end.connection.statistics(now: Script.start).channels[0].sendQueueCount == 20)
        try peer.send(ping, to: end)
        #expect(end.output.count == 1044)
    }

    @Test func `pongs that nobody asked for do no harm`() throws {
        let (end, violation) = try judge(Array(repeatElement(pong, count: 50).joined()))
        #expect(violation == nil)
        #expect(end.effects.isEmpty)
        #expect(end.connection.statistics(now: Script.start).roundTrip == nil)
    }

    @Test func `a silent peer is pinged, and given up when no pong comes`() throws {
        var peer = Peer()
        let end = End(2)
        try peer.open(with: end)
        try peer.listen(to: end)
        end.deadline(now: after(.seconds(60)))
        try peer.listen(to: end, now: after(.seconds(60)))
        #expect(peer.heard == ping)
        end.deadline(now: after(.seconds(105)).advanced(by: .nanoseconds(-1)))
        #expect(end.violation == nil)
        end.deadline(now: after(.seconds(105)))
        #expect(end.violation == .pongTimeout)
    }

    @Test func `two idle ends ping each other for hours, and know how far apart they are`() {
        let pair = Pair.open()
        pair.run(until: after(.seconds(3600)))
        #expect(pair.left.isOpen && pair.right.isOpen)
        let statistics = pair.left.connection.statistics(now: after(.seconds(3601)))
        #expect(statistics.roundTrip == .zero)
        // Sixty pings and sixty pongs.
        #expect(statistics.sent.byteCount == 360)
        #expect(statistics.received.byteCount == 360)
    }
}

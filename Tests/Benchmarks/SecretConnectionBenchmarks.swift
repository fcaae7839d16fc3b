import Testing
import WarrenHandshake
import WarrenPrimitives

extension Benchmarks {
    /// What it costs to carry bytes one way, user and system time of both ends.
    @Suite struct SecretConnectionBenchmarks {
        @Test(arguments: [1 << 10, 16 << 10, 64 << 10, 1 << 20])
        func `SecretConnection carries bytes one way`(size: Int) throws {
            try OneWay.measure(
                "SecretConnection one way, \(size >> 10) KiB writes",
                budget: .timesFloorAtMost(1.15)
            ) { count in
                try OneWay.carry { wire in
                    var end = SecureEnd(wire)
                    try end.shakeHands()
                    while end.receivedCount < count { try end.receive() }
                    #expect(end.receivedCount == count)
                } from: { wire in
                    var end = SecureEnd(wire)
                    try end.shakeHands()
                    let piece = [UInt8](repeating: 7, count: size)
                    for _ in 0..<count / size { try end.send(piece) }
                }
            } floor: { count in
                try Floor.stream(count, writes: size)
            }
        }

        /// What a stream in small writes costs whoever carries it; for information.
        @Test func `the cipher alone carries bytes one way`() throws {
            try OneWay.measure("cipher and wire alone, on two threads, 1 KiB writes") { count in
                try Floor.pairedStream(count, writes: 1 << 10)
            } floor: { count in
                try Floor.stream(count, writes: 1 << 10)
            }
        }
    }
}

/// One end of a SecretConnection over a blocking socket.
private struct SecureEnd: ~Copyable {
    private let wire: Wire
    private var connection: SecretConnection
    private var output: [UInt8] = []
    private var room = [UInt8](repeating: 0, count: Wire.readLimit)
    private var plain: [UInt8] = []
    /// Bytes at the start of `room` that are not a whole frame yet.
    private var pendingCount = 0
    /// Bytes of payload so far; the first may come with the end of the handshake.
    private(set) var receivedCount = 0

    init(_ wire: Wire) {
        self.wire = wire
        connection = SecretConnection(key: .fresh, ephemeralSecret: Sodium.randomBytes(32))
    }

    mutating func shakeHands() throws {
        connection.start(into: &output)
        try flush()
        while connection.remoteID == nil {
            try receive()
            try flush()
        }
    }

    mutating func send(_ bytes: [UInt8]) throws {
        try connection.seal(bytes.span, into: &output)
        try flush()
    }

    mutating func receive() throws {
        // Taken out meanwhile, since a lent span would lend all of this end.
        var room: [UInt8] = []
        swap(&room, &self.room)
        defer { swap(&room, &self.room) }
        let count = pendingCount + (try wire.read(into: &room, at: pendingCount))
        let used = try connection.receive(
            room.span.extracting(0..<count),
            into: &output,
            plain: &plain
        )
        pendingCount = count - used
        for place in 0..<pendingCount { room[place] = room[used + place] }
        receivedCount += plain.count
        plain.removeAll(keepingCapacity: true)
    }

    private mutating func flush() throws {
        if !output.isEmpty { try wire.write(output) }
        output.removeAll(keepingCapacity: true)
    }
}

extension NodeKey {
    static var fresh: NodeKey { NodeKey(seed: Sodium.randomBytes(32)) }
}

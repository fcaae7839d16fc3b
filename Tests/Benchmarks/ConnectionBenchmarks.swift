import Testing
import WarrenConnection
import WarrenPrimitives

extension Benchmarks {
    /// What it costs to carry messages one way, user and system time of both ends.
    @Suite struct ConnectionBenchmarks {
        @Test(arguments: [(1 << 10, 1.35), (64 << 10, 1.25)])
        func `MConnection carries messages one way`(size: Int, limit: Double) throws {
            try OneWay.measure(
                "MConnection one way, \(size >> 10) KiB messages, no rate limit",
                budget: .timesFloorAtMost(limit)
            ) { count in
                try OneWay.carry { wire in
                    var end = MessageEnd(wire)
                    try end.introduce()
                    while end.receivedCount < count { try end.receive() }
                    #expect(end.receivedCount == count)
                } from: { wire in
                    var end = MessageEnd(wire)
                    try end.introduce()
                    let message = [UInt8](repeating: 7, count: size)
                    for _ in 0..<count / size { try end.send(message) }
                    try end.settle()
                }
            } floor: { count in
                try Floor.stream(count, writes: Connection.batchLimit)
            }
        }
    }
}

/// One end of a connection over a blocking socket.
private struct MessageEnd: ~Copyable {
    private let wire: Wire
    private var connection: Connection
    private var output: [UInt8] = []
    private var effects: [Connection.Effect] = []
    private var room = [UInt8](repeating: 0, count: Wire.readLimit)
    /// Bytes at the start of `room` that were not taken yet.
    private var pendingCount = 0
    private var isOpen = false
    /// Bytes of messages so far; the first may come with the end of the handshake.
    private(set) var receivedCount = 0
    /// Messages that may still be sent: they come back as they leave.
    private var credit = MessageEnd.channel.sendQueueLimit

    private var queuedByteCount = 0

    private static let channel = ChannelDescriptor(id: 0x20, sendQueueLimit: 1024)

    init(_ wire: Wire) {
        self.wire = wire
        let key = NodeKey.fresh
        var settings = Connection.Settings()
        settings.sendRate = 0
        settings.receiveRate = 0
        connection = Connection(
            settings: settings,
            key: key,
            ownInfo: NodeInfo(
                id: key.id,
                listenAddress: "127.0.0.1:1",
                network: "bench",
                version: "1",
                channels: [Self.channel.id],
                moniker: "end"
            ),
            channels: [Self.channel],
            expecting: nil,
            ephemeralSecret: Sodium.randomBytes(32),
            now: Cost.now
        )
    }

    /// Goes through the handshake, up to the peer's NodeInfo.
    mutating func introduce() throws {
        connection.start(now: Cost.now, output: &output)
        try write()
        while !isOpen { try receive() }
    }

    /// Queues a message, and lets go what is due when nothing more fits.
    mutating func send(_ message: [UInt8]) throws {
        if credit == 0 || queuedByteCount >= Self.burst { try settle() }
        connection.send(Self.channel.id, message, now: Cost.now)
        queuedByteCount += message.count
        credit -= 1
    }

    /// How many bytes a reactor hands over in one turn.
    private static let burst = 256 << 10

    mutating func settle() throws {
        try connection.flush(now: Cost.now, output: &output, into: &effects)
        try write()
        take()
    }

    mutating func receive() throws {
        // Taken out meanwhile, since a lent span would lend all of this end.
        var room: [UInt8] = []
        swap(&room, &self.room)
        defer { swap(&room, &self.room) }
        let count = pendingCount + (try wire.read(into: &room, at: pendingCount))
        let used = try connection.receive(
            room.span.extracting(0..<count),
            now: Cost.now,
            output: &output,
            into: &effects
        )
        pendingCount = count - used
        for place in 0..<pendingCount { room[place] = room[used + place] }
        try write()
        take()
    }

    /// Writes until the machine has no more.
    private mutating func write() throws {
        while !output.isEmpty {
            let bytes = output
            output = []
            try wire.write(bytes)
            try connection.written(
                bytes.count,
                now: Cost.now,
                output: &output,
                into: &effects
            )
        }
    }

    private mutating func take() {
        for effect in effects {
            switch effect {
            case .authenticated: isOpen = true
            case .deliver(_, let message): receivedCount += message.count
            case .sent(_, let messages, let bytes):
                credit += messages
                queuedByteCount -= bytes
            case .finished: break
            }
        }
        effects.removeAll(keepingCapacity: true)
    }
}

import Testing
import WarrenConnection
import WarrenPrimitives
import WarrenSupport

/// Two ends in memory, and whatever a network does to the bytes between them.
struct ConnectionTrafficTests {
    /// A message of a length worth trying, on one of the channels.
    private func message(_ random: inout Random) -> Message {
        let channel = Script.channels[random.below(Script.channels.count)]
        let lengths = [0, 1, 2, 100, 1012, 1023, 1024, 1025, 2048, 2999, 3000]
        let length = random.chance(1, in: 2) ? lengths[random.below(11)] : random.below(3001)
        return Message(channel.id, Script.bytes(length, random.below(256)))
    }

    private func expectSame(_ sent: [Message], _ received: [Message]) {
        for channel in Script.channels.map(\.id) {
            #expect(
                sent.filter { $0.channel == channel } == received.filter { $0.channel == channel }
            )
        }
        #expect(sent.count == received.count)
    }

    @Test(arguments: Seed.sweep())
    func `messages arrive whole and in order on their channel, however bytes come`(_ seed: Seed) {
        var random = seed.random
        var settings = Connection.Settings.unlimited
        settings.unwrittenLimit = [1, 2000, 128 << 10][random.below(3)]
        let payloadLimit = [1, 50, 1024, 4096][random.below(4)]
        settings.packet = PacketSize(payloadLimit: payloadLimit)
        let pair = Pair(
            End(1, expecting: 2, settings: settings),
            End(2, settings: settings)
        )
        var sent: [[Message]] = [[], []]
        let ends = [pair.left, pair.right]
        let longest = [1, 40, 1500, 100_000][random.below(4)]
        let count = payloadLimit == 1 || longest == 1 ? 4 : 40
        if longest < 100 { pair.settle() }
        for _ in 0..<3000 {
            let side = random.below(2)
            let end = ends[side]
            switch random.below(5) {
            case 0 where end.isOpen && sent[side].count < count:
                let next = message(&random)
                sent[side].append(next)
                end.send(next, now: pair.now)
            case 1: end.flush(now: pair.now)
            case 2:
                pair.now = pair.now.advanced(by: .microseconds(random.below(1000)))
                end.deadline(now: pair.now)
            default:
                pair.move(from: end, to: ends[1 - side], count: 1 + random.below(longest))
            }
        }
        pair.run(until: pair.now.advanced(by: .seconds(1)))
        #expect(pair.left.violation == nil && pair.right.violation == nil)
        #expect(sent[0].count + sent[1].count > 0)
        expectSame(sent[0], pair.right.delivered)
        expectSame(sent[1], pair.left.delivered)
        for (end, messages) in zip(ends, sent) {
            var credit = (0, 0)
            for case .sent(_, let count, let bytes) in end.effects {
                credit = (credit.0 + count, credit.1 + bytes)
            }
            #expect(credit == (messages.count, messages.reduce(0) { $0 + $1.bytes.count }))
        }
    }

    /// All that the left end says in a conversation, and what the right end heard.
    private func recording() -> (bytes: [UInt8], heard: [Connection.Effect]) {
        let pair = Pair(End(1), End(2))
        var bytes: [UInt8] = []
        func settle() {
            while true {
                let next = pair.left.drain()
                bytes += next
                pair.right.take(next)
                let back = pair.right.drain()
                pair.left.take(back)
                if next.isEmpty && back.isEmpty { return }
            }
        }
        settle()
        for (channel, length) in [(0x70, 5), (0x71, 2500), (0x00, 0), (0x70, 1024)]
            as [(UInt8, Int)]
        {
            let id = ChannelID(rawValue: channel)
            pair.left.send(Message(id, Script.bytes(length)))
            pair.left.flush()
        }
        settle()
        pair.left.deadline(now: Script.start)
        settle()
        return (bytes, pair.right.effects)
    }

    @Test func `a conversation fed byte by byte says the same`() {
        let (bytes, heard) = recording()
        #expect(heard.count == 5)
        let end = End(2)
        end.start()
        for byte in bytes {
            end.take([byte])
            _ = end.drain()
        }
        #expect(end.violation == nil)
        #expect(end.effects == heard)
        #expect(end.arrived.isEmpty)
    }

    @Test func `a conversation cut in two anywhere says the same`() {
        let (bytes, heard) = recording()
        // Every cut in the clear message and about the frames' edges; elsewhere one in nineteen.
        let edges = (0...bytes.count).filter { cut in
            cut < 40 || cut % 19 == 0 || [0, 1, 2, 1043].contains((cut - 35) % 1044)
        }
        for cut in edges {
            let end = End(2)
            end.start()
            end.take(bytes[..<cut])
            _ = end.drain()
            end.take(bytes[cut...])
            #expect(end.violation == nil)
            #expect(end.effects == heard, "cut at \(cut)")
        }
    }

    @Test func `a damaged conversation is a true prefix, or a wait, and a violation`() {
        let (bytes, heard) = recording()
        var random = Random(seed: 0xDECADE)
        var violations = 0
        let count = max(Fuzz.count / 40, 1)
        for _ in 0..<count {
            var damaged = bytes
            Fuzz.damage(&damaged, &random)
            let end = End(2)
            end.start()
            var rest = damaged[...]
            while !rest.isEmpty {
                let step = 1 + random.below(3000)
                end.take(rest.prefix(step))
                rest = rest.dropFirst(step)
                _ = end.drain()
            }
            #expect(end.effects == Array(heard.prefix(end.effects.count)))
            if end.effects.count < heard.count {
                violations += end.violation == nil ? 0 : 1
            }
            #expect(end.arrived.count < 1044 || end.violation != nil)
        }
        #expect(violations > count / 2, "\(violations) of \(count)")
    }

    @Test func `one who proved a key and then babbles cannot break anything`() throws {
        var random = Random(seed: 0xBABB1E)
        let count = max(Fuzz.count / 40, 1)
        var survivors = 0
        for _ in 0..<count {
            var peer = Peer()
            let end = End(2)
            try peer.authenticate(with: end)
            var plain = ProtobufWriter.delimited(Script.info(1).encoded)
            var multiplexer = Multiplexer(Script.channels, payloadLimit: 1024, now: .epoch)
            for _ in 0..<random.below(6) {
                let next = message(&random)
                multiplexer.append(next.bytes, to: next.channel)
            }
            while multiplexer.pendingCount > 0 { _ = multiplexer.cutPacket(into: &plain) }
            Fuzz.damage(&plain, &random)
            try peer.send(plain, to: end)
            if end.violation == nil { survivors += 1 }
            #expect(end.output.count < 20_000)
        }
        #expect(survivors < count)
    }
}

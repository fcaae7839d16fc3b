import Testing
import WarrenConnection
import WarrenHandshake
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
    private func recording(
        _ lengths: [Int] = [5, 2500, 0, 1024]
    ) -> (bytes: [UInt8], heard: [Connection.Effect]) {
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
        for (channel, length) in zip([0x70, 0x71, 0x00, 0x70] as [ChannelID], lengths) {
            pair.left.send(Message(channel, Script.bytes(length)))
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

    /// What follows the clear messages, whose damage is a matter of the handshake's own tests.
    @Test func `a damaged conversation is a true prefix, or a wait, and a violation`() throws {
        let (bytes, heard) = recording([5, 0, 1100])
        let wire = Array(bytes.dropFirst(35))
        let agreement = try Script.agreement(of: 2, with: 1)
        var random = Random(seed: 0xDECADE)
        var violations = 0
        for _ in 0..<Fuzz.count {
            var damaged = wire
            Fuzz.damage(&damaged, &random)
            let end = End.agreed(agreement)
            let cut = random.below(damaged.count + 1)
            end.take(damaged[..<cut])
            _ = end.drain()
            end.take(damaged[cut...])
            #expect(end.effects.count <= heard.count && heard.starts(with: end.effects))
            if end.effects.count < heard.count {
                violations += end.violation == nil ? 0 : 1
            }
            #expect(end.arrived.count < 1044 || end.violation != nil)
        }
        #expect(violations > Fuzz.count / 2, "\(violations) of \(Fuzz.count)")
    }

    @Test func `one who proved a key and then babbles cannot break anything`() throws {
        var random = Random(seed: 0xBABB1E)
        let agreement = try Script.agreement(of: 2, with: 1)
        let peer = try Script.agreement(of: 1, with: 2)
        let proof = AuthenticationMessage(
            publicKey: Script.key(1).publicKey,
            signature: Script.key(1).sign(peer.challenge)
        )
        let greeting = ProtobufWriter.delimited(proof.encoded)
        let info = ProtobufWriter.delimited(Script.info(1).encoded)
        let payloads = [0, 1, 2, 100, 1024, 1025].map { Script.bytes($0) }
        var survivors = 0
        var deliveries = 0
        for _ in 0..<Fuzz.count {
            let end = End.agreed(agreement)
            var plain = info
            var multiplexer = Multiplexer(Script.channels, payloadLimit: 1024, now: .epoch)
            for _ in 0..<random.below(4) {
                let channel = Script.channels[random.below(Script.channels.count)].id
                multiplexer.append(payloads[random.below(payloads.count)], to: channel)
            }
            while multiplexer.pendingCount > 0 { _ = multiplexer.cutPacket(into: &plain) }
            Fuzz.damage(&plain, &random)
            end.take(sealed(greeting, plain, peer))
            if end.violation == nil { survivors += 1 }
            deliveries += end.delivered.isEmpty ? 0 : 1
            #expect(end.output.count < 20_000)
        }
        #expect(survivors > 0 && survivors < Fuzz.count)
        #expect(deliveries > Fuzz.count / 50, "\(deliveries)")
    }

    /// A proof in a frame of its own, and `plain` in as many as it takes, as a peer seals them.
    private func sealed(
        _ greeting: [UInt8],
        _ plain: [UInt8],
        _ agreement: SecretConnection.Agreement
    ) -> [UInt8] {
        var keys = agreement.keys
        var cipher = Cipher(key: Secret(taking: &keys.send))
        var payloads = [greeting[...]]
        for start in stride(from: 0, to: plain.count, by: 1024) {
            payloads.append(plain[start..<min(start + 1024, plain.count)])
        }
        var wire: [UInt8] = []
        for payload in payloads {
            wire += UInt32(payload.count).littleEndianBytes + payload
            wire += [UInt8](repeating: 0, count: 1024 - payload.count + Cipher.tagByteCount)
            cipher.seal(last: 1028, of: &wire)
        }
        return wire
    }
}

import Testing
import WarrenHandshake
import WarrenPrimitives
import WarrenSupport

struct SecretConnectionTests {
    @Test
    func `a handshake with fixed keys is that of the vectors, byte for byte, on both sides`() throws
    {
        let sides = try HandshakeVectors.load().handshake.sides
        for (own, other) in zip(sides, sides.reversed()) {
            let key = NodeKey(seed: try bytes(own.node_seed_hex))
            #expect(Hex.text(key.publicKey) == own.node_public_hex)
            #expect(key.id.description == own.node_id)
            var end = End(key, ephemeral: try bytes(own.ephemeral_private_hex))
            #expect(Hex.text(end.drain()) == own.first_flight_hex)

            end.take(try bytes(other.first_flight_hex))
            #expect(Hex.text(end.drain()) == own.frames[0].sealed_hex)
            let stranger = end.remoteID
            #expect(stranger == nil)

            for frame in other.frames {
                if let sealed = frame.sealed_hex { end.take(try bytes(sealed)) }
            }
            let violation = end.violation
            #expect(violation == nil)
            let (id, publicKey) = (end.remoteID, end.remotePublicKey)
            #expect(id?.description == other.node_id)
            #expect(publicKey.map { Hex.text($0) } == other.node_public_hex)
            let plain = end.plain
            #expect(Hex.text(plain) == other.frames[1].plaintext_hex)

            for frame in own.frames.dropFirst() {
                let count = frame.plaintext_len ?? 0
                let counted = (0..<count).map { UInt8($0 % 251) }
                end.seal(try frame.plaintext_hex.map(bytes) ?? counted)
                let sealed = end.drain()
                #expect(sealed.count == frame.sealed_len)
                #expect(Hex.text(SHA256.hash(sealed)) == frame.sealed_sha256)
                if let hex = frame.sealed_hex { #expect(Hex.text(sealed) == hex) }
                if let hex = frame.first_frame_sealed_hex {
                    #expect(Hex.text(sealed).hasPrefix(hex))
                }
            }
        }
    }

    @Test
    func `the proof is that of the vectors`() throws {
        let handshake = try HandshakeVectors.load().handshake
        for side in handshake.sides {
            let key = NodeKey(seed: try bytes(side.node_seed_hex))
            let signature = key.sign(try bytes(handshake.challenge_hex))
            #expect(Hex.text(signature) == side.challenge_signature_hex)
            let message = AuthenticationMessage(publicKey: key.publicKey, signature: signature)
            #expect(Hex.text(message.encoded) == side.auth_sig_message_hex)
            let delimited = ProtobufWriter.delimited(message.encoded)
            #expect(Hex.text(delimited) == side.auth_sig_delimited_hex)
            #expect(try AuthenticationMessage(message.encoded.span) == message)
        }
    }

    @Test(arguments: Seed.sweep(10))
    func `whatever one end says, the other hears, in whatever pieces it comes`(seed: Seed) {
        var random = seed.random
        var alice = End(1)
        var bob = End(2)
        settle(&alice, &bob)
        var said: [UInt8] = []
        var wire: [UInt8] = []
        for _ in 0..<12 {
            let edge = [0, 1, 1023, 1024, 1025, 2048, 2049][random.below(7)]
            let piece = (0..<edge).map { _ in UInt8(random.below(256)) }
            said += piece
            alice.seal(piece)
            let sealed = alice.drain()
            #expect(sealed.count == SecretConnection.sealedByteCount(of: edge))
            wire += sealed
        }
        while !wire.isEmpty {
            let count = min(wire.count, 1 + random.below(3000))
            bob.take(Array(wire.prefix(count)))
            wire.removeFirst(count)
            #expect(bob.kept.count < SecretConnection.sealedByteCount)
        }
        let (violation, plain) = (bob.violation, bob.plain)
        #expect(violation == nil)
        #expect(plain == said)
    }

    @Test
    func `a handshake and frames may be cut at every byte`() throws {
        var peer = End(2)
        var probe = End(1)
        let greeting = peer.drain()
        probe.take(greeting)
        peer.take(probe.drain())
        let proof = peer.drain()
        peer.seal(Array("hello, peer".utf8))
        let wire = greeting + proof + peer.drain()

        for cut in 0...wire.count {
            var end = End(1)
            end.take(Array(wire[..<cut]))
            let early = end.plain
            #expect(early.isEmpty || cut == wire.count)
            end.take(Array(wire[cut...]))
            let (violation, plain) = (end.violation, end.plain)
            #expect(violation == nil && plain == Array("hello, peer".utf8), "cut at \(cut)")
        }
        var drip = End(1)
        for byte in wire { drip.take([byte]) }
        let (plain, id) = (drip.plain, drip.remoteID)
        #expect(plain == Array("hello, peer".utf8))
        #expect(id == NodeKey(seed: [UInt8](repeating: 2, count: 32)).id)
    }

    @Test
    func `the rest of the frame with the proof is payload`() throws {
        var end = End(1)
        var puppet = try Puppet(flight: end.drain(), ephemeral: [UInt8](repeating: 9, count: 32))
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        end.take(puppet.greeting)
        let proof = puppet.proof(key)
        // The proof comes in two frames; the second also holds what follows it.
        end.take(puppet.frame(Array(proof[..<50])))
        let stranger = end.remoteID
        #expect(stranger == nil)
        end.take(puppet.frame(Array(proof[50...]) + [1, 2, 3]))
        let (plain, id, violation) = (end.plain, end.remoteID, end.violation)
        #expect(violation == nil && plain == [1, 2, 3])
        #expect(id == key.id)
    }

    @Test func `nothing to say makes no frame`() throws {
        var end = End(1)
        let ephemeral = [UInt8](repeating: 9, count: 32)
        var puppet = try Puppet(flight: end.drain(), ephemeral: ephemeral)
        end.take(puppet.greeting)
        end.take(puppet.frame(puppet.proof(NodeKey(seed: ephemeral))))
        _ = end.drain()
        end.seal([])
        #expect(end.violation == nil)
        #expect(end.sent.isEmpty)
        end.seal([1])
        #expect(end.sent.count == SecretConnection.sealedByteCount)
    }

    @Test
    func `filler is zero, whatever was sent before`() throws {
        var end = End(1)
        let ephemeral = [UInt8](repeating: 9, count: 32)
        let flight = end.drain()
        var puppet = try Puppet(flight: flight, ephemeral: ephemeral)
        end.take(puppet.greeting)
        end.take(puppet.frame(puppet.proof(NodeKey(seed: ephemeral))))
        end.seal([UInt8](repeating: 0xAA, count: 1500))
        end.seal([1])
        let remote = Array(flight.dropFirst(3))
        let shared = try #require(KeySchedule.sharedSecret(ephemeral, remote))
        let isLeast = KeySchedule.publicKey(of: ephemeral).lexicographicallyPrecedes(remote)
        var keys = KeySchedule.trafficKeys(sharedSecret: shared, isLeast: isLeast)
        var opener = Cipher(key: Secret(taking: &keys.receive))
        let wire = end.drain()
        for (frame, length) in [103, 1024, 476, 1].enumerated() {
            var text = [UInt8](repeating: 0xFF, count: 1028)
            let isGenuine = opener.open(1028, of: wire.span, at: 1044 * frame, into: &text)
            #expect(isGenuine)
            #expect(Array(text[..<4]) == UInt32(length).littleEndianBytes)
            #expect(text[(4 + length)...].allSatisfy { $0 == 0 })
        }
    }

    @Test
    func `the peer's filler is ignored, and an empty frame after the handshake says nothing`()
        throws
    {
        var end = End(1)
        let flight = end.drain()
        var puppet = try Puppet(flight: flight, ephemeral: [UInt8](repeating: 9, count: 32))
        end.take(puppet.greeting)
        let proof = puppet.proof(NodeKey(seed: [UInt8](repeating: 5, count: 32)))
        end.take(puppet.frame(proof, filler: 0xEE))
        end.take(puppet.frame([]))
        end.take(puppet.frame([7], filler: 0xEE))
        let (plain, violation) = (end.plain, end.violation)
        #expect(violation == nil)
        #expect(plain == [7])
    }
}

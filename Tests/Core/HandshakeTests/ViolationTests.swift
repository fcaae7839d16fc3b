import Testing
import WarrenHandshake
import WarrenPrimitives
import WarrenSupport

struct ViolationTests {
    private let ephemeral = [UInt8](repeating: 9, count: 32)

    /// What an end makes of `messages`, after it sent its own.
    private func judge(_ bytes: [UInt8]) -> Violation? {
        var end = End(1)
        end.take(bytes)
        return end.violation
    }

    /// What an end makes of frames that a puppet sends in place of its proof.
    private func judge(_ frames: (inout Puppet) -> [UInt8]) throws -> Violation? {
        var end = End(1)
        var puppet = try Puppet(flight: end.drain(), ephemeral: ephemeral)
        end.take(puppet.greeting)
        end.take(frames(&puppet))
        let id = end.remoteID
        #expect(id == nil)
        return end.violation
    }

    @Test
    func `the clear message must hold exactly 32 bytes`() {
        for count in [0, 1, 31, 33, 61] {
            var writer = ProtobufWriter()
            writer.bytes(1, [UInt8](repeating: 9, count: count))
            #expect(judge(ProtobufWriter.delimited(writer.bytes)) == .badEphemeralMessage)
        }
        #expect(judge([0x02, 0x08, 0x01]) == .badEphemeralMessage)
        #expect(judge([0x02, 0x0A, 0x05]) == .badEphemeralMessage)
        #expect(judge([0x00]) == .badEphemeralMessage)
    }

    @Test
    func `a clear message may be 64 bytes long, and one past is refused by its length alone`() {
        let key = KeySchedule.publicKey(of: ephemeral)
        // A key of 34 bytes and an unknown field of 30.
        var writer = ProtobufWriter()
        writer.bytes(1, key)
        writer.bytes(2, [UInt8](repeating: 0, count: 28))
        #expect(writer.bytes.count == SecretConnection.ephemeralMessageLimit)
        #expect(judge(ProtobufWriter.delimited(writer.bytes)) == nil)
        #expect(judge([65]) == .badEphemeralMessage)
        #expect(judge([0xFF, 0xFF, 0x7F]) == .badEphemeralMessage)
        #expect(judge([UInt8](repeating: 0xFF, count: 9)) == nil)
        #expect(judge([UInt8](repeating: 0xFF, count: 10)) == .badEphemeralMessage)
        // A longer form of a small length is accepted, as upstream does.
        #expect(judge([0xA2, 0x00, 0x0A, 0x20] + key) == nil)
    }

    @Test
    func `an ephemeral key of low order, or our own, is refused`() throws {
        for point in try HandshakeVectors.load().low_order_points {
            let key = try bytes(point.public_hex)
            #expect(judge([0x22, 0x0A, 0x20] + key) == .lowOrderKey, "\(point.name)")
        }
        var end = End(1)
        end.take(end.drain())
        let violation = end.violation
        #expect(violation == .reflectedKey)
    }

    @Test
    func `a proof in our own name is refused, ours played back as well as a true one`() throws {
        let own = NodeKey(seed: [UInt8](repeating: 1, count: 32))
        let violation = try judge { $0.frame($0.proof(own)) }
        #expect(violation == .ownIdentity)
        var dialed = End(1)
        var accepted = End(own, ephemeral: ephemeral)
        settle(&dialed, &accepted)
        let (one, other) = (dialed.violation, accepted.violation)
        #expect(one == .ownIdentity && other == .ownIdentity)
    }

    @Test
    func `a proof must be signed by the key it shows, over this challenge`() throws {
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        let violation = try judge { puppet in
            let message = AuthenticationMessage(
                publicKey: key.publicKey,
                signature: key.sign([UInt8](repeating: 0, count: 32))
            )
            return puppet.frame(ProtobufWriter.delimited(message.encoded))
        }
        #expect(violation == .badSignature)
        let stolen = try judge { puppet in
            let message = AuthenticationMessage(
                publicKey: NodeKey(seed: [UInt8](repeating: 6, count: 32)).publicKey,
                signature: key.sign(puppet.challenge)
            )
            return puppet.frame(ProtobufWriter.delimited(message.encoded))
        }
        #expect(stolen == .badSignature)
    }

    @Test
    func `other kinds of key and other sizes are refused`() throws {
        func message(field: Int, key: Int, signature: Int) -> [UInt8] {
            var writer = ProtobufWriter()
            writer.message(1) { $0.bytes(field, [UInt8](repeating: 3, count: key)) }
            writer.bytes(2, [UInt8](repeating: 4, count: signature))
            return ProtobufWriter.delimited(writer.bytes)
        }
        for field in 2...5 {
            let bytes = message(field: field, key: 33, signature: 64)
            #expect(try judge { $0.frame(bytes) } == .unsupportedKeyType)
        }
        for (key, signature) in [(31, 64), (33, 64), (32, 63), (32, 65), (32, 0)] {
            let bytes = message(field: 1, key: key, signature: signature)
            #expect(try judge { $0.frame(bytes) } == .badAuthenticationMessage)
        }
        #expect(try judge { $0.frame([0]) } == .unsupportedKeyType)
        #expect(try judge { $0.frame([2, 0x0A, 0x09]) } == .badAuthenticationMessage)
    }

    @Test
    func `an authentication message may be 1024 bytes long, and one past is refused`() throws {
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        var end = End(1)
        var puppet = try Puppet(flight: end.drain(), ephemeral: ephemeral)
        end.take(puppet.greeting)
        var writer = ProtobufWriter()
        writer.message(1) { $0.bytes(1, key.publicKey) }
        writer.bytes(2, key.sign(puppet.challenge))
        writer.bytes(3, [UInt8](repeating: 0, count: 1024 - writer.bytes.count - 3))
        #expect(writer.bytes.count == SecretConnection.authenticationMessageLimit)
        let delimited = ProtobufWriter.delimited(writer.bytes)
        end.take(puppet.frame(Array(delimited.prefix(1024))))
        end.take(puppet.frame(Array(delimited.dropFirst(1024))))
        let (violation, id) = (end.violation, end.remoteID)
        #expect(violation == nil && id == key.id)
        // 1025 as a varint: the length alone is enough.
        #expect(try judge { $0.frame([0x81, 0x08]) } == .badAuthenticationMessage)
        #expect(try judge { $0.frame([0x80, 0x08]) } == nil)
    }

    @Test
    func `a frame holds 1024 bytes at most, and some before the proof`() throws {
        let full = [UInt8](repeating: 0x80, count: 1)
        #expect(try judge { $0.frame(full, length: 1025) } == .frameTooLong(1025))
        #expect(try judge { $0.frame(full, length: .max) } == .frameTooLong(Int(UInt32.max)))
        #expect(try judge { $0.frame([]) } == .emptyFrame)
    }

    @Test
    func `a frame that is changed in any byte is refused`() throws {
        var peer = End(2)
        var probe = End(1)
        let greeting = peer.drain()
        probe.take(greeting)
        peer.take(probe.drain())
        let proof = peer.drain()
        for place in stride(from: 0, to: proof.count, by: 7) {
            var end = End(1)
            end.take(greeting)
            var forged = proof
            forged[place] ^= 1 << UInt8(place % 8)
            end.take(forged)
            let violation = end.violation
            #expect(violation == .forgedFrame)
        }
    }

    @Test
    func `good frames before a forgery are delivered, and nothing after it`() {
        var alice = End(1)
        var bob = End(2)
        settle(&alice, &bob)
        alice.seal([1])
        let first = alice.drain()
        alice.seal([2])
        let second = alice.drain()
        alice.seal([3])
        let third = alice.drain()
        // Replayed, then out of order.
        for (wire, heard) in [(first + second + second + third, [1, 2]), (first + third, [1])] {
            var alice = End(1)
            var bob = End(2)
            settle(&alice, &bob)
            bob.take(wire)
            let (violation, plain) = (bob.violation, bob.plain)
            #expect(violation == .forgedFrame)
            #expect(plain == heard.map(UInt8.init))
            bob.violation = nil
            bob.kept = []
            bob.take(third)
            let again = bob.violation
            #expect(again == .forgedFrame)
            bob.violation = nil
            bob.seal([9])
            let sealing = bob.violation
            #expect(sealing == .forgedFrame)
        }
        // Our own frames sent back are no frames of the peer.
        bob.seal([4])
        bob.take(bob.drain())
        let violation = bob.violation
        #expect(violation == .forgedFrame)
    }

    @Test
    func `the last nonce is refused, not wrapped, and a write is sealed whole or not at all`() {
        // The proof takes the first nonce; two are left.
        var alice = End(1, firstNonce: .max - 3)
        var bob = End(2, firstNonce: .max - 3)
        settle(&alice, &bob)
        alice.seal([UInt8](repeating: 1, count: 1025))
        let last = alice.drain()
        bob.take(last)
        let (violation, heard) = (bob.violation, bob.plain.count)
        #expect(violation == nil && heard == 1025)
        alice.seal([1])
        let (refused, sealed) = (alice.violation, alice.drain())
        #expect(refused == .nonceExhausted && sealed.isEmpty)
        bob.take(last)
        let exhausted = bob.violation
        #expect(exhausted == .nonceExhausted)

        var carol = End(1, firstNonce: .max - 3)
        var dave = End(2, firstNonce: .max - 3)
        settle(&carol, &dave)
        carol.seal([UInt8](repeating: 1, count: 2049))
        let (tooLong, nothing) = (carol.violation, carol.drain())
        #expect(tooLong == .nonceExhausted && nothing.isEmpty)
    }

    @Test
    func `no violation is without words`() {
        let all: [Violation] = [
            .badEphemeralMessage, .lowOrderKey, .reflectedKey, .frameTooLong(1025), .forgedFrame,
            .emptyFrame, .badAuthenticationMessage, .unsupportedKeyType, .badSignature,
            .ownIdentity, .nonceExhausted,
        ]
        #expect(Set(all.map(\.description)).count == all.count)
    }
}

import Foundation
import Testing
import WarrenHandshake
import WarrenPrimitives
import WarrenSupport

struct HandshakeFuzzTests {
    private let ephemeral = [UInt8](repeating: 9, count: 32)
    private let count =
        ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000

    private func mutate(_ bytes: inout [UInt8], _ random: inout Random) {
        for _ in 0...random.below(3) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes[place] ^= 1 << UInt8(random.below(8))
            case 1: bytes.insert(UInt8(random.below(256)), at: place)
            case 2: bytes.remove(at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
    }

    @Test
    func `mutated clear messages are kept, refused or met, and never let anyone in`() {
        var random = Random(seed: 0x5EED)
        let key = NodeKey(seed: [UInt8](repeating: 1, count: 32))
        let valid = [0x22, 0x0A, 0x20] + KeySchedule.publicKey(of: ephemeral)
        for _ in 0..<count {
            var bytes = valid
            mutate(&bytes, &random)
            var end = End(key, ephemeral: [UInt8](repeating: 8, count: 32))
            end.take(bytes)
            let (plain, id) = (end.plain, end.remoteID)
            #expect(plain.isEmpty && id == nil)
        }
    }

    @Test
    func `mutated proofs are refused or read back as they were`() throws {
        var random = Random(seed: 0x5EED)
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        let valid = AuthenticationMessage(
            publicKey: key.publicKey,
            signature: key.sign([1, 2, 3])
        ).encoded
        for _ in 0..<count {
            var bytes = valid
            mutate(&bytes, &random)
            guard let message = try? AuthenticationMessage(bytes.span) else { continue }
            #expect(message.publicKey.count == 32 && message.signature.count == 64)
            #expect(try AuthenticationMessage(message.encoded.span) == message)
        }
    }

    /// What end 1 and the peer with `ephemeral` agree on, as end 1 sees it and as the peer does.
    ///
    /// Agreed once for ten thousand cases: it costs a hundred times what is tested.
    private func agreements() throws -> (
        end: SecretConnection.Agreement, peer: SecretConnection.Agreement
    ) {
        let secret = [UInt8](repeating: 0x81, count: 32)
        let end = SecretConnection.Agreement(
            secret: secret,
            remote: KeySchedule.publicKey(of: ephemeral)
        )
        let peer = SecretConnection.Agreement(
            secret: ephemeral,
            remote: KeySchedule.publicKey(of: secret)
        )
        return (try #require(end), try #require(peer))
    }

    /// Frames as an honest peer seals them, from its first on.
    private func sealed(
        _ payloads: [[UInt8]],
        _ agreement: SecretConnection.Agreement
    ) -> [UInt8] {
        var keys = agreement.keys
        var cipher = Cipher(key: Secret(taking: &keys.send))
        var wire: [UInt8] = []
        for payload in payloads {
            wire += UInt32(payload.count).littleEndianBytes + payload
            wire += [UInt8](repeating: 0, count: 1024 - payload.count + Cipher.tagByteCount)
            cipher.seal(last: 1028, of: &wire)
        }
        return wire
    }

    private func proof(_ key: NodeKey, _ agreement: SecretConnection.Agreement) -> [UInt8] {
        let message = AuthenticationMessage(
            publicKey: key.publicKey,
            signature: key.sign(agreement.challenge)
        )
        return ProtobufWriter.delimited(message.encoded)
    }

    @Test
    func `an agreement is what a whole handshake comes to`() throws {
        let agreed = try agreements()
        var end = End(1)
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        end.take([0x22, 0x0A, 0x20] + KeySchedule.publicKey(of: ephemeral))
        end.take(sealed([proof(key, agreed.peer)], agreed.peer))
        let id = end.remoteID
        #expect(id == key.id)
    }

    @Test
    func `mutated proofs inside honest frames end in a violation, or with the peer known`() throws {
        var random = Random(seed: 0x5EED)
        let own = NodeKey(seed: [UInt8](repeating: 1, count: 32))
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        let agreed = try agreements()
        let valid = proof(key, agreed.peer)
        var knownCount = 0
        for _ in 0..<count {
            var end = End(own, rehearsing: agreed.end)
            var proof = valid
            mutate(&proof, &random)
            end.take(sealed([proof], agreed.peer))
            let (id, violation) = (end.remoteID, end.violation)
            #expect(id == nil || id == key.id)
            #expect(id == nil || violation == nil)
            knownCount += id == nil ? 0 : 1
        }
        // Bytes behind the proof are payload, and do it no harm.
        #expect(knownCount < count / 2)
    }

    @Test
    func `mutated streams deliver a prefix of what was said, and nothing else`() throws {
        var random = Random(seed: 0x5EED)
        let own = NodeKey(seed: [UInt8](repeating: 1, count: 32))
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        let agreed = try agreements()
        let said = (0..<1200).map { UInt8(truncatingIfNeeded: $0) }
        let wire = sealed(
            [proof(key, agreed.peer), Array(said[..<1024]), Array(said[1024...])],
            agreed.peer
        )
        var lengths: Set<Int> = []
        for _ in 0..<count {
            var end = End(own, rehearsing: agreed.end)
            var bytes = wire
            mutate(&bytes, &random)
            end.take(bytes)
            let plain = end.plain
            #expect(said.starts(with: plain))
            lengths.insert(plain.count)
        }
        #expect(lengths.isSuperset(of: [0, 1024]), "\(lengths)")
    }
}

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

    @Test
    func `mutated proofs inside honest frames end in a violation, or with the peer known`() throws {
        var random = Random(seed: 0x5EED)
        let key = NodeKey(seed: [UInt8](repeating: 5, count: 32))
        for _ in 0..<count / 20 {
            var end = End(1)
            var puppet = try Puppet(flight: end.drain(), ephemeral: ephemeral)
            end.take(puppet.greeting)
            var proof = puppet.proof(key)
            mutate(&proof, &random)
            end.take(puppet.frame(proof))
            let (id, violation) = (end.remoteID, end.violation)
            #expect(id == nil || id == key.id)
            #expect(id == nil || violation == nil)
        }
    }

    @Test
    func `mutated streams deliver a prefix of what was said, and nothing else`() {
        var random = Random(seed: 0x5EED)
        var alice = End(1)
        var bob = End(2)
        settle(&alice, &bob)
        let said = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
        alice.seal(said)
        let wire = alice.drain()
        for _ in 0..<count / 20 {
            var alice = End(1)
            var bob = End(2)
            settle(&alice, &bob)
            var bytes = wire
            mutate(&bytes, &random)
            bob.take(bytes)
            let plain = bob.plain
            #expect(said.starts(with: plain))
        }
    }
}

import CSodium
import Testing
import WarrenHandshake
import WarrenPrimitives

extension Benchmarks {
    /// How many handshakes a core makes, both ends on it.
    @Suite struct HandshakeBenchmarks {
        @Test func `SecretConnection shakes hands`() throws {
            let count = Scale.of(2000, small: 10)
            let (figure, floor) = try Scale.least {
                let keys = (NodeKey.fresh, NodeKey.fresh)
                return try Cost.cpu {
                    for _ in 0..<count { try shakeHands(keys.0, keys.1) }
                }
            } floor: {
                curveOperations(count)
            }
            Figure(
                name: "SecretConnection handshakes, both ends on one core",
                value: Double(count) / figure,
                unit: .perSecond,
                floor: Double(count) / floor,
                budget: .timesFloorAtLeast(0.8)
            )
            .show()
        }

        private func shakeHands(_ one: NodeKey, _ other: NodeKey) throws {
            var dialer = SecretConnection(key: one, ephemeralSecret: Sodium.randomBytes(32))
            var listener = SecretConnection(key: other, ephemeralSecret: Sodium.randomBytes(32))
            var toListener: [UInt8] = []
            var toDialer: [UInt8] = []
            var plain: [UInt8] = []
            dialer.start(into: &toListener)
            listener.start(into: &toDialer)
            while dialer.remoteID == nil || listener.remoteID == nil {
                var answer: [UInt8] = []
                let heard = try listener.receive(toListener.span, into: &answer, plain: &plain)
                toListener.removeFirst(heard)
                let read = try dialer.receive(toDialer.span, into: &toListener, plain: &plain)
                toDialer.removeFirst(read)
                toDialer += answer
            }
            #expect(listener.remoteID == one.id)
        }

        /// CPU seconds of the operations on curves that `count` handshakes need: at each end two of
        /// X25519, one signature made and one checked.
        private func curveOperations(_ count: Int) -> Double {
            Sodium.start()
            let secret = Sodium.randomBytes(32)
            let challenge = Sodium.randomBytes(32)
            var publicKey = [UInt8](repeating: 0, count: 32)
            var shared = [UInt8](repeating: 0, count: 32)
            var verifyingKey = [UInt8](repeating: 0, count: 32)
            var signingKey = [UInt8](repeating: 0, count: 64)
            var signature = [UInt8](repeating: 0, count: 64)
            // All sizes are those of X25519 and Ed25519.
            _ = unsafe crypto_sign_keypair(&verifyingKey, &signingKey)
            return Cost.cpu {
                for _ in 0..<2 * count {
                    _ = unsafe crypto_scalarmult_curve25519_base(&publicKey, secret)
                    _ = unsafe crypto_scalarmult_curve25519(&shared, secret, publicKey)
                    _ = unsafe crypto_sign_detached(&signature, nil, challenge, 32, signingKey)
                    _ = unsafe crypto_sign_verify_detached(signature, challenge, 32, verifyingKey)
                }
            }
        }
    }
}

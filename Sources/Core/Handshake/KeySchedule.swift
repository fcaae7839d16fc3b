import CSodium
import WarrenPrimitives

/// From two ephemeral keys to the keys of the frames and the challenge to be signed.
///
/// Source: C§2.2, C§2.3, C§2.4.
package enum KeySchedule {
    package static let keyByteCount = 32
    package static let challengeByteCount = 32

    /// The keys of both directions, as one end sees them.
    package struct TrafficKeys: Sendable {
        package var receive: [UInt8]
        package var send: [UInt8]
        /// The last 32 bytes of the output, which nobody uses any more.
        package var rest: [UInt8]
    }

    /// The X25519 public key of a secret of 32 bytes.
    package static func publicKey(of secret: [UInt8]) -> [UInt8] {
        precondition(secret.count == keyByteCount, "a secret has 32 bytes, not \(secret.count)")
        var publicKey = [UInt8](repeating: 0, count: keyByteCount)
        // Both are 32 bytes long.
        _ = unsafe crypto_scalarmult_curve25519_base(&publicKey, secret)
        return publicKey
    }

    /// X25519 of our secret and the peer's public key; nil if the peer's is of low order.
    package static func sharedSecret(_ secret: [UInt8], _ publicKey: [UInt8]) -> [UInt8]? {
        precondition(
            secret.count == keyByteCount && publicKey.count == keyByteCount,
            "X25519 takes two keys of 32 bytes, not \(secret.count) and \(publicKey.count)"
        )
        var shared = [UInt8](repeating: 0, count: keyByteCount)
        // All three are 32 bytes long. It fails if the result is all zero.
        guard unsafe crypto_scalarmult_curve25519(&shared, secret, publicKey) == 0 else {
            return nil
        }
        return shared
    }

    /// The 32 bytes that both ends sign: they depend on both ephemeral keys and the shared secret.
    package static func challenge(
        lower: [UInt8],
        upper: [UInt8],
        sharedSecret: [UInt8]
    ) -> [UInt8] {
        var transcript = Transcript(application: "TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH")
        transcript.append("EPHEMERAL_LOWER_PUBLIC_KEY", lower)
        transcript.append("EPHEMERAL_UPPER_PUBLIC_KEY", upper)
        transcript.append("DH_SECRET", sharedSecret)
        let challenge = transcript.challenge("SECRET_CONNECTION_MAC", count: challengeByteCount)
        transcript.clear()
        return challenge
    }

    /// The keys for the frames; `isLeast` says whether our ephemeral public key is the smaller.
    package static func trafficKeys(sharedSecret: [UInt8], isLeast: Bool) -> TrafficKeys {
        let zeros = [UInt8](repeating: 0, count: keyByteCount)
        var root = authenticate(sharedSecret, key: zeros)
        var blocks: [[UInt8]] = []
        for number in 1...3 as ClosedRange<UInt8> {
            var text = (blocks.last ?? []) + info + [number]
            blocks.append(authenticate(text, key: root))
            Sodium.clear(&text)
        }
        Sodium.clear(&root)
        let (first, second, rest) = (blocks[0], blocks[1], blocks[2])
        return isLeast
            ? TrafficKeys(receive: first, send: second, rest: rest)
            : TrafficKeys(receive: second, send: first, rest: rest)
    }

    private static let info = Array("TENDERMINT_SECRET_CONNECTION_KEY_AND_CHALLENGE_GEN".utf8)

    /// HMAC-SHA256, of which HKDF is made.
    private static func authenticate(_ text: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(key.count == keyByteCount, "the key has 32 bytes, not \(key.count)")
        var code = [UInt8](repeating: 0, count: keyByteCount)
        // It fills 32 bytes, and reads the text by its count and 32 bytes of key.
        unsafe crypto_auth_hmacsha256(&code, text, UInt64(text.count), key)
        return code
    }
}

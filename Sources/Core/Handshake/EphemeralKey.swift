import WarrenPrimitives

/// Our key pair for one connection, and the message that shows its public half.
///
/// It cannot be copied, since it must serve once. Source: C§2.2.
struct EphemeralKey: ~Copyable {
    private let secret: Secret
    private let publicKey: [UInt8]
    private let firstNonce: UInt64

    init(secret: consuming [UInt8], firstNonce: UInt64) {
        publicKey = KeySchedule.publicKey(of: secret)
        self.secret = Secret(taking: &secret)
        self.firstNonce = firstNonce
    }

    /// A delimited BytesValue of 35 bytes.
    var message: [UInt8] {
        var writer = ProtobufWriter()
        writer.bytes(1, publicKey)
        return ProtobufWriter.delimited(writer.bytes)
    }

    /// The peer's key and how many bytes brought it; nil if not all of them are here.
    static func read(_ bytes: Span<UInt8>) throws(Violation) -> (key: [UInt8], count: Int)? {
        let limit = SecretConnection.ephemeralMessageLimit
        guard let range = try delimited(bytes, limit: limit, or: .badEphemeralMessage) else {
            return nil
        }
        let message = bytes.extracting(range)
        var key: [UInt8] = []
        var offset = 0
        do throws(ProtobufError) {
            while let field = try message.protobufField(at: &offset) {
                if field.number == 1 { key = message.copy(try field.range()) }
            }
        } catch {
            throw .badEphemeralMessage
        }
        // Upstream pads or cuts other lengths; a strict reader has no use for them.
        guard key.count == KeySchedule.keyByteCount else { throw .badEphemeralMessage }
        return (key, range.upperBound)
    }

    /// Derives the keys shared with the peer's `remote`, and appends our sealed authentication.
    func meet(
        _ remote: [UInt8],
        key: NodeKey,
        into output: inout [UInt8]
    ) throws(Violation) -> HandshakePhase {
        if remote == publicKey { throw .reflectedKey }
        let secret = secret.withArray { KeySchedule.sharedSecret($0, remote) }
        guard var shared = secret else { throw .lowOrderKey }
        let isLeast = publicKey.lexicographicallyPrecedes(remote)
        let challenge = KeySchedule.challenge(
            lower: isLeast ? publicKey : remote,
            upper: isLeast ? remote : publicKey,
            sharedSecret: shared
        )
        var keys = KeySchedule.trafficKeys(sharedSecret: shared, isLeast: isLeast)
        Sodium.clear(&shared)
        Sodium.clear(&keys.rest)
        var frames = Frames(
            outbound: Cipher(key: Secret(taking: &keys.send), nonce: firstNonce),
            inbound: Cipher(key: Secret(taking: &keys.receive), nonce: firstNonce)
        )
        let proof = AuthenticationMessage(
            publicKey: key.publicKey,
            signature: key.sign(challenge)
        )
        try frames.seal(ProtobufWriter.delimited(proof.encoded).span, into: &output)
        return .authenticating(frames, challenge: challenge, text: [])
    }
}

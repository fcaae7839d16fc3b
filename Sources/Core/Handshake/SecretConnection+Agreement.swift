package import WarrenPrimitives

extension SecretConnection {
    /// What two ephemeral keys come to, as one end sees it.
    package struct Agreement: Sendable {
        package var keys: KeySchedule.TrafficKeys
        package var challenge: [UInt8]

        /// Nil if the peer's key is of low order.
        package init?(secret: [UInt8], remote: [UInt8]) {
            guard let shared = KeySchedule.sharedSecret(secret, remote) else { return nil }
            let own = KeySchedule.publicKey(of: secret)
            let isLeast = own.lexicographicallyPrecedes(remote)
            challenge = KeySchedule.challenge(
                lower: isLeast ? own : remote,
                upper: isLeast ? remote : own,
                sharedSecret: shared
            )
            keys = KeySchedule.trafficKeys(sharedSecret: shared, isLeast: isLeast)
        }
    }

    /// An end that waits for the peer's proof, with keys agreed before; our own proof is not sent.
    ///
    /// For tests alone, which damage what follows the agreement ten thousand times and would spend
    /// their time in reaching it. Two connections with one agreement use the same nonces.
    package init(key: NodeKey, rehearsing agreement: Agreement) {
        Sodium.start()
        var keys = agreement.keys
        self.init(
            key: key,
            frames: Frames(
                outbound: Cipher(key: Secret(taking: &keys.send)),
                inbound: Cipher(key: Secret(taking: &keys.receive))
            ),
            challenge: agreement.challenge
        )
    }
}

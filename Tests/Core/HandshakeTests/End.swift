import Testing
import WarrenHandshake
import WarrenPrimitives

/// One end of a connection in memory: what it sent, what it read, and what went wrong.
struct End: ~Copyable {
    var connection: SecretConnection
    var sent: [UInt8] = []
    var plain: [UInt8] = []
    var kept: [UInt8] = []
    var violation: Violation?

    init(_ key: NodeKey, ephemeral: [UInt8], firstNonce: UInt64 = 0) {
        connection = SecretConnection(key: key, ephemeralSecret: ephemeral, firstNonce: firstNonce)
        connection.start(into: &sent)
    }

    init(_ seed: UInt8, firstNonce: UInt64 = 0) {
        self.init(
            NodeKey(seed: [UInt8](repeating: seed, count: 32)),
            ephemeral: [UInt8](repeating: seed ^ 0x80, count: 32),
            firstNonce: firstNonce
        )
    }

    /// An end that has agreed on keys already, and waits for the peer's proof.
    init(_ key: NodeKey, rehearsing agreement: SecretConnection.Agreement) {
        connection = SecretConnection(key: key, rehearsing: agreement)
    }

    /// Takes all of `bytes`, and keeps what the connection did not use, as a driver does.
    mutating func take(_ bytes: [UInt8]) {
        guard violation == nil else { return }
        kept += bytes
        let bytes = kept
        do throws(Violation) {
            let used = try connection.receive(bytes.span, into: &sent, plain: &plain)
            kept.removeFirst(used)
        } catch {
            violation = error
        }
    }

    mutating func seal(_ bytes: [UInt8]) {
        do throws(Violation) {
            try connection.seal(bytes.span, into: &sent)
        } catch {
            violation = error
        }
    }

    /// What was sent since the last call.
    mutating func drain() -> [UInt8] {
        defer { sent = [] }
        return sent
    }

    var remoteID: NodeID? { connection.remoteID }
    var remotePublicKey: [UInt8]? { connection.remotePublicKey }
}

/// Carries bytes between two ends until neither has more to say.
func settle(_ one: inout End, _ other: inout End) {
    while !one.sent.isEmpty || !other.sent.isEmpty {
        other.take(one.drain())
        one.take(other.drain())
    }
}

/// The peer as a test plays it: it knows the keys, and may seal what no honest end would.
struct Puppet: ~Copyable {
    var outbound: Cipher
    let challenge: [UInt8]
    let greeting: [UInt8]

    /// Meets an end that sent `flight`, its clear message.
    init(flight: [UInt8], ephemeral: [UInt8]) throws {
        let remote = Array(flight.dropFirst(3))
        let own = KeySchedule.publicKey(of: ephemeral)
        let shared = try #require(KeySchedule.sharedSecret(ephemeral, remote))
        let isLeast = own.lexicographicallyPrecedes(remote)
        challenge = KeySchedule.challenge(
            lower: isLeast ? own : remote,
            upper: isLeast ? remote : own,
            sharedSecret: shared
        )
        var keys = KeySchedule.trafficKeys(sharedSecret: shared, isLeast: isLeast)
        outbound = Cipher(key: Secret(taking: &keys.send))
        greeting = [0x22, 0x0A, 0x20] + own
    }

    /// A sealed frame with `payload`, which claims `length` bytes.
    mutating func frame(_ payload: [UInt8], length: UInt32? = nil, filler: UInt8 = 0) -> [UInt8] {
        var frame = (length ?? UInt32(payload.count)).littleEndianBytes + payload
        frame += [UInt8](repeating: filler, count: 1028 - frame.count)
        frame += [UInt8](repeating: 0, count: 16)
        outbound.seal(last: 1028, of: &frame)
        return frame
    }

    /// The delimited proof that `key` is the puppet's.
    func proof(_ key: NodeKey) -> [UInt8] {
        let message = AuthenticationMessage(
            publicKey: key.publicKey,
            signature: key.sign(challenge)
        )
        return ProtobufWriter.delimited(message.encoded)
    }
}

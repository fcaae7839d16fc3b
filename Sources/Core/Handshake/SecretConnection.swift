package import WarrenPrimitives

/// One end of CometBFT's SecretConnection: bytes in, bytes out; no socket, no clock, no chance.
///
/// Both ends do the same: send an ephemeral key in the clear, derive keys from the two, and prove
/// who they are inside sealed frames. The caller compares the proven id with the one it dialed, and
/// sets the deadlines. After a violation the connection is of no use. Source: C§2, C§14.
package struct SecretConnection: ~Copyable {
    private let key: NodeKey
    private var phase: HandshakePhase

    /// The most payload a frame holds, in bytes.
    package static let payloadLimit = Frames.payloadLimit
    /// How long every sealed frame is, in bytes.
    package static let sealedByteCount = Frames.sealedByteCount
    /// The longest clear message that is read, in bytes; upstream reads up to 1 MiB and honest
    /// peers send 34.
    package static let ephemeralMessageLimit = 64
    /// The longest authentication message that is read, in bytes; upstream reads up to 1 MiB and
    /// honest peers send 102.
    package static let authenticationMessageLimit = 1024

    /// An end that proves to hold `key`; the 32 secret bytes must never be used twice.
    ///
    /// They come from the system in a node, from a seed in tests, and are cleared after use unless
    /// the caller keeps the array. `firstNonce` is for tests of the end of the counter.
    package init(key: NodeKey, ephemeralSecret: consuming [UInt8], firstNonce: UInt64 = 0) {
        Sodium.start()
        self.key = key
        phase = .greeting(EphemeralKey(secret: ephemeralSecret, firstNonce: firstNonce))
    }

    init(key: NodeKey, frames: consuming Frames, challenge: [UInt8]) {
        self.key = key
        phase = .authenticating(frames, challenge: challenge, text: [])
    }

    /// Appends the clear message, 35 bytes; to be called once, first.
    package func start(into output: inout [UInt8]) {
        switch phase {
        case .greeting(let ephemeral): output.append(contentsOf: ephemeral.message)
        case .authenticating: preconditionFailure(Self.lateStart)
        case .open: preconditionFailure(Self.lateStart)
        case .failed: preconditionFailure(Self.lateStart)
        }
    }

    private static let lateStart = "a connection starts once, before it receives"

    /// Takes received bytes; answers how many it used, and the caller keeps the rest.
    ///
    /// Appends what is to be sent to `output` and decrypted payload to `plain`, the latter only
    /// after the peer has proved who it is. What was appended before a violation stays.
    package mutating func receive(
        _ bytes: Span<UInt8>,
        into output: inout [UInt8],
        plain: inout [UInt8]
    ) throws(Violation) -> Int {
        var used = try phase.greet(bytes, key: key, into: &output)
        while bytes.count - used >= Frames.sealedByteCount, !phase.isGreeting {
            try phase.open(bytes, at: used, ownKey: key.publicKey, into: &plain)
            used += Frames.sealedByteCount
        }
        return used
    }

    /// Appends `plain` to `output` in sealed frames with zero filler; nothing for no bytes.
    ///
    /// Only after the peer has proved who it is.
    package mutating func seal(
        _ plain: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(Violation) {
        try phase.seal(plain, into: &output)
    }

    /// How many bytes ``seal(_:into:)`` makes of `count` bytes.
    package static func sealedByteCount(of count: Int) -> Int {
        (count + payloadLimit - 1) / payloadLimit * sealedByteCount
    }

    /// The peer's Ed25519 key, once it has proved to hold it.
    package var remotePublicKey: [UInt8]? {
        switch phase {
        case .open(_, let remotePublicKey): remotePublicKey
        case .greeting: nil
        case .authenticating: nil
        case .failed: nil
        }
    }

    /// The peer's id, once it has proved to hold its key.
    package var remoteID: NodeID? { remotePublicKey.map(NodeID.init(publicKey:)) }
}

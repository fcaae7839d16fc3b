import WarrenPrimitives

/// How far a ``SecretConnection`` has come; each case is made from the one before it.
enum HandshakePhase: ~Copyable {
    /// The peer's ephemeral key is not here yet.
    case greeting(EphemeralKey)
    /// Frames flow; the peer has not proved who it is.
    ///
    /// `text` is what it said so far.
    case authenticating(Frames, challenge: [UInt8], text: [UInt8])
    case open(Frames, remotePublicKey: [UInt8])
    case failed(Violation)

    var isGreeting: Bool {
        switch self {
        case .greeting: true
        case .authenticating: false
        case .open: false
        case .failed: false
        }
    }

    /// Takes the peer's clear message, if this is the time for it and all of it is here.
    ///
    /// Answers how many bytes it took; appends our own authentication.
    mutating func greet(
        _ bytes: Span<UInt8>,
        key: NodeKey,
        into output: inout [UInt8]
    ) throws(Violation) -> Int {
        let next: HandshakePhase
        var used = 0
        var violation: Violation?
        switch consume self {
        case .greeting(let ephemeral):
            do throws(Violation) {
                if let (remote, count) = try EphemeralKey.read(bytes) {
                    next = try ephemeral.meet(remote, key: key, into: &output)
                    used = count
                } else {
                    next = .greeting(ephemeral)
                }
            } catch {
                next = .failed(error)
                violation = error
            }
        case .authenticating(let frames, let challenge, let text):
            next = .authenticating(frames, challenge: challenge, text: text)
        case .open(let frames, let remotePublicKey):
            next = .open(frames, remotePublicKey: remotePublicKey)
        case .failed(let earlier):
            next = .failed(earlier)
            violation = earlier
        }
        self = next
        if let violation { throw violation }
        return used
    }

    /// Opens the frame at `offset`: part of the peer's proof, then payload.
    mutating func open(
        _ bytes: Span<UInt8>,
        at offset: Int,
        ownKey: [UInt8],
        into plain: inout [UInt8]
    ) throws(Violation) {
        let next: HandshakePhase
        var violation: Violation?
        switch consume self {
        case .greeting: preconditionFailure("frames come after the clear message")
        case .authenticating(var frames, let challenge, var text):
            do throws(Violation) {
                let length = try frames.open(bytes, at: offset, into: &text)
                if length == 0 { throw .emptyFrame }
                if let (remote, end) = try Self.prove(text, challenge, ownKey: ownKey) {
                    plain.append(contentsOf: text[end...])
                    next = .open(frames, remotePublicKey: remote)
                } else {
                    next = .authenticating(frames, challenge: challenge, text: text)
                }
            } catch {
                next = .failed(error)
                violation = error
            }
        case .open(var frames, let remotePublicKey):
            do throws(Violation) {
                _ = try frames.open(bytes, at: offset, into: &plain)
                next = .open(frames, remotePublicKey: remotePublicKey)
            } catch {
                next = .failed(error)
                violation = error
            }
        case .failed(let earlier):
            next = .failed(earlier)
            violation = earlier
        }
        self = next
        if let violation { throw violation }
    }

    mutating func seal(_ plain: Span<UInt8>, into output: inout [UInt8]) throws(Violation) {
        let next: HandshakePhase
        var violation: Violation?
        switch consume self {
        case .greeting: preconditionFailure("nothing is sealed before the peer is known")
        case .authenticating: preconditionFailure("nothing is sealed before the peer is known")
        case .open(var frames, let remotePublicKey):
            do throws(Violation) {
                try frames.seal(plain, into: &output)
                next = .open(frames, remotePublicKey: remotePublicKey)
            } catch {
                next = .failed(error)
                violation = error
            }
        case .failed(let earlier):
            next = .failed(earlier)
            violation = earlier
        }
        self = next
        if let violation { throw violation }
    }

    /// The peer's key and where its proof ends, once all of it is here.
    private static func prove(
        _ text: [UInt8],
        _ challenge: [UInt8],
        ownKey: [UInt8]
    ) throws(Violation) -> (key: [UInt8], end: Int)? {
        let limit = SecretConnection.authenticationMessageLimit
        guard
            let range = try delimited(text.span, limit: limit, or: .badAuthenticationMessage)
        else { return nil }
        let message = try AuthenticationMessage(text.span.extracting(range))
        let key = message.publicKey
        guard NodeKey.verify(message.signature, of: challenge, by: key) else {
            throw .badSignature
        }
        // Checked last: a proof in our name that is not ours is a bad signature, no reflection.
        if key == ownKey { throw .ownIdentity }
        return (key, range.upperBound)
    }
}

/// Where the delimited message lies at the start of `bytes`; nil if not all of it is here.
///
/// A length over `limit` is refused as soon as it can be read. Source: C§2.7.
func delimited(
    _ bytes: Span<UInt8>,
    limit: Int,
    or violation: Violation
) throws(Violation) -> Range<Int>? {
    var offset = 0
    let length: UInt64
    do throws(ProtobufError) {
        length = try bytes.protobufVarint(at: &offset)
    } catch {
        if error == .truncated { return nil }
        throw violation
    }
    guard length <= UInt64(limit) else { throw violation }
    let end = offset + Int(length)
    return end <= bytes.count ? offset..<end : nil
}

/// What no honest peer does while a connection is made secret, or on it; each ends the connection.
package enum Violation: Error, Hashable, Sendable {
    /// The clear message is too long, or holds no key of exactly 32 bytes.
    case badEphemeralMessage
    /// The ephemeral key makes a shared secret that anybody knows.
    case lowOrderKey
    /// The peer sent our own ephemeral key back.
    case reflectedKey
    /// A sealed frame claims more payload than it can hold.
    case frameTooLong(Int)
    /// A frame is not what the peer sealed next: changed, replayed, out of order, or not the peer's.
    case forgedFrame
    /// A frame without payload, before the peer has proved who it is.
    case emptyFrame
    /// The authentication message is too long, not protobuf, or lacks a part.
    case badAuthenticationMessage
    /// The peer's identity is of another kind of key than Ed25519.
    case unsupportedKeyType
    /// The peer does not hold the key that it shows.
    case badSignature
    /// The peer proved to be ourselves: a connection to self, or our own proof played back.
    case ownIdentity
    /// 2⁶⁴ − 1 frames were sent or received.
    case nonceExhausted
}

extension Violation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badEphemeralMessage:
            "the peer's first message is no ephemeral key: expected a BytesValue of 32 bytes"
        case .lowOrderKey: "the peer's ephemeral key is of low order: expected an honest one"
        case .reflectedKey: "the peer sent our own ephemeral key back: expected one of its own"
        case .frameTooLong(let count): "a frame claims \(count) bytes: expected 1024 at most"
        case .forgedFrame: "a frame cannot be decrypted: it was changed, replayed or misplaced"
        case .emptyFrame: "an empty frame in the handshake: expected the authentication message"
        case .badAuthenticationMessage:
            "the peer's authentication cannot be read: expected a key and a signature of 64 bytes"
        case .unsupportedKeyType: "the peer's key is of another kind: expected Ed25519"
        case .badSignature: "the peer's signature is wrong: it does not hold the key that it shows"
        case .ownIdentity: "the peer is this node itself"
        case .nonceExhausted: "the connection is used up after 2^64 - 1 frames: connect anew"
        }
    }
}

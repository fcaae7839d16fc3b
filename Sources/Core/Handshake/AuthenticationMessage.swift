import WarrenPrimitives

/// Who an end says it is, and the proof: its key and its signature of the challenge.
///
/// Source: C§2.5 (`AuthSigMessage`).
package struct AuthenticationMessage: Hashable, Sendable {
    package var publicKey: [UInt8]
    package var signature: [UInt8]

    package init(publicKey: [UInt8], signature: [UInt8]) {
        self.publicKey = publicKey
        self.signature = signature
    }

    package var encoded: [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { $0.bytes(1, publicKey) }
        writer.bytes(2, signature)
        return writer.bytes
    }

    /// Reads a message, and checks kind and size of what is in it.
    package init(_ message: Span<UInt8>) throws(Violation) {
        do throws(ProtobufError) {
            (publicKey, signature) = try Self.read(message)
        } catch {
            switch error {
            case .missing: throw .unsupportedKeyType
            case .truncated, .varintTooLong, .badFieldNumber, .badGroup, .wrongWireType, .badText,
                .outOfRange:
                throw .badAuthenticationMessage
            }
        }
        guard publicKey.count == NodeKey.publicKeyByteCount,
            signature.count == NodeKey.signatureByteCount
        else { throw .badAuthenticationMessage }
    }

    /// The raw parts; the key is missing if it is of another kind, of those we know or not.
    private static func read(
        _ message: Span<UInt8>
    ) throws(ProtobufError) -> (key: [UInt8], signature: [UInt8]) {
        var key: [UInt8]?
        var signature: [UInt8] = []
        var offset = 0
        while let field = try message.protobufField(at: &offset) {
            switch field.number {
            case 1:
                let inner = message.extracting(try field.range())
                var place = 0
                while let choice = try inner.protobufField(at: &place) {
                    // The last of a oneof counts; numbers above 1 are other kinds of key.
                    key = choice.number == 1 ? inner.copy(try choice.range()) : nil
                }
            case 2: signature = message.copy(try field.range())
            default: break
            }
        }
        guard let key else { throw .missing(field: 1) }
        return (key, signature)
    }
}

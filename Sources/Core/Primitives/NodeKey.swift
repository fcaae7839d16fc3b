import CSodium

/// A node's Ed25519 key pair; its secret is cleared when the last holder lets go.
///
/// It cannot be printed, compared or copied. Source: C§1.1.
package final class NodeKey: Sendable {
    /// 32 bytes.
    package let publicKey: [UInt8]
    package let id: NodeID

    private let seed: Secret

    package static let seedByteCount = 32
    package static let publicKeyByteCount = 32
    package static let signatureByteCount = 64
    private static let secretKeyByteCount = 64

    /// The key pair of a 32-byte seed, which the caller clears.
    package init(seed: [UInt8]) {
        precondition(seed.count == Self.seedByteCount, "a seed has 32 bytes, not \(seed.count)")
        Sodium.start()
        var publicKey = [UInt8](repeating: 0, count: Self.publicKeyByteCount)
        var secretKey = [UInt8](repeating: 0, count: Self.secretKeyByteCount)
        // It reads 32 bytes of seed and fills two keys of 32 and 64 bytes.
        _ = unsafe crypto_sign_seed_keypair(&publicKey, &secretKey, seed)
        Sodium.clear(&secretKey)
        self.publicKey = publicKey
        id = NodeID(publicKey: publicKey)
        var copy = seed
        self.seed = Secret(taking: &copy)
    }

    /// The 64-byte signature of `message`.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Self.signatureByteCount)
        withSecretKey { secretKey in
            // It reads the message and a 64-byte key, and fills 64 bytes.
            _ = unsafe crypto_sign_detached(
                &signature,
                nil,
                message,
                UInt64(message.count),
                secretKey
            )
        }
        return signature
    }

    /// Whether `signature` is that of `message` under `publicKey`; false for wrong sizes.
    package static func verify(
        _ signature: [UInt8],
        of message: [UInt8],
        by publicKey: [UInt8]
    ) -> Bool {
        guard signature.count == signatureByteCount, publicKey.count == publicKeyByteCount else {
            return false
        }
        // The sizes were checked above; the message goes with its own count.
        return unsafe crypto_sign_verify_detached(
            signature,
            message,
            UInt64(message.count),
            publicKey
        ) == 0
    }

    /// Lends seed and public key in one, as libsodium and the key file have it; cleared after.
    private func withSecretKey<Result>(_ body: ([UInt8]) -> Result) -> Result {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.secretKeyByteCount)
        seed.withArray { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: publicKey)
        let result = body(bytes)
        Sodium.clear(&bytes)
        return result
    }
}

extension NodeID {
    /// The id of a node by its raw Ed25519 public key.
    package init(publicKey: [UInt8]) {
        guard let id = NodeID(SHA256.hash(publicKey).prefix(NodeID.byteCount)) else {
            preconditionFailure("a digest is longer than a node id")
        }
        self = id
    }
}

// MARK: - The key file

extension NodeKey {
    /// What is wrong with the `priv_key` of a `node_key.json`.
    package enum FileFlaw: Error, Hashable, Sendable {
        case wrongType(String)
        case notBase64
        /// The value does not hold 64 bytes.
        case wrongSize(Int)
        /// The second half is not the public key of the first.
        case wrongPublicKey
    }

    package static let fileType = "tendermint/PrivKeyEd25519"
    /// How many characters of base64 a key takes.
    private static let fileValueByteCount = 88
    /// How many characters of base64 are looked at before a key is refused for its size.
    private static let fileValueLimit = 1024

    /// From the two strings in `{"priv_key":{"type":…,"value":…}}`.
    package convenience init(type: String, value: String) throws(FileFlaw) {
        guard type == Self.fileType else { throw .wrongType(type) }
        var bytes = try Self.decode(value)
        defer { Sodium.clear(&bytes) }
        guard bytes.count == Self.secretKeyByteCount else { throw .wrongSize(bytes.count) }
        var seed = Array(bytes.prefix(Self.seedByteCount))
        defer { Sodium.clear(&seed) }
        self.init(seed: seed)
        guard bytes.suffix(Self.publicKeyByteCount).elementsEqual(publicKey) else {
            throw .wrongPublicKey
        }
    }

    /// The text of `node_key.json`, as CometBFT writes it: one line, no end of line.
    package var fileText: String {
        var text = [CChar](repeating: 0, count: Self.fileValueByteCount + 1)
        withSecretKey { bytes in
            // 64 bytes become 88 characters and a zero, for which the array has room.
            let variant = Int32(sodium_base64_VARIANT_ORIGINAL)
            _ = unsafe sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
        }
        let characters = text.prefix(Self.fileValueByteCount).map { UInt8(bitPattern: $0) }
        let value = String(decoding: characters, as: UTF8.self)
        return #"{"priv_key":{"type":"\#(Self.fileType)","value":"\#(value)"}}"#
    }

    private static func decode(_ value: String) throws(FileFlaw) -> [UInt8] {
        let text = value.utf8.map { CChar(bitPattern: $0) }
        guard text.count <= fileValueLimit else { throw .wrongSize(text.count / 4 * 3) }
        var bytes = [UInt8](repeating: 0, count: text.count)
        var count = 0
        let variant = Int32(sodium_base64_VARIANT_ORIGINAL)
        // It writes into the array, of which it knows the size; having no place to put where it
        // stopped, it refuses a text that it cannot read to the end.
        let status = unsafe sodium_base642bin(
            &bytes,
            bytes.count,
            text,
            text.count,
            nil,
            &count,
            nil,
            variant
        )
        guard status == 0 else {
            Sodium.clear(&bytes)
            throw .notBase64
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

extension NodeKey.FileFlaw: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongType(let type):
            "the key's type is '\(type)': expected '\(NodeKey.fileType)'"
        case .notBase64: "the key's value is not base64: expected 64 bytes in 88 characters"
        case .wrongSize(let count): "the key has \(count) bytes: expected 64, seed and public key"
        case .wrongPublicKey:
            "the key's second half is not the public key of its first: the file is damaged; "
                + "restore it, or remove it to make a new identity"
        }
    }
}

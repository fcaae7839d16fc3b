import CSodium
package import WarrenPrimitives

/// One direction's key and nonce counter, which seal or open frames of fixed size.
///
/// It cannot be copied, since a copy would use the same nonces again. ChaCha20-Poly1305 (IETF)
/// without associated data. Source: C§2.6.
package struct Cipher: ~Copyable, Sendable {
    private let key: Secret
    /// How many frames came before; the next one's nonce.
    package private(set) var nonce: UInt64

    package static let tagByteCount = 16

    package init(key: Secret, nonce: UInt64 = 0) {
        self.key = key
        self.nonce = nonce
    }

    /// How many frames may still pass before the counter would wrap; 2⁶⁴ − 1 itself is not used.
    package var framesLeft: UInt64 { .max - nonce }

    /// Encrypts the last `count + tagByteCount` bytes of `bytes` where they stand.
    ///
    /// The first `count` of them are the text, the rest is the place of the tag.
    package mutating func seal(last count: Int, of bytes: inout [UInt8]) {
        let start = bytes.count - count - Self.tagByteCount
        precondition(start >= 0, "\(bytes.count) bytes hold no text of \(count) and its tag")
        precondition(framesLeft > 0, "nonces are never reused")
        // It reads `count` bytes from `start`, and writes them and a tag to the same place, which
        // ends where the array ends. Nonce and key are 12 and 32 bytes long.
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            guard let text = buffer.baseAddress else { return }
            _ = unsafe withNonceAndKey { number, key in
                unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
                    text + start,
                    nil,
                    text + start,
                    UInt64(count),
                    nil,
                    0,
                    nil,
                    number,
                    key
                )
            }
        }
        nonce += 1
    }

    /// Decrypts `count` bytes of text and their tag, at `offset` of `bytes`, to the start of `text`.
    ///
    /// False, and nothing changed but `text`, if they are not what the peer sealed next.
    package mutating func open(
        _ count: Int,
        of bytes: Span<UInt8>,
        at offset: Int,
        into text: inout [UInt8]
    ) -> Bool {
        precondition(offset >= 0 && bytes.count - offset >= count + Self.tagByteCount)
        precondition(text.count >= count, "\(text.count) bytes have no room for \(count)")
        guard framesLeft > 0 else { return false }
        // It reads `count` bytes and a tag from `offset`, which lie within the span, and writes
        // `count` bytes to an array that has room. Nonce and key are 12 and 32 bytes long.
        let status = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe text.withUnsafeMutableBufferPointer { text -> Int32? in
                guard let sealed = buffer.baseAddress, let text = text.baseAddress else {
                    return nil
                }
                return unsafe withNonceAndKey { number, key in
                    unsafe crypto_aead_chacha20poly1305_ietf_decrypt(
                        text,
                        nil,
                        nil,
                        sealed + offset,
                        UInt64(count + Self.tagByteCount),
                        nil,
                        0,
                        number,
                        key
                    )
                }
            }
        }
        guard status == 0 else { return false }
        nonce += 1
        return true
    }

    /// Lends 12 bytes of nonce, four zeros and the counter, and 32 of key.
    private func withNonceAndKey(
        _ body: (UnsafePointer<UInt8>, UnsafePointer<UInt8>) -> Int32
    ) -> Int32? {
        // The counter is the last eight of sixteen bytes; the nonce is the last twelve.
        let number = (UInt64(0), nonce.littleEndian)
        return unsafe withUnsafeBytes(of: number) { number in
            guard let number = number.baseAddress else { return nil }
            return unsafe key.withBytes { key in
                unsafe body((number + 4).assumingMemoryBound(to: UInt8.self), key)
            }
        }
    }
}

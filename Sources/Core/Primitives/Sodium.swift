import CSodium

/// The one door to libsodium's start-up and to what it needs before first use.
package enum Sodium {
    /// Makes sure that the library is set up; cheap after the first call, from any thread.
    ///
    /// It picks the implementations that suit the processor. Source: libsodium manual, "Usage".
    package static func start() {
        precondition(isReady, "libsodium cannot start: no source of random bytes")
    }

    // A static is set up once, by whoever comes first.
    private static let isReady = sodium_init() >= 0

    /// Overwrites `bytes` with zeros, even if nobody reads them again.
    package static func clear(_ bytes: inout [UInt8]) {
        // The pointer and count are those of the array, for the time of the call.
        unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe sodium_memzero(base, buffer.count)
        }
    }

    /// Whether two secrets are equal, in a time that depends on their lengths only.
    package static func isEqual(_ lhs: [UInt8], _ rhs: [UInt8]) -> Bool {
        guard lhs.count == rhs.count else { return false }
        // Both pointers are read for the length that both arrays have.
        return unsafe sodium_memcmp(lhs, rhs, lhs.count) == 0
    }

    /// `count` bytes from the system's generator, for keys and nonces of a real node.
    ///
    /// Not for cores: there, secrets come in as values.
    package static func randomBytes(_ count: Int) -> [UInt8] {
        start()
        var bytes = [UInt8](repeating: 0, count: count)
        // It writes `count` bytes into the array of that size.
        unsafe randombytes_buf(&bytes, count)
        return bytes
    }
}

/// SHA-256.
package enum SHA256 {
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        // It reads `bytes.count` bytes and writes the 32 of the digest.
        unsafe crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return digest
    }
}

/// SipHash-2-4 under a key: where strangers choose what is hashed, and must not choose the bucket.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
package struct KeyedHash: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64

    package static let keyByteCount = 16

    /// Nil unless `key` is 16 bytes.
    package init?(key: [UInt8]) {
        guard key.count == Self.keyByteCount else { return nil }
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        first = word(key[..<8])
        second = word(key[8...])
    }

    /// Draws a key.
    package init(random: inout Random) {
        first = random.next()
        second = random.next()
    }

    /// The key, to be stored.
    package var key: [UInt8] { first.littleEndianBytes + second.littleEndianBytes }

    package func callAsFunction(_ bytes: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBufferPointer { unsafe digest(of: $0) }
    }

    /// The hash of four integers, most significant bytes first: of their 32 bytes in an array.
    package func callAsFunction(_ words: (UInt64, UInt64, UInt64, UInt64)) -> UInt64 {
        let bytes = (
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
        )
        // Lent as they stand: an array for each hash costs more than the hash.
        return unsafe withUnsafeBytes(of: bytes) { raw in
            unsafe raw.withMemoryRebound(to: UInt8.self) { unsafe digest(of: $0) }
        }
    }

    private func digest(of bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var digest: UInt64 = 0
        let key = (first.littleEndian, second.littleEndian)
        // Eight bytes of digest and sixteen of key, each the size of the value that is lent.
        unsafe withUnsafeMutableBytes(of: &digest) { out in
            unsafe withUnsafeBytes(of: key) { key in
                guard let out = out.baseAddress, let key = key.baseAddress else { return }
                _ = unsafe crypto_shorthash(
                    out.assumingMemoryBound(to: UInt8.self),
                    bytes.baseAddress,
                    UInt64(bytes.count),
                    key.assumingMemoryBound(to: UInt8.self)
                )
            }
        }
        return UInt64(littleEndian: digest)
    }
}

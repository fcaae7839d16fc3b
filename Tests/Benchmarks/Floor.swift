import CSodium
import WarrenChain
import WarrenHandshake
import WarrenPrimitives

/// The least that something can cost: the cipher, the wire, signatures and digests, without us.
enum Floor {
    /// CPU seconds to seal and open `count` bytes as frames of 1,024, in place, with bare libsodium.
    static func aead(_ count: Int) -> Double {
        Sodium.start()
        let text = 4 + SecretConnection.payloadLimit
        var frame = [UInt8](repeating: 7, count: SecretConnection.sealedByteCount)
        var opened = [UInt8](repeating: 0, count: text)
        let key = [UInt8](repeating: 9, count: 32)
        var nonce = [UInt8](repeating: 0, count: 12)
        return Cost.cpu {
            for number in 0..<(count + SecretConnection.payloadLimit - 1)
                / SecretConnection.payloadLimit
            {
                for place in 0..<8 {
                    nonce[4 + place] = UInt8(truncatingIfNeeded: number >> (8 * place))
                }
                // The frame has room for text and tag, and the other array for the text; key and
                // nonce are 32 and 12 bytes.
                unsafe frame.withUnsafeMutableBufferPointer { frame in
                    guard let base = frame.baseAddress else { return }
                    _ = unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
                        base,
                        nil,
                        base,
                        UInt64(text),
                        nil,
                        0,
                        nil,
                        nonce,
                        key
                    )
                    _ = unsafe crypto_aead_chacha20poly1305_ietf_decrypt(
                        &opened,
                        nil,
                        nil,
                        base,
                        UInt64(frame.count),
                        nil,
                        0,
                        nonce,
                        key
                    )
                }
            }
        }
    }

    /// CPU seconds to carry `count` bytes over loopback in writes of `size`, both ends.
    static func wire(_ count: Int, writes size: Int) throws -> Double {
        let (near, far) = try Wire.pair()
        defer {
            near.close()
            far.close()
        }
        let piece = [UInt8](repeating: 7, count: size)
        return try Cost.cpu {
            try together {
                var room = [UInt8](repeating: 0, count: Wire.readLimit)
                var left = count
                while left > 0 { left -= try far.read(into: &room) }
            } _: {
                var left = count
                while left > 0 {
                    try near.write(left < size ? Array(piece[..<left]) : piece)
                    left -= size
                }
            }
        }
    }

    /// CPU seconds of both for `count` bytes of payload, written `size` at a time.
    static func stream(_ count: Int, writes size: Int) throws -> Double {
        let sealedSize = SecretConnection.sealedByteCount(of: size)
        let sealedCount = (count + size - 1) / size * sealedSize
        return aead(count) + (try wire(sealedCount, writes: sealedSize))
    }

    /// CPU seconds of both at once: each end a thread with the cipher and its socket, nothing more.
    ///
    /// Not the floor that budgets count from, which is a sum and knows no waking up: a sender that
    /// seals between writes wakes its reader for each of them.
    static func pairedStream(_ count: Int, writes size: Int) throws -> Double {
        Sodium.start()
        let (near, far) = try Wire.pair()
        defer {
            near.close()
            far.close()
        }
        let frame = SecretConnection.sealedByteCount
        let frames = SecretConnection.sealedByteCount(of: size) / frame
        let writes = count / size
        return try Cost.cpu {
            try together {
                var room = [UInt8](repeating: 0, count: Wire.readLimit)
                var cipher = Cipher(key: secret)
                var text = [UInt8](repeating: 0, count: frame - Cipher.tagByteCount)
                var pending = 0
                var left = writes * frames
                while left > 0 {
                    pending += try far.read(into: &room, at: pending)
                    var used = 0
                    while pending - used >= frame {
                        let isGood = cipher.open(text.count, of: room.span, at: used, into: &text)
                        precondition(isGood, "the stream is cut wrongly")
                        used += frame
                        left -= 1
                    }
                    pending -= used
                    for place in 0..<pending { room[place] = room[used + place] }
                }
            } _: {
                var cipher = Cipher(key: secret)
                var output: [UInt8] = []
                let text = [UInt8](repeating: 7, count: frame)
                for _ in 0..<writes {
                    output.removeAll(keepingCapacity: true)
                    for _ in 0..<frames {
                        output.append(contentsOf: text)
                        cipher.seal(last: frame - Cipher.tagByteCount, of: &output)
                    }
                    try near.write(output)
                }
            }
        }
    }

    private static var secret: Secret {
        var bytes = [UInt8](repeating: 9, count: Secret.byteCount)
        return Secret(taking: &bytes)
    }

    // MARK: - The chain

    /// CPU seconds of one Ed25519 verification and one SHA-256 a header, and one SHA-256 a body.
    static func checks(of sample: ChainSample, bodies: Bool) -> Double {
        Sodium.start()
        let text = sample.blocks.first?.header.encoding ?? []
        var publicKey = [UInt8](repeating: 0, count: 32)
        var secretKey = [UInt8](repeating: 0, count: 64)
        var signature = [UInt8](repeating: 0, count: 64)
        // All sizes are those of Ed25519.
        _ = unsafe crypto_sign_keypair(&publicKey, &secretKey)
        _ = unsafe crypto_sign_detached(&signature, nil, text, UInt64(text.count), secretKey)
        return Cost.cpu {
            for block in sample.blocks {
                _ = unsafe crypto_sign_verify_detached(
                    signature,
                    text,
                    UInt64(text.count),
                    publicKey
                )
                digest(block.header.encoding)
                if bodies { digest(block.body.encoding) }
            }
        }
    }

    static func digest(_ bytes: [UInt8]) {
        var digest = [UInt8](repeating: 0, count: 32)
        // SHA-256 has 32 bytes.
        _ = unsafe crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    }
}

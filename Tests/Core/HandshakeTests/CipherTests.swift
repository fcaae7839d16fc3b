import CSodium
import Testing
import WarrenHandshake
import WarrenPrimitives

struct CipherTests {
    private func secret() -> Secret {
        var key = [UInt8](repeating: 9, count: 32)
        return Secret(taking: &key)
    }

    @Test
    func `every counter of the vectors makes its nonce`() throws {
        for row in try HandshakeVectors.load().nonces where row.counter < .max {
            var cipher = Cipher(key: secret(), nonce: row.counter)
            var sealed = [UInt8](repeating: 5, count: 10) + [UInt8](repeating: 0, count: 16)
            cipher.seal(last: 10, of: &sealed)
            var expected = [UInt8](repeating: 0, count: 26)
            let text = [UInt8](repeating: 5, count: 10)
            let key = [UInt8](repeating: 9, count: 32)
            let nonce = try bytes(row.nonce_hex)
            _ = unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
                &expected,
                nil,
                text,
                10,
                nil,
                0,
                nil,
                nonce,
                key
            )
            #expect(sealed == expected)
            let next = cipher.nonce
            #expect(next == row.counter + 1)
        }
    }

    @Test
    func `text stands where it stood, and what is before it is left alone`() {
        var cipher = Cipher(key: secret())
        var opener = Cipher(key: secret())
        var bytes: [UInt8] = [1, 2, 3, 4, 5, 6] + [UInt8](repeating: 0, count: 16)
        cipher.seal(last: 4, of: &bytes)
        #expect(bytes.prefix(2) == [1, 2])
        var text = [UInt8](repeating: 0, count: 4)
        let isGenuine = opener.open(4, of: bytes.span, at: 2, into: &text)
        #expect(isGenuine)
        #expect(text == [3, 4, 5, 6])
    }

    @Test
    func `the counter does not reach its last value`() {
        var cipher = Cipher(key: secret(), nonce: .max - 1)
        let before = cipher.framesLeft
        #expect(before == 1)
        var bytes = [UInt8](repeating: 0, count: 20)
        cipher.seal(last: 4, of: &bytes)
        let after = cipher.framesLeft
        #expect(after == 0)
        var used = Cipher(key: secret(), nonce: .max)
        var text = [UInt8](repeating: 0, count: 4)
        let isGenuine = used.open(4, of: bytes.span, at: 0, into: &text)
        #expect(!isGenuine)
    }

    @Test
    func `a secret takes its bytes over and leaves zeros`() {
        var bytes = (0..<32).map { UInt8($0) }
        let secret = Secret(taking: &bytes)
        #expect(bytes == [UInt8](repeating: 0, count: 32))
        #expect(secret.withArray { $0 } == (0..<32).map { UInt8($0) })
        let copy = unsafe secret.withBytes { pointer -> [UInt8]? in
            (0..<32).map { unsafe pointer[$0] }
        }
        #expect(copy == (0..<32).map { UInt8($0) })
    }
}

import Testing
import WarrenHandshake
import WarrenPrimitives

struct KeyScheduleTests {
    let file: HandshakeVectors

    init() throws { file = try HandshakeVectors.load() }

    @Test
    func `traffic keys are those of upstream's golden rows`() throws {
        #expect(file.hkdf_rows.count == 32)
        for row in file.hkdf_rows {
            let keys = KeySchedule.trafficKeys(
                sharedSecret: try bytes(row.dh_secret_hex),
                isLeast: row.loc_is_least
            )
            #expect(Hex.text(keys.receive) == row.recv_secret_hex)
            #expect(Hex.text(keys.send) == row.send_secret_hex)
            #expect(Hex.text(keys.rest) == row.okm_64_96_hex)
        }
    }

    @Test
    func `both ends agree on the secret, and each sends with what the other receives with`() throws
    {
        let handshake = file.handshake
        for (own, other) in zip(handshake.sides, handshake.sides.reversed()) {
            let secret = try bytes(own.ephemeral_private_hex)
            #expect(Hex.text(KeySchedule.publicKey(of: secret)) == own.ephemeral_public_hex)
            let remote = try bytes(other.ephemeral_public_hex)
            let shared = try #require(KeySchedule.sharedSecret(secret, remote))
            #expect(Hex.text(shared) == handshake.dh_secret_hex)
            let keys = KeySchedule.trafficKeys(sharedSecret: shared, isLeast: own.loc_is_least)
            #expect(Hex.text(keys.send) == own.send_secret_hex)
            #expect(Hex.text(keys.receive) == other.send_secret_hex)
            let whole = own.loc_is_least ? keys.receive + keys.send : keys.send + keys.receive
            #expect(Hex.text(whole + keys.rest) == handshake.hkdf_okm_hex)
        }
    }

    @Test
    func `points of low order make no secret`() throws {
        #expect(file.low_order_points.count == 7)
        for point in file.low_order_points {
            let key = try bytes(point.public_hex)
            #expect(KeySchedule.sharedSecret([UInt8](repeating: 7, count: 32), key) == nil)
            var masked = key
            masked[31] |= 0x80
            #expect(KeySchedule.sharedSecret([UInt8](repeating: 7, count: 32), masked) == nil)
        }
    }
}

import Testing
import WarrenPrimitives
import WarrenSupport

/// `secret-connection.json`.
struct HandshakeVectors: Decodable {
    let handshake: Handshake
    let low_order_points: [Point]
    let nonces: [Nonce]
    let hkdf_rows: [Row]

    struct Handshake: Decodable {
        let dh_secret_hex: String
        let lower_ephemeral_hex: String
        let upper_ephemeral_hex: String
        let hkdf_okm_hex: String
        let challenge_hex: String
        let transcript_steps: [TranscriptStep]
        let sides: [Side]
    }

    struct Side: Decodable {
        let side: String
        let ephemeral_private_hex: String
        let ephemeral_public_hex: String
        let node_seed_hex: String
        let node_public_hex: String
        let node_id: String
        let loc_is_least: Bool
        let first_flight_hex: String
        let send_secret_hex: String
        let recv_secret_hex: String
        let challenge_signature_hex: String
        let auth_sig_message_hex: String
        let auth_sig_delimited_hex: String
        let frames: [Frame]
    }

    struct Frame: Decodable {
        let plaintext_hex: String?
        let plaintext_len: Int?
        let sealed_hex: String?
        let sealed_len: Int
        let sealed_sha256: String
        let first_frame_sealed_hex: String?
    }

    struct Point: Decodable {
        let name: String
        let public_hex: String
    }

    struct Nonce: Decodable {
        let counter: UInt64
        let nonce_hex: String
    }

    struct Row: Decodable {
        let dh_secret_hex: String
        let loc_is_least: Bool
        let recv_secret_hex: String
        let send_secret_hex: String
        let okm_64_96_hex: String
    }

    static func load() throws -> HandshakeVectors { try Vectors.load("secret-connection") }
}

/// A row of a transcript's life, in both vector files.
struct TranscriptStep: Decodable {
    let after: String
    let state_hex: String
    let pos: UInt8
    let pos_begin: UInt8
    let cur_flags: UInt8
}

/// The bytes of hex in a vector.
func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.bytes(hex)) }

import WarrenSupport

/// The parts of `identity-netaddress.json` and `addrbook.json` that concern addresses.
struct IdentityVectors: Decodable {
    let node_ids: [Identity]
    let parse: [Parse]
    let classification: [Classified]
    let node_id_examples_invalid: [String]

    struct Identity: Decodable {
        let seed_hex: String
        let public_hex: String
        let node_id: String
        let node_key_json: String
    }

    struct Parse: Decodable {
        let input: String
        let ok: Bool
        let dial: String?
        let string: String?
        let error_type: String?
    }

    struct Classified: Decodable {
        let ip: String
        let valid: Bool
        let local: Bool
        let routable: Bool
    }

    struct Groups: Decodable {
        let group_keys: [Row]

        struct Row: Decodable {
            let ip: String
            let strict: String
            let lenient: String
        }
    }

    static func load() throws -> IdentityVectors { try Vectors.load("identity-netaddress") }
}

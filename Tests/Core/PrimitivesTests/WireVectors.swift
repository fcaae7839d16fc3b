import WarrenSupport

/// The parts of `protobuf-messages.json` that concern the wire below the reactors, and PEX.
struct WireVectors: Decodable {
    let packets: Cases
    let bytes_value_ephemeral: Row
    let public_key: Cases
    let node_info: [Info]
    let pex: Cases
    let delimiter: Delimiter

    struct Cases: Decodable {
        let cases: [Row]
    }

    struct Row: Decodable {
        let name: String?
        let value_hex: String?
        let hex: String
        let delimited_hex: String?
    }

    struct Info: Decodable {
        let hex: String
        let delimited_hex: String?
        let fields: Fields?
    }

    struct Fields: Decodable {
        let p2p: UInt64
        let block: UInt64
        let app: UInt64
        let default_node_id: String
        let listen_addr: String
        let network: String
        let version: String
        let channels_hex: String
        let moniker: String
        let tx_index: String
        let rpc_address: String
    }

    struct Delimiter: Decodable {
        let cases: [Case]
        let invalid: [Invalid]

        struct Case: Decodable {
            let n: Int
            let hex: String
        }

        struct Invalid: Decodable {
            let hex: String
        }
    }

    static func load() throws -> WireVectors { try Vectors.load("protobuf-messages") }
}

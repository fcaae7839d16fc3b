import Foundation
import Testing
import WarrenPrimitives
import WarrenSupport

struct NodeKeyTests {
    private struct File: Codable {
        struct Key: Codable {
            let type: String
            let value: String
        }
        let priv_key: Key
    }

    private func read(_ text: String) throws -> NodeKey {
        let file = try JSONDecoder().decode(File.self, from: Data(text.utf8))
        return try NodeKey(type: file.priv_key.type, value: file.priv_key.value)
    }

    @Test
    func `keys, ids and files are those of the vectors`() throws {
        for row in try IdentityVectors.load().node_ids {
            let key = NodeKey(seed: try #require(Hex.bytes(row.seed_hex)))
            #expect(Hex.text(key.publicKey) == row.public_hex)
            #expect(key.id.description == row.node_id)
            #expect(key.fileText == row.node_key_json)
            #expect(try read(row.node_key_json).id == key.id)
        }
    }

    @Test
    func `ids that are none are refused, and ids print in lower case`() throws {
        for text in try IdentityVectors.load().node_id_examples_invalid {
            #expect(NodeID(text) == nil)
        }
        let id = try #require(NodeID("DEADBEEFdeadbeefdeadbeefdeadbeefdeadbeef"))
        #expect(id.description == "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef")
        #expect(NodeID(id.bytes) == id)
    }

    @Test
    func `a signature holds for its key and message only`() throws {
        let key = NodeKey(seed: [UInt8](repeating: 1, count: 32))
        let other = NodeKey(seed: [UInt8](repeating: 2, count: 32))
        let signature = key.sign([1, 2, 3])
        #expect(signature.count == 64)
        #expect(NodeKey.verify(signature, of: [1, 2, 3], by: key.publicKey))
        #expect(!NodeKey.verify(signature, of: [1, 2, 4], by: key.publicKey))
        #expect(!NodeKey.verify(signature, of: [1, 2, 3], by: other.publicKey))
        for place in signature.indices {
            var forged = signature
            forged[place] ^= 1
            #expect(!NodeKey.verify(forged, of: [1, 2, 3], by: key.publicKey))
        }
        #expect(!NodeKey.verify(Array(signature.dropLast()), of: [1, 2, 3], by: key.publicKey))
        #expect(!NodeKey.verify(signature, of: [1, 2, 3], by: Array(key.publicKey.dropLast())))
    }

    @Test
    func `a key file with anything wrong is refused, and told so`() throws {
        let row = try #require(IdentityVectors.load().node_ids.last)
        let value = try JSONDecoder().decode(File.self, from: Data(row.node_key_json.utf8))
            .priv_key.value
        func flaw(_ type: String, _ value: String) -> NodeKey.FileFlaw? {
            do throws(NodeKey.FileFlaw) {
                _ = try NodeKey(type: type, value: value)
                return nil
            } catch {
                #expect(!error.description.isEmpty)
                return error
            }
        }
        #expect(flaw(NodeKey.fileType, value) == nil)
        #expect(
            flaw("tendermint/PrivKeySecp256k1", value) == .wrongType("tendermint/PrivKeySecp256k1")
        )
        #expect(flaw("", value) == .wrongType(""))
        #expect(flaw(NodeKey.fileType, "") == .wrongSize(0))
        #expect(flaw(NodeKey.fileType, "AAAA") == .wrongSize(3))
        let long = Data(repeating: 0, count: 65).base64EncodedString()
        #expect(flaw(NodeKey.fileType, long) == .wrongSize(65))
        let short = Data(repeating: 0, count: 63).base64EncodedString()
        #expect(flaw(NodeKey.fileType, short) == .wrongSize(63))
        let longest = String(repeating: "A", count: 1024)
        #expect(flaw(NodeKey.fileType, longest) == .wrongSize(768))
        #expect(flaw(NodeKey.fileType, longest + "A") == .wrongSize(768))
        #expect(flaw(NodeKey.fileType, String(value.dropLast())) == .notBase64)
        #expect(flaw(NodeKey.fileType, value + " ") == .notBase64)
        #expect(flaw(NodeKey.fileType, "*" + value.dropFirst()) == .notBase64)
        #expect(flaw(NodeKey.fileType, "é") == .notBase64)
        let other = try #require(IdentityVectors.load().node_ids.first)
        let mixed = Hex.bytes(row.seed_hex).map { $0 + (Hex.bytes(other.public_hex) ?? []) } ?? []
        #expect(flaw(NodeKey.fileType, Data(mixed).base64EncodedString()) == .wrongPublicKey)
    }
}

struct SodiumTests {
    @Test
    func `SHA-256 is that of the standard's examples`() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(Hex.text(SHA256.hash([])) == empty)
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Hex.text(SHA256.hash(Array("abc".utf8))) == abc)
    }

    @Test
    func `the keyed hash is SipHash-2-4 of its authors' example`() throws {
        let hash = try #require(KeyedHash(key: (0..<16).map { UInt8($0) }))
        #expect(hash((0..<15).map { UInt8($0) }) == 0xA129_CA61_49BE_45E5)
        #expect(hash([]) == 0x726F_DB47_DD0E_0E31)
        #expect(hash.key == (0..<16).map { UInt8($0) })
        #expect(KeyedHash(key: [1, 2, 3]) == nil)
        var random = Random(seed: 1)
        let drawn = KeyedHash(random: &random)
        #expect(KeyedHash(key: drawn.key) == drawn)
        #expect(drawn([]) != hash([]))
    }

    @Test
    func `secrets compare by value, and clearing leaves zeros`() {
        #expect(Sodium.isEqual([1, 2], [1, 2]))
        #expect(!Sodium.isEqual([1, 2], [1, 3]))
        #expect(!Sodium.isEqual([1, 2], [1, 2, 3]))
        #expect(Sodium.isEqual([], []))
        var bytes: [UInt8] = [1, 2, 3]
        Sodium.clear(&bytes)
        #expect(bytes == [0, 0, 0])
        var none: [UInt8] = []
        Sodium.clear(&none)
        #expect(none.isEmpty)
    }

    @Test
    func `the system's bytes differ from draw to draw`() {
        #expect(Sodium.randomBytes(32).count == 32)
        #expect(Sodium.randomBytes(32) != Sodium.randomBytes(32))
        #expect(Sodium.randomBytes(0).isEmpty)
    }
}

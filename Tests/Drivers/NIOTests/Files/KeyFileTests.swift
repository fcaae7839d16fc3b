import Foundation
import Testing
import WarrenNIO
import WarrenPrimitives

@Suite struct KeyFileTests {
    @Test func `a missing key is made, for its owner only, and read again`() throws {
        let scratch = Scratch()
        let path = scratch.file("node_key.json")
        let id = try KeyFile.loadOrCreate(path).id
        #expect(try KeyFile.loadOrCreate(path).id == id)
        let facts = try FileManager.default.attributesOfItem(atPath: path)
        #expect(facts[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).count == 1)
        #expect(try KeyFile.loadOrCreate(scratch.file("other.json")).id != id)
    }

    @Test(arguments: [0o600, 0o640, 0o440, 0o400, 0o660])
    func `a key that only owner and group may use is taken`(mode: Int) throws {
        let scratch = Scratch()
        let key = NodeKey(seed: [UInt8](repeating: 7, count: 32))
        let path = try scratch.write(key.fileText, to: "node_key.json", mode: mode)
        #expect(try KeyFile.load(path).id == key.id)
    }

    @Test(arguments: [0o604, 0o601, 0o602, 0o644, 0o777])
    func `a key that others have rights on is refused`(mode: Int) throws {
        let scratch = Scratch()
        let key = NodeKey(seed: [UInt8](repeating: 7, count: 32))
        let path = try scratch.write(key.fileText, to: "node_key.json", mode: mode)
        #expect(throws: KeyFile.Flaw.exposed(path: path, mode: UInt32(mode))) {
            try KeyFile.load(path)
        }
    }

    @Test(arguments: [
        "", "{", "[]", "{\"priv_key\":{}}",
        "{\"priv_key\":{\"type\":\"tendermint/PrivKeySecp256k1\",\"value\":\"AAAA\"}}",
        "{\"priv_key\":{\"type\":\"tendermint/PrivKeyEd25519\",\"value\":\"AAAA\"}}",
        "{\"priv_key\":{\"type\":\"tendermint/PrivKeyEd25519\",\"value\":\"?\"}}",
    ])
    func `a damaged key is refused and left as it is`(text: String) throws {
        let scratch = Scratch()
        let path = try scratch.write(text, to: "node_key.json")
        let error = #expect(throws: KeyFile.Flaw.self) { try KeyFile.loadOrCreate(path) }
        guard case .malformed = error else {
            Issue.record("expected a malformed file, not \(String(describing: error))")
            return
        }
        #expect(try scratch.bytes("node_key.json") == Data(text.utf8))
    }

    @Test func `a key whose halves do not belong together is refused`() throws {
        let scratch = Scratch()
        let one = NodeKey(seed: [UInt8](repeating: 1, count: 32)).fileText
        let two = NodeKey(seed: [UInt8](repeating: 2, count: 32)).fileText
        let mixed = one.prefix(110) + two.dropFirst(110)
        let path = try scratch.write(String(mixed), to: "node_key.json")
        #expect(throws: KeyFile.Flaw.self) { try KeyFile.load(path) }
    }

    @Test func `a directory is no key`() throws {
        let scratch = Scratch()
        let flaw = KeyFile.Flaw.unreadable(path: scratch.path, "not a regular file")
        #expect(throws: flaw) { try KeyFile.load(scratch.path) }
    }
}

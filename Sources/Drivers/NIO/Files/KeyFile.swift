import Foundation
import Glibc
package import WarrenPrimitives

/// `node_key.json`: who a node is.
///
/// Read if it is there, made if not. A file that cannot be trusted is refused and left as it is.
/// Sources: C§1.1, design §6, §14.
package enum KeyFile {
    /// Bytes; a real one has 150.
    static let sizeLimit = 4096

    /// Why a key file cannot be used.
    package enum Flaw: Error, Hashable, Sendable {
        case unreadable(path: String, String)
        case unwritable(path: String, String)
        /// Somebody who is neither owner nor in the group has rights on it.
        case exposed(path: String, mode: UInt32)
        case malformed(path: String, String)
    }

    /// The key in the file at `path`.
    package static func load(_ path: String) throws(Flaw) -> NodeKey {
        switch FilePresence.kind(path) {
        case .none: throw .unreadable(path: path, SystemFlaw(code: ENOENT).text)
        case .directory, .other: throw .unreadable(path: path, "not a regular file")
        case .file(let mode):
            guard mode & 0o007 == 0 else { throw .exposed(path: path, mode: mode) }
        }
        var bytes: [UInt8]
        do {
            bytes = try FilePresence.read(path, limit: sizeLimit)
        } catch {
            throw .unreadable(path: path, error.text)
        }
        defer { Sodium.clear(&bytes) }
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch {
            throw .malformed(
                path: path,
                "not of the form {\"priv_key\":{\"type\":…,\"value\":…}}"
            )
        }
        do {
            return try NodeKey(type: content.key.type, value: content.key.value)
        } catch {
            throw .malformed(path: path, "\(error)")
        }
    }

    /// The key in the file, which is made, for its owner only, where there is none.
    ///
    /// The file appears whole or not at all: it is written under another name and linked.
    package static func loadOrCreate(_ path: String) throws(Flaw) -> NodeKey {
        if FilePresence.isFile(path) { return try load(path) }
        var seed = Sodium.randomBytes(NodeKey.seedByteCount)
        let key = NodeKey(seed: seed)
        Sodium.clear(&seed)
        try write(key, to: path)
        return try load(path)
    }

    /// Writes a key file of mode 0600; one that is there already is kept.
    package static func write(_ key: NodeKey, to path: String) throws(Flaw) {
        let draft = "\(path).\(getpid())"
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unwritable(path: path, SystemFlaw.last.text) }
        defer { _ = unsafe unlink(draft) }
        var text = Array(key.fileText.utf8)
        defer { Sodium.clear(&text) }
        let isWritten = FilePresence.write(text, to: file) && fsync(file) == 0
        let flaw = SystemFlaw.last
        close(file)
        guard isWritten else { throw .unwritable(path: path, flaw.text) }
        guard unsafe link(draft, path) == 0 || errno == EEXIST else {
            throw .unwritable(path: path, SystemFlaw.last.text)
        }
    }

    private struct Content: Decodable {
        var key: Key
        struct Key: Decodable {
            var type: String
            var value: String
        }
        enum CodingKeys: String, CodingKey { case key = "priv_key" }
    }
}

extension KeyFile.Flaw: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path, let what): "\(path): cannot be read: \(what)"
        case .unwritable(let path, let what): "\(path): cannot be written: \(what)"
        case .exposed(let path, let mode):
            "\(path): its mode is 0\(String(mode, radix: 8)), so others may use the key: "
                + "expected 0600 (0640 will do); chmod 600 \(path)"
        case .malformed(let path, let what): "\(path): \(what); the file was left as it is"
        }
    }
}

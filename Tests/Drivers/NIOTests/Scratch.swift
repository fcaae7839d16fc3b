import Foundation

/// A directory of a test's own, gone with it.
final class Scratch: Sendable {
    let path: String

    init() {
        let name = "warren-\(UInt64.random(in: 0 ... .max))"
        let url = FileManager.default.temporaryDirectory.appending(path: name)
        path = url.path
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Writes `text` to the file `name`; answers its path.
    @discardableResult
    func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: mode],
            ofItemAtPath: file(name)
        )
        return file(name)
    }

    func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: file(name)))
    }
}

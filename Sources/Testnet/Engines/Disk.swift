import Foundation
import Glibc
package import WarrenGenerator

/// Writes what the generator makes.
package enum Disk {
    /// Writes all files of a network below `root`; keys are never readable by others, not even
    /// while they are written.
    package static func write(_ network: Network, to root: String) throws(EngineFailure) {
        try makeDirectory(root)
        for file in network.files { try write(file, under: root) }
        for directory in network.directories { try makeDirectory("\(root)/\(directory)") }
    }

    package static func write(_ file: Network.File, under root: String) throws(EngineFailure) {
        let path = "\(root)/\(file.path)"
        try makeDirectory(
            URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        )
        let fresh = path + ".new"
        unsafe unlink(fresh)
        let handle = unsafe open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(file.mode))
        guard handle >= 0 else { throw .cannotWrite(path, reason) }
        defer { close(handle) }
        var rest = Array(file.text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(handle, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else {
                let why = reason
                unsafe unlink(fresh)
                throw .cannotWrite(path, why)
            }
            rest = rest.dropFirst(count)
        }
        guard unsafe rename(fresh, path) == 0 else { throw .cannotWrite(path, reason) }
    }

    package static func makeDirectory(_ path: String) throws(EngineFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        } catch {
            throw .cannotWrite(path, error.localizedDescription)
        }
    }

    /// True if the file at `path` has other text, or is not there.
    package static func differs(_ file: Network.File, under root: String) -> Bool {
        let text = try? String(contentsOfFile: "\(root)/\(file.path)", encoding: .utf8)
        return text != file.text
    }

    private static var reason: String { unsafe String(cString: strerror(errno)) }
}

import Foundation
import Glibc

/// What the operating system answered to a call that failed.
package struct SystemFlaw: Error, Hashable, Sendable {
    package let code: Int32

    package init(code: Int32) { self.code = code }

    /// Of the last call on this thread.
    static var last: SystemFlaw { SystemFlaw(code: errno) }

    static let addressInUse = EADDRINUSE
    static let addressNotAvailable = EADDRNOTAVAIL
    static let noPermission = EACCES

    /// As `No such file or directory`.
    package var text: String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

/// Small questions to the file system, asked without Foundation.
package enum FilePresence {
    package static func isFile(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Makes the directory and what is missing above it, for the owner only.
    static func makeDirectory(_ path: String) throws(SystemFlaw) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            if unsafe mkdir(made, 0o700) != 0, errno != EEXIST { throw .last }
        }
        guard kind(path) == .directory else { throw SystemFlaw(code: ENOTDIR) }
    }

    /// What is at `path`; nil where there is nothing.
    static func kind(_ path: String) -> Kind? {
        guard let facts = try? FileManager.default.attributesOfItem(atPath: realPath(path)),
            let type = facts[.type] as? FileAttributeType,
            let mode = facts[.posixPermissions] as? NSNumber
        else { return nil }
        return switch type {
        case .typeRegular: .file(mode: mode.uint32Value & 0o777)
        case .typeDirectory: .directory
        default: .other
        }
    }

    enum Kind: Hashable, Sendable {
        case file(mode: UInt32)
        case directory
        case other
    }

    /// Where links lead to; `path` itself where that is nowhere.
    private static func realPath(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().path
    }

    /// Bytes of room that a file of unknown size is read into at a time.
    private static let readStep = 16 << 10

    /// The whole file, which may not be longer than `limit` bytes.
    ///
    /// Room is made as it fills: what a node once touched stays with it.
    package static func read(_ path: String, limit: Int) throws(SystemFlaw) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .last }
        defer { close(file) }
        var bytes: [UInt8] = []
        var count = 0
        while count <= limit {
            if count == bytes.count {
                let step = min(max(readStep, count), limit + 1 - count)
                bytes.append(contentsOf: repeatElement(0, count: step))
            }
            // It writes between `count` and the end of the array.
            let got = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe Glibc.read(file, room.baseAddress?.advanced(by: count), room.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .last }
            if got == 0 { break }
            count += got
        }
        guard count <= limit else { throw SystemFlaw(code: EFBIG) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// What an open file begins with, as text.
    static func read(_ file: Int32, limit: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(file, $0.baseAddress, limit, 0)
        }
        return String(decoding: bytes.prefix(max(0, got)), as: UTF8.self)
    }

    /// Writes all of `bytes`; false when the disk or the reader would not take them.
    @discardableResult
    static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { room in
                unsafe Glibc.write(file, room.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

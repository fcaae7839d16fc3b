import Foundation

/// A node's log, which may be large and may be growing.
package enum LogFile {
    /// Bytes looked at for the last lines; a line is a few hundred.
    private static let window: UInt64 = 1 << 20

    package static func lastLines(_ count: Int, of path: String) -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        let size = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: size > window ? size - window : 0)
        let bytes = (try? file.readToEnd()) ?? Data()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.suffix(count).map(String.init)
    }

    /// Whole lines from `offset` on, which moves behind them; starts anew if the file was cut.
    package static func newLines(of path: String, from offset: inout UInt64) -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        let size = (try? file.seekToEnd()) ?? 0
        if size < offset { offset = 0 }
        try? file.seek(toOffset: offset)
        let bytes = (try? file.read(upToCount: Int(window))) ?? Data()
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let whole = bytes[...end]
        offset += UInt64(whole.count)
        return String(decoding: whole, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    package static func size(of path: String) -> UInt64 {
        guard let file = FileHandle(forReadingAtPath: path) else { return 0 }
        defer { try? file.close() }
        return (try? file.seekToEnd()) ?? 0
    }
}

/// A wait that cancellation does not cut short: what must be torn down is torn down.
enum Pause {
    static func milliseconds(_ count: Int) async {
        await Task.detached { try? await Task.sleep(for: .milliseconds(count)) }.value
    }
}

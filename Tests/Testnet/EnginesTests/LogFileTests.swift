import Foundation
import Testing

@testable import WarrenEngines

/// Logs that grow while they are read.
struct LogFileTests {
    private let path = FileManager.default.temporaryDirectory
        .appending(path: "log-\(UUID().uuidString)").path(percentEncoded: false)

    private func write(_ text: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func `the last lines are the last, and no more than there are`() throws {
        try write("a\nb\nc\n")
        #expect(LogFile.lastLines(2, of: path) == ["b", "c"])
        #expect(LogFile.lastLines(9, of: path) == ["a", "b", "c"])
        #expect(LogFile.lastLines(0, of: path).isEmpty)
        #expect(LogFile.lastLines(2, of: path + ".none").isEmpty)
    }

    @Test func `following gives whole lines alone, and starts anew in a file that was cut`() throws
    {
        var offset: UInt64 = 0
        try write("a\nb")
        #expect(LogFile.newLines(of: path, from: &offset) == ["a"])
        #expect(LogFile.newLines(of: path, from: &offset).isEmpty)
        try write("a\nb\nc\n")
        #expect(LogFile.newLines(of: path, from: &offset) == ["b", "c"])
        try write("x\n")
        #expect(LogFile.newLines(of: path, from: &offset) == ["x"])
    }
}

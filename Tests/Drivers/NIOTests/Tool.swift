import Foundation

/// A run of the `warren-node` that was built beside the tests.
final class Tool {
    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    init(_ arguments: [String]) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = [
            URL(filePath: tests).deletingLastPathComponent(),
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
            Bundle.main.bundleURL,
        ]
        let found = beside.map { $0.appending(path: "warren-node") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        process.executableURL = found ?? URL(filePath: "warren-node")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    /// The next line of stdout; nil at its end.
    func line() -> String? { Self.line(of: output.fileHandleForReading) }

    /// The next line of stderr; nil at its end.
    func errorLine() -> String? { Self.line(of: errors.fileHandleForReading) }

    /// Waits for the end, then tells its code, what was left of stdout, and of stderr.
    func end() -> (code: Int32, output: String, errors: String) {
        let out = output.fileHandleForReading.readDataToEndOfFile()
        let err = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: out, as: UTF8.self),
            String(decoding: err, as: UTF8.self)
        )
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    private static func line(of file: FileHandle) -> String? {
        var bytes: [UInt8] = []
        while let byte = try? file.read(upToCount: 1)?.first {
            if byte == 10 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

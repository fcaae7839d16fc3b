import Foundation
import Testing
import WarrenEngines
import WarrenObservation

/// The `warren` program, run as users run it, in a directory of its own.
///
/// Each test has loopback addresses of its own, by `base`, so that tests run side by side.
final class CommandLineTool {
    let directory: String
    let base: Int

    init(base: Int) throws {
        self.base = base
        directory = FileManager.default.temporaryDirectory
            .appending(path: "warren-\(UUID().uuidString)").path(percentEncoded: false)
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
    }

    deinit {
        // Whatever a failed test left behind.
        for process in Self.processes(of: directory) { kill(process, SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    struct Outcome {
        var code: Int32
        var output: String
        var errors: String
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    /// In `WARREN_BIN`, as `make test` says; else beside the tests, where
    /// `swift build --build-tests` puts it; else in `.build/release`.
    static func program(_ name: String, isDebug: Bool = false) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let bin = isDebug ? nil : ProcessInfo.processInfo.environment["WARREN_BIN"]
        let told = bin.map { URL(filePath: $0) }
        let places =
            (told.map { [$0] } ?? []) + [
                URL(filePath: own).deletingLastPathComponent(),
                root.appending(path: ".build/debug"),
                root.appending(path: ".build/release"),
            ]
        for place in places {
            let path = place.appending(path: name).path(percentEncoded: false)
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Missing(description: "there is no program '\(name)': `swift build` makes it")
    }

    /// A scenario of the repository.
    static func scenario(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "testnets/\(name)").path(percentEncoded: false)
    }

    /// Writes a file that a test needs, and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Runs it to its end.
    func callAsFunction(_ arguments: [String]) async throws -> Outcome {
        try await start(arguments).outcome()
    }

    func callAsFunction(
        _ arguments: String...,
        environment: [String: String] = [:],
        program: String? = nil
    ) async throws -> Outcome {
        let started = try start(arguments, environment: environment, program: program)
        return try await started.outcome()
    }

    /// Starts it, for tests that do something meanwhile.
    func start(
        _ arguments: [String],
        environment: [String: String] = [:],
        program: String? = nil
    ) throws -> Started {
        let number = UUID().uuidString
        let files = ["out", "err"].map { "\(directory)/\(number).\($0)" }
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        let process = Process()
        process.executableURL = URL(filePath: try program ?? Self.program("warren"))
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory)
        var all = ProcessInfo.processInfo.environment
        all["WARREN_NODE"] = try Self.program("warren-node")
        process.environment = all.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        return try Started(process, output: files[0], errors: files[1])
    }

    final class Started {
        private let process: Process
        private let output: String
        private let errors: String
        private let ended: AsyncStream<Void>

        init(_ process: Process, output: String, errors: String) throws {
            self.process = process
            self.output = output
            self.errors = errors
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            ended = stream
            process.terminationHandler = { _ in continuation.finish() }
            try process.run()
        }

        func interrupt() { kill(process.processIdentifier, SIGINT) }

        var isRunning: Bool { process.isRunning }

        /// It has taken SIGINT into its own hands.
        var mindsInterrupts: Bool {
            let path = "/proc/\(process.processIdentifier)/status"
            let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            // A mask of signals in hex, of those ignored and of those caught.
            let masks = status.split(separator: "\n").compactMap { line -> UInt64? in
                guard line.hasPrefix("SigIgn:") || line.hasPrefix("SigCgt:") else { return nil }
                return UInt64(line.split(separator: "\t").last ?? "", radix: 16)
            }
            return masks.contains { $0 & 1 << UInt64(SIGINT - 1) != 0 }
        }

        var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

        func outcome() async throws -> Outcome {
            for await _ in ended {}
            return Outcome(
                code: process.terminationStatus,
                output: text,
                errors: try String(contentsOfFile: errors, encoding: .utf8)
            )
        }
    }

    var shelf: RunShelf { RunShelf(root: "\(directory)/testnets/out") }

    /// Processes whose command line names something in `directory`.
    static func processes(of directory: String) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
            .compactMap { Int32($0) }
            .filter { process in
                guard let status = ProcessStatus(processID: process), !status.hasEnded,
                    let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
                else { return false }
                return String(decoding: line, as: UTF8.self).contains(directory)
            }
    }

    /// Asks until `condition` holds; false if it does not within the limit.
    static func wait(
        within limit: Duration = .seconds(20),
        until condition: () async throws -> Bool
    ) async rethrows -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        while clock.now < deadline {
            if try await condition() { return true }
            await Task.yield()
        }
        return false
    }
}

extension CommandLineTool {
    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
    }

    func mode(of name: String) throws -> Int {
        let facts = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
        return (facts[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }
}

import Foundation
import Glibc
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A running `warren-node` with a directory of its own; it ends with the last holder.
final class NodeProgram {
    let id: NodeID
    let listenAddress: HostPort
    let adminAddress: HostPort
    private let process = Process()
    private let errors = Pipe()
    private let directory: URL

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What to run: `WARREN_NODE`, or what was built beside the tests; nil when there is none.
    static let path: String? = {
        // Until a program just built is on the disk, its pages count as dirty.
        if Scale.isEarnest { sync() }
        if let named = ProcessInfo.processInfo.environment["WARREN_NODE"] { return named }
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folders = [
            URL(filePath: tests ?? "").deletingLastPathComponent(),
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
            Bundle.main.bundleURL,
        ]
        return folders.map { $0.appending(path: "warren-node").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Writes the files of a node and runs it; ``ready()`` waits until it listens.
    ///
    /// The host is one of 127/8; its ports are 3001 and 3101, as the generator's are. `prepare` is
    /// told the directory of its store before it runs.
    convenience init(
        key: NodeKey,
        ip: IPAddress,
        topology: Topology,
        genesis: Genesis? = nil,
        prepare: (String) throws -> Void = { _ in },
        _ adjust: (inout NodeConfiguration) -> Void
    ) throws {
        var configuration = NodeConfiguration()
        configuration.network = "bench"
        configuration.listenAddress = HostPort(ip: ip, port: 3001)
        configuration.adminAddress = HostPort(ip: ip, port: 3101)
        configuration.addressBookStrict = false
        adjust(&configuration)
        try self.init(configuration, key, topology, genesis, prepare: prepare)
    }

    /// A node whose configuration names its addresses.
    init(
        _ configuration: NodeConfiguration,
        _ key: NodeKey,
        _ topology: Topology,
        _ genesis: Genesis?,
        prepare: (String) throws -> Void = { _ in }
    ) throws {
        guard let path = Self.path else {
            throw Failure(description: "no warren-node: build it, or name it in WARREN_NODE")
        }
        id = key.id
        listenAddress = configuration.listenAddress
        adminAddress = configuration.adminAddress
        let name = "warren-bench-\(UInt64.random(in: 0 ... .max))"
        directory = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try write(configuration.document.json, to: "config.json")
        try write(topology.document.json, to: "topology.json")
        try write(key.fileText, to: "node_key.json")
        if let genesis { try write(genesis.document.json, to: "genesis.json") }
        try prepare(directory.appending(path: "data").path)
        process.executableURL = URL(filePath: path)
        process.arguments = [
            "--config", directory.appending(path: "config.json").path, "--log-level", "notice",
            "--log-format", "json",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
    }

    var processID: Int32 { process.processIdentifier }

    /// User and system time so far, in seconds; nil when it is gone.
    var cpuTime: Double? { Cost.cpuTime(of: processID) }

    var memory: Cost.Memory? { Cost.Memory(of: processID) }

    /// Returns once the node listens.
    func ready() throws {
        var text: [UInt8] = []
        while let byte = try errors.fileHandleForReading.read(upToCount: 1)?.first {
            text.append(byte)
            guard byte == 10 else { continue }
            let line = String(decoding: text, as: UTF8.self)
            if line.contains("\"message\":\"listening\"") { return }
            text = []
        }
        throw Failure(description: "the node at \(listenAddress) ended before it listened")
    }

    /// The node's events from the first on, and each new one as it comes.
    func events() throws -> EventReader { try EventReader(adminAddress) }

    /// Asks the node to end; ``end()`` waits for it.
    func stop() { if process.isRunning { kill(processID, SIGTERM) } }

    func end() {
        stop()
        process.waitUntilExit()
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: directory)
    }

    private func write(_ text: String, to name: String) throws {
        let path = directory.appending(path: name).path
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}

/// A reader of one node's `/events`, which waits for the next one.
final class EventReader {
    private let wire: Wire
    private var text: [UInt8] = []
    private var lines: ArraySlice<Event> = []

    /// How long it waits for the next event, in seconds.
    static let patience = 120

    init(_ address: HostPort) throws {
        wire = try Wire(to: address, patience: Self.patience)
        let request = "GET /events?follow=true HTTP/1.1\r\nHost: bench\r\n\r\n"
        try wire.write(Array(request.utf8))
    }

    deinit { wire.close() }

    func next() throws -> Event {
        while lines.isEmpty {
            var room = [UInt8](repeating: 0, count: Wire.readLimit)
            text += room[..<(try wire.read(into: &room))]
            guard let end = text.lastIndex(of: 10) else { continue }
            // Between them stand the sizes of HTTP's chunks.
            lines = try text[..<end].split(separator: 10).filter { $0.first == 0x7B }
                .map { try JSONDecoder().decode(Event.self, from: Data($0)) }[...]
            text.removeFirst(end + 1)
        }
        return lines.removeFirst()
    }

    /// The first event from here on whose line has `word` and whose note is `right`.
    ///
    /// No other line is decoded.
    func first(with word: String, _ isRight: (Note) -> Bool) throws -> Event {
        while true {
            let event = try next(with: word)
            if isRight(event.note) { return event }
        }
    }

    /// The next event whose line has `word`.
    func next(with word: String) throws -> Event {
        let word = Data(word.utf8)
        while true {
            while let end = text.firstIndex(of: 10) {
                let line = Data(text[..<end])
                text.removeFirst(end + 1)
                guard line.first == 0x7B, line.range(of: word) != nil else { continue }
                return try JSONDecoder().decode(Event.self, from: line)
            }
            var room = [UInt8](repeating: 0, count: Wire.readLimit)
            text += room[..<(try wire.read(into: &room))]
        }
    }

    /// When the node first had `count` peers at once.
    func peers(_ count: Int) throws -> Instant {
        var open: [ConnectionID: PeerID] = [:]
        while true {
            let event = try next()
            switch event.note {
            case .connected(let peer, let connection, _): open[connection] = peer.peer
            case .disconnected(_, let connection, _): open[connection] = nil
            case .transition, .merged, .refused, .dialing, .usedBy, .connection, .inbound, .banned,
                .reinstated, .asked, .answered, .learnt, .targets, .churned, .chain,
                .bootstrapTimedOut,
                .storeFailed:
                continue
            }
            if Set(open.values).count >= count { return event.at }
        }
    }
}

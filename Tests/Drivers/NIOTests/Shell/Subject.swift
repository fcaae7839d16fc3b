import Foundation
import Logging
import NIOCore
import NIOPosix
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A whole node on loopback, with ports and a directory of its own.
final class Subject: Sendable {
    let node: NodeProcess
    let key: NodeKey
    let scratch: Scratch

    init(
        key: NodeKey = .fresh,
        scratch: Scratch = Scratch(),
        topology: Topology = Topology(),
        limits: AdminServer.Limits = .init(),
        genesis: Genesis? = nil,
        _ adjust: (inout NodeConfiguration) -> Void = { _ in }
    ) async throws {
        self.key = key
        self.scratch = scratch
        var configuration = NodeConfiguration()
        configuration.network = "subject"
        let anyPort = HostPort(ip: IPAddress(v4: 0x7F00_0001), port: 0)
        configuration.listenAddress = anyPort
        configuration.adminAddress = anyPort
        configuration.allowsDuplicateIP = true
        adjust(&configuration)
        var parts = NodeProcess.Parts(
            configuration: configuration,
            topology: topology,
            key: key,
            dataDirectory: scratch.path
        )
        parts.adminLimits = limits
        parts.genesis = genesis
        node = try await NodeProcess.start(
            parts,
            on: .singleton,
            clock: SystemClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Stops the node and waits for its end.
    @discardableResult
    func stop() async -> NodeShell.Ending {
        await node.shell.stop()
        return await node.finish()
    }

    /// The answer to an HTTP request, head and all; nil when there is none in time.
    func ask(_ request: String) throws -> String? {
        let socket = try RawSocket(to: node.adminAddress)
        socket.write(Array(request.utf8))
        return socket.readToEnd(within: .seconds(10)).map { String(decoding: $0, as: UTF8.self) }
    }

    func get(_ target: String) throws -> String {
        let request = "GET \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        return try ask(request) ?? ""
    }

    func body(of target: String) throws -> String {
        let parts = try get(target).split(separator: "\r\n\r\n", maxSplits: 1)
        return parts.count == 2 ? String(parts[1]) : ""
    }

    func snapshot() async -> Snapshot { await node.shell.snapshot() }

    /// Waits for an event that `pick` takes, from the first on; nil when there is none in time.
    func event<Found: Sendable>(
        within limit: Duration = .seconds(10),
        _ pick: (Note) -> Found?
    ) async throws -> Found? {
        guard let reader = await node.shell.subscribe() else { return nil }
        let id = reader.id
        let shell = node.shell
        let watch = shell.loop.scheduleTask(in: .init(limit)) {
            _ = Task { await shell.unsubscribe(id) }
        }
        defer { watch.cancel() }
        var place: EventPosition?
        func look() async -> Found? {
            let (lines, next) = await shell.lines(from: place, limit: .max)
            place = next
            for case .event(let event) in lines {
                if let found = pick(event.note) { return found }
            }
            return nil
        }
        if let found = await look() { return found }
        for await _ in reader.signals {
            if let found = await look() { return found }
        }
        return nil
    }
}

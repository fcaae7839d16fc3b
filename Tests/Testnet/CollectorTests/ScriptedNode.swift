import Foundation
import NIOCore
import NIOPosix
import Synchronization
import WarrenObservation
import WarrenPrimitives

/// A node's admin port that says what the test wants, on loopback.
///
/// Its lives, its ring of events and its snapshots are as a node has them, until told otherwise.
final class ScriptedNode: Sendable {
    struct State {
        var ring = EventRing(incarnation: 1)
        var rows: [PeerID: Snapshot.Peer] = [:]
        var server: (any Channel)?
        var connections: [any Channel] = []
        var streams: [any Channel] = []
        var isHealthy = true
        /// Said instead of the snapshot.
        var snapshotBody: String?
        /// What is added to every snapshot's truth.
        var lie: (@Sendable (inout Snapshot) -> Void)?
        var isSilent = false
        /// Said instead of the stream of events.
        var eventStatus: Int?
        var requests: [String] = []
        /// The rules of its links that it was told, as they came, by name.
        var rules: [String: Data] = [:]
        /// Every order about links with its name and the token that was shown.
        var linkOrders: [String] = []
        /// Said to every order about links instead of obeying.
        var linkStatus: Int?
    }

    let id: NodeID
    let state = Mutex(State())
    let now: @Sendable () -> Instant
    private let portBox = Mutex(0)

    init(_ number: UInt8, incarnation: UInt64 = 1, now: @escaping @Sendable () -> Instant) {
        id = Self.id(number)
        self.now = now
        state.withLock { $0.ring = EventRing(incarnation: incarnation) }
    }

    static func id(_ number: UInt8) -> NodeID {
        NodeID([UInt8](repeating: 0, count: 19) + [number])
            ?? NodeKey(seed: [UInt8](repeating: 0, count: 32)).id
    }

    var address: String { "127.0.0.1:\(portBox.withLock { $0 })" }

    /// Listens, on the port of the life before if there was one.
    func start() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Conversation(node: self))
                }
            }
            .bind(host: "127.0.0.1", port: portBox.withLock { $0 }).get()
        portBox.withLock { $0 = server.localAddress?.port ?? 0 }
        state.withLock { $0.server = server }
    }

    /// Dies without a word.
    func die() async {
        let (server, connections) = state.withLock { state in
            defer {
                state.server = nil
                state.connections = []
                state.streams = []
                state.rules = [:]
            }
            return (state.server, state.connections)
        }
        try? await server?.close().get()
        for connection in connections { try? await connection.close().get() }
    }

    /// Comes back with nothing remembered.
    func revive(incarnation: UInt64) async throws {
        state.withLock { state in
            state.ring = EventRing(incarnation: incarnation)
            state.rows = [:]
        }
        try await start()
    }

    /// Ends every stream of events, and nothing else.
    func hangUp() async {
        let streams = state.withLock { state in
            defer { state.streams = [] }
            return state.streams
        }
        for stream in streams { try? await stream.close().get() }
    }

    // MARK: What happens to it

    func tell(_ note: Note, at instant: Instant? = nil) {
        let (line, streams) = state.withLock { state in
            let event = Event(
                incarnation: state.ring.incarnation,
                sequence: state.ring.nextSequence,
                at: instant ?? now(),
                note: note
            )
            state.ring.append(event)
            if case .transition(let change) = note {
                var row = Snapshot.Peer(
                    peer: change.peer.peer,
                    source: change.source,
                    temperature: change.to
                )
                row.id = change.peer.id
                state.rows[change.peer.peer] = change.to == .unknown ? nil : row
            }
            return (Self.text(of: EventLine.event(event)), state.streams)
        }
        for stream in streams { Self.write(chunk: line, to: stream) }
    }

    func move(_ other: UInt8, _ from: Temperature, _ to: Temperature) {
        tell(
            .transition(
                Transition(
                    peer: PeerReference(peer: PeerID(rawValue: UInt32(other)), id: Self.id(other)),
                    from: from,
                    to: to,
                    reason: from == .unknown ? .learnt : .belowTarget(.active, 4),
                    source: .addressBook
                )
            )
        )
    }

    /// From nobody to hot, as three transitions.
    func embrace(_ other: UInt8) {
        move(other, .unknown, .cold)
        move(other, .cold, .warm)
        move(other, .warm, .hot)
    }

    /// Writes bytes into every open stream of events, in pieces as given.
    func say(_ pieces: String...) {
        for stream in state.withLock({ $0.streams }) {
            for piece in pieces { Self.write(chunk: piece, to: stream) }
        }
    }

    static func text(of line: EventLine) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }

    static func write(chunk: String, to channel: any Channel) {
        guard !chunk.isEmpty else { return }
        let size = String(chunk.utf8.count, radix: 16)
        channel.writeAndFlush(ByteBuffer(string: "\(size)\r\n\(chunk)\r\n"), promise: nil)
    }

    // MARK: Answers

    fileprivate func answer(_ request: Conversation.Request, on channel: any Channel) {
        let target = request.target
        state.withLock { state in
            state.requests.append(target)
            guard !state.isSilent else { return }
            if target.hasPrefix("/links") {
                let (status, body) = Self.obey(request, &state)
                return Self.reply(status, body, on: channel)
            }
            if target.hasPrefix("/events") {
                if let status = state.eventStatus { return Self.reply(status, "{}", on: channel) }
                let from = target.split(separator: "=").dropFirst().first
                let position = from.flatMap { EventPosition(String($0)) }
                let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
                for line in state.ring.lines(from: position) {
                    Self.write(chunk: Self.text(of: line), to: channel)
                }
                state.streams.append(channel)
            } else if target == "/healthz" {
                Self.reply(state.isHealthy ? 200 : 503, "{}", on: channel)
            } else {
                Self.reply(200, state.snapshotBody ?? snapshotText(state), on: channel)
            }
        }
    }

    private func snapshotText(_ state: State) -> String {
        var snapshot = Snapshot()
        snapshot.node.id = id
        snapshot.node.incarnation = Incarnation(state.ring.incarnation)
        snapshot.sequence = state.ring.nextSequence - 1
        snapshot.takenAt = now()
        snapshot.peers = state.rows.keys.sorted().compactMap { state.rows[$0] }
        snapshot.counts.hot = snapshot.peers.count { $0.temperature == .hot }
        state.lie?(&snapshot)
        return (try? JSONEncoder().encode(snapshot)).map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }

    private static func reply(_ status: Int, _ body: String, on channel: any Channel) {
        let head = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        channel.writeAndFlush(ByteBuffer(string: head + body), promise: nil)
    }
}

extension ScriptedNode {
    private struct Rules: Encodable {
        struct Rule: Encodable { var name: String }
        var rules: [Rule]
    }

    /// As a node answers `/links`, without meaning it.
    private static func obey(
        _ request: Conversation.Request,
        _ state: inout State
    ) -> (Int, String) {
        let name = String(request.target.dropFirst("/links/".count))
        if request.method == "GET" {
            let rules = Rules(rules: state.rules.keys.sorted().map { .init(name: $0) })
            let body = (try? JSONEncoder().encode(rules)) ?? Data()
            return (200, String(decoding: body, as: UTF8.self))
        }
        state.linkOrders.append("\(request.method) \(name) \(request.token)")
        if let status = state.linkStatus { return (status, "no such peer") }
        state.rules[name] = request.method == "PUT" ? request.body : nil
        return (200, "{}")
    }
}

/// One connection to the admin port: requests one after the other.
private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    struct Request {
        var method: String
        var target: String
        var token: String
        var body: Data
    }

    private let node: ScriptedNode
    private var bytes: [UInt8] = []

    init(node: ScriptedNode) { self.node = node }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        node.state.withLock { $0.connections.append(channel) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Array(unwrapInboundIn(data).readableBytesView)
        while let request = next() { node.answer(request, on: context.channel) }
    }

    /// The next whole request.
    private func next() -> Request? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(
            separator: "\r\n"
        )
        func header(_ name: String) -> String {
            let line = lines.first { $0.lowercased().hasPrefix(name + ":") }
            return String(line?.dropFirst(name.count + 1) ?? "").trimmingCharacters(
                in: .whitespaces
            )
        }
        let length = Int(header("content-length")) ?? 0
        guard bytes.count >= end.upperBound + length else { return nil }
        let body = Data(bytes[end.upperBound..<end.upperBound + length])
        bytes.removeFirst(end.upperBound + length)
        let words = (lines.first ?? "").split(separator: " ").map(String.init)
        return Request(
            method: words.first ?? "",
            target: words.count > 1 ? words[1] : "",
            token: header("authorization"),
            body: body
        )
    }
}

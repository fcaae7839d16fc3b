import Foundation
import Testing
import WarrenEngines
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A real node among strangers who stay silent, drip bytes or send garbage.
///
/// It keeps its honest peers, and its memory ends where it was.
@Suite(.timeLimit(.minutes(5))) struct HoldingOutTests {
    /// How a stranger behaves.
    private enum Manner: Int, CaseIterable {
        case silent, dripping, garbage
    }

    private static let inARow = 10_000
    private static let atOnce = 1_000
    /// Bytes that a node may dirty more than before: 23 for each of the strangers.
    private static let room = 256 << 10

    @Test func `strangers by the thousand leave a node its peers, and its memory where it was`()
        async throws
    {
        let warren = try CommandLineTool(base: 61)
        let text = """
            name: holding
            nodes: { relay: 3 }
            topology: { shape: mesh }
            expect: [ eventually within 20s every relay has hot >= 2 ]
            """
        let file = try warren.write(text, to: "holding.yaml")
        let up = try await warren("up", file, "--base", "61")
        #expect(up.code == 0, "\(up.output)\(up.errors)")
        let run = try #require(warren.shelf.latest(of: "holding"))
        let engine = ProcessEngine(
            run: run.directory,
            manifest: run.manifest,
            program: try CommandLineTool.program("warren-node")
        )
        let node = try #require(run.manifest.nodes.first { $0.name == "relay-1" })
        let process = try #require(engine.process(of: "relay-1"))
        let address = try #require(SocketAddress(node.address))
        let client = NodeClient(address: node.admin)
        Self.raiseFileLimit()

        let before = try await client.snapshot()
        let friends = Self.friends(of: before)
        #expect(friends.count == 2)
        var place = EventPosition(
            incarnation: before.node.incarnation.number,
            sequence: before.sequence
        )
        // The first time they fill what has a limit, such as the ring of 65,536 events.
        try await Self.siege(address, client, friends, from: &place)
        // What leaks does so every time. A large answer to somebody who looks into the node leaves
        // the allocator with more once; so a round in which nothing grows is enough.
        var growths: [Int] = []
        while growths.count < 4, growths.min().map({ $0 > Self.room }) ?? true {
            let memory = try Self.privateDirty(of: process.processID)
            try await Self.siege(address, client, friends, from: &place)
            growths.append(try Self.privateDirty(of: process.processID) - memory)
        }
        #expect(growths.min().map { $0 <= Self.room } == true, "\(growths) bytes more each time")

        #expect(try await warren("down").code == 0)
    }

    // MARK: - Strangers

    private static func siege(
        _ address: SocketAddress,
        _ client: NodeClient,
        _ friends: [NodeID],
        from place: inout EventPosition
    ) async throws {
        for number in 0..<inARow {
            try visit(address, number)
            if number % 1_000 == 999 { try await checkNobodyLeft(friends, client, from: &place) }
        }
        let strangers = try (0..<atOnce).map { number in
            let stranger = try RawSocket(to: address, from: source(number))
            speak(stranger, manner(number))
            return stranger
        }
        for _ in 0..<20 {
            for (number, stranger) in strangers.enumerated() where manner(number) == .dripping {
                stranger.write([0])
            }
            #expect(try await self.friends(of: client.snapshot()) == friends)
        }
        try await checkNobodyLeft(friends, client, from: &place)
        for stranger in strangers { stranger.endWriting() }
        #expect(await isAlone(client), "connections of strangers stayed")
    }

    private static func manner(_ number: Int) -> Manner {
        Manner.allCases[number % Manner.allCases.count]
    }

    /// Each comes from an address of its own: 127.100.0.0 and on.
    private static func source(_ number: Int) -> UInt32 { 0x7F64_0001 + UInt32(number) }

    private static func visit(_ address: SocketAddress, _ number: Int) throws {
        let stranger = try RawSocket(to: address, from: source(number))
        let manner = manner(number)
        speak(stranger, manner)
        if manner == .garbage { _ = stranger.readToEnd(within: .seconds(10)) }
    }

    private static func speak(_ stranger: RawSocket, _ manner: Manner) {
        switch manner {
        case .silent: break
        // A message of 34 bytes is announced.
        case .dripping: stranger.write([0x22, 0x0A, 0x20])
        case .garbage: stranger.write([UInt8](repeating: 0xA5, count: 64))
        }
    }

    // MARK: - The node

    private static func friends(of snapshot: Snapshot) -> [NodeID] {
        snapshot.peers.filter { $0.temperature == .hot }.compactMap(\.id).sorted()
    }

    /// Waits until nobody but its friends is connected, or on the way.
    private static func isAlone(_ client: NodeClient) async -> Bool {
        await CommandLineTool.wait(within: .seconds(60)) {
            guard let snapshot = try? await client.snapshot() else { return false }
            return snapshot.connections.reduce(0) { $0 + $1.count } == 2
        }
    }

    private static func checkNobodyLeft(
        _ friends: [NodeID],
        _ client: NodeClient,
        from place: inout EventPosition
    ) async throws {
        for line in try await client.events(from: place) {
            switch line {
            case .gap: Issue.record("the node forgot events that nobody had read")
            case .event(let event):
                place.sequence = event.sequence + 1
                guard case .disconnected(let peer, _, let reason) = event.note else { continue }
                #expect(peer.id.map(friends.contains) != true, "a friend left: \(reason)")
            }
        }
    }

    /// Bytes of `/proc/PID/smaps_rollup`.
    private static func privateDirty(of pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
        let line = try #require(
            text.split(separator: "\n").first { $0.hasPrefix("Private_Dirty:") }
        )
        let kilobytes = try #require(
            line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        )
        return kilobytes * 1024
    }

    private static func raiseFileLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return
        }
        limit.rlim_cur = min(limit.rlim_max, 4_096)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

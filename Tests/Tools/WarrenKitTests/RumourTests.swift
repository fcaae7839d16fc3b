import Foundation
import Testing
import WarrenKit
import WarrenPrimitives
import WarrenSupport

@Suite struct `A reactor of one's own` {
    @Test(arguments: Seed.sweep())
    func `reaches every node over switches in memory`(seed: Seed) {
        let count = 16
        var random = seed.random
        var world = RumourWorld(count: count, seed: seed.value)
        for node in 1..<count { world.dial(node, to: random.below(node)) }
        for _ in 0..<count { world.dial(random.below(count), to: random.below(count)) }
        world.run()
        #expect(world.nodes.map(\.rumour.rumour) == [UInt64](repeating: 15, count: count))
        #expect(world.nodes[0].reports.last == 15)
        // Every node tells each of its peers each of at most 16 numbers once.
        #expect(world.messageCount <= 2 * (2 * count) * count)
    }

    @Test func `drops who sends what is no rumour, and only them`() {
        var world = RumourWorld(count: 3, seed: 1)
        world.dial(1, to: 0)
        world.dial(2, to: 0)
        world.run()
        world.forge([1, 2, 3], from: 2, to: 0)
        world.run()
        #expect(world.nodes[0].closes == [.badMessage])
        #expect(world.nodes[0].switch.peers.map(\.id.rawValue) == [1])
        #expect(world.nodes[2].switch.peers.isEmpty)
    }

    /// Upstream's SwitchFullConnectivity (C§13), with every pair dialing from both ends at once.
    @Test(arguments: [2, 3, 8])
    func `meets every other node once when all dial all at once`(count: Int) {
        var world = RumourWorld(count: count, seed: 1)
        for node in 0..<count {
            for other in 0..<count where other != node { world.dial(node, to: other) }
        }
        world.run()
        for (index, node) in world.nodes.enumerated() {
            let others = (0..<count).filter { $0 != index }.map { PeerID(rawValue: UInt32($0)) }
            #expect(node.switch.peers.map(\.id) == others)
            #expect(node.switch.counts.dialing == 0)
        }
        #expect(world.nodes.map(\.switch.counts.outbound).reduce(0, +) == count * (count - 1) / 2)
    }

    @Test(arguments: ["RumourReactor.swift", "RumourRuns.swift", "../RumourNode/RumourNode.swift"])
    func `is the one in the article, as is all that runs it`(file: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let source = try String(contentsOf: tests.appending(path: file), encoding: .utf8)
        let article = try String(
            contentsOf: tests.appending(
                path: "../../../Sources/Tools/WarrenKit/WarrenKit.docc/WritingAReactor.md"
            ),
            encoding: .utf8
        )
        #expect(article.contains("```swift\n" + source + "```"), "\(file)")
        #expect(source.split(separator: "\n", omittingEmptySubsequences: false).count < 80)
    }
}

@Suite struct `The test bench` {
    private let channel = RumourReactor.channel

    private func message(_ number: UInt8) -> [UInt8] { [0, 0, 0, 0, 0, 0, 0, number] }

    @Test func `tells a new peer the rumour, and keeps what there is no credit for`() {
        var bench = TestBench(RumourReactor(rumour: 1))
        let first = bench.add(channels: [channel])
        let second = bench.add(channels: [channel])
        // The queue takes one message: 3 waits for credit, and 2 is never said.
        bench.receive(message(2), on: channel, from: second)
        bench.receive(message(3), on: channel, from: second)
        #expect(bench.reports == [2, 3])
        let early = bench.takeSent()
        #expect(
            early == [
                .init(message(1), on: channel, to: first),
                .init(message(1), on: channel, to: second),
            ]
        )
        let late = bench.takeSent()
        #expect(late == [.init(message(3), on: channel, to: first)])
    }

    @Test func `does not send to a peer without the channel`() {
        var bench = TestBench(RumourReactor(rumour: 1))
        _ = bench.add(channels: [0x61])
        #expect(bench.sent.isEmpty)
    }

    @Test(arguments: [0, 7, 9])
    func `shows whom the reactor dropped and why`(count: Int) {
        var bench = TestBench(RumourReactor(rumour: 1))
        let peer = bench.add(channels: [channel])
        bench.receive([UInt8](repeating: 0, count: count), on: channel, from: peer)
        #expect(bench.stopped == [peer: .badMessage])
        #expect(bench.peers.isEmpty)
        bench.receive(message(9), on: channel, from: peer)
        #expect(bench.reactor.rumour == 1)
    }

    @Test func `says nothing of a peer that is gone`() {
        var bench = TestBench(RumourReactor(rumour: 1))
        let peer = bench.add(channels: [channel])
        bench.remove(peer)
        bench.remove(peer)
        #expect(bench.sent.isEmpty)
        let other = bench.add(channels: [channel], isOutbound: false, moniker: "other")
        bench.receive(message(5), on: channel, from: other)
        #expect(bench.sent.count == 1)
        #expect(bench.peers.map(\.moniker) == ["other"])
    }

    @Test func `wakes a reactor at its deadlines, and stops at one that does not move`() {
        struct Clock: Reactor {
            let name = "clock"
            let channels: [ChannelDescriptor] = []
            var nextDeadline: Instant?
            var isStuck = false
            var ticks: [Instant] = []
            mutating func handle(
                _ event: ReactorEvent,
                now: Instant,
                random: inout Random,
                into outbox: inout Outbox<Never>
            ) {
                ticks.append(now)
                if !isStuck { nextDeadline = now.advanced(by: .seconds(1)) }
            }
        }
        var bench = TestBench(Clock(nextDeadline: .epoch.advanced(by: .seconds(1))))
        bench.advance(by: .milliseconds(2500))
        #expect(bench.reactor.ticks.map(\.nanoseconds) == [1_000_000_000, 2_000_000_000])
        #expect(bench.now == .epoch.advanced(by: .milliseconds(2500)))
        bench.reactor.isStuck = true
        bench.advance(by: .seconds(1))
        #expect(bench.reactor.ticks.count == 3)
    }
}

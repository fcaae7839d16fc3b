import Synchronization
import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives

/// One follower and what it finds.
private final class Watch {
    let inbox = Inbox()
    var findings: [Finding] = []

    /// Returns when what was found so far is as `isSo` wants it.
    func until(_ isSo: ([Finding]) -> Bool) async {
        while true {
            findings += inbox.drain().map(\.finding)
            if isSo(findings) { return }
            await inbox.arrival()
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct NodeFollowerTests {
    private let clock = ObserverClock()
    private let node: ScriptedNode
    private let watch = Watch()

    init() {
        let clock = clock
        node = ScriptedNode(1) { clock.now }
    }

    /// Follows the node while `body` runs.
    private func follow(after last: EventPosition? = nil, _ body: () async throws -> Void)
        async throws
    {
        var settings = NodeFollower.Settings()
        settings.interval = .milliseconds(20)
        settings.unhealthyInterval = .milliseconds(10)
        settings.retryInterval = .milliseconds(10)
        let node = node
        let follower = NodeFollower(
            number: 0,
            id: node.id,
            after: last,
            settings: settings,
            clock: clock,
            address: { node.address },
            inbox: watch.inbox
        )
        let task = Task { await follower.run() }
        do {
            try await body()
        } catch {
            task.cancel()
            throw error
        }
        task.cancel()
        watch.inbox.close()
        await task.value
        await node.die()
    }

    private func position(_ incarnation: UInt64, _ sequence: UInt64) -> EventPosition {
        EventPosition(incarnation: incarnation, sequence: sequence)
    }

    @Test func `hears what was, what is, and that the node is healthy`() async throws {
        node.embrace(2)
        try await node.start()
        try await follow {
            await watch.until {
                $0.events.count == 3 && $0.facts.contains(.healthy) && $0.hasSnapshot
            }
            node.move(2, .hot, .warm)
            await watch.until { $0.events.count == 4 }
            #expect(watch.findings.flaws.isEmpty)
            #expect(watch.findings.gaps.isEmpty)
        }
    }

    @Test func `takes up a broken stream where it broke`() async throws {
        node.embrace(2)
        try await node.start()
        try await follow {
            await watch.until { $0.events.count == 3 }
            await node.hangUp()
            node.move(2, .hot, .warm)
            await watch.until { $0.events.count == 4 }
            #expect(watch.findings.flaws.isEmpty)
            #expect(watch.findings.gaps.isEmpty)
            #expect(node.state.withLock { $0.requests }.contains("/events?from=1.4"))
        }
    }

    @Test func `says that a node is down, and follows its next life`() async throws {
        node.embrace(2)
        try await node.start()
        try await follow {
            await watch.until { $0.facts.contains(.healthy) && $0.events.count == 3 }
            await node.die()
            await watch.until { $0.facts.contains(.down) }
            try await node.revive(incarnation: 77)
            node.move(3, .unknown, .cold)
            await watch.until {
                $0.facts.last(where: \.isHealth) == .healthy && $0.events.count == 4
            }
            #expect(watch.findings.events.last == position(77, 1))
            #expect(watch.findings.gaps == [.init(incarnation: 1, from: 4, to: nil)])
            #expect(watch.findings.flaws.isEmpty)
        }
    }

    @Test func `goes on where a follower before it had come to`() async throws {
        node.embrace(2)
        try await node.start()
        try await follow(after: position(1, 2)) {
            await watch.until { !$0.events.isEmpty }
            #expect(watch.findings.events == [position(1, 3)])
        }
    }

    @Test func `records garbage, takes the rest, and tells that something may be lost`()
        async throws
    {
        try await node.start()
        try await follow {
            await watch.until { $0.facts.contains(.healthy) }
            node.move(2, .unknown, .cold)
            await watch.until { $0.events.count == 1 }
            node.say("not json\n")
            node.move(2, .cold, .warm)
            await watch.until { $0.events.count == 2 }
            #expect(watch.findings.flaws.map(\.kind) == ["garbledLine"])
            #expect(watch.findings.facts.contains(.gap))
        }
    }

    @Test func `understands a line that comes byte by byte`() async throws {
        try await node.start()
        try await follow {
            await watch.until { $0.facts.contains(.healthy) }
            let event = Event(incarnation: 1, sequence: 1, at: clock.now, note: .storeFailed)
            node.move(2, .unknown, .cold)
            await watch.until { $0.events.count == 1 }
            var next = event
            next.sequence = 2
            for byte in ScriptedNode.text(of: .event(next)) { node.say(String(byte)) }
            await watch.until { $0.events.count == 2 }
            #expect(watch.findings.flaws.isEmpty)
        }
    }

    @Test func `skips a line that does not end`() async throws {
        try await node.start()
        try await follow {
            await watch.until { $0.facts.contains(.healthy) }
            node.move(2, .unknown, .cold)
            await watch.until { $0.events.count == 1 }
            for _ in 0..<70 { node.say(String(repeating: "x", count: 1000)) }
            node.say("\n")
            node.move(2, .cold, .warm)
            await watch.until { $0.events.count == 2 }
            #expect(watch.findings.flaws == [.lineTooLong(limit: 65_536)])
        }
    }

    @Test func `tells an unhealthy node from one that is down`() async throws {
        node.state.withLock { $0.isHealthy = false }
        try await node.start()
        try await follow {
            await watch.until { $0.facts.contains(.unhealthy) }
            node.state.withLock { $0.isHealthy = true }
            await watch.until { $0.facts.contains(.healthy) }
            #expect(!watch.findings.facts.contains(.down))
        }
    }

    @Test func `records a snapshot that makes no sense`() async throws {
        node.state.withLock { $0.snapshotBody = "[]" }
        try await node.start()
        try await follow {
            await watch.until { $0.flaws.contains { $0.kind == "garbledSnapshot" } }
            await watch.until { $0.facts.contains(.unasked) }
        }
    }

    @Test func `does not take another node for the one it follows`() async throws {
        node.state.withLock { $0.lie = { $0.node.id = ScriptedNode.id(9) } }
        try await node.start()
        try await follow {
            await watch.until { $0.facts.contains(.unasked) }
            #expect(watch.findings.flaws.first?.kind == "wrongNode")
            #expect(!watch.findings.facts.contains(.healthy))
        }
    }

    @Test func `ends at once though the node says nothing at all`() async throws {
        node.state.withLock { $0.isSilent = true }
        try await node.start()
        let began = ContinuousClock.now
        try await follow {}
        #expect(ContinuousClock.now - began < .seconds(10))
    }
}

extension Fact.NodeFact {
    fileprivate var isHealth: Bool {
        switch self {
        case .healthy, .unhealthy, .down, .unasked: true
        case .event, .gap, .snapshot: false
        }
    }
}

import Testing
import WarrenNIO
import WarrenNode
import WarrenPrimitives
import WarrenSupport

/// Every case of `observed-behaviour.json` as a raw peer against a whole node.
@Suite(.timeLimit(.minutes(1))) struct ObservedBehaviourTests {
    struct File: Decodable {
        var cases: [Case]
    }

    struct Case: Decodable, CustomTestStringConvertible {
        var input: String
        var result: String
        var testDescription: String { input }
    }

    /// Where we differ on purpose.
    private static let differences: [String: ObservedBehaviour.Outcome] = [
        // We never resolve a host that a stranger names (design §17.1, C§3.2): the peer is kept,
        // and cannot be dialed back.
        "listen_addr host that does not resolve": .kept,
        // Only the dialer knows whether it lost its first connection. It has, if it speaks on a
        // second: that one takes over, and the first ends (C§12: upstream keeps the dead one).
        "second connection from the same ID while the first is up": .kept,
        // Our bans refuse inbound connections too (design §17.16).
        "reconnect as the same ID right after that ban": .closed,
    ]

    private static let cases: [Case] =
        (try? Vectors.load("observed-behaviour", as: File.self).cases) ?? []

    @Test func `every case is tried`() {
        let known =
            Array(ObservedBehaviour.handshakes.keys) + Array(ObservedBehaviour.conversations.keys)
        #expect(Set(Self.cases.map(\.input)) == Set(known))
        #expect(Self.cases.count == 42)
    }

    @Test(arguments: cases)
    func `the node does what was observed`(observed: Case) async throws {
        let attempt = try #require(
            ObservedBehaviour.handshakes[observed.input]
                ?? ObservedBehaviour.conversations[observed.input]
        )
        let isPing = observed.input == "peer that never answers pings"
        let subject = try await Subject {
            $0.handshakeTimeout = .milliseconds(600)
            $0.peerSharing = true
            if isPing {
                $0.pingInterval = .milliseconds(300)
                $0.pongTimeout = .milliseconds(200)
            }
        }
        let upstream: ObservedBehaviour.Outcome =
            observed.result.hasPrefix("accepted") || observed.result == "both answered"
            ? .kept : .closed
        let expected = Self.differences[observed.input] ?? upstream
        let node = subject.node.listenAddress
        let outcome: ObservedBehaviour.Outcome
        if isPing {
            let peer = try ObservedBehaviour.opened(node)
            outcome = peer.isHungUp() ? .closed : .kept
        } else {
            outcome = try attempt(node)
        }
        #expect(outcome == expected, "upstream: \(observed.result)")
        await subject.stop()
    }
}

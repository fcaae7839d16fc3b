import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// The rows of O§7.3, and the timers.
@Suite struct `The inbound governor` {
    typealias Effect = InboundGovernor.Effect

    private static let id = ConnectionID.accepted(3)
    private static let peer = PeerID(rawValue: 4)

    private struct Bench {
        var machine = InboundGovernor(settings: InboundGovernor.Settings())
        var now = Instant.epoch

        @discardableResult
        mutating func feed(_ input: InboundGovernor.Input) -> [Effect] {
            var effects: [Effect] = []
            machine.handle(input, now: now, into: &effects)
            return effects
        }

        mutating func connect(
            _ id: ConnectionID = .accepted(3),
            _ peer: PeerID = PeerID(rawValue: 4),
            _ flow: ConnectionState.DataFlow = .duplex,
            shares: Bool = true,
            expires: Bool = true
        ) -> [Effect] {
            feed(.connected(id, peer, flow, sharesPeers: shares, expires: expires))
        }

        mutating func pass(_ duration: Duration) -> [Effect] {
            now = now.advanced(by: duration)
            return feed(.deadline)
        }
    }

    private func step(_ from: InboundState?, _ to: InboundState?) -> Effect {
        .transition(Self.id, Self.peer, from: from, to: to)
    }

    @Test func `follows a new connection from idle, and one that it follows as before`() {
        var bench = Bench()
        #expect(bench.connect() == [step(nil, .idle)])
        #expect(bench.machine.nextDeadline == Instant.epoch.advanced(by: .seconds(5)))
        bench.feed(.used(Self.id, .warm))
        #expect(bench.connect() == [])
        #expect(bench.machine.state(of: Self.id) == .warm)
        #expect(bench.machine.count == 1)
    }

    @Test func `calls the connection manager when use begins and ends, and at no other step`() {
        var bench = Bench()
        _ = bench.connect()
        #expect(bench.feed(.used(Self.id, .none)) == [])
        #expect(
            bench.feed(.used(Self.id, .warm)) == [step(.idle, .warm), .promotedToWarm(Self.id)]
        )
        #expect(bench.feed(.used(Self.id, .warm)) == [])
        #expect(bench.feed(.used(Self.id, .hot)) == [step(.warm, .hot)])
        #expect(bench.feed(.used(Self.id, .hot)) == [])
        #expect(bench.feed(.used(Self.id, .warm)) == [step(.hot, .warm)])
        #expect(
            bench.feed(.used(Self.id, .none)) == [step(.warm, .idle), .demotedToCold(Self.id)]
        )
        #expect(
            bench.feed(.used(Self.id, .hot)) == [step(.idle, .hot), .promotedToWarm(Self.id)]
        )
        #expect(
            bench.feed(.used(Self.id, .none)) == [step(.hot, .idle), .demotedToCold(Self.id)]
        )
    }

    @Test func `releases a connection that is idle for 5 s, once`() {
        var bench = Bench()
        _ = bench.connect()
        #expect(bench.pass(.seconds(5) - .nanoseconds(1)) == [])
        #expect(bench.pass(.nanoseconds(1)) == [.releaseInbound(Self.id)])
        #expect(bench.pass(.seconds(5)) == [])
    }

    @Test func `starts the idle time anew when use ends`() {
        var bench = Bench()
        _ = bench.connect()
        _ = bench.pass(.seconds(4))
        bench.feed(.used(Self.id, .warm))
        #expect(bench.pass(.seconds(20)) == [])
        bench.feed(.used(Self.id, .none))
        #expect(bench.pass(.seconds(5) - .nanoseconds(1)) == [])
        #expect(bench.pass(.nanoseconds(1)) == [.releaseInbound(Self.id)])
    }

    @Test func `forgets what is being closed, and keeps what we use as cold`() {
        var bench = Bench()
        _ = bench.connect()
        _ = bench.pass(.seconds(5))
        #expect(bench.feed(.released(Self.id, .commit)) == [step(.idle, nil)])
        #expect(bench.machine.count == 0)
        #expect(bench.feed(.disconnected(Self.id)) == [])
        _ = bench.connect()
        _ = bench.pass(.seconds(5))
        #expect(bench.feed(.released(Self.id, .keep)) == [step(.idle, .cold)])
        #expect(bench.pass(.seconds(500)) == [])
        #expect(
            bench.feed(.used(Self.id, .warm)) == [step(.cold, .warm), .promotedToWarm(Self.id)]
        )
    }

    @Test func `use that begins before the answer is not lost`() {
        var bench = Bench()
        _ = bench.connect()
        _ = bench.pass(.seconds(5))
        bench.feed(.used(Self.id, .warm))
        #expect(bench.feed(.released(Self.id, .commit)) == [])
        #expect(bench.machine.state(of: Self.id) == .warm)
    }

    @Test func `lets those idle for ever that cannot say how they use us`() {
        var bench = Bench()
        _ = bench.connect(Self.id, Self.peer, .unidirectional, expires: false)
        #expect(bench.machine.nextDeadline == nil)
        bench.feed(.used(Self.id, .warm))
        bench.feed(.used(Self.id, .none))
        #expect(bench.machine.nextDeadline == nil)
        #expect(bench.pass(.seconds(10_000)) == [])
    }

    @Test func `forgets a connection that ends, whatever its state`() {
        for level in Lifecycle.Level.allCases {
            var bench = Bench()
            _ = bench.connect()
            bench.feed(.used(Self.id, level))
            let state = bench.machine.state(of: Self.id)
            #expect(bench.feed(.disconnected(Self.id)) == [step(state, nil)])
            #expect(bench.machine.nextDeadline == nil)
            #expect(bench.machine.count == 0)
        }
    }

    @Test func `knows who is mature after 900 s to the nanosecond, and only until it goes`() {
        var bench = Bench()
        _ = bench.connect(.accepted(1), PeerID(rawValue: 1), shares: true)
        bench.now = bench.now.advanced(by: .seconds(1))
        _ = bench.connect(.dialed(2), PeerID(rawValue: 2), shares: false)
        _ = bench.connect(.accepted(3), PeerID(rawValue: 3), .unidirectional)
        for connection in [ConnectionID.accepted(1), .dialed(2), .accepted(3)] {
            bench.feed(.used(connection, .warm))
        }
        #expect(bench.machine.nextDeadline == Instant.epoch.advanced(by: .seconds(900)))
        #expect(bench.pass(.seconds(899) - .nanoseconds(1)) == [])
        #expect(bench.pass(.nanoseconds(1)) == [.matured([PeerID(rawValue: 1): true])])
        #expect(bench.machine.nextDeadline == Instant.epoch.advanced(by: .seconds(901)))
        let both: [PeerID: Bool] = [PeerID(rawValue: 1): true, PeerID(rawValue: 2): false]
        #expect(bench.pass(.seconds(1)) == [.matured(both)])
        #expect(bench.pass(.seconds(9000)) == [])
        #expect(bench.machine.maturePeers == both)
        bench.feed(.merged(PeerID(rawValue: 8), other: PeerID(rawValue: 2)))
        #expect(
            bench.machine.maturePeers == [PeerID(rawValue: 1): true, PeerID(rawValue: 8): false]
        )
        #expect(
            bench.feed(.disconnected(.accepted(1))).last == .matured([PeerID(rawValue: 8): false])
        )
        #expect(bench.feed(.disconnected(.dialed(2))).last == .matured([:]))
    }
}

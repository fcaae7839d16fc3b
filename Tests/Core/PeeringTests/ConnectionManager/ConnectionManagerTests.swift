import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// The operations of O§6.4, row by row, and the timers of O§6.5.
@Suite struct `The connection manager` {
    typealias Effect = ConnectionManager.Effect

    private static let peer = ConnectionBench.peer(7)

    /// States that a connection can be in while it is in the table.
    private static let states = ConnectionState.allCases.filter {
        $0 != .unknown && $0 != .terminated
    }

    @Test func `dials for our side where there is nothing, unless the peer is behind a firewall`() {
        var bench = ConnectionBench()
        #expect(bench.feed(.acquire(Self.peer, dials: true)) == [.dial(Self.peer)])
        #expect(
            bench.feed(.acquire(Self.peer, dials: false)) == [
                .refused(Self.peer, .inboundConnectionNotFound)
            ]
        )
        #expect(bench.machine.count == 0)
    }

    @Test(arguments: states) func `acquires as the table says`(state: ConnectionState) {
        var bench = ConnectionBench()
        let id = bench.make(state, of: Self.peer)
        #expect(bench.machine.state(of: id) == state)
        let expected: Effect
        var next = state
        switch state {
        case .reservedOutbound, .unnegotiated(.outbound), .outboundUni, .outboundDup, .duplex:
            expected = .refused(Self.peer, .connectionExists)
        case .unnegotiated(.inbound), .terminating: expected = .wait(Self.peer)
        case .inboundIdle(.duplex):
            expected = .acquired(Self.peer, id)
            next = .outboundDup(.ticking)
        case .inbound(.duplex):
            expected = .acquired(Self.peer, id)
            next = .duplex
        case .inboundIdle, .inbound: expected = .refused(Self.peer, .forbiddenConnection)
        case .outboundIdle: expected = .refused(Self.peer, .forbiddenOperation)
        case .unknown, .terminated: return
        }
        #expect(bench.answers(.acquire(Self.peer, dials: false)) == [expected])
        #expect(bench.machine.state(of: id) == next)
    }

    @Test(arguments: states) func `releases as the table says`(state: ConnectionState) {
        var bench = ConnectionBench()
        let id = bench.make(state, of: Self.peer)
        let answers = bench.answers(.release(id))
        let next: ConnectionState
        switch state {
        case .outboundUni: next = .outboundIdle(.unidirectional)
        case .outboundDup(.ticking): next = .inboundIdle(.duplex)
        case .outboundDup(.expired): next = .outboundIdle(.duplex)
        case .duplex: next = .inbound(.duplex)
        default: next = state
        }
        #expect(bench.machine.state(of: id) == next)
        switch state {
        case .reservedOutbound, .unnegotiated, .inbound:
            #expect(answers == [.unsupported(.release, id, state)])
        default: #expect(answers == [])
        }
    }

    @Test(arguments: states) func `takes in that the peer uses us`(state: ConnectionState) {
        var bench = ConnectionBench()
        let id = bench.make(state, of: Self.peer)
        let answers = bench.answers(.promotedToWarm(id))
        switch state {
        case .outboundDup: #expect(bench.machine.state(of: id) == .duplex)
        case .outboundIdle(.duplex): #expect(bench.machine.state(of: id) == .inbound(.duplex))
        case .inboundIdle(let flow): #expect(bench.machine.state(of: id) == .inbound(flow))
        case .inbound, .duplex: #expect(bench.machine.state(of: id) == state)
        default:
            #expect(answers == [.unsupported(.promotedToWarm, id, state)])
            #expect(bench.machine.state(of: id) == state)
            return
        }
        #expect(answers == [])
    }

    @Test(arguments: states) func `takes in that the peer stopped`(state: ConnectionState) {
        var bench = ConnectionBench()
        let id = bench.make(state, of: Self.peer)
        let answers = bench.answers(.demotedToCold(id))
        switch state {
        case .inbound(let flow): #expect(bench.machine.state(of: id) == .inboundIdle(flow))
        case .duplex: #expect(bench.machine.state(of: id) == .outboundDup(.ticking))
        case .inboundIdle, .outboundDup, .outboundIdle:
            #expect(bench.machine.state(of: id) == state)
        default:
            #expect(answers == [.unsupported(.demotedToCold, id, state)])
            #expect(bench.machine.state(of: id) == state)
            return
        }
        #expect(answers == [])
    }

    @Test(arguments: states) func `answers when idle time is over`(state: ConnectionState) {
        var bench = ConnectionBench()
        let id = bench.make(state, of: Self.peer)
        let answers = bench.answers(.releaseInbound(id))
        switch state {
        case .outboundDup:
            #expect(answers == [.inboundReleased(id, .keep)])
            #expect(bench.machine.state(of: id) == .outboundDup(.expired))
        case .inboundIdle:
            #expect(answers == [.close(id, Self.peer), .inboundReleased(id, .commit)])
            #expect(bench.machine.state(of: id) == .terminating)
        case .outboundIdle, .terminating:
            #expect(answers == [.inboundReleased(id, .commit)])
            #expect(bench.machine.state(of: id) == state)
        default:
            #expect(
                answers == [
                    .unsupported(.releaseInbound, id, state), .inboundReleased(id, .unsupported),
                ]
            )
            #expect(bench.machine.state(of: id) == state)
        }
    }

    @Test func `answers the inbound governor about what is not there`() {
        var bench = ConnectionBench()
        let id = ConnectionID.accepted(9)
        #expect(bench.feed(.releaseInbound(id)) == [.inboundReleased(id, .commit)])
        #expect(bench.feed(.promotedToWarm(id)) == [.unsupported(.promotedToWarm, id, .unknown)])
        #expect(bench.feed(.demotedToCold(id)) == [.unsupported(.demotedToCold, id, .unknown)])
        for input: ConnectionManager.Input in [
            .release(id), .failed(id), .connected(id, Self.peer), .negotiated(id, .duplex),
        ] {
            #expect(bench.feed(input) == [])
        }
    }

    @Test(arguments: states) func `ends at once what breaks, but not a time-wait`(
        state: ConnectionState
    ) {
        var bench = ConnectionBench()
        let id = bench.make(state, of: Self.peer)
        let effects = bench.feed(.failed(id))
        if state == .terminating {
            #expect(effects == [])
        } else {
            #expect(
                effects == [
                    .transition(id, Self.peer, from: state, to: .terminated),
                    .transition(id, Self.peer, from: .terminated, to: .unknown),
                ]
            )
            #expect(bench.machine.count == 0)
            #expect(bench.machine.nextDeadline == nil)
        }
    }

    @Test(arguments: [ConnectionState.outboundUni, .outboundDup(.expired)])
    func `lets go in 5 s, and holds the peer back for 60 more`(state: ConnectionState) {
        var bench = ConnectionBench()
        let id = bench.make(state, of: Self.peer)
        bench.feed(.release(id))
        #expect(bench.machine.nextDeadline == bench.now.advanced(by: .seconds(5)))
        #expect(bench.pass(.seconds(5) - .nanoseconds(1)) == [])
        #expect(bench.machine.holdsOutbound(Self.peer))
        let idle = bench.machine.state(of: id) ?? .unknown
        #expect(
            bench.pass(.nanoseconds(1)) == [
                .transition(id, Self.peer, from: idle, to: .terminating), .close(id, Self.peer),
            ]
        )
        #expect(bench.machine.nextDeadline == bench.now.advanced(by: .seconds(60)))
        #expect(bench.feed(.failed(id)) == [], "its socket is closed, its place is kept")
        #expect(bench.answers(.acquire(Self.peer, dials: true)) == [.wait(Self.peer)])
        #expect(bench.pass(.seconds(60) - .nanoseconds(1)) == [])
        #expect(bench.machine.holdsOutbound(Self.peer))
        #expect(
            bench.pass(.nanoseconds(1)) == [
                .transition(id, Self.peer, from: .terminating, to: .terminated),
                .transition(id, Self.peer, from: .terminated, to: .unknown), .free(Self.peer),
            ]
        )
        #expect(!bench.machine.holdsOutbound(Self.peer))
        #expect(bench.machine.nextDeadline == nil)
        #expect(bench.answers(.acquire(Self.peer, dials: true)) == [.dial(Self.peer)])
    }

    @Test func `stays with a peer that comes back while it is let go`() {
        var bench = ConnectionBench()
        let id = bench.make(.outboundIdle(.duplex), of: Self.peer)
        bench.feed(.promotedToWarm(id))
        #expect(bench.machine.nextDeadline == nil)
        #expect(!bench.machine.holdsOutbound(Self.peer))
    }

    @Test func `ends a time-wait when the peer is connected anew`() {
        var bench = ConnectionBench()
        let old = bench.make(.terminating, of: Self.peer)
        let id = ConnectionID.accepted(40)
        bench.feed(.accepted(id))
        #expect(
            bench.feed(.connected(id, Self.peer)) == [
                .transition(old, Self.peer, from: .terminating, to: .terminated),
                .transition(old, Self.peer, from: .terminated, to: .unknown),
            ]
        )
        #expect(bench.machine.state(of: Self.peer) == .unnegotiated(.inbound))
    }

    @Test func `of several connections of one peer goes by the one that stands`() {
        var bench = ConnectionBench()
        _ = bench.make(.reservedOutbound, of: Self.peer)
        let id = bench.make(.inbound(.duplex), of: Self.peer)
        #expect(bench.machine.state(of: Self.peer) == .inbound(.duplex))
        #expect(bench.answers(.acquire(Self.peer, dials: true)) == [.acquired(Self.peer, id)])
        #expect(bench.machine.peerStates == [Self.peer: .duplex])
    }

    @Test func `holds back no more than so many, the oldest make room`() {
        var bench = ConnectionBench(hardLimit: 10_000)
        let limit = ConnectionManager.terminatingLimit
        for number in 0..<limit {
            _ = bench.make(.terminating, of: .init(rawValue: UInt32(number)))
        }
        #expect(bench.machine.counters.terminating == limit)
        #expect(bench.machine.state(of: .init(rawValue: 0)) == .terminating)
        _ = bench.make(.terminating, of: .init(rawValue: UInt32(limit)))
        #expect(bench.machine.counters.terminating == limit)
        #expect(bench.machine.state(of: .init(rawValue: 0)) == nil)
        #expect(bench.machine.state(of: .init(rawValue: 1)) == .terminating)
    }

    @Test func `follows a peer whose handle is merged`() {
        var bench = ConnectionBench()
        let id = bench.make(.outboundUni, of: Self.peer)
        let other = ConnectionBench.peer(8)
        bench.machine.merge(Self.peer, into: other)
        #expect(bench.machine.state(of: other) == .outboundUni)
        #expect(bench.machine.state(of: Self.peer) == nil)
        #expect(bench.machine.state(of: id) == .outboundUni)
    }
}

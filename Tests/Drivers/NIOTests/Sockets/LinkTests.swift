import NIOCore
import Testing
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives

/// Links with faults, between real sockets.
@Suite(.timeLimit(.minutes(1)), .serialized) struct LinkTests {
    private let clock = ContinuousClock()

    private func slow(_ milliseconds: Int) -> LinkRule {
        LinkRule(
            peers: .everybody,
            quality: LinkQuality(roundTrip: .milliseconds(milliseconds))
        )
    }

    private func cut(_ mode: CutMode, _ direction: LinkRule.Direction = .both) -> LinkRule {
        LinkRule(peers: .everybody, cut: .init(mode, direction))
    }

    /// A pair that is connected, with the facts of both from there on.
    private struct Pair {
        let one: Bench
        let two: Bench
        var ones: AsyncStream<Node.Input>.Iterator
        var twos: AsyncStream<Node.Input>.Iterator
        let out: ConnectionID
        let inbound: ConnectionID

        init(
            _ adjust: @escaping (inout NodeConfiguration) -> Void = { _ in }
        ) async throws {
            one = try await Bench(adjust)
            two = try await Bench(adjust)
            ones = one.facts.makeAsyncIterator()
            twos = two.facts.makeAsyncIterator()
            try await one.dial(two.address, expecting: two.key.id)
            out = try await ones.authenticated().connection
            inbound = try await twos.authenticated().connection
        }

        func say(_ message: [UInt8]) async throws {
            let out = out
            try await one.with { $0.send(out, 0x01, message) }
        }

        func reply(_ message: [UInt8]) async throws {
            let inbound = inbound
            try await two.with { $0.send(inbound, 0x01, message) }
        }

        func close() async throws {
            try await one.close()
            try await two.close()
        }
    }

    private func lay(_ rule: LinkRule, on benches: Bench...) async throws {
        for bench in benches { #expect(try await bench.with { $0.lay(rule, as: "x", until: nil) }) }
    }

    private func lift(on benches: Bench...) async throws {
        for bench in benches { #expect(try await bench.with { $0.lift("x") }) }
    }

    @Test func `the links of the file hold before the first dial, and both ends make a round trip`()
        async throws
    {
        let begin = clock.now
        var pair = try await Pair { $0.links = [slow(60)] }
        // TCP's own, SecretConnection and NodeInfo: three for the dialer, as in the simulator.
        #expect(begin.duration(to: clock.now) >= .milliseconds(180))
        // The machine may have more to do; once in a while it has not.
        var shortest = Duration.seconds(60)
        while shortest >= .milliseconds(100), begin.duration(to: clock.now) < .seconds(40) {
            let said = clock.now
            try await pair.say([1])
            #expect(try await pair.twos.received() == [1])
            #expect(said.duration(to: clock.now) >= .milliseconds(30))
            try await pair.reply([2])
            #expect(try await pair.ones.received() == [2])
            shortest = min(shortest, said.duration(to: clock.now))
        }
        #expect(shortest >= .milliseconds(60))
        #expect(shortest < .milliseconds(100))
        try await pair.close()
    }

    @Test func `a rule slows a connection that is there, and leaves no trace when it ends`()
        async throws
    {
        var pair = try await Pair()
        let out = pair.out
        #expect(try await pair.one.with { $0[out]?.isFiltered } == false)
        try await lay(slow(80), on: pair.one)
        #expect(try await pair.one.with { $0[out]?.isFiltered } == true)
        let said = clock.now
        try await pair.say([1])
        #expect(try await pair.twos.received() == [1])
        #expect(said.duration(to: clock.now) >= .milliseconds(40))
        // The other end has no such rule.
        try await pair.reply([2])
        #expect(try await pair.ones.received() == [2])
        try await lift(on: pair.one)
        #expect(try await pair.one.with { $0[out]?.isFiltered } == false)
        try await pair.say([3])
        #expect(try await pair.twos.received() == [3])
        try await pair.close()
    }

    @Test func `order and bytes survive rules that come and go under way`() async throws {
        var pair = try await Pair()
        let messages = (0..<60).map { [UInt8](repeating: UInt8($0), count: 3000 + $0) }
        for (number, message) in messages.enumerated() {
            switch number % 20 {
            case 3: try await lay(slow(40), on: pair.one)
            case 9: try await lay(slow(4), on: pair.one)
            case 15: try await lift(on: pair.one)
            default: break
            }
            try await pair.say(message)
        }
        for message in messages { #expect(try await pair.twos.received() == message) }
        try await pair.close()
    }

    @Test func `a thin link takes as long as its bandwidth says`() async throws {
        var pair = try await Pair()
        var rule = slow(0)
        rule.quality.bandwidth = 8_000_000
        try await lay(rule, on: pair.one)
        let begin = clock.now
        let message = [UInt8](repeating: 7, count: 200_000)
        var shortest = Duration.seconds(60)
        while shortest >= .milliseconds(400), begin.duration(to: clock.now) < .seconds(40) {
            let said = clock.now
            try await pair.say(message)
            #expect(try await pair.twos.received() == message)
            shortest = min(shortest, said.duration(to: clock.now))
        }
        #expect(shortest >= .milliseconds(200))
        #expect(shortest < .milliseconds(400))
        try await pair.close()
    }

    @Test func `a cut that hangs lets nothing through, and what lost bytes is reset when it heals`()
        async throws
    {
        var pair = try await Pair()
        try await lay(cut(.hang), on: pair.one, pair.two)
        try await pair.say([1])
        try await pair.reply([2])
        #expect(try await pair.one.with { $0.count } == 1)
        try await lift(on: pair.one, pair.two)
        // No message comes before the end.
        let first = try await pair.twos.first { (fact: Node.Input) -> Bool? in
            switch fact {
            case .received: false
            case .closed(_, .resetByPeer): true
            default: nil
            }
        }
        #expect(first)
        #expect(try await pair.ones.closed() == .resetByPeer)
        #expect(try await pair.one.with { $0.count } == 0)
        // The next dial gets through.
        try await pair.one.dial(pair.two.address, number: 2)
        #expect(try await pair.ones.authenticated().id == pair.two.key.id)
        try await pair.close()
    }

    @Test func `a connection that said nothing meanwhile outlives a cut`() async throws {
        var pair = try await Pair()
        try await lay(cut(.hang), on: pair.one, pair.two)
        try await lift(on: pair.two, pair.one)
        try await pair.say([1])
        #expect(try await pair.twos.received() == [1])
        try await pair.close()
    }

    @Test func `a cut of one way leaves the other`() async throws {
        var pair = try await Pair()
        try await lay(cut(.hang, .out), on: pair.one)
        try await pair.reply([2])
        #expect(try await pair.ones.received() == [2])
        try await pair.say([1])
        try await lift(on: pair.one)
        #expect(try await pair.twos.closed() == .resetByPeer)
        try await pair.close()
    }

    @Test func `over a cut nobody notices that the other end hung up, until it heals`()
        async throws
    {
        var pair = try await Pair()
        let begin = clock.now
        let rule = cut(.hang)
        try await pair.two.with { sockets in
            let until = SystemClock().now.advanced(by: .milliseconds(300))
            #expect(sockets.lay(rule, as: "x", until: until))
        }
        let out = pair.out
        try await pair.one.with { $0.close(out, .demoted, flush: false) }
        #expect(try await pair.ones.closed() == .demoted)
        #expect(try await pair.twos.closed() == .resetByPeer)
        #expect(begin.duration(to: clock.now) >= .milliseconds(299))
        #expect(try await pair.two.with { $0.links.isEmpty && $0.count == 0 })
        try await pair.close()
    }

    @Test func `who waits for a pong over a cut gives up by itself`() async throws {
        var pair = try await Pair {
            $0.pingInterval = .milliseconds(200)
            $0.pongTimeout = .milliseconds(100)
        }
        try await lay(cut(.hang), on: pair.one, pair.two)
        #expect(try await pair.ones.closed() == .pongTimeout)
        #expect(try await pair.twos.closed() == .pongTimeout)
        try await pair.close()
    }

    @Test func `a cut that resets ends both ends at once`() async throws {
        var pair = try await Pair()
        try await lay(cut(.reset), on: pair.one)
        #expect(try await pair.ones.closed() == .resetByPeer)
        #expect(try await pair.twos.closed() == .resetByPeer)
        try await pair.close()
    }

    @Test func `dials over a cut time out, or are refused, and accepted sockets are closed`()
        async throws
    {
        let one = try await Bench { $0.dialTimeout = .milliseconds(200) }
        let two = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        try await lay(cut(.hang, .in), on: one)
        let begin = clock.now
        try await one.dial(two.address, number: 1)
        #expect(try await ones.failed() == .connectTimeout)
        #expect(begin.duration(to: clock.now) >= .milliseconds(200))
        try await lay(cut(.reset), on: one)
        try await one.dial(two.address, number: 2)
        #expect(try await ones.failed() == .connectRefused)
        try await lift(on: one)
        for mode in CutMode.allCases {
            try await lay(cut(mode), on: two)
            try await one.dial(two.address, number: mode == .hang ? 3 : 4)
            #expect([.closedByPeer, .resetByPeer].contains(try await ones.failed()))
        }
        // None of them was told to the node.
        #expect(try await two.with { $0.count } == 0)
        try await lift(on: two)
        try await one.dial(two.address, number: 5)
        #expect(try await ones.authenticated().id == two.key.id)
        try await one.close()
        try await two.close()
    }

    @Test func `rules by id begin with the handshake's end`() async throws {
        let one = try await Bench()
        let two = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        var twos = two.facts.makeAsyncIterator()
        let rule = LinkRule(peers: LinkPeers([.id(one.key.id)]), cut: .init(.reset))
        try await lay(rule, on: two)
        try await one.dial(two.address)
        #expect(try await twos.authenticated().id == one.key.id)
        #expect(try await twos.closed() == .resetByPeer)
        let end = try await ones.first { (fact: Node.Input) -> CloseReason? in
            switch fact {
            case .failed(_, let reason, _), .closed(_, let reason): reason
            default: nil
            }
        }
        #expect(end == .resetByPeer)
        try await one.close()
        try await two.close()
    }

    @Test func `a goodbye over a slow link lets what was said before arrive`() async throws {
        var pair = try await Pair()
        try await lay(slow(100), on: pair.one)
        let last = [UInt8](repeating: 9, count: 100_000)
        let out = pair.out
        let said = clock.now
        try await pair.one.with { sockets in
            sockets.send(out, 0x01, last)
            sockets.close(out, .seedAnswered, flush: true)
        }
        #expect(try await pair.ones.closed() == .seedAnswered)
        #expect(try await pair.twos.received() == last)
        #expect(try await pair.twos.closed() == .closedByPeer)
        #expect(said.duration(to: clock.now) >= .milliseconds(50))
        try await pair.close()
    }
}

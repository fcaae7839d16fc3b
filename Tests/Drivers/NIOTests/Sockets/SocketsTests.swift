import NIOCore
import Testing
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite(.timeLimit(.minutes(1))) struct SocketsTests {
    @Test func `two nodes shake hands and exchange messages of every size`() async throws {
        let one = try await Bench()
        let two = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        var twos = two.facts.makeAsyncIterator()
        try await one.dial(two.address, expecting: two.key.id)
        let out = try await ones.authenticated()
        let inbound = try await twos.authenticated()
        #expect(out.id == two.key.id)
        #expect(inbound.id == one.key.id)
        #expect(out.connection.isOutbound)
        #expect(!inbound.connection.isOutbound)
        for size in [0, 1, 1023, 1024, 1025, 70_000, 1_000_000] {
            let message = [UInt8](repeating: UInt8(size & 255), count: size)
            try await one.with { $0.send(out.connection, 0x01, message) }
            #expect(try await twos.received() == message)
            try await two.with { $0.send(inbound.connection, 0x00, message) }
            #expect(try await ones.received() == message)
        }
        try await one.with { $0.close(out.connection, .demoted, flush: false) }
        #expect(try await ones.closed() == .demoted)
        #expect([.closedByPeer, .resetByPeer].contains(try await twos.closed()))
        #expect(try await one.with { $0.count } == 0)
        #expect(try await two.with { $0.count } == 0)
        try await one.close()
        try await two.close()
    }

    @Test func `credit comes back for every message`() async throws {
        let one = try await Bench()
        let two = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        try await one.dial(two.address)
        let out = try await ones.authenticated()
        let sizes = [10, 2000, 300_000]
        try await one.with { sockets in
            for size in sizes {
                sockets.send(out.connection, 0x01, [UInt8](repeating: 1, count: size))
            }
        }
        var messages = 0
        var bytes = 0
        while messages < sizes.count {
            let sent = try await ones.first { fact in
                if case .sent(_, 0x01, let messages, let bytes) = fact {
                    (messages, bytes)
                } else {
                    nil
                }
            }
            messages += sent.0
            bytes += sent.1
        }
        #expect(messages == sizes.count)
        #expect(bytes == sizes.reduce(0, +))
        try await one.close()
        try await two.close()
    }

    @Test func `a goodbye lets what was said before still arrive`() async throws {
        let one = try await Bench()
        let two = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        var twos = two.facts.makeAsyncIterator()
        try await one.dial(two.address)
        let out = try await ones.authenticated()
        let inbound = try await twos.authenticated()
        let last = [UInt8](repeating: 9, count: 200_000)
        // The other end talks as well, so that bytes lie unread when this end closes.
        try await two.with { $0.send(inbound.connection, 0x01, last) }
        try await one.with { sockets in
            sockets.send(out.connection, 0x01, last)
            sockets.close(out.connection, .seedAnswered, flush: true)
        }
        #expect(try await twos.received() == last)
        #expect(try await ones.closed() == .seedAnswered)
        #expect(try await twos.closed() == .closedByPeer)
        try await one.close()
        try await two.close()
    }

    @Test func `a dial leaves from the address that the node listens on`() async throws {
        let own = HostPort(ip: IPAddress(v4: 0x7F02_0304), port: 0)
        let one = try await Bench { $0.listenAddress = own }
        let two = try await Bench()
        var twos = two.facts.makeAsyncIterator()
        try await one.dial(two.address)
        let from = try await twos.first { fact in
            if case .accepted(_, let from) = fact { from } else { nil }
        }
        #expect(from.ip == own.ip)
        #expect(from.port != one.address.port)
        try await one.close()
        try await two.close()
    }

    @Test func `somebody else at the address is not the peer`() async throws {
        let one = try await Bench()
        let two = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        try await one.dial(two.address, expecting: NodeKey.fresh.id)
        let (reason, id) = try await ones.first { fact in
            if case .failed(_, let reason, let id) = fact { (reason, id) } else { nil }
        }
        #expect(reason == .wrongID)
        #expect(id == two.key.id)
        try await one.close()
        try await two.close()
    }

    @Test func `another network, and oneself, are told apart`() async throws {
        let one = try await Bench()
        let other = try await Bench(network: "other")
        let same = try await Bench(key: one.key)
        var ones = one.facts.makeAsyncIterator()
        try await one.dial(other.address, number: 1)
        #expect(try await ones.failed() == .wrongNetwork)
        try await one.dial(same.address, number: 2)
        #expect(try await ones.failed() == .ownID)
        for bench in [one, other, same] { try await bench.close() }
    }

    @Test func `a port where nobody listens refuses the dial`() async throws {
        let one = try await Bench()
        let gone = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        try await gone.close()
        try await one.dial(gone.address)
        #expect(try await ones.failed() == .connectRefused)
        #expect(try await one.with { $0.count } == 0)
        try await one.close()
    }

    @Test func `a host that does not answer times out`() async throws {
        let one = try await Bench { $0.dialTimeout = .milliseconds(200) }
        var ones = one.facts.makeAsyncIterator()
        let full = try FullPort()
        try await one.dial(full.address)
        #expect(try await ones.failed() == .connectTimeout)
        #expect(try await one.with { $0.count } == 0)
        try await one.close()
    }

    @Test func `a dial that is called off ends as such, and leaves no socket`() async throws {
        let one = try await Bench { $0.dialTimeout = .seconds(60) }
        let two = try await Bench()
        var ones = one.facts.makeAsyncIterator()
        let full = try FullPort()
        let (never, soon) = (full.address, two.address)
        try await one.dial(never)
        try await one.with { $0.close(.dialed(1), .notWanted, flush: false) }
        #expect(try await ones.failed() == .notWanted)
        // Before there is a socket at all.
        try await one.with { sockets in
            sockets.dial(.dialed(2), soon, expecting: nil)
            sockets.close(.dialed(2), .stopping, flush: false)
        }
        #expect(try await ones.failed() == .stopping)
        #expect(try await one.with { $0.count } == 0)
        var twos = two.facts.makeAsyncIterator()
        try await one.dial(soon, number: 3)
        // Whatever came before the third dial is over, or never came.
        let id = try await twos.authenticated().id
        #expect(id == one.key.id)
        #expect(try await two.with { $0.count } == 1)
        try await one.close()
        try await two.close()
    }

    @Test func `a socket that is refused is closed before a word is said`() async throws {
        let one = try await Bench(admits: false)
        var ones = one.facts.makeAsyncIterator()
        let stranger = try RawSocket(to: one.address)
        #expect(stranger.readToEnd(within: .seconds(5)) == [])
        #expect(try await ones.failed() == .inboundLimit)
        #expect(try await one.with { $0.count } == 0)
        try await one.close()
    }

    @Test func `above the hard limit sockets wait in the kernel's queue`() async throws {
        let one = try await Bench {
            $0.acceptedConnections.soft = 2
            $0.acceptedConnections.hard = 2
            $0.acceptedConnections.delay = .milliseconds(1)
            $0.handshakeTimeout = .seconds(30)
        }
        var ones = one.facts.makeAsyncIterator()
        func accepted(_ fact: Node.Input) -> ConnectionID? {
            if case .accepted(let id, _) = fact { id } else { nil }
        }
        let strangers = try (0..<3).map { _ in try RawSocket(to: one.address) }
        let first = try await ones.first(accepted)
        _ = try await ones.first(accepted)
        // The third is connected by the kernel, and not greeted.
        #expect(strangers[2].read(within: .milliseconds(200)) == .nothing)
        #expect(try await one.with { $0.count } == 2)
        try await one.with { $0.close(first, .stopping, flush: false) }
        _ = try await ones.first(accepted)
        #expect(strangers[2].read(within: .seconds(5)) != .nothing)
        try await one.close()
    }
}

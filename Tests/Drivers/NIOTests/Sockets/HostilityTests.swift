import Testing
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// Clients that only TCP is owed to: cut off in time, leaving nothing behind.
@Suite(.timeLimit(.minutes(1))) struct HostilityTests {
    private static let timeout: Duration = .milliseconds(300)

    private func bench() async throws -> Bench {
        try await Bench { $0.handshakeTimeout = Self.timeout }
    }

    @Test func `the silent are cut off at the handshake deadline`() async throws {
        let one = try await bench()
        var ones = one.facts.makeAsyncIterator()
        let start = ContinuousClock.now
        let strangers = try (0..<20).map { _ in try RawSocket(to: one.address) }
        for stranger in strangers {
            #expect(stranger.readToEnd(within: .seconds(5)) != nil)
        }
        #expect(start.duration(to: .now) >= Self.timeout)
        for _ in strangers { #expect(try await ones.failed() == .handshakeTimeout) }
        #expect(try await one.with { $0.count } == 0)
        try await one.close()
    }

    @Test func `drips do not move the deadline`() async throws {
        let one = try await bench()
        var ones = one.facts.makeAsyncIterator()
        let stranger = try RawSocket(to: one.address)
        let start = ContinuousClock.now
        // A message of 34 bytes announced, and a byte of it now and then.
        stranger.write([0x22])
        var isOver = false
        while !isOver, start.duration(to: .now) < .seconds(5) {
            stranger.write([0x0A])
            isOver = stranger.read(within: .milliseconds(30)) == .closed
        }
        #expect(isOver)
        #expect(start.duration(to: .now) < Self.timeout * 5)
        let reason = try await ones.failed()
        #expect(reason == .handshakeTimeout || reason == .badEphemeralKey)
        #expect(try await one.with { $0.count } == 0)
        try await one.close()
    }

    @Test func `one that stops after its key is cut off`() async throws {
        let one = try await bench()
        var ones = one.facts.makeAsyncIterator()
        let stranger = try RawSocket(to: one.address)
        stranger.write([0x22, 0x0A, 0x20] + Sodium.randomBytes(32))
        #expect(stranger.readToEnd(within: .seconds(5)) != nil)
        #expect(try await ones.failed() == .handshakeTimeout)
        try await one.close()
    }

    @Test func `one that is authenticated and says no NodeInfo is cut off`() async throws {
        let one = try await bench()
        var ones = one.facts.makeAsyncIterator()
        let peer = try RawPeer(to: one.address)
        try peer.shake()
        #expect(peer.isHungUp())
        let (reason, id) = try await ones.first { fact in
            if case .failed(_, let reason, let id) = fact { (reason, id) } else { nil }
        }
        #expect(reason == .handshakeTimeout)
        #expect(id == peer.key.id)
        try await one.close()
    }

    @Test(arguments: Seed.sweep(10))
    func `garbage is cut off with a reason`(seed: Seed) async throws {
        var random = seed.random
        let one = try await bench()
        var ones = one.facts.makeAsyncIterator()
        let stranger = try RawSocket(to: one.address)
        let garbage = (0..<1 + random.below(5000)).map { _ in UInt8(random.below(256)) }
        stranger.write(garbage)
        #expect(stranger.readToEnd(within: .seconds(5)) != nil)
        let reason = try await ones.failed()
        #expect(reason.isViolation || reason == .handshakeTimeout, "\(reason)")
        #expect(try await one.with { $0.count } == 0)
        try await one.close()
    }

    @Test func `one that hangs up in the middle is let go`() async throws {
        let one = try await bench()
        var ones = one.facts.makeAsyncIterator()
        do { try RawSocket(to: one.address).write([0x22, 0x0A]) }
        #expect([.closedByPeer, .resetByPeer].contains(try await ones.failed()))
        #expect(try await one.with { $0.count } == 0)
        try await one.close()
    }
}

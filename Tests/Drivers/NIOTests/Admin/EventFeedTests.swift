import NIOCore
import Testing
import WarrenNIO

/// Readers of `/events` that take what they asked for, and that do not.
@Suite(.timeLimit(.minutes(1))) struct EventFeedTests {
    /// Bytes that the kernel may hold for a reader that reads nothing: Linux's own limit on our
    /// side, which counts more than the bytes, so that what the reader's small window takes fits in.
    private static let kernelBytes = 4 << 20

    private static func request(_ more: String = "") -> [UInt8] {
        Array("GET /events?follow=false HTTP/1.1\r\nHost: x\r\n\(more)\r\n".utf8)
    }

    /// What a node has to tell after so many strangers came and went is asked for so often that
    /// the kernel cannot hold it all: no network of thousands is needed for that.
    @Test func `a reader that takes nothing is cut off, and one that takes all gets all`()
        async throws
    {
        var limits = AdminServer.Limits()
        limits.write = .milliseconds(300)
        limits.idle = .minutes(5)
        let subject = try await Subject(limits: limits)
        for _ in 0..<200 { _ = try RawSocket(to: subject.node.listenAddress) }
        var stock = 0
        let patience = ContinuousClock.now.advanced(by: .seconds(10))
        while stock < 100 << 10, ContinuousClock.now < patience {
            stock = try subject.body(of: "/events?follow=false").utf8.count
        }
        try #require(stock >= 100 << 10)
        let count = Self.kernelBytes / stock + 1
        let requests = (0..<count).flatMap { _ in Self.request() }

        let stalled = try RawSocket(to: subject.node.adminAddress, receiveBuffer: 4096)
        stalled.write(requests)
        // To write to one who has hung up fails; an empty line before a request means nothing.
        var isCut = false
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while !isCut, ContinuousClock.now < deadline {
            isCut = !stalled.write(Array("\r\n".utf8))
            _ = try subject.get("/healthz")
        }
        #expect(isCut, "nothing was taken, and nobody minded")
        // What the kernel took of it for the reader is all that ever comes.
        let rest = stalled.readToEnd(within: .seconds(10))?.count ?? 0
        #expect(rest < count * stock)

        let keen = try RawSocket(to: subject.node.adminAddress)
        keen.write(Self.request() + Self.request("Connection: close\r\n"))
        let all = try #require(keen.readToEnd(within: .seconds(20)))
        #expect(all.count > 2 * stock)
        await subject.stop()
    }
}

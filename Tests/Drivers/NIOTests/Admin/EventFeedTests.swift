import NIOCore
import Testing
import WarrenNIO

/// Readers of `/events`, while strangers come and go as fast as they can: each is worth some lines.
@Suite(.timeLimit(.minutes(2))) struct EventFeedTests {
    private static let request = Array("GET /events HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    /// Bytes that the kernel may hold for a reader that reads nothing: 4 MiB to send, as Linux has
    /// it by default, and what fits in the small window of the reader.
    private static let kernelBytes = 5 << 20

    @Test func `a reader that takes nothing is cut off, and one that keeps up is not`()
        async throws
    {
        var limits = AdminServer.Limits()
        limits.write = .milliseconds(300)
        limits.idle = .minutes(5)
        let subject = try await Subject(limits: limits)
        let stalled = try RawSocket(to: subject.node.adminAddress, receiveBuffer: 4096)
        let steady = try RawSocket(to: subject.node.adminAddress)
        for socket in [stalled, steady] { socket.write(Self.request) }
        var readCount = 0
        var isCut = false
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while !isCut, ContinuousClock.now < deadline {
            _ = try RawSocket(to: subject.node.listenAddress)
            while case .bytes(let bytes) = steady.read(within: .zero) { readCount += bytes.count }
            // To write to one who has hung up fails; an empty line before a request means nothing.
            isCut = !stalled.write(Array("\r\n".utf8))
            if readCount > 4 * Self.kernelBytes { break }
        }
        #expect(isCut, "\(readCount) bytes were told meanwhile")
        #expect(readCount > 64 << 10, "cut off before there was anything to take")
        #expect(steady.read(within: .zero) != .closed)
        #expect(steady.write(Array("\r\n".utf8)))
        await subject.stop()
    }
}

import Glibc
package import NIOCore
import NIOPosix
import WarrenPrimitives

/// Turns names into addresses with the system's resolver, off the event loop.
///
/// The seam for a resolver that reads TTL and SRV: until there is one, answers hold for
/// ``timeToLive`` and names without a port, which are SRV names, resolve to nothing.
/// Used on its event loop only.
package final class Resolver {
    /// How long an answer of the system's resolver is good for, which does not say itself.
    package static let timeToLive: Duration = .seconds(60)
    /// Lookups that run at once; a thread each, and only once the first name is asked for.
    package static let threadCount = 2
    /// Lookups that may wait; one more is answered with nothing, at once.
    package static let waitingLimit = 256
    /// Addresses taken from one answer.
    package static let addressLimit = 64

    package typealias Answer = ([HostPort]) -> Void

    private let loop: any EventLoop
    private let pool = NIOThreadPool(numberOfThreads: Resolver.threadCount)
    private var isStarted = false
    private var waitingCount = 0

    package init(loop: any EventLoop) { self.loop = loop }

    /// Answers on the event loop, never before this returns.
    package func resolve(host: String, port: UInt16?, answer: @escaping Answer) {
        loop.assertInEventLoop()
        guard let port, waitingCount < Self.waitingLimit else {
            loop.assumeIsolated().execute { answer([]) }
            return
        }
        if !isStarted {
            isStarted = true
            pool.start()
        }
        waitingCount += 1
        pool.runIfActive(eventLoop: loop) { Self.look(up: host, port: port) }
            .assumeIsolated()
            .whenComplete { result in
                self.waitingCount -= 1
                answer((try? result.get()) ?? [])
            }
    }

    package func stop() {
        if isStarted { pool.shutdownGracefully { _ in } }
    }

    /// Blocks until the system has an answer; empty when the name has no address.
    package static func look(up host: String, port: UInt16) -> [HostPort] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
        defer { unsafe freeaddrinfo(first) }
        var found: [HostPort] = []
        var next = unsafe first
        while let entry = unsafe next, found.count < addressLimit {
            unsafe next = unsafe entry.pointee.ai_next
            guard let ip = unsafe ip(of: entry) else { continue }
            let address = HostPort(ip: ip, port: port)
            if !found.contains(address) { found.append(address) }
        }
        return found
    }

    /// The address that the system found, by way of its text; nil for one with a zone.
    private static func ip(of entry: UnsafeMutablePointer<addrinfo>) -> IPAddress? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = unsafe getnameinfo(
            entry.pointee.ai_addr,
            entry.pointee.ai_addrlen,
            &text,
            socklen_t(text.count),
            nil,
            0,
            NI_NUMERICHOST
        )
        guard status == 0 else { return nil }
        let characters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return IPAddress(String(decoding: characters, as: UTF8.self))
    }
}

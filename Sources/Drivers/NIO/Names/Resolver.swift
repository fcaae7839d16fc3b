import Glibc
package import NIOCore
import NIOPosix
package import WarrenPrimitives

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
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
        defer { unsafe freeaddrinfo(first) }
        var found: [HostPort] = []
        var next = unsafe first
        while let entry = unsafe next, found.count < addressLimit {
            unsafe next = entry.pointee.ai_next
            guard let ip = unsafe IPAddress(entry.pointee.ai_addr) else { continue }
            let address = HostPort(ip: ip, port: port)
            if !found.contains(address) { found.append(address) }
        }
        return found
    }
}

extension IPAddress {
    /// The address in a socket address of IPv4 or IPv6; nil for other families.
    fileprivate init?(_ address: UnsafeMutablePointer<sockaddr>?) {
        guard let address = unsafe address else { return nil }
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET:
            let bits = unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
            }
            self.init(v4: bits)
        case AF_INET6:
            let words = unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                unsafe $0.pointee.sin6_addr.__in6_u.__u6_addr32
            }
            func half(_ first: UInt32, _ second: UInt32) -> UInt64 {
                UInt64(UInt32(bigEndian: first)) << 32 | UInt64(UInt32(bigEndian: second))
            }
            self.init(high: half(words.0, words.1), low: half(words.2, words.3))
        default: return nil
        }
    }
}

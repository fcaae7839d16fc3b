package import NIOCore
package import WarrenNode
package import WarrenPrimitives

/// Turns names into addresses, and SRV names into services, off the event loop.
///
/// The hosts file counts first, then the servers; names are taken as fully qualified. Used on its
/// event loop only, where each lookup is answered once: with what was found, or at ``stop()``.
/// Source: O§3.14.
package final class Resolver {
    /// How long what the hosts file says is good for, which does not say itself.
    package static let hostsTimeToLive: Duration = .seconds(60)
    /// Lookups that may wait; one more fails at once.
    package static let waitingLimit = 256
    /// Addresses, or services, taken from one answer.
    package static let addressLimit = 64

    /// How to look names up.
    package struct Settings: Hashable, Sendable {
        /// Whom to ask, in this order; nobody: whom the system asks.
        package var servers: [HostPort]
        package var families: Families
        /// A lookup's whole time, servers that do not answer included (O§3.14).
        package var timeout: Duration

        package init(
            servers: [HostPort] = [],
            families: Families = .both,
            timeout: Duration = .seconds(3)
        ) {
            self.servers = servers
            self.families = families
            self.timeout = timeout
        }
    }

    /// The kinds of address that are looked up.
    package enum Families: Hashable, Sendable, CaseIterable {
        case v4
        case v6
        case both

        /// Those that a node which listens on `ip` can dial (O§3.14); a socket on `[::]` takes both.
        package init(boundTo ip: IPAddress) {
            self = ip.v4 != nil ? .v4 : ip.isUnspecified ? .both : .v6
        }

        var kinds: [DNSAnswer.Kind] {
            switch self {
            case .v4: [.a]
            case .v6: [.aaaa]
            case .both: [.a, .aaaa]
            }
        }
    }

    package enum Outcome: Hashable, Sendable {
        /// None when the name exists and has none.
        case addresses([HostPort], ttl: Duration)
        case services([Node.ServiceRecord], ttl: Duration)
        case noSuchName
        /// No server answered in time, or none with sense.
        case failed

        /// The same for the node.
        package func input(for lookup: Node.LookupID) -> Node.Input {
            switch self {
            case .addresses(let addresses, let ttl): .resolved(lookup, addresses, ttl: ttl)
            case .services(let records, let ttl): .services(lookup, records, ttl: ttl)
            case .noSuchName: .unresolved(lookup, .noSuchName)
            case .failed: .unresolved(lookup, .noAnswer)
            }
        }
    }

    package typealias Answer = (Outcome) -> Void

    private let loop: any EventLoop
    private let settings: Settings
    /// Made for the first name that must be asked for.
    private var thread: LookupThread?
    private var waiting: [UInt64: Answer] = [:]
    private var lastID: UInt64 = 0
    /// Completes when the thread has ended; nil until ``stop()``.
    private var ended: EventLoopFuture<Void>?

    package init(loop: any EventLoop, settings: Settings = Settings()) {
        self.loop = loop
        self.settings = settings
    }

    /// Looks up the addresses of `host`, or without a port its SRV records.
    ///
    /// Answers on the event loop, never before this returns.
    package func resolve(host: String, port: UInt16?, answer: @escaping Answer) {
        loop.assertInEventLoop()
        if let ip = IPAddress(host) {
            let found = port.map { [HostPort(ip: ip, port: $0)] } ?? []
            return soon(answer, .addresses(found, ttl: Self.hostsTimeToLive))
        }
        guard ended == nil, waiting.count < Self.waitingLimit, let thread = startedThread() else {
            return soon(answer, .failed)
        }
        lastID += 1
        waiting[lastID] = answer
        let question = Lookup.Question(host: host, port: port, settings: settings)
        let bound = NIOLoopBound(self, eventLoop: loop)
        thread.add(
            .init(id: lastID, question: question) { [loop] id, outcome in
                loop.execute { bound.value.hear(id, outcome) }
            }
        )
    }

    private func hear(_ id: UInt64, _ outcome: Outcome) {
        waiting.removeValue(forKey: id)?(outcome)
    }

    private func soon(_ answer: @escaping Answer, _ outcome: Outcome) {
        loop.assumeIsolated().execute { answer(outcome) }
    }

    private func startedThread() -> LookupThread? {
        if thread == nil { thread = LookupThread() }
        return thread
    }

    /// Ends every lookup, each of which is answered with a failure before this returns.
    ///
    /// - Returns: What completes when no thread is left, before which the loop must not end.
    @discardableResult
    package func stop() -> EventLoopFuture<Void> {
        loop.assertInEventLoop()
        if let ended { return ended }
        let end = loop.makePromise(of: Void.self)
        ended = end.futureResult
        if let thread { thread.stop { end.succeed() } } else { end.succeed() }
        thread = nil
        let left = waiting.sorted { $0.key < $1.key }
        waiting = [:]
        for (_, answer) in left { answer(.failed) }
        return end.futureResult
    }
}

import CAres
import Glibc
import WarrenNode
import WarrenPrimitives

/// One name being looked up with c-ares, on the thread of ``LookupThread`` and nowhere else.
///
/// It has a channel of its own, made of what `/etc/resolv.conf` says at that moment. The channel
/// holds the lookup from ``begin()`` to ``end()``, within which c-ares calls back for the last time:
/// so c-ares never calls one that is gone. Whoever begins a lookup ends it, lest the channel stay.
@safe final class Lookup {
    /// What to look up; a value, made on the event loop.
    struct Question: Sendable {
        var host: String
        /// Nil: SRV records are wanted.
        var port: UInt16?
        var settings: Resolver.Settings
    }

    let id: UInt64
    let giveUpAt: ContinuousClock.Instant
    /// What came of it; nil while servers are being waited for.
    private(set) var outcome: Resolver.Outcome?
    /// The sockets of c-ares, and what each waits for.
    private(set) var sockets: [Int32: Int16] = [:]

    private let question: Question
    /// Made by ``begin()``, destroyed by ``end()``; it owns one reference to this lookup.
    private var channel: ares_channel?
    /// Questions that were not answered yet, one for each kind of record.
    private var openCount = 0
    private var answers: [DNSAnswer] = []
    private var wasUnknown = false
    private var hasFailed = false

    /// Asks at once; there may be an outcome when this returns.
    init(id: UInt64, question: Question, now: ContinuousClock.Instant) {
        self.id = id
        self.question = question
        giveUpAt = now.advanced(by: question.settings.timeout)
    }

    /// c-ares was made ready, which must happen once, before threads do anything else with it.
    private static let isReady = warren_dns_start() != 0

    func begin() {
        precondition(unsafe channel == nil, "a lookup begins once")
        let milliseconds = Int32(clamping: question.settings.timeout.wholeMilliseconds)
        let servers = question.settings.servers.map { "\($0)" }.joined(separator: ",")
        guard Self.isReady else { return outcome = .failed }
        let holder = unsafe Unmanaged.passRetained(self)
        let context = unsafe holder.toOpaque()
        // The second try waits twice as long as the first: together a lookup's whole time.
        unsafe channel = warren_dns_open(
            max(1, milliseconds / 3),
            2,
            servers.isEmpty ? nil : servers,
            { context, socket, isReading, isWriting in
                guard let context = unsafe context else { return }
                let lookup = unsafe Unmanaged<Lookup>.fromOpaque(context).takeUnretainedValue()
                lookup.watch(socket, reading: isReading != 0, writing: isWriting != 0)
            },
            context
        )
        guard let channel = unsafe channel else {
            unsafe holder.release()
            return outcome = .failed
        }
        var kinds: [DNSAnswer.Kind] = [.srv]
        if let port = question.port {
            let found = unsafe hosts(channel)
            if !found.isEmpty {
                let addresses = found.map { HostPort(ip: $0, port: port) }
                return outcome = .addresses(addresses, ttl: Resolver.hostsTimeToLive)
            }
            kinds = question.settings.families.kinds
        }
        openCount = kinds.count
        for kind in kinds { unsafe ask(kind, channel, context) }
    }

    private func ask(
        _ kind: DNSAnswer.Kind,
        _ channel: ares_channel,
        _ context: UnsafeMutableRawPointer
    ) {
        let type = Int32(kind.rawValue)
        // A C function carries nothing along, so there is one for each kind.
        switch kind {
        case .a:
            unsafe warren_dns_ask(
                channel,
                question.host,
                type,
                { context, status, _, bytes, count in
                    unsafe Lookup.hear(.a, context, status, bytes, count)
                },
                context
            )
        case .aaaa:
            unsafe warren_dns_ask(
                channel,
                question.host,
                type,
                { context, status, _, bytes, count in
                    unsafe Lookup.hear(.aaaa, context, status, bytes, count)
                },
                context
            )
        case .srv:
            unsafe warren_dns_ask(
                channel,
                question.host,
                type,
                { context, status, _, bytes, count in
                    unsafe Lookup.hear(.srv, context, status, bytes, count)
                },
                context
            )
        }
    }

    /// What the hosts file says of the name, in the families that are wanted.
    private func hosts(_ channel: ares_channel) -> [IPAddress] {
        var found: [IPAddress] = []
        for kind in question.settings.families.kinds {
            let length = kind == .aaaa ? 16 : 4
            var bytes = [UInt8](repeating: 0, count: length * Resolver.addressLimit)
            let count = unsafe warren_dns_hosts(
                channel,
                question.host,
                kind == .aaaa ? 1 : 0,
                &bytes,
                Int32(Resolver.addressLimit)
            )
            for index in 0..<Int(count) {
                let part = bytes[(index * length)..<((index + 1) * length)]
                let v4 = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                found.append(kind == .aaaa ? IPAddress(part) : IPAddress(v4: v4))
            }
        }
        return found
    }

    // MARK: - Sockets and time

    private func watch(_ socket: Int32, reading: Bool, writing: Bool) {
        let events = (reading ? Int16(POLLIN) : 0) | (writing ? Int16(POLLOUT) : 0)
        sockets[socket] = events == 0 ? nil : events
    }

    /// When to call ``process(_:)`` at the latest, in milliseconds from now.
    func patience(now: ContinuousClock.Instant) -> Int32 {
        let left = Int32(clamping: now.duration(to: giveUpAt).wholeMilliseconds)
        guard left > 0, let channel = unsafe channel else { return 0 }
        return unsafe warren_dns_wait(channel, left)
    }

    /// Lets c-ares read and write where it can, and look at its clock.
    func process(_ ready: [pollfd], now: ContinuousClock.Instant) {
        guard outcome == nil, let channel = unsafe channel else { return }
        var hasMoved = false
        for entry in ready where entry.revents != 0 && sockets[entry.fd] != nil {
            let failed = Int16(POLLERR | POLLHUP | POLLNVAL)
            let reads = entry.revents & (Int16(POLLIN) | failed) != 0
            let writes = entry.revents & Int16(POLLOUT) != 0
            unsafe ares_process_fd(channel, reads ? entry.fd : -1, writes ? entry.fd : -1)
            hasMoved = true
        }
        if !hasMoved { unsafe ares_process_fd(channel, -1, -1) }
        if outcome == nil, now >= giveUpAt { giveUp() }
    }

    /// Time is up: what one kind of record brought counts though the other had no answer.
    private func giveUp() {
        hasFailed = true
        outcome = conclusion
    }

    /// Gives everything back to c-ares; what was not answered never will be.
    ///
    /// A second call does nothing.
    func end() {
        if outcome == nil { giveUp() }
        guard let ending = unsafe channel else { return }
        unsafe channel = nil
        unsafe ares_destroy(ending)
        // c-ares has let go of all that it had, the reference of ``begin()`` among it.
        unsafe Unmanaged.passUnretained(self).release()
    }

    // MARK: - Answers

    private static func hear(
        _ kind: DNSAnswer.Kind,
        _ context: UnsafeMutableRawPointer?,
        _ status: Int32,
        _ bytes: UnsafeMutablePointer<UInt8>?,
        _ count: Int32
    ) {
        guard let context = unsafe context else { return }
        let lookup = unsafe Unmanaged<Lookup>.fromOpaque(context).takeUnretainedValue()
        // Without an answer there are no bytes.
        let length = unsafe bytes == nil ? 0 : Int(max(0, count))
        let message = unsafe Array(UnsafeBufferPointer(start: bytes, count: length))
        lookup.hear(kind, status, message)
    }

    private func hear(_ kind: DNSAnswer.Kind, _ status: Int32, _ message: [UInt8]) {
        openCount -= 1
        switch warren_dns_status(status) {
        case Int32(WARREN_DNS_ANSWERED.rawValue):
            if let answer = try? DNSAnswer(message, kind: kind) {
                answers.append(answer)
            } else {
                hasFailed = true
            }
        case Int32(WARREN_DNS_NO_RECORD.rawValue): break
        case Int32(WARREN_DNS_NO_SUCH_NAME.rawValue): wasUnknown = true
        default: hasFailed = true
        }
        if openCount == 0, outcome == nil { outcome = conclusion }
    }

    /// What all answers say together: what was found counts, then errors, then that there is
    /// nothing.
    private var conclusion: Resolver.Outcome {
        let ttl = answers.map(\.ttl).max() ?? .zero
        let services = answers.flatMap(\.services)
        if !services.isEmpty {
            return .services(Array(services.prefix(Resolver.addressLimit)), ttl: ttl)
        }
        var addresses: [HostPort] = []
        for ip in answers.flatMap(\.addresses) where addresses.count < Resolver.addressLimit {
            let address = HostPort(ip: ip, port: question.port ?? 0)
            if !addresses.contains(address) { addresses.append(address) }
        }
        if !addresses.isEmpty { return .addresses(addresses, ttl: ttl) }
        if hasFailed { return .failed }
        return wasUnknown ? .noSuchName : .addresses([], ttl: .zero)
    }
}

extension Duration {
    /// Rounded up, and no more than a month either way.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let part = attoseconds / 1_000_000_000_000_000
        let rest: Int64 = attoseconds % 1_000_000_000_000_000 > 0 ? 1 : 0
        return min(max(seconds, -2_592_000), 2_592_000) * 1000 + part + rest
    }
}

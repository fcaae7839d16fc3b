import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// A lifecycle with one peer, its credit, and the test as that peer.
struct LifecycleBench {
    static let peer = PeerID(rawValue: 1)
    static let hello = Lifecycle.Hello(diffusionMode: .initiatorAndResponder, sharesPeers: true)

    var subject: Lifecycle
    var now = Instant.epoch.advanced(by: .seconds(1000))
    var random = Random(seed: 7)
    var credit = Credit()
    var sent: [LifecycleMessage] = []
    var reports: [Lifecycle.Report] = []
    var stops: [CloseReason] = []

    init(hello: Lifecycle.Hello = Self.hello) {
        subject = Lifecycle(settings: .init(hello: hello))
    }

    /// A bench whose peer is there and greeted, with what that led to set aside.
    static func greeted() -> LifecycleBench {
        var bench = LifecycleBench()
        bench.connect()
        bench.receive(.hello(Self.hello))
        guard case .keepAlive(let cookie) = bench.sent.last else { return bench }
        bench.receive(.keepAliveReply(cookie: cookie))
        bench.forget()
        return bench
    }

    mutating func forget() {
        sent = []
        reports = []
        stops = []
    }

    static func peer(channels: [ChannelID] = [.lifecycle]) -> Peer {
        Peer(
            id: Self.peer,
            nodeID: id,
            moniker: "peer",
            channels: channels,
            isOutbound: true,
            isPersistent: false,
            isUnconditional: false,
            connection: .dialed(1),
            remote: SocketAddress(ip: IPAddress(v4: 1), port: 1),
            listenAddress: nil
        )
    }

    private static var id: NodeID {
        guard let id = NodeID([UInt8](repeating: 1, count: 20)) else {
            preconditionFailure("an id has 20 bytes")
        }
        return id
    }

    mutating func connect(channels: [ChannelID] = [.lifecycle]) {
        let peer = Self.peer(channels: channels)
        tell(.initPeer(peer))
        if channels.contains(.lifecycle) { credit.open(peer.id, subject.channels[0]) }
        tell(.addPeer(peer))
    }

    mutating func receive(_ message: LifecycleMessage) { receive(message.bytes) }

    mutating func receive(_ bytes: [UInt8]) {
        tell(.receive(.lifecycle, bytes, from: Self.peer))
    }

    mutating func tell(_ event: ReactorEvent) {
        run { bench, outbox in
            bench.subject.handle(event, now: bench.now, random: &bench.random, into: &outbox)
        }
    }

    @discardableResult
    mutating func use(_ level: Lifecycle.Level) -> Bool {
        var answer = false
        run { bench, outbox in
            let now = bench.now
            answer = bench.subject.use(
                Self.peer,
                level,
                now: now,
                random: &bench.random,
                into: &outbox
            )
        }
        return answer
    }

    mutating func release() {
        run { bench, outbox in
            let now = bench.now
            bench.subject.release(Self.peer, now: now, random: &bench.random, into: &outbox)
        }
    }

    /// Lets the queue drain wholly.
    mutating func drain() {
        if credit.restore(Self.peer, .lifecycle, messages: 100, bytes: 1 << 20) {
            tell(.sendable(.lifecycle, Self.peer))
        }
    }

    /// Fills the queue, so that nothing more goes out.
    mutating func fill() {
        while credit.spend(Self.peer, .lifecycle, bytes: 0) {}
    }

    mutating func advance(to instant: Instant) {
        now = instant
        tell(.deadline)
    }

    /// Lets time pass, answering keep-alives on the way.
    mutating func advance(until end: Instant) {
        while let due = subject.nextDeadline, due <= end {
            advance(to: max(now, due))
            if case .keepAlive(let cookie) = sent.last {
                sent = []
                receive(.keepAliveReply(cookie: cookie))
                drain()
                _ = credit.restore(Self.peer, .lifecycle, messages: 1, bytes: 100)
            }
        }
        now = end
    }

    mutating func pass(_ duration: Duration) { advance(to: now.advanced(by: duration)) }

    private mutating func run(
        _ body: (inout LifecycleBench, inout Outbox<Lifecycle.Report>) -> Void
    ) {
        var outbox = Outbox<Lifecycle.Report>(credit: credit)
        body(&self, &outbox)
        credit = outbox.credit
        for effect in outbox.effects {
            switch effect {
            case .send(_, _, let bytes):
                if let message = try? LifecycleMessage(bytes.span) {
                    sent.append(message)
                } else {
                    Issue.record("sent what it cannot read: \(bytes)")
                }
            case .stop(_, let reason, _): stops.append(reason)
            case .report(let report): reports.append(report)
            case .note: break
            }
        }
    }
}

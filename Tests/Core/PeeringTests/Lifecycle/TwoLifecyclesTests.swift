import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

/// Two lifecycles that hear each other after a while, over queues of two messages.
private struct Talk {
    var ends: [Lifecycle]
    var credits = [Credit(), Credit()]
    var reports: [[Lifecycle.Report]] = [[], []]
    var stops: [CloseReason] = []
    var now = Instant.epoch
    var random: Random
    private var lines: [[(at: Instant, bytes: [UInt8])]] = [[], []]
    private let peer = LifecycleBench.peer

    init(random: Random) {
        self.random = random
        ends = [DiffusionMode.initiatorOnly, .initiatorAndResponder].map {
            Lifecycle(settings: .init(hello: .init(diffusionMode: $0, sharesPeers: true)))
        }
        for end in 0...1 {
            let channel = ChannelDescriptor(id: .lifecycle, sendQueueLimit: 2)
            run(end) { $0.tell(.initPeer(LifecycleBench.peer()), now: $1, random: &$2, into: &$3) }
            credits[end].open(peer, channel)
            run(end) { $0.tell(.addPeer(LifecycleBench.peer()), now: $1, random: &$2, into: &$3) }
        }
    }

    typealias Body = (
        inout Lifecycle, Instant, inout Random, inout Outbox<Lifecycle.Report>
    ) -> Void

    mutating func run(_ end: Int, _ body: Body) {
        var outbox = Outbox<Lifecycle.Report>(credit: credits[end])
        body(&ends[end], now, &random, &outbox)
        credits[end] = outbox.credit
        for effect in outbox.effects {
            switch effect {
            case .send(_, _, let bytes):
                let delay = random.duration(from: .zero, to: .milliseconds(200))
                let at = max(now.advanced(by: delay), lines[1 - end].last?.at ?? now)
                lines[1 - end].append((at, bytes))
            case .stop(_, let reason, _): stops.append(reason)
            case .report(let report): reports[end].append(report)
            case .note: break
            }
        }
    }

    /// Delivers and wakes until `end`.
    mutating func advance(by duration: Duration) {
        let end = now.advanced(by: duration)
        while let due = soonest(
            lines[0].first?.at,
            lines[1].first?.at,
            ends[0].nextDeadline,
            ends[1].nextDeadline
        ), due <= end {
            now = max(now, due)
            for side in 0...1 {
                run(side) { $0.tell(.deadline, now: $1, random: &$2, into: &$3) }
                guard let first = lines[side].first, first.at <= now else { continue }
                lines[side].removeFirst()
                let bytes = first.bytes
                run(side) {
                    let event = ReactorEvent.receive(.lifecycle, bytes, from: LifecycleBench.peer)
                    $0.tell(event, now: $1, random: &$2, into: &$3)
                }
                let size = bytes.count
                guard credits[1 - side].restore(peer, .lifecycle, messages: 1, bytes: size) else {
                    continue
                }
                run(1 - side) {
                    let event = ReactorEvent.sendable(.lifecycle, LifecycleBench.peer)
                    $0.tell(event, now: $1, random: &$2, into: &$3)
                }
            }
        }
        now = end
    }
}

extension Lifecycle {
    fileprivate mutating func tell(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        handle(event, now: now, random: &random, into: &outbox)
    }
}

@Suite struct `Two lifecycles in memory` {
    @Test(arguments: Seed.sweep(200))
    func `greet, keep each other alive, and agree on use`(seed: Seed) {
        var talk = Talk(random: seed.random)
        var random = seed.random.fork(1)
        for _ in 0..<60 {
            let end = random.below(2)
            let level = Lifecycle.Level.allCases[random.below(3)]
            talk.run(end) { subject, now, random, outbox in
                subject.use(
                    LifecycleBench.peer,
                    level,
                    now: now,
                    random: &random,
                    into: &outbox
                )
            }
            talk.advance(by: random.duration(from: .zero, to: .seconds(2)))
        }
        talk.advance(by: .seconds(25))
        #expect(talk.stops.isEmpty)
        for end in 0...1 {
            let reports = talk.reports[end]
            #expect(
                talk.ends[end].level(LifecycleBench.peer)
                    == talk.ends[1 - end].usedBy(LifecycleBench.peer)
            )
            let hellos = reports.compactMap { report -> Lifecycle.Hello? in
                if case .hello(_, let hello) = report { hello } else { nil }
            }
            #expect(hellos == [talk.ends[1 - end].settings.hello])
            let trips = reports.filter { if case .roundTrip = $0 { true } else { false } }
            #expect(trips.count >= 2)
            let claimed = reports.compactMap { report -> Lifecycle.Level? in
                if case .acknowledged(_, let level) = report { level } else { nil }
            }
            #expect(claimed.last == talk.ends[end].level(LifecycleBench.peer))
        }
    }
}

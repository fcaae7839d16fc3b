import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A circle's policy with what a node would keep for it: connections, dials and time.
struct CircleRig {
    enum Policy {
        case ensurePeers(EnsurePeers)
        case staticTopology(StaticTopology)

        var circle: Circle {
            switch self {
            case .ensurePeers(let policy): policy.circle
            case .staticTopology(let policy): policy.circle
            }
        }

        var nextDeadline: Instant? {
            switch self {
            case .ensurePeers(let policy): policy.nextDeadline
            case .staticTopology(let policy): policy.nextDeadline
            }
        }
    }

    var policy: Policy
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var random: Random
    var effects: [Circle.Effect] = []
    /// Outbound connections and dials of others than the policy.
    var outbound = 0
    var dialing = 0

    static func ensurePeers(
        limit: Int = 4,
        pace: Int = 1,
        seed: UInt64 = 1
    ) -> CircleRig {
        var settings = EnsurePeers.Settings()
        settings.outboundLimit = limit
        settings.pace = pace
        return CircleRig(
            policy: .ensurePeers(EnsurePeers(settings: settings)),
            random: Random(seed: seed)
        )
    }

    static func staticTopology(dialPeriodLimit: Duration = .zero) -> CircleRig {
        var settings = Circle.Settings()
        settings.dialPeriodLimit = dialPeriodLimit
        return CircleRig(
            policy: .staticTopology(StaticTopology(settings: settings)),
            random: Random(seed: 1)
        )
    }

    var circle: Circle { policy.circle }

    /// What the policy wants, at once.
    @discardableResult
    mutating func feed(_ input: Circle.Input) -> [Circle.Effect] {
        var wanted: [Circle.Effect] = []
        switch policy {
        case .ensurePeers(var inner):
            inner.handle(input, now: now, random: &random, into: &wanted)
            policy = .ensurePeers(inner)
        case .staticTopology(var inner):
            inner.handle(input, now: now, random: &random, into: &wanted)
            policy = .staticTopology(inner)
        }
        #expect(circle.complaint == nil)
        effects += wanted
        return wanted
    }

    /// Time passes up to the policy's next deadline; what it wants then.
    @discardableResult
    mutating func wait() -> [Circle.Effect] {
        now = max(now, policy.nextDeadline ?? now)
        return feed(.deadline(outbound: outbound, dialing: dialing))
    }

    mutating func pass(_ duration: Duration) { now = now.advanced(by: duration) }

    /// Dials succeed, hellos are said.
    mutating func connect(_ peer: PeerID, isOutbound: Bool = true, canBeHot: Bool = true) {
        feed(.connected(peer, isOutbound: isOutbound))
        feed(.ready(peer, canBeHot: canBeHot, sharesPeers: true, bookNeedsMore: false))
        if isOutbound { outbound += 1 }
    }

    func temperature(_ peer: PeerID) -> Temperature {
        circle.known[peer]?.temperature ?? .unknown
    }
}

func handle(_ number: UInt32) -> PeerID { PeerID(rawValue: number) }

extension [Circle.Effect] {
    var dials: [PeerID] {
        compactMap { effect in
            guard case .dial(let peer, _) = effect else { return nil }
            return peer
        }
    }
    var asks: [PeerID] {
        compactMap { effect in
            guard case .ask(let peer) = effect else { return nil }
            return peer
        }
    }
}

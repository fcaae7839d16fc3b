import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Who decides whom to connect to.
///
/// The governor or ensure-peers, as configured; without P2P the static topology; on a seed the
/// crawler. Source: design §5.
enum PeerManager: Sendable {
    case governor(Governor)
    case crawler(Crawler)
    case ensurePeers(EnsurePeers)
    case staticTopology(StaticTopology)

    init(_ configuration: NodeConfiguration) {
        switch (configuration.enablesP2P, configuration.role, configuration.peerManager) {
        case (false, _, _):
            self = .staticTopology(StaticTopology(settings: configuration.circleSettings))
        case (true, .seed, _):
            self = .crawler(Crawler(settings: configuration.crawlerSettings, now: .epoch))
        case (true, .relay, .ensurePeers), (true, .blockProducer, .ensurePeers):
            self = .ensurePeers(EnsurePeers(settings: configuration.ensurePeersSettings))
        case (true, .relay, .governor), (true, .blockProducer, .governor):
            self = .governor(Governor(settings: configuration.governorSettings))
        }
    }

    var nextDeadline: Instant? {
        switch self {
        case .governor(let governor): governor.nextDeadline
        case .crawler(let crawler): crawler.nextDeadline
        case .ensurePeers(let policy): policy.nextDeadline
        case .staticTopology(let policy): policy.nextDeadline
        }
    }

    var governor: Governor? {
        switch self {
        case .governor(let governor): governor
        case .crawler, .ensurePeers, .staticTopology: nil
        }
    }

    /// The governor's counts, in the shape of the targets that ask for them.
    var counts: Targets? {
        switch self {
        case .governor(let governor): governor.counters.asTargets
        case .crawler, .ensurePeers, .staticTopology: nil
        }
    }

    /// Whom a policy knows that uses every connection to the full.
    var circle: Circle? {
        switch self {
        case .ensurePeers(let policy): policy.circle
        case .staticTopology(let policy): policy.circle
        case .governor, .crawler: nil
        }
    }

    var targets: Targets {
        switch self {
        case .governor(let governor): governor.targets
        case .crawler: .none
        case .ensurePeers(let policy): policy.circle.targets
        case .staticTopology(let policy): policy.circle.targets
        }
    }

    /// How many peers it knows.
    var knownCount: Int { governor?.known.count ?? circle?.known.count ?? 0 }

    func knows(_ peer: PeerID) -> Bool {
        governor?.knows(peer) ?? circle?.knows(peer) ?? false
    }

    /// True for a peer that is warm or hot.
    func isEstablished(_ peer: PeerID) -> Bool {
        let temperature = governor?.known[peer]?.temperature ?? circle?.known[peer]?.temperature
        return temperature.map { $0 > .cold } ?? false
    }

    /// Peers that it knows, or may learn though it does not know them yet.
    var heldPeers: [PeerID] {
        switch self {
        case .governor(let governor): governor.known.ids + governor.namedPeers
        case .crawler: []
        case .ensurePeers(let policy): policy.circle.known.ids + policy.circle.namedPeers
        case .staticTopology(let policy): policy.circle.known.ids + policy.circle.namedPeers
        }
    }

    /// True for a peer that its group keeps from being named to others.
    func isWithheld(_ peer: PeerID) -> Bool {
        switch self {
        case .governor(let governor):
            governor.known.read(peer) { $0.advertise == .withheld } ?? false
        case .crawler: false
        case .ensurePeers(let policy): policy.circle.known[peer]?.isWithheld ?? false
        case .staticTopology(let policy): policy.circle.known[peer]?.isWithheld ?? false
        }
    }

    mutating func feedGovernor(
        _ input: Governor.Input,
        now: Instant,
        random: inout Random,
        into agenda: inout Agenda
    ) {
        switch consume self {
        case .governor(var governor):
            var wanted: [Governor.Effect] = []
            governor.handle(input, now: now, random: &random, into: &wanted)
            for effect in wanted { agenda.append(.governorEffect(effect)) }
            self = .governor(governor)
        case .crawler(let crawler): self = .crawler(crawler)
        case .ensurePeers(let policy): self = .ensurePeers(policy)
        case .staticTopology(let policy): self = .staticTopology(policy)
        }
    }

    mutating func feedCrawler(
        _ input: Crawler.Input,
        now: Instant,
        into agenda: inout Agenda
    ) {
        switch consume self {
        case .crawler(var crawler):
            var wanted: [Crawler.Effect] = []
            crawler.handle(input, now: now, into: &wanted)
            for effect in wanted { agenda.append(.crawlerEffect(effect)) }
            self = .crawler(crawler)
        case .governor(let governor): self = .governor(governor)
        case .ensurePeers(let policy): self = .ensurePeers(policy)
        case .staticTopology(let policy): self = .staticTopology(policy)
        }
    }

    mutating func feedCircle(
        _ input: Circle.Input,
        now: Instant,
        random: inout Random,
        into agenda: inout Agenda
    ) {
        var wanted: [Circle.Effect] = []
        switch consume self {
        case .ensurePeers(var policy):
            policy.handle(input, now: now, random: &random, into: &wanted)
            self = .ensurePeers(policy)
        case .staticTopology(var policy):
            policy.handle(input, now: now, random: &random, into: &wanted)
            self = .staticTopology(policy)
        case .governor(let governor): self = .governor(governor)
        case .crawler(let crawler): self = .crawler(crawler)
        }
        for effect in wanted { agenda.append(.circleEffect(effect)) }
    }
}

import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Who decides whom to connect to.
///
/// The governor or ensure-peers, as configured; without P2P the static topology; on a seed the
/// crawler. Source: design §5.
///
/// The governor, large and told of something by most inputs, is looked at and changed where it
/// stands: out of an enum it would be copied for every question, and moved out and in for every
/// change.
struct PeerManager: Sendable {
    enum Policy: Sendable {
        case governor
        case crawler(Crawler)
        case ensurePeers(EnsurePeers)
        case staticTopology(StaticTopology)
    }

    /// There is one exactly if the policy says so.
    private(set) var governor: Governor?
    private(set) var policy: Policy

    init(_ configuration: NodeConfiguration) {
        switch (configuration.enablesP2P, configuration.role, configuration.peerManager) {
        case (false, _, _):
            policy = .staticTopology(StaticTopology(settings: configuration.circleSettings))
        case (true, .seed, _):
            policy = .crawler(Crawler(settings: configuration.crawlerSettings, now: .epoch))
        case (true, .relay, .ensurePeers), (true, .blockProducer, .ensurePeers):
            policy = .ensurePeers(EnsurePeers(settings: configuration.ensurePeersSettings))
        case (true, .relay, .governor), (true, .blockProducer, .governor):
            policy = .governor
            governor = Governor(settings: configuration.governorSettings)
        }
    }

    var nextDeadline: Instant? {
        switch policy {
        case .governor: governor?.nextDeadline
        case .crawler(let crawler): crawler.nextDeadline
        case .ensurePeers(let policy): policy.nextDeadline
        case .staticTopology(let policy): policy.nextDeadline
        }
    }

    /// The governor's counts, in the shape of the targets that ask for them.
    var counts: Targets? { governor?.counters.asTargets }

    /// Whom a policy knows that uses every connection to the full.
    var circle: Circle? {
        switch policy {
        case .ensurePeers(let policy): policy.circle
        case .staticTopology(let policy): policy.circle
        case .governor, .crawler: nil
        }
    }

    var targets: Targets {
        switch policy {
        case .governor: governor?.targets ?? .none
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
        switch policy {
        case .governor: governor.map { $0.known.ids + $0.namedPeers } ?? []
        case .crawler: []
        case .ensurePeers(let policy): policy.circle.known.ids + policy.circle.namedPeers
        case .staticTopology(let policy): policy.circle.known.ids + policy.circle.namedPeers
        }
    }

    /// False if ``isWithheld(_:)`` holds of nobody; else it may hold of someone.
    var withholdsSomeone: Bool {
        switch policy {
        case .governor: (governor?.withheldCount ?? 0) > 0
        case .crawler: false
        case .ensurePeers, .staticTopology: true
        }
    }

    /// True for a peer that its group keeps from being named to others.
    func isWithheld(_ peer: PeerID) -> Bool {
        switch policy {
        case .governor: governor?.known.read(peer) { $0.advertise == .withheld } ?? false
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
        var wanted: [Governor.Effect] = []
        governor?.handle(input, now: now, random: &random, into: &wanted)
        for effect in wanted { agenda.append(.governorEffect(effect)) }
    }

    mutating func feedCrawler(
        _ input: Crawler.Input,
        now: Instant,
        into agenda: inout Agenda
    ) {
        guard case .crawler(var crawler) = policy else { return }
        // Moved, not shared: what it holds would be copied by its first change.
        policy = .governor
        var wanted: [Crawler.Effect] = []
        crawler.handle(input, now: now, into: &wanted)
        for effect in wanted { agenda.append(.crawlerEffect(effect)) }
        policy = .crawler(crawler)
    }

    mutating func feedCircle(
        _ input: Circle.Input,
        now: Instant,
        random: inout Random,
        into agenda: inout Agenda
    ) {
        var wanted: [Circle.Effect] = []
        switch policy {
        case .ensurePeers(var circle):
            policy = .governor
            circle.handle(input, now: now, random: &random, into: &wanted)
            policy = .ensurePeers(circle)
        case .staticTopology(var circle):
            policy = .governor
            circle.handle(input, now: now, random: &random, into: &wanted)
            policy = .staticTopology(circle)
        case .governor, .crawler: return
        }
        for effect in wanted { agenda.append(.circleEffect(effect)) }
    }
}

import WarrenObservation
package import WarrenPrimitives

/// CometBFT's own policy: keep a number of outbound connections, and ask who else there is.
///
/// ```
///   every period, and on wake-up
///        │ outbound + dialing < MaxNumOutboundPeers
///        ▼
///   .drawFromBook ──▶ .drawn ──▶ dial them all
///                        └─ the book has too few ──▶ ask one peer (not on wake-up)
///                                               └──▶ nobody drawn: ask the seeds
/// ```
///
/// Local roots and persistent peers are kept besides, by the reconnect schedule; they count
/// against the number of outbound connections and are not held to it, as upstream. Back-off and
/// giving up after 16 failed dials are the address book's, which forgets neither on a restart;
/// persistent peers are never given up, and only the switch dials them.
///
/// What differs from CometBFT, on purpose (C§12 "slow discovery"): any answer with news wakes, not
/// only a seed's; when the last dial of a round failed, there is another round a second later; a
/// mostly excluded book is walked, not only picked from; and seeds that tell nothing new are asked
/// less and less often, as the governor does, but every period while nobody is connected. As upstream should have, a wake-up never
/// asks (issue 4620), and seeds' answers go through the same limit as all others (486).
/// Source: C§7.
package struct EnsurePeers: Sendable, Equatable {
    package private(set) var circle: Circle
    private let settings: Settings
    private var nextRoundAt: Instant?
    /// A run that asks nobody, besides those of every period.
    private var wakeAt: Instant?
    private var round = Round.none
    private var seedRequest = Governor.Request()
    private var seedAskedAt: Instant?

    package struct Settings: Hashable, Sendable {
        package var outboundLimit = 10
        /// How much faster than upstream rounds come.
        package var pace = 1
        package var circle = Circle.Settings()
        package init() {}
    }

    /// Time between rounds at pace 1 (C§7.2).
    package static let period: Duration = .seconds(30)
    /// How soon a round follows one whose dials all failed.
    package static let retryPause: Duration = .seconds(1)

    private enum Round: Hashable {
        case none
        /// The book was asked for addresses; there is room for so many connections.
        case drawing(room: Int, isPeriodic: Bool)
    }

    package init(settings: Settings) {
        precondition(settings.pace > 0, "a pace of \(settings.pace) goes nowhere")
        self.settings = settings
        circle = Circle(settings: settings.circle)
    }

    package var nextDeadline: Instant? {
        soonest(soonest(nextRoundAt, wakeAt), circle.nextDeadline)
    }

    package mutating func handle(
        _ input: Circle.Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Circle.Effect]
    ) {
        switch input {
        case .start(let isBusy): start(isBusy: isBusy, now: now, random: &random, into: &effects)
        case .configured(let configured):
            let isNews = configured.roots != circle.configured.roots
            circle.adopt(configured, hangsUp: false, now: now, random: &random, into: &effects)
            if isNews { wake(at: now) }
        case .connected(let peer, let isOutbound):
            circle.join(peer, isOutbound: isOutbound, now: now, into: &effects)
        case .ready(let peer, let canBeHot, let sharesPeers, let bookNeedsMore):
            let wasDialed = isOurDial(peer)
            circle.use(peer, canBeHot: canBeHot, sharesPeers: sharesPeers, into: &effects)
            // Upstream asks whom it dialed at once (C§7.4).
            if wasDialed, sharesPeers, bookNeedsMore { effects.append(.ask(peer)) }
        case .dialFailed(let peer, let reason, let isGivenUp):
            circle.lose(peer, reason, now: now, random: &random, into: &effects)
            if isGivenUp, circle.mayDial(peer) {
                circle.forget(peer, .failedTooOften, into: &effects)
            }
            if !circle.known.rows.contains(where: { $0.phase.isDialing }) {
                wake(at: now.advanced(by: Self.retryPause))
            }
        case .disconnected(let peer, let reason):
            circle.lose(peer, reason, now: now, random: &random, into: &effects)
        case .drawn(let peers, let bookNeedsMore):
            dial(peers, bookNeedsMore: bookNeedsMore, now: now, random: &random, into: &effects)
        case .heard(let peers, let newCount, let source):
            for peer in peers { circle.learn(peer, from: source, into: &effects) }
            if newCount > 0 { wake(at: now) }
        case .seedAnswered(let newCount):
            seedRequest.heard(newCount: newCount, now: now)
            if newCount > 0 { wake(at: now) }
        case .seedFailed: seedRequest.failed(now: now)
        case .merged(let peer, let other): circle.merge(other, into: peer, into: &effects)
        case .forget(let peer, let reason): circle.forget(peer, reason, into: &effects)
        case .deadline(let outbound, let dialing):
            circle.wake(now: now, into: &effects)
            ensure(outbound: outbound, dialing: dialing, now: now, into: &effects)
        }
    }
}

// MARK: - Rounds

extension EnsurePeers {
    private mutating func start(
        isBusy: Bool,
        now: Instant,
        random: inout Random,
        into effects: inout [Circle.Effect]
    ) {
        let limit = settings.outboundLimit
        circle.setTargets(
            Targets(known: limit, established: limit, active: limit),
            into: &effects
        )
        // A herd that starts together spreads over a period; who has nobody does not wait (C§7.5).
        let delay = isBusy ? random.duration(from: .zero, to: period) : .zero
        nextRoundAt = now.advanced(by: delay)
    }

    private var period: Duration { Self.period / settings.pace }

    /// A run at `instant` besides those of every period, unless one comes sooner.
    private mutating func wake(at instant: Instant) {
        guard nextRoundAt != nil else { return }
        wakeAt = soonest(wakeAt, instant)
    }

    /// Begins a round if one is due and there is room (C§7.5, 1).
    private mutating func ensure(
        outbound: Int,
        dialing: Int,
        now: Instant,
        into effects: inout [Circle.Effect]
    ) {
        let isPeriodic = nextRoundAt.map { $0 <= now } == true
        guard isPeriodic || wakeAt.map({ $0 <= now }) == true else { return }
        if isPeriodic { nextRoundAt = now.advanced(by: period) }
        wakeAt = nil
        let room = settings.outboundLimit - outbound - dialing
        guard room > 0 else { return }
        round = .drawing(room: room, isPeriodic: isPeriodic)
        effects.append(.drawFromBook(room, outbound: outbound))
    }

    /// Dials whom the book gave, then roots, then looks for more addresses (C§7.5, 3 to 6).
    private mutating func dial(
        _ drawn: [PeerID],
        bookNeedsMore: Bool,
        now: Instant,
        random: inout Random,
        into effects: inout [Circle.Effect]
    ) {
        guard case .drawing(let room, let isPeriodic) = round else { return }
        round = .none
        let reason = Reason.belowTarget(.established, settings.outboundLimit)
        var dialCount = 0
        let roots = drawn.isEmpty ? circle.peers { $0.standing == .root && $0.phase == .idle } : []
        for peer in drawn.prefix(room) + random.sample(room, of: roots) {
            circle.learn(peer, from: .addressBook, into: &effects)
            guard circle.mayDial(peer) else { continue }
            if circle.dial(peer, reason, into: &effects) { dialCount += 1 }
        }
        guard bookNeedsMore else { return }
        if isPeriodic {
            let askable = circle.askable()
            if !askable.isEmpty { effects.append(.ask(askable[random.below(askable.count)])) }
        }
        guard dialCount == 0, mayAskSeed(now: now) else { return }
        seedRequest.start()
        seedAskedAt = now
        effects.append(.askSeed)
    }

    /// One at a time, and not again and again for nothing: in a small network nobody is left to be
    /// found, and CometBFT dials its seeds each period all the same (C§7.5, 6).
    private func mayAskSeed(now: Instant) -> Bool {
        if seedRequest.isEnabled(now: now) { return true }
        guard !seedRequest.isUnderway, let seedAskedAt else { return false }
        let isAlone = !circle.known.rows.contains { $0.phase.isConnected }
        return isAlone && seedAskedAt.advanced(by: max(period, Governor.Policy.askFloor)) <= now
    }

    /// True for a peer that this policy dialed and that is now connected.
    private func isOurDial(_ peer: PeerID) -> Bool {
        switch circle.known[peer]?.phase {
        case .joining(.belowTarget): true
        case .idle, .waiting, .dialing, .joining, .warm, .hot, nil: false
        }
    }
}

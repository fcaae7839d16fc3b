package import WarrenObservation
package import WarrenPrimitives

/// Decides whom to know, connect and use: Cardano's outbound governor, rule for rule.
///
/// Every input is absorbed as a fact; then guarded decisions run in the order of O§3.4 until none
/// is enabled. Decisions read counts kept up to date with every change, and look at peers only
/// when the counts say that there is something to do.
///
/// ```
///             promoteCold         promoteWarm
///        cold ───────────▶ warm ───────────▶ hot
///         ▲  ◀── demoteWarm ─┘ ▲ ◀─ demoteHot ─┘
///         └──── observed ──────┴─── observed ──
/// ```
///
/// A job's completion is taken only while the governor waits for it; later ones are ignored. The
/// node answers jobs of a merged handle under the handle that stays, and those of a forgotten peer
/// not at all. Sources: O§2, O§3; design §5, §17.
package struct Governor: Sendable, Equatable {
    package let settings: Settings
    package internal(set) var targets = Targets.none
    /// Everybody it knows, in a defined order.
    package internal(set) var known = Roster<PeerID, KnownPeer>()
    /// Local roots in force, by place in the file; groups without effect are empty.
    package internal(set) var localRootGroups: [LocalRootGroup] = []
    /// When it wants to be told `.deadline`; always later than the last `now`.
    package internal(set) var nextDeadline: Instant?

    var configuredGroups: [LocalRootGroup] = []
    /// Local roots may differ from the configuration until the governor has looked.
    var isRegroupDue = false
    /// The latest sane targets, in force as soon as the node may use anybody.
    var wantedTargets = Targets.none
    var vigilance = Vigilance()
    var census = Census()
    var alarms = Alarms()
    var rootRequest = Request()
    var bigLedgerRequest = Request()
    var seedRequest = Request()
    var bookDraw = BookDraw.ready
    /// Whom routing found just now; those that are not learnt at once are the book's.
    var routedPeers: [PeerID] = []
    var shareBatches: [ShareBatch] = []
    var inboundPeers: [InboundPeer] = []
    var inboundRetryAt = Instant.epoch

    package init(settings: Settings) {
        precondition(settings.pace > 0, "pace \(settings.pace) must be at least 1")
        self.settings = settings
    }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        ring(now: now)
        checkBootstrapTimeout(now: now, into: &effects)
        closeShareBatches(now: now, random: &random, into: &effects)
        absorb(input, now: now, random: &random, into: &effects)
        var steps = 0
        while decide(now: now, random: &random, into: &effects) {
            steps += 1
            assert(steps <= Policy.decisionLimit, "\(steps) decisions at one instant: livelock")
        }
        routedPeers = []
        announceTrust(into: &effects)
        planWake(now: now)
        assert(invariantViolation() == nil, invariantViolation() ?? "")
    }

    /// Runs the first enabled decision of O§3.4; false when there is none.
    ///
    /// Decisions 0a, 1, 2 and 3, which only take in a fact, are absorbed before.
    private mutating func decide(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        decideTrust(now: now, into: &effects)
            || adoptConfiguration(now: now, into: &effects)
            || requestBigLedgerPeers(now: now, into: &effects)
            || forgetKnown(.bigLedger, now: now, random: &random, into: &effects)
            || requestPublicRoots(now: now, into: &effects)
            || decideKnownBelow(now: now, random: &random, into: &effects)
            || forgetKnown(.ordinary, now: now, random: &random, into: &effects)
            || decideEstablished(random: &random, into: &effects)
            || decideActive(random: &random, into: &effects)
    }

    /// A slow timer's duration at this node's pace.
    ///
    /// Source: design §17.5.
    func paced(_ duration: Duration) -> Duration { duration / settings.pace }
}

extension Governor {
    private mutating func absorb(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch input {
        case .targets(let targets): want(targets)
        case .localRoots(let groups):
            configuredGroups = groups
            regroup(demotesRemoved: true, now: now, into: &effects)

        case .publicRoots(let roots, let delay):
            absorb(roots, of: \.rootRequest, retryAfter: delay, now: now, into: &effects)
        case .publicRootsFailed: rootRequest.failed(now: now)
        case .bigLedgerPeers(let roots, let delay):
            absorb(roots, of: \.bigLedgerRequest, retryAfter: delay, now: now, into: &effects)
        case .bigLedgerPeersFailed: bigLedgerRequest.failed(now: now)
        case .ledgerState(let state): vigilance.reported = state
        case .bootstrapPeers(let count, let edition):
            adoptBootstrap(count: count, edition: edition, into: &effects)
        case .snapshotChanged: heedSnapshot()
        case .routed(let peers): routedPeers = peers
        case .drawn(let peers): absorbDraw(peers, now: now, into: &effects)
        case .seedAnswered(let count): absorbSeedAnswer(newCount: count, now: now)
        case .seedFailed: seedRequest.failed(now: now)
        case .shared(let peer, let peers):
            absorbAnswer(by: peer, peers, now: now, random: &random, into: &effects)
        case .shareFailed(let peer):
            absorbAnswer(by: peer, [], now: now, random: &random, into: &effects)

        case .inbound(let peers):
            inboundPeers = peers.map(InboundPeer.init).sorted { $0.peer < $1.peer }
        case .scored(let peer, let score): revise(peer) { $0.score = score }

        case .promotedCold(let peer, let sharesPeers, let canBeHot):
            promotedCold(peer, sharesPeers, canBeHot: canBeHot, now: now, into: &effects)
        case .promoteColdFailed(let peer, let reason):
            promoteColdFailed(peer, reason, now: now, random: &random, into: &effects)
        case .promotedWarm(let peer): promotedWarm(peer, now: now, into: &effects)
        case .promoteWarmFailed(let peer, let reason):
            promoteWarmFailed(peer, reason, now: now, random: &random, into: &effects)
        case .demotedHot(let peer): demotedHot(peer, now: now, into: &effects)
        case .demoteHotFailed(let peer): demoteHotFailed(peer, now: now, into: &effects)
        case .demotedWarm(let peer): demotedWarm(peer, now: now, into: &effects)
        case .demoteWarmFailed(let peer): demoteWarmFailed(peer)

        case .observed(let peer, let status, let delay):
            observe(peer, status, delay: delay, now: now, random: &random, into: &effects)
        case .merged(let peer, let other):
            merge(other, into: peer, now: now, random: &random, effects: &effects)
        case .forget(let peer, let reason):
            forget(peer, reason, now: now, random: &random, into: &effects)
        case .deadline: break
        }
    }

    private mutating func absorb(
        _ roots: [Root],
        of request: WritableKeyPath<Governor, Request>,
        retryAfter delay: Duration,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let newCount = adopt(roots, now: now, into: &effects)
        self[keyPath: request].answered(newCount: newCount, now: now, retryAfter: delay)
    }
}

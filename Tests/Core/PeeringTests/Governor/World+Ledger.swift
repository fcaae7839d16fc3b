import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

extension World {
    /// Who there is, and what kind of world it is.
    ///
    /// Peers are numbered: ordinary ones first, then bootstrap peers, then big ledger peers.
    struct Cast {
        let mode: ConsensusMode
        let hasBootstrap: Bool
        let hasLedger: Bool
        /// Every job ends within a second, as in upstream's mock.
        let isPrompt: Bool
        let bootstrap: [PeerID]
        let big: [PeerID]
        let configured: [PeerID]
        let ledger: [PeerID]
        let total: Int

        init(seed: Seed, peerCount: Int) {
            var chance = seed.random.fork(3)
            mode = chance.chance(1, in: 6) ? .genesis : .praos
            hasBootstrap = chance.chance(1, in: 2)
            hasLedger = chance.chance(3, in: 4)
            isPrompt = chance.chance(1, in: 3)
            bootstrap = .numbered(peerCount..<peerCount + 4)
            big = .numbered(peerCount + 4..<peerCount + 24)
            configured = .numbered(0..<peerCount / 4)
            ledger = .numbered(peerCount / 4..<peerCount / 2)
            total = peerCount + 24
        }
    }

    var isSensitive: Bool { cast.mode == .praos && hasBootstrapFlag && ledger == .tooOld }

    /// Roots there are to be had while the node is not sensitive.
    var rootSupply: Int { cast.hasLedger ? cast.ledger.count : cast.configured.count }

    mutating func want(_ targets: Targets) {
        if targets.complaint == nil, targets != .none { wanted = targets }
        take(.targets(targets))
    }

    mutating func age(_ state: LedgerState) {
        ledger = state
        take(.ledgerState(state))
    }

    mutating func flagBootstrap(_ isOn: Bool) {
        hasBootstrapFlag = isOn
        take(.bootstrapPeers(count: isOn ? cast.bootstrap.count : nil))
    }

    func isTrusted(_ peer: PeerID) -> Bool {
        switch governor.known[peer]?.standing {
        case .root(.bootstrap): cast.bootstrap.contains(peer)
        case .local(let group): governor.localRootGroups[group].trustable
        case .root(.configured), .root(.ledger), .root(.bigLedger), .nonRoot, nil: false
        }
    }

    // MARK: - Answering

    /// All bootstrap peers, a sample of ledger peers, or all configured roots (O§3.6.2).
    mutating func answerRoots(_ count: Int) {
        guard count > 0 else { return fail(.inProgressLimits, "asks for \(count) roots") }
        if rootsUnderway > 0 { fail(.inProgressLimits, "asks for roots twice at once") }
        rootsUnderway += 1
        let answer: Governor.Input
        if isFaulty, chance.chance(1, in: 3) {
            answer = .publicRootsFailed
        } else if isSensitive {
            let roots = cast.bootstrap.map {
                Governor.Root(peer: $0, advertise: false, kind: .bootstrap)
            }
            answer = .publicRoots(roots, retryAfter: .seconds(60))
        } else if cast.hasLedger {
            let roots = (isFaulty ? chance.sample(count, of: cast.ledger) : cast.ledger).map {
                Governor.Root(peer: $0, advertise: false, kind: .ledger)
            }
            answer = .publicRoots(roots, retryAfter: .seconds(5))
        } else {
            answer = .publicRoots(configuredRoots, retryAfter: .seconds(60))
        }
        schedule(.input(answer), within: .seconds(5))
    }

    /// A sample of big ledger peers, now and then with somebody who is a ledger peer already.
    mutating func answerBigLedgerPeers(_ count: Int) {
        judgeGate("asks for big ledger peers")
        guard count > 0 else { return fail(.inProgressLimits, "asks for \(count) big peers") }
        if bigLedgerUnderway > 0 { fail(.inProgressLimits, "asks for big peers twice at once") }
        bigLedgerUnderway += 1
        let answer: Governor.Input
        if isFaulty, chance.chance(1, in: 3) {
            answer = .bigLedgerPeersFailed
        } else if cast.hasLedger {
            let peers = chance.sample(count, of: cast.big) + chance.sample(1, of: cast.ledger)
            let roots = (isFaulty ? peers : cast.big).map {
                Governor.Root(peer: $0, advertise: false, kind: .bigLedger)
            }
            answer = .bigLedgerPeers(roots, retryAfter: .seconds(5))
        } else {
            answer = .bigLedgerPeers(configuredRoots, retryAfter: .seconds(60))
        }
        schedule(.input(answer), within: .seconds(5))
    }

    private var configuredRoots: [Governor.Root] {
        cast.configured.map { .init(peer: $0, advertise: true) }
    }

    /// Keeps the world's own books of requests and of what excuses work.
    mutating func noteInput(_ input: Governor.Input) {
        if let credit = credit(for: input), recordsWork { log.append((now, credit)) }
        bringsRoots = false
        switch input {
        case .publicRoots, .publicRootsFailed: rootsUnderway = 0
        case .bigLedgerPeers:
            bigLedgerUnderway = 0
            bringsRoots = true
        case .bigLedgerPeersFailed: bigLedgerUnderway = 0
        case .targets, .localRoots, .ledgerState, .bootstrapPeers, .snapshotChanged, .routed,
            .drawn,
            .seedAnswered, .seedFailed, .shared, .shareFailed, .inbound, .scored, .promotedCold,
            .promoteColdFailed, .promotedWarm, .promoteWarmFailed, .demotedHot, .demoteHotFailed,
            .demotedWarm, .demoteWarmFailed, .observed, .merged, .forget, .deadline:
            break
        }
    }

    /// How much work an event excuses, as upstream counts it (O§11.1, nobusyness).
    private func credit(for input: Governor.Input) -> Duration? {
        switch input {
        case .publicRoots(let roots, _), .bigLedgerPeers(let roots, _): .seconds(60 + roots.count)
        case .publicRootsFailed, .bigLedgerPeersFailed: .seconds(60)
        case .targets(let targets):
            .seconds(80 + 10 * (targets.known + targets.established + targets.active))
        case .localRoots(let groups): .seconds(400 + 5 * groups.flatMap(\.members).count)
        case .demotedWarm, .demotedHot, .observed: .seconds(30)
        case .promoteColdFailed, .promoteWarmFailed, .demoteHotFailed, .demoteWarmFailed:
            .seconds(10)
        case .ledgerState, .bootstrapPeers, .snapshotChanged, .routed, .drawn, .seedAnswered,
            .seedFailed,
            .shared, .shareFailed, .inbound, .scored, .promotedCold, .promotedWarm, .merged,
            .forget, .deadline:
            nil
        }
    }

    mutating func noteTrust(_ trust: Governor.Trust) {
        if trust == .unrestricted {
            keptBootstrap = Set(cast.bootstrap.filter { governor.known.contains($0) })
        }
    }
}

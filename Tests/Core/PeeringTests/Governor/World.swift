import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// A scripted world around one governor, in virtual time.
///
/// Peers answer jobs after random delays, fail, hang up, turn out to be each other and get banned;
/// targets and local roots change. `run` then stops all faults, so that what must come true can.
struct World {
    var violations: [Row: String] = [:]
    var effectKinds: Set<String> = []
    var effectCount = 0

    var governor: Governor
    var now = Instant(nanoseconds: 5_000_000_000_000)
    var governorRandom: Random
    var chance: Random
    let peerCount: Int
    let cast: Cast
    var isFaulty = true
    /// What the world last told the governor.
    var wanted = Targets.none
    var ledger = LedgerState.tooOld
    var hasBootstrapFlag = false

    var queue: [Pending] = []
    var order = 0
    /// What is really connected; peers that are cold are absent.
    var links = Roster<PeerID, Temperature>()
    /// The job under way of each peer, so that it can be called off.
    var jobs: [PeerID: Int] = [:]
    /// What the transitions say.
    var told: [PeerID: Temperature] = [:]
    /// Until when a peer that fell by itself must be left alone.
    var rests: [PeerID: Instant] = [:]
    var handleCountAtNow = 0
    var openSince: [Row: Instant] = [:]
    var asks: [Instant] = []
    /// When each was asked last, and whether it was cold since.
    var lastAsks: [PeerID: (at: Instant, wasCold: Bool)] = [:]
    var rootsUnderway = 0
    var bigLedgerUnderway = 0
    /// Bootstrap peers that were in use when they were no longer needed.
    var keptBootstrap: Set<PeerID> = []
    /// The governor before the input being taken.
    var previous: Governor
    /// Whether the input being taken may make big ledger peers of ordinary ones.
    var bringsRoots = false
    /// What happened when, for the judgement of busy times.
    var log: [(at: Instant, credit: Duration)] = []
    var recordsWork = false

    struct Pending {
        var at: Instant
        var order: Int
        var event: Event
    }

    enum Event {
        case job(Governor.Effect, PeerID)
        case input(Governor.Input)
        case lost(PeerID, delay: Duration)
    }

    init(seed: Seed, pace: Int? = nil) {
        let random = seed.random
        governorRandom = random.fork(1)
        chance = random.fork(2)
        peerCount = 10 + chance.below(40)
        var settings = Governor.Settings()
        let somePace = [1, 1, 10, 60][chance.below(4)]
        settings.pace = pace ?? somePace
        settings.sharesPeers = chance.chance(3, in: 4)
        cast = Cast(seed: seed, peerCount: peerCount)
        settings.consensusMode = cast.mode
        settings.syncTargets = Targets(
            known: 9,
            established: 5,
            active: 2,
            knownBigLedger: 12,
            establishedBigLedger: 8,
            activeBigLedger: 6
        )
        settings.deadlineTargets = Targets(
            root: 5,
            known: 10,
            established: 6,
            active: 4,
            knownBigLedger: 5,
            establishedBigLedger: 4,
            activeBigLedger: 2
        )
        governor = Governor(settings: settings)
        previous = governor
    }

    // MARK: - Running

    mutating func run(disturbances: Int = 40) {
        if cast.hasBootstrap { flagBootstrap(true) }
        reconfigure()
        for _ in 0..<disturbances {
            advance(by: chance.duration(from: .zero, to: .seconds(20)))
            disturb()
        }
        isFaulty = false
        reconfigure()
        if chance.chance(1, in: 2) {
            age(.tooOld)
            advance(by: .seconds(1000))
            judgeSensitiveRest()
        }
        age(.youngEnough)
        advance(by: .seconds(2000))
        judgeRest()
        judgeQuiet()
    }

    mutating func advance(by duration: Duration) {
        let end = now.advanced(by: duration)
        while true {
            let queued = queue.indices.min {
                (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order)
            }
            let next = soonest(queued.map { queue[$0].at }, governor.nextDeadline)
            guard let next, next <= end else { break }
            handleCountAtNow = next == now ? handleCountAtNow + 1 : 0
            if handleCountAtNow > 1000 { return fail(.nolivelock, "no end at \(next)") }
            now = next
            if let queued, queue[queued].at == next {
                happen(queue.remove(at: queued).event)
            } else {
                take(.deadline)
            }
        }
        now = end
    }

    mutating func schedule(_ event: Event, within limit: Duration) {
        let longest = cast.isPrompt ? min(limit, .seconds(1)) : limit
        let delay = chance.duration(from: .milliseconds(1), to: longest)
        order += 1
        queue.append(Pending(at: now.advanced(by: delay), order: order, event: event))
    }

    /// Hands the governor a fact and carries out what it wants.
    ///
    /// The peers in `settled` were merged or forgotten: their jobs and connections become what the
    /// governor has, as a node would see to.
    mutating func take(_ input: Governor.Input, settling settled: [PeerID] = []) {
        var effects: [Governor.Effect] = []
        previous = governor
        noteInput(input)
        governor.handle(input, now: now, random: &governorRandom, into: &effects)
        effectCount += effects.count
        if recordsWork, !effects.isEmpty { log.append((now, .zero)) }
        if effects.count > 20 * (governor.known.count + 100) {
            fail(.nolivelock, "\(effects.count) effects at once")
        }
        if let next = governor.nextDeadline, next <= now { fail(.nobusyness, "wakes at once") }
        var isAsserted = false
        assert(
            {
                isAsserted = true; return true
            }(),
            "the governor has looked itself"
        )
        if !isAsserted, let violation = governor.invariantViolation() { fail(.nofail, violation) }
        for peer in settled { callOff(peer) }
        for effect in effects where !settled.contains(where: { effect.isJob(of: $0) }) {
            perform(effect)
        }
        for peer in settled { resume(peer) }
        judgeForgetting(effects)
        judgeStep()
    }

    mutating func fail(_ row: Row, _ what: String) {
        if violations[row] == nil { violations[row] = "\(now): \(what)" }
    }

    // MARK: - Carrying out effects

    mutating func perform(_ effect: Governor.Effect) {
        effectKinds.insert("\(effect)".prefix { $0 != "(" }.description)
        switch effect {
        case .promoteCold(let peer, let mode, let dials):
            judgeRepromotion(peer)
            judgePromotion(peer)
            judgeDialing(peer, mode, dials: dials)
            start(effect, peer, within: .seconds(3))
        case .promoteWarm(let peer):
            judgeRepromotion(peer)
            judgePromotion(peer)
            start(effect, peer, within: .seconds(1))
        case .demoteHot(let peer): start(effect, peer, within: .seconds(5))
        case .demoteWarm(let peer):
            if governor.known[peer]?.group != nil { fail(.localsStay, "\(peer) is let go") }
            start(effect, peer, within: .seconds(65))
        case .requestPublicRoots(let count):
            answerRoots(count)
        case .requestBigLedgerPeers(let count): answerBigLedgerPeers(count)
        case .bootstrapTimedOut: fail(.fallback, "it could not let go of everybody")
        case .drawFromBook(let count):
            judgeGate("draws from the book")
            schedule(.input(.drawn(draw(count))), within: .milliseconds(5))
        case .askSeed:
            judgeGate("asks a seed")
            let answer: Governor.Input =
                isFaulty && chance.chance(1, in: 2)
                ? .seedFailed : .seedAnswered(newCount: chance.below(3))
            schedule(.input(answer), within: .seconds(4))
        case .ask(let peer, let amount): answer(peer, amount: amount)
        case .transition(let peer, let from, let to, let reason, let source):
            if from == .unknown { judgeLearning(peer, reason, source) }
            note(peer, from, to, reason)
        case .targetsChanged: break
        case .trustChanged(let trust): noteTrust(trust)
        }
    }

    mutating func start(_ job: Governor.Effect, _ peer: PeerID, within limit: Duration) {
        if jobs[peer] != nil { fail(.inProgressLimits, "\(peer) has two jobs: \(job)") }
        schedule(.job(job, peer), within: limit)
        jobs[peer] = order
    }

    mutating func answer(_ peer: PeerID, amount: Int) {
        if governor.known[peer].map({ $0.temperature < .warm || $0.sharing != .enabled }) ?? true {
            fail(.inProgressLimits, "asks \(peer), which is \(told[peer, default: .unknown])")
        }
        judgeGate("asks \(peer)")
        judgeAsking(peer)
        let found = chance.sample(min(amount, 12), of: .numbered(0..<peerCount))
        switch isFaulty && !cast.isPrompt ? chance.below(4) : 3 {
        case 0: break
        case 1: schedule(.input(.shareFailed(by: peer)), within: .seconds(12))
        case 2: schedule(.input(.shared(by: peer, found)), within: .seconds(12))
        default: schedule(.input(.shared(by: peer, found)), within: .seconds(2))
        }
    }

    mutating func note(
        _ peer: PeerID,
        _ from: Temperature,
        _ to: Temperature,
        _ reason: Reason
    ) {
        if told[peer, default: .unknown] != from || from == to {
            fail(.contiguous, "\(peer) was \(told[peer, default: .unknown]), not \(from) → \(to)")
        }
        told[peer] = to
        if to < .warm {
            rests[peer] = nil
            lastAsks[peer]?.wasCold = true
        }
        if to == .unknown { lastAsks[peer] = nil }
        if to == .unknown { judgeLeaving(peer, reason) }
        if to == .unknown, reason == .failedTooOften || reason == .forgotten, links[peer] != nil {
            fail(.connstatus, "\(peer) is forgotten while connected")
        }
    }

    func draw(_ count: Int) -> [PeerID] {
        var copy = chance
        let new = [PeerID].numbered(0..<peerCount).filter { !governor.known.contains($0) }
        return copy.sample(count, of: new)
    }

    // MARK: - What happens

    mutating func happen(_ event: Event) {
        switch event {
        case .input(let input): take(input)
        case .job(let job, let peer):
            jobs[peer] = nil
            finish(job, peer)
        case .lost(let peer, let delay):
            guard links[peer] != nil else { return }
            lose(peer, delay: delay)
        }
    }

    mutating func finish(_ job: Governor.Effect, _ peer: PeerID) {
        let goesWell = !isFaulty || chance.chance(2, in: 3)
        switch job {
        case .promoteCold where goesWell:
            links[peer] = .warm
            take(.promotedCold(peer, sharesPeers: chance.chance(2, in: 3)))
        case .promoteCold: take(.promoteColdFailed(peer, .connectTimeout))
        case .promoteWarm where links[peer] == .warm && goesWell:
            links[peer] = .hot
            take(.promotedWarm(peer))
        case .promoteWarm:
            links[peer] = nil
            take(.promoteWarmFailed(peer, .helloTimeout))
            take(.observed(peer, .cold(.helloTimeout), delay: .seconds(10)))
        case .demoteHot where links[peer] == .hot && goesWell:
            links[peer] = .warm
            take(.demotedHot(peer))
        case .demoteHot:
            links[peer] = nil
            take(.demoteHotFailed(peer))
        case .demoteWarm where !goesWell && links[peer] != nil && chance.chance(1, in: 4):
            take(.demoteWarmFailed(peer))
        case .demoteWarm:
            links[peer] = nil
            take(.demotedWarm(peer))
        case .requestPublicRoots, .requestBigLedgerPeers, .drawFromBook, .askSeed, .ask,
            .transition,
            .targetsChanged, .trustChanged, .bootstrapTimedOut:
            break
        }
    }

    mutating func lose(_ peer: PeerID, delay: Duration) {
        let isOurs = governor.known[peer].map { row in
            row.phase.destination.map { $0 < row.temperature } ?? false
        }
        links[peer] = nil
        take(.observed(peer, .cold(.resetByPeer), delay: delay))
        if isOurs == false, governor.known.contains(peer) {
            rests[peer] = now.advanced(by: delay)
        }
    }
}

extension Governor.Effect {
    /// Whether it promotes or demotes `peer`.
    fileprivate func isJob(of peer: PeerID) -> Bool {
        switch self {
        case .promoteCold(let its, _, _), .promoteWarm(let its), .demoteHot(let its),
            .demoteWarm(let its):
            its == peer
        case .requestPublicRoots, .requestBigLedgerPeers, .drawFromBook, .askSeed, .ask,
            .transition,
            .targetsChanged, .trustChanged, .bootstrapTimedOut:
            false
        }
    }
}

import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// The upstream properties of a governor alone that a world can judge (O§11.1).
enum Row: String, CaseIterable {
    case nofail, nolivelock, nobusyness, connstatus, contiguous
    case knownBelow = "target_known_below"
    case knownAbove = "target_known_above"
    case rootBelow = "target_root_below"
    case establishedBelow = "target_established_below"
    case establishedAbove = "target_established_above"
    case activeBelow = "target_active_below"
    case activeAbove = "target_active_above"
    case establishedPublic = "established_public"
    case activePublic = "active_public"
    case establishedLocal = "target_established_local"
    case activeLocalBelow = "target_active_local_below"
    case activeLocalAbove = "target_active_local_above"
    case repromoteDelay = "repromote_delay"
    case viewSizes = "peerSelectionView_sizes"
    case inProgressLimits, convergence
}

/// A scripted world around one governor, in virtual time.
///
/// Peers answer jobs after random delays, fail, hang up, turn out to be each other and get banned;
/// targets and local roots change. `run` then stops all faults, so that what must come true can.
struct World {
    private(set) var violations: [Row: String] = [:]
    private(set) var effectKinds: Set<String> = []
    private(set) var effectCount = 0

    private(set) var governor: Governor
    private(set) var now = Instant(nanoseconds: 5_000_000_000_000)
    private var governorRandom: Random
    private var chance: Random
    private let peerCount: Int
    private var isFaulty = true

    private var queue: [Pending] = []
    private var order = 0
    /// What is really connected; peers that are cold are absent.
    private var links = Roster<PeerID, Temperature>()
    /// The job under way of each peer, so that it can be called off.
    private var jobs: [PeerID: Int] = [:]
    /// What the transitions say.
    private var told: [PeerID: Temperature] = [:]
    /// Until when a peer that fell by itself must be left alone.
    private var rests: [PeerID: Instant] = [:]
    private var handleCountAtNow = 0

    private struct Pending {
        var at: Instant
        var order: Int
        var event: Event
    }

    private enum Event {
        case job(Governor.Effect, PeerID)
        case input(Governor.Input)
        case lost(PeerID, delay: Duration)
    }

    init(seed: Seed) {
        let random = seed.random
        governorRandom = random.fork(1)
        chance = random.fork(2)
        peerCount = 10 + chance.below(40)
        var settings = Governor.Settings()
        settings.pace = [1, 1, 10, 60][chance.below(4)]
        settings.sharesPeers = chance.chance(3, in: 4)
        governor = Governor(settings: settings)
    }

    // MARK: - Running

    mutating func run(disturbances: Int = 120) {
        reconfigure()
        for _ in 0..<disturbances {
            advance(by: chance.duration(from: .zero, to: .seconds(20)))
            disturb()
        }
        isFaulty = false
        reconfigure()
        advance(by: .seconds(2000))
        judgeRest()
        judgeQuiet()
    }

    private mutating func advance(by duration: Duration) {
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

    private mutating func schedule(_ event: Event, within limit: Duration) {
        let delay = chance.duration(from: .milliseconds(1), to: limit)
        order += 1
        queue.append(Pending(at: now.advanced(by: delay), order: order, event: event))
    }

    /// Hands the governor a fact and carries out what it wants.
    ///
    /// The peers in `settled` were merged or forgotten: their jobs and connections become what the
    /// governor has, as a node would see to.
    private mutating func take(_ input: Governor.Input, settling settled: [PeerID] = []) {
        var effects: [Governor.Effect] = []
        governor.handle(input, now: now, random: &governorRandom, into: &effects)
        effectCount += effects.count
        if effects.count > 20 * (governor.known.count + 100) {
            fail(.nolivelock, "\(effects.count) effects at once")
        }
        if let next = governor.nextDeadline, next <= now { fail(.nobusyness, "wakes at once") }
        if let violation = governor.invariantViolation() { fail(.nofail, violation) }
        for peer in settled { callOff(peer) }
        for effect in effects where !settled.contains(where: { effect.isJob(of: $0) }) {
            perform(effect)
        }
        for peer in settled { resume(peer) }
        judgeStep()
    }

    private mutating func fail(_ row: Row, _ what: String) {
        if violations[row] == nil { violations[row] = "\(now): \(what)" }
    }

    // MARK: - Carrying out effects

    private mutating func perform(_ effect: Governor.Effect) {
        effectKinds.insert("\(effect)".prefix { $0 != "(" }.description)
        switch effect {
        case .promoteCold(let peer, _, _):
            judgeRepromotion(peer)
            start(effect, peer, within: .seconds(3))
        case .promoteWarm(let peer):
            judgeRepromotion(peer)
            start(effect, peer, within: .seconds(1))
        case .demoteHot(let peer): start(effect, peer, within: .seconds(5))
        case .demoteWarm(let peer): start(effect, peer, within: .seconds(65))
        case .requestPublicRoots(let count):
            guard count > 0 else { return fail(.inProgressLimits, "asks for \(count) roots") }
            let answer: Governor.Input =
                isFaulty && chance.chance(1, in: 3)
                ? .publicRootsFailed : .publicRoots(publicRoots, retryAfter: .seconds(60))
            schedule(.input(answer), within: .seconds(5))
        case .drawFromBook(let count):
            schedule(.input(.drawn(draw(count))), within: .milliseconds(5))
        case .askSeed:
            let answer: Governor.Input =
                isFaulty && chance.chance(1, in: 2)
                ? .seedFailed : .seedAnswered(newCount: chance.below(3))
            schedule(.input(answer), within: .seconds(4))
        case .ask(let peer, let amount): answer(peer, amount: amount)
        case .transition(let peer, let from, let to, let reason, _):
            note(peer, from, to, reason)
        case .targetsChanged: break
        }
    }

    private mutating func start(_ job: Governor.Effect, _ peer: PeerID, within limit: Duration) {
        if jobs[peer] != nil { fail(.inProgressLimits, "\(peer) has two jobs: \(job)") }
        schedule(.job(job, peer), within: limit)
        jobs[peer] = order
    }

    private mutating func answer(_ peer: PeerID, amount: Int) {
        if governor.known[peer].map({ $0.temperature < .warm || $0.sharing != .enabled }) ?? true {
            fail(.inProgressLimits, "asks \(peer), which is \(told[peer, default: .unknown])")
        }
        let found = chance.sample(min(amount, 12), of: .numbered(0..<peerCount))
        switch isFaulty ? chance.below(4) : 3 {
        case 0: break
        case 1: schedule(.input(.shareFailed(by: peer)), within: .seconds(12))
        case 2: schedule(.input(.shared(by: peer, found)), within: .seconds(12))
        default: schedule(.input(.shared(by: peer, found)), within: .seconds(2))
        }
    }

    private mutating func note(
        _ peer: PeerID,
        _ from: Temperature,
        _ to: Temperature,
        _ reason: Reason
    ) {
        if told[peer, default: .unknown] != from || from == to {
            fail(.contiguous, "\(peer) was \(told[peer, default: .unknown]), not \(from) → \(to)")
        }
        told[peer] = to
        if to < .warm { rests[peer] = nil }
        if to == .unknown, reason == .failedTooOften || reason == .forgotten, links[peer] != nil {
            fail(.connstatus, "\(peer) is forgotten while connected")
        }
    }

    private func draw(_ count: Int) -> [PeerID] {
        var copy = chance
        let new = [PeerID].numbered(0..<peerCount).filter { !governor.known.contains($0) }
        return copy.sample(count, of: new)
    }

    private var publicRoots: [Governor.Root] {
        [PeerID].numbered(0..<peerCount / 4).map { .init(peer: $0, advertise: true) }
    }

    // MARK: - What happens

    private mutating func happen(_ event: Event) {
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

    private mutating func finish(_ job: Governor.Effect, _ peer: PeerID) {
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
        case .requestPublicRoots, .drawFromBook, .askSeed, .ask, .transition, .targetsChanged:
            break
        }
    }

    private mutating func lose(_ peer: PeerID, delay: Duration) {
        let isOurs = governor.known[peer].map { row in
            row.phase.destination.map { $0 < row.temperature } ?? false
        }
        links[peer] = nil
        take(.observed(peer, .cold(.resetByPeer), delay: delay))
        if isOurs == false, governor.known.contains(peer) {
            rests[peer] = now.advanced(by: delay)
        }
    }

    /// One thing that nobody asked for.
    private mutating func disturb() {
        switch chance.below(12) {
        case 0: reconfigure()
        case 1: take(.localRoots(someGroups()))
        case 2, 3, 4:
            guard let peer = links.randomID(&chance) else { return }
            lose(peer, delay: .seconds(10))
        case 5:
            guard let peer = links.randomID(&chance) else { return }
            take(.observed(peer, .cooling, delay: nil))
            if links[peer] == .hot, governor.known[peer]?.temperature == .warm {
                links[peer] = .warm
            }
            schedule(.lost(peer, delay: .seconds(10)), within: .seconds(70))
        case 6, 7:
            guard let peer = links.randomID(&chance), links[peer] == .hot,
                governor.known[peer]?.phase == .hot(.idle)
            else { return }
            links[peer] = .warm
            rests[peer] = now.advanced(by: .seconds(10))
            take(.observed(peer, .warm, delay: .seconds(10)))
        case 8: merge()
        case 9:
            let peer = somePeer()
            take(.forget(peer, .banned), settling: [peer])
        case 10:
            let inbound = chance.sample(chance.below(9), of: .numbered(0..<peerCount))
            take(.inbound(Dictionary(uniqueKeysWithValues: inbound.map { ($0, true) })))
        default: stray()
        }
    }

    private mutating func somePeer() -> PeerID { .number(UInt32(chance.below(peerCount))) }

    /// Sets targets and local roots, sane or not while the world is faulty.
    private mutating func reconfigure() {
        let known = 1 + chance.below(peerCount)
        let established = chance.below(known + 1)
        let targets = Targets(
            root: chance.below(known + 1),
            known: known,
            established: established,
            active: chance.below(established + (isFaulty ? 3 : 1))
        )
        take(.targets(targets))
        take(.localRoots(someGroups()))
    }

    private mutating func someGroups() -> [Governor.LocalRootGroup] {
        (0..<chance.below(4)).map { _ in
            let members = chance.sample(1 + chance.below(4), of: .numbered(0..<peerCount))
            let warm = chance.below(members.count + 2)
            return .init(members: members, hotValency: chance.below(warm + 1), warmValency: warm)
        }
    }

    private mutating func merge() {
        let peer = somePeer()
        let other = somePeer()
        guard peer != other else { return }
        take(.merged(peer, other: other), settling: [peer, other])
    }

    private mutating func callOff(_ peer: PeerID) {
        queue.removeAll {
            switch $0.event {
            case .job(_, let its): its == peer
            case .input, .lost: false
            }
        }
        jobs[peer] = nil
        rests[peer] = nil
        let temperature = governor.known[peer]?.temperature ?? .unknown
        links[peer] = temperature >= .warm ? temperature : nil
    }

    private mutating func resume(_ peer: PeerID) {
        switch governor.known[peer]?.phase {
        case .cold(.promoting):
            start(.promoteCold(peer, mode: .initiatorOnly, dials: true), peer, within: .seconds(3))
        case .warm(.promoting): start(.promoteWarm(peer), peer, within: .seconds(1))
        case .warm(.demoting): start(.demoteWarm(peer), peer, within: .seconds(65))
        case .hot(.demoting): start(.demoteHot(peer), peer, within: .seconds(5))
        case .warm(.cooling): schedule(.lost(peer, delay: .seconds(10)), within: .seconds(70))
        case nil, .cold(.available), .cold(.waiting), .warm(.idle), .warm(.resting), .hot(.idle):
            break
        }
    }

    /// Answers that nobody waits for.
    private mutating func stray() {
        let peer = somePeer()
        guard jobs[peer] == nil else { return }
        let inputs: [Governor.Input] = [
            .promotedCold(peer, sharesPeers: true), .promoteColdFailed(peer, .unreachable),
            .promotedWarm(peer), .promoteWarmFailed(peer, .unreachable), .demotedHot(peer),
            .demoteHotFailed(peer), .demotedWarm(peer), .demoteWarmFailed(peer),
            .shared(by: peer, [somePeer()]), .publicRoots([], retryAfter: .zero),
        ]
        take(inputs[chance.below(inputs.count)])
    }
}

// MARK: - Judging

extension World {
    private typealias Known = Governor.KnownPeer

    private func count(_ isCounted: (Known) -> Bool) -> Int {
        governor.known.rows.reduce(0) { $0 + (isCounted($1) ? 1 : 0) }
    }

    /// No decision may be left that could have been taken: rows are counted afresh, by the book.
    private mutating func judgeStep() {
        let targets = governor.targets
        let est = count { $0.temperature >= .warm }
        let act = count { $0.temperature == .hot }
        let promotingCold = count { $0.temperature == .cold && $0.phase.destination == .warm }
        let promotingWarm = count { $0.phase.destination == .hot }
        let dialable = count { $0.phase == .cold(.available) && $0.group == nil }
        let ready = count { $0.phase == .warm(.idle) && $0.group == nil }
        if est + promotingCold < targets.established, dialable > 0 {
            fail(.establishedBelow, "\(dialable) could be dialed, \(est) of \(targets) are warm")
        }
        if act + promotingWarm < targets.active, ready > 0 {
            fail(.activeBelow, "\(ready) could be made hot, \(act) of \(targets) are")
        }
        judgeAbove(est: est, act: act, promotingWarm: promotingWarm)
        judgeGroups()
        judgeKnown(est: est)
        judgeLinks()
        judgeCounters(est: est, act: act)
    }

    private mutating func judgeAbove(est: Int, act: Int, promotingWarm: Int) {
        let targets = governor.targets
        let leavingWarm = count { $0.temperature == .warm && $0.phase.destination == .cold }
        let leavingHot = count { $0.temperature == .hot && $0.phase.destination != nil }
        let idleWarm = count {
            $0.temperature == .warm && $0.phase.destination == nil && $0.group == nil
        }
        let idleHot = count { $0.phase == .hot(.idle) && $0.group == nil }
        if est - leavingWarm - promotingWarm > targets.established, idleWarm > 0 {
            let warmLocal = count { $0.temperature == .warm && $0.group != nil }
            if est - warmLocal - act - leavingWarm - promotingWarm > 0 {
                fail(.establishedAbove, "\(est) of \(targets.established) are established")
            }
        }
        if act - leavingHot > targets.active, idleHot > 0 {
            fail(.activeAbove, "\(act) of \(targets.active) are active")
        }
    }

    private mutating func judgeGroups() {
        let leavingHot = count { $0.temperature == .hot && $0.phase.destination != nil }
        for (index, group) in governor.localRootGroups.enumerated() {
            let rows = group.members.compactMap { governor.known[$0] }
            let warm = rows.count { $0.temperature >= .warm || $0.phase.destination == .warm }
            let hot = rows.count { $0.temperature == .hot || $0.phase.destination == .hot }
            if warm < group.warmValency, rows.contains(where: { $0.phase == .cold(.available) }) {
                fail(.establishedLocal, "group \(index) has \(warm) of \(group.warmValency) warm")
            }
            if hot < group.hotValency, rows.contains(where: { $0.phase == .warm(.idle) }) {
                fail(.activeLocalBelow, "group \(index) has \(hot) of \(group.hotValency) hot")
            }
            let active = rows.count { $0.temperature == .hot }
            if active - leavingHot > group.hotValency,
                rows.contains(where: { $0.phase == .hot(.idle) })
            {
                fail(.activeLocalAbove, "group \(index) has \(active) of \(group.hotValency) hot")
            }
        }
    }

    private mutating func judgeKnown(est: Int) {
        let targets = governor.targets
        let known = governor.known.count
        let roots = count { $0.standing != .nonRoot }
        let canForgetRoots = roots > targets.root
        let forgettable = count {
            $0.temperature == .cold && $0.phase.destination == nil && $0.group == nil
                && ($0.standing == .nonRoot || canForgetRoots)
        }
        if known > targets.known, forgettable > 0 {
            fail(.knownAbove, "\(known) of \(targets.known) are known, \(forgettable) could go")
        }
        let requests = governor.counters.shareRequests
        if requests > 2 { fail(.inProgressLimits, "\(requests) share requests") }
        guard known < targets.known else { return }
        let askable = count { $0.asking == .available && $0.phase != .warm(.cooling) }
        if governor.settings.sharesPeers, requests < 2, askable > 0 {
            fail(.knownBelow, "\(askable) could be asked, \(requests) are")
        }
        if requests == 0, governor.nextDeadline == nil, queue.isEmpty {
            fail(.knownBelow, "nothing will ever be done about \(known) of \(targets.known)")
        }
        if roots < targets.root, governor.nextDeadline == nil, queue.isEmpty {
            fail(.rootBelow, "nothing will ever be done about \(roots) of \(targets.root)")
        }
    }

    /// The governor's view equals the world's, but for peers that it is demoting.
    private mutating func judgeLinks() {
        for (place, row) in governor.known.rows.enumerated() {
            let peer = governor.known.ids[place]
            if told[peer] != row.temperature { fail(.contiguous, "\(peer) is \(row)") }
            if let destination = row.phase.destination, destination < row.temperature { continue }
            let link = links[peer] ?? .cold
            if link != row.temperature { fail(.connstatus, "\(peer) is \(link), not \(row)") }
        }
        for peer in links.ids where !governor.known.contains(peer) {
            fail(.connstatus, "\(peer) is connected, not known")
        }
    }

    private mutating func judgeRepromotion(_ peer: PeerID) {
        guard let rest = rests[peer] else { return }
        rests[peer] = nil
        if now < rest { fail(.repromoteDelay, "\(peer) is used again before \(rest)") }
        if now == rest { fail(.repromoteDelay, "\(peer) is used again without fuzz") }
    }

    private mutating func judgeCounters(est: Int, act: Int) {
        let counters = governor.counters
        let sizes = counters.peers
        let parts = [counters.localRoots, counters.nonRoots]
        let isSound =
            sizes.known == governor.known.count && sizes.established == est && sizes.active == act
            && sizes.cold + sizes.warm + sizes.hot == sizes.known
            && sizes.coldPromotions <= sizes.cold
            && sizes.warmPromotions + sizes.warmDemotions + sizes.cooling <= sizes.warm
            && sizes.hotDemotions <= sizes.active
            && parts.map(\.known).reduce(0, +) <= sizes.known
            && parts.map(\.active).reduce(0, +) <= sizes.active
            && counters.rootCount == count { $0.standing != .nonRoot }
            && counters.localRoots.known == count { $0.group != nil }
            && counters.localRoots.warm == count { $0.group != nil && $0.temperature == .warm }
        if !isSound { fail(.viewSizes, "\(counters)") }
    }

    /// With faults stopped for long enough, everything is as wanted.
    private mutating func judgeRest() {
        let targets = governor.targets
        let counters = governor.counters
        let peers = counters.peers
        let local = counters.localRoots
        if peers.known < min(targets.known, peerCount) {
            fail(.convergence, "\(peers.known) of \(targets) are known")
        }
        if peers.established < targets.established {
            fail(.convergence, "\(peers.established) of \(targets) are established")
        }
        if peers.established > targets.established, peers.warm > local.warm {
            fail(.convergence, "\(peers.established) of \(targets) are still established")
        }
        if peers.active < targets.active, peers.warm > local.warm {
            fail(.convergence, "\(peers.active) of \(targets) are active")
        }
        if peers.active > max(targets.active, local.active) {
            fail(.convergence, "\(peers.active) of \(targets) are still active")
        }
        if counters.rootCount < min(targets.root, peerCount / 4) {
            fail(.convergence, "\(counters.rootCount) of \(targets) are roots")
        }
        for (index, group) in governor.localRootGroups.enumerated() {
            let temperatures = group.members.compactMap { governor.known[$0]?.temperature }
            if temperatures.count(where: { $0 == .hot }) != group.hotValency {
                fail(.convergence, "group \(index) wants \(group.hotValency) of \(temperatures)")
            }
            if temperatures.count(where: { $0 >= .warm }) < group.warmValency {
                fail(.convergence, "group \(index) wants \(group.warmValency) of \(temperatures)")
            }
        }
        let sizes = [peers.coldPromotions, peers.warmPromotions, peers.warmDemotions]
        if sizes != [0, 0, 0] { fail(.convergence, "still at work: \(peers)") }
    }

    /// At rest, a governor wakes for its timers only: ten hours of them.
    private mutating func judgeQuiet() {
        guard governor.known.count >= governor.targets.known else { return }
        let before = effectCount
        advance(by: .seconds(36_000))
        let limit =
            governor.counters.rootCount < governor.targets.root ? 36_000 / 60 + 200 : 0
        if effectCount - before > limit {
            fail(.nobusyness, "\(effectCount - before) effects at rest")
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
        case .requestPublicRoots, .drawFromBook, .askSeed, .ask, .transition, .targetsChanged: false
        }
    }
}

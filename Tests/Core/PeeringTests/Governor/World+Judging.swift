import WarrenObservation
import WarrenPeering
import WarrenPrimitives

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
    case knownBigBelow = "target_known_big_ledger_peers_below"
    case knownBigAbove = "target_known_big_ledger_peers_above"
    case establishedBigBelow = "target_established_big_ledger_peers_below"
    case establishedBigAbove = "target_established_big_ledger_peers_above"
    case activeBigBelow = "target_active_big_ledger_peers_below"
    case activeBigAbove = "target_active_big_ledger_peers_above"
    case fallback = "only_bootstrap_peers_in_fallback_state"
    case noUntrusted = "no_non_trustable_peers_before_caught_up_state"
    case stopsBootstrap = "stops_using_bootstrap_peers"
    case cleanState = "only_bootstrap_peers_in_clean_state"
    case gates, targetsFollow, forgetting, localsStay, dialing, askedAgain, knownKept
    case inProgressLimits, convergence
}

extension World {
    /// Rows counted afresh, one by one.
    struct Count {
        var established = 0
        var active = 0
        var roots = 0
        var locals = 0
        var warmLocals = 0
        var promotingCold = 0
        var promotingWarm = 0
        var leavingWarm = 0
        var leavingHot = 0
        var askable = 0
        // Of peers that are no local roots:
        var dialable = 0
        var ready = 0
        var idleWarm = 0
        var idleHot = 0
        var idleColdRoots = 0
        var idleColdOthers = 0

        init(_ rows: [Governor.KnownPeer], areBig: Bool) {
            for row in rows where (row.standing == .root(.bigLedger)) == areBig { add(row) }
        }

        private mutating func add(_ row: Governor.KnownPeer) {
            let isLocal = row.group != nil
            let isIdle = row.phase.destination == nil
            if row.standing != .nonRoot { roots += 1 }
            if isLocal { locals += 1 }
            if row.asking == .available, row.phase != .warm(.cooling) { askable += 1 }
            switch row.temperature {
            case .unknown: break
            case .cold:
                if !isIdle { promotingCold += 1 }
                if isIdle, !isLocal, row.nextAttemptAt == nil { dialable += 1 }
                if isIdle, !isLocal {
                    if row.standing == .nonRoot { idleColdOthers += 1 } else { idleColdRoots += 1 }
                }
            case .warm:
                established += 1
                if isLocal { warmLocals += 1 }
                if row.phase.destination == .hot { promotingWarm += 1 }
                if row.phase.destination == .cold { leavingWarm += 1 }
                if isIdle, !isLocal, row.nextAttemptAt == nil { ready += 1 }
                if isIdle, !isLocal { idleWarm += 1 }
            case .hot:
                established += 1
                active += 1
                if !isIdle { leavingHot += 1 }
                if isIdle, !isLocal { idleHot += 1 }
            }
        }
    }

    /// No decision may be left that could have been taken.
    mutating func judgeStep() {
        let rows = governor.known.rows
        let big = Count(rows, areBig: true)
        var count = Count(rows, areBig: false)
        count.roots += big.roots
        let targets = governor.targets
        if count.established + count.promotingCold < targets.established, count.dialable > 0 {
            fail(.establishedBelow, "\(targets) and \(count)")
        }
        if count.active + count.promotingWarm < targets.active, count.ready > 0 {
            fail(.activeBelow, "\(targets) and \(count)")
        }
        let surplus = min(
            count.established - targets.established,
            count.established - count.warmLocals - count.active
        )
        if surplus > count.leavingWarm + count.promotingWarm, count.idleWarm > 0 {
            fail(.establishedAbove, "\(targets) and \(count)")
        }
        if count.active - count.leavingHot > targets.active, count.idleHot > 0 {
            fail(.activeAbove, "\(targets) and \(count)")
        }
        judgeGroups(count.leavingHot + big.leavingHot)
        judgeKnown(count, askable: count.askable + big.askable)
        judgeBigLedger(big)
        judgeTrust()
        judgeLinks()
        judgeCounters(count)
    }

    mutating func judgeGroups(_ leavingHot: Int) {
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

    mutating func judgeKnown(_ count: Count, askable: Int) {
        let targets = governor.targets
        let known = governor.counters.peers.known
        let rootsToGo = count.roots > targets.root ? count.idleColdRoots : 0
        if known > targets.known, count.idleColdOthers + rootsToGo > 0 {
            fail(.knownAbove, "\(known) are known: \(targets) and \(count)")
        }
        let requests = governor.counters.shareRequests
        if requests > 2 { fail(.inProgressLimits, "\(requests) share requests") }
        let recent = asks.suffix(12).count { now < $0.advanced(by: .seconds(10)) }
        if requests > recent { fail(.knownBelow, "\(requests) are waited for, \(recent) asked") }
        if known < targets.known, governor.trust == .unrestricted {
            if governor.settings.sharesPeers, requests < 2, askable > 0 {
                fail(.knownBelow, "\(askable) could be asked, \(requests) are")
            }
            if governor.nextDeadline == nil, queue.isEmpty {
                fail(.knownBelow, "nothing will be done about \(known) of \(targets)")
            }
        }
        // The longest back-off, and 10 s.
        let isMissing = count.roots < targets.root && rootsUnderway == 0
        if isOverdue(.rootBelow, isMissing, after: .seconds(266)) {
            fail(.rootBelow, "\(count.roots) of \(targets)")
        }
    }

    /// The governor's view equals the world's, but for peers that it is demoting.
    mutating func judgeLinks() {
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

    mutating func judgeRepromotion(_ peer: PeerID) {
        guard let rest = rests[peer] else { return }
        rests[peer] = nil
        if now < rest { fail(.repromoteDelay, "\(peer) is used again before \(rest)") }
        if now == rest { fail(.repromoteDelay, "\(peer) is used again without fuzz") }
    }

    mutating func judgeCounters(_ count: Count) {
        let counters = governor.counters
        let sizes = counters.peers
        let parts = [counters.localRoots, counters.nonRoots]
        let isSound =
            sizes.known + counters.bigLedger.known == governor.known.count
            && sizes.established == count.established
            && sizes.active == count.active
            && sizes.cold + sizes.warm + sizes.hot == sizes.known
            && sizes.coldPromotions == count.promotingCold
            && sizes.warmPromotions == count.promotingWarm
            && sizes.warmDemotions + sizes.cooling == count.leavingWarm
            && sizes.hotDemotions == count.leavingHot
            && parts.map(\.known).reduce(0, +) <= sizes.known
            && parts.map(\.active).reduce(0, +) <= sizes.active
            && counters.rootCount == count.roots
            && counters.localRoots.known == count.locals
            && counters.localRoots.warm == count.warmLocals
        if !isSound { fail(.viewSizes, "\(counters)") }
    }

    /// With faults stopped for long enough, everything is as wanted.
    mutating func judgeRest() {
        let targets = governor.targets
        let counters = governor.counters
        let peers = counters.peers
        let local = counters.localRoots
        if peers.known < min(targets.known, peerCount) {
            fail(.convergence, "\(peers.known) of \(targets) are known")
        }
        // Local roots above their valency are not dialed for the targets.
        if peers.established < targets.established, peers.cold > local.cold {
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
        if counters.rootCount < min(targets.root, rootSupply) {
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
        let big = counters.bigLedger
        if cast.hasLedger, big.known < targets.knownBigLedger {
            fail(.convergence, "\(big) of \(targets) are known")
        }
        if big.established < targets.establishedBigLedger, big.cold > 0 {
            fail(.convergence, "\(big) of \(targets) are established")
        }
        if big.established > max(targets.establishedBigLedger, big.active) {
            fail(.convergence, "\(big) of \(targets) are still established")
        }
        if big.active != min(targets.activeBigLedger, big.established) {
            fail(.convergence, "\(big) of \(targets) are active")
        }
        let sizes = [peers.coldPromotions, peers.warmPromotions, peers.warmDemotions]
        if sizes != [0, 0, 0] { fail(.convergence, "still at work: \(peers)") }
    }

    /// At rest, a governor wakes for its timers only: ten hours of them.
    mutating func judgeQuiet() {
        let counters = governor.counters
        guard counters.peers.known >= governor.targets.known,
            counters.bigLedger.known >= governor.targets.knownBigLedger
        else { return }
        let before = effectCount
        advance(by: .seconds(36_000))
        let limit =
            governor.counters.rootCount < governor.targets.root ? 36_000 / 60 + 200 : 0
        if effectCount - before > limit {
            fail(.nobusyness, "\(effectCount - before) effects at rest")
        }
    }
}

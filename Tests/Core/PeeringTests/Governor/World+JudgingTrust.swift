import WarrenObservation
import WarrenPeering
import WarrenPrimitives

extension World {
    /// True if `isOpen` held without a break for longer than the tolerance.
    mutating func isOverdue(_ row: Row, _ isOpen: Bool, after tolerance: Duration) -> Bool {
        guard isOpen else {
            openSince[row] = nil
            return false
        }
        let since = openSince[row] ?? now
        openSince[row] = since
        return now > since.advanced(by: tolerance)
    }

    // MARK: - Big ledger peers

    /// Decisions about big ledger peers, by their own targets and behind the gate.
    mutating func judgeBigLedger(_ big: Count) {
        let targets = governor.targets
        let isOpen = governor.trust == .unrestricted
        let isMissing = isOpen && big.roots < targets.knownBigLedger && bigLedgerUnderway == 0
        if isOverdue(.knownBigBelow, isMissing, after: .seconds(266))
            || (isMissing && governor.nextDeadline == nil)
        {
            fail(.knownBigBelow, "nothing will be done about \(big.roots) of \(targets)")
        }
        if big.roots > targets.knownBigLedger, big.idleColdRoots > 0 {
            fail(.knownBigAbove, "\(big) and \(targets)")
        }
        if isOpen, big.established + big.promotingCold < targets.establishedBigLedger,
            big.dialable > 0
        {
            fail(.establishedBigBelow, "\(big) and \(targets)")
        }
        if isOpen, big.active + big.promotingWarm < targets.activeBigLedger, big.ready > 0 {
            fail(.activeBigBelow, "\(big) and \(targets)")
        }
        let surplus = min(
            big.established - targets.establishedBigLedger,
            big.established - big.active
        )
        if surplus > big.leavingWarm + big.promotingWarm, big.idleWarm > 0 {
            fail(.establishedBigAbove, "\(big) and \(targets)")
        }
        if big.active - big.leavingHot > targets.activeBigLedger, big.idleHot > 0 {
            fail(.activeBigAbove, "\(big) and \(targets)")
        }
    }

    // MARK: - The sensitive state

    mutating func judgeTrust() {
        let trust = governor.trust
        if governor.requiresBootstrapPeers != isSensitive {
            fail(.targetsFollow, "sensitive: \(isSensitive), but it is \(trust)")
        }
        if trust == .draining {
            if governor.targets != .none { fail(.targetsFollow, "drains to \(governor.targets)") }
        } else if governor.targets != expectedTargets {
            fail(.targetsFollow, "\(governor.targets), not \(expectedTargets)")
        }
        let isDraining = cast.isPrompt && trust == .draining && previous.trust == .draining
        if isOverdue(.fallback, isDraining, after: .seconds(10)) {
            fail(.fallback, "still knows \(governor.known.ids)")
        }
        if trust == .onlyTrusted, let stranger = governor.known.ids.first(where: { !isTrusted($0) })
        {
            fail(.noUntrusted, "\(stranger) is \(String(describing: governor.known[stranger]))")
        }
        guard trust == .unrestricted else { return }
        for peer in cast.bootstrap where governor.known[peer]?.standing == .root(.bootstrap) {
            if !keptBootstrap.contains(peer) { fail(.stopsBootstrap, "\(peer) is new") }
            if previous.trust != .unrestricted, governor.known[peer]?.phase == .cold(.available) {
                fail(.stopsBootstrap, "\(peer) is not in use, but kept")
            }
        }
    }

    /// What is in force once there is nothing to drain: Genesis puts one set for the other.
    private var expectedTargets: Targets {
        let settings = governor.settings
        switch (cast.mode, ledger) {
        case (.genesis, .youngEnough) where wanted == settings.syncTargets:
            return settings.deadlineTargets
        case (.genesis, .tooOld) where wanted == settings.deadlineTargets:
            return settings.syncTargets
        case (.genesis, .youngEnough), (.genesis, .tooOld), (.praos, .youngEnough),
            (.praos, .tooOld):
            return wanted
        }
    }

    mutating func judgeGate(_ what: String) {
        if isSensitive { fail(.gates, "\(what) in the sensitive state") }
    }

    mutating func judgePromotion(_ peer: PeerID) {
        guard isSensitive else { return }
        if governor.trust == .draining { fail(.cleanState, "promotes \(peer) while draining") }
        if !isTrusted(peer) { fail(.cleanState, "promotes \(peer), which is not trusted") }
        if cast.big.contains(peer) { fail(.gates, "promotes \(peer), a big ledger peer") }
    }

    mutating func judgeLearning(_ peer: PeerID, _ reason: Reason, _ source: PeerSource) {
        if Int(peer.rawValue) >= cast.total { fail(.knownBelow, "\(peer) does not exist") }
        guard isSensitive, previous.trust != .unrestricted, reason != .merged else { return }
        // Local roots may be in force for a moment, until the node drains again.
        guard source != .localRoot else { return }
        if !isTrusted(peer), !cast.bootstrap.contains(peer) {
            fail(.noUntrusted, "\(peer) is learnt in the sensitive state")
        }
    }

    mutating func judgeSensitiveRest() {
        guard isSensitive else { return }
        guard governor.trust == .onlyTrusted else {
            return fail(.fallback, "still draining: \(governor.known.ids)")
        }
        let targets = governor.targets
        let counters = governor.counters
        if counters.rootCount < min(targets.root, cast.bootstrap.count) {
            fail(.convergence, "\(counters.rootCount) of \(targets) are bootstrap peers")
        }
        let bootstrap = counters.bootstrap
        if counters.peers.established < targets.established, bootstrap.cold > 0 {
            fail(.convergence, "\(counters.peers) of \(targets) are established")
        }
    }

    // MARK: - Forgetting, asking and dialing

    /// Whoever leaves does so by O§3.6.6, O§3.8.1 or the node's word.
    mutating func judgeLeaving(_ peer: PeerID, _ reason: Reason) {
        guard let row = previous.known[peer] else { return }
        switch reason {
        case .merged, .banned: break
        case .failedTooOften:
            let isProtected =
                [.root(.configured), .root(.bootstrap)].contains(row.standing)
                || row.group != nil
            if row.failCount < Governor.Policy.failureLimit || isProtected {
                fail(.forgetting, "\(row) is forgotten for failures")
            }
        case .forgotten:
            let isDraining = isSensitive || previous.trust != .unrestricted
            let isStillLocal =
                !isDraining && governor.localRootGroups.contains { $0.members.contains(peer) }
            if isStillLocal { fail(.forgetting, "\(peer), a local root, is forgotten") }
        case .learnt, .belowValency, .aboveValency, .belowTarget, .aboveTarget, .configured,
            .noLongerConfigured, .closed, .protocolEnded, .stopping:
            fail(.forgetting, "\(peer) is forgotten because of \(reason)")
        }
    }

    /// Nobody is forgotten who is missing then.
    mutating func judgeForgetting(_ effects: [Governor.Effect]) {
        guard governor.trust == .unrestricted, previous.trust == .unrestricted else { return }
        var big = 0
        var others = 0
        for case .transition(let peer, from: _, to: .unknown, .forgotten, let source) in effects {
            switch previous.known[peer]?.standing {
            case .root(.bigLedger): big += 1
            case nil where source == .bigLedger: big += 1
            case .root(.bootstrap): break
            case .nonRoot where bringsRoots: break
            case .local, .root(.configured), .root(.ledger), .nonRoot, nil: others += 1
            }
        }
        let counters = governor.counters
        if big > 0, counters.bigLedger.known < governor.targets.knownBigLedger {
            fail(.knownBigAbove, "forgot \(big) of too few: \(governor.targets)")
        }
        if others > 0, counters.peers.known < governor.targets.known {
            fail(.knownKept, "forgot \(others) of too few: \(governor.targets)")
        }
    }

    mutating func judgeAsking(_ peer: PeerID) {
        let floor = Governor.Policy.askFloor
        let usual = Governor.Policy.askAgainDuration / governor.settings.pace
        if let last = lastAsks[peer] {
            let pause = last.wasCold ? floor : max(usual, floor)
            if now < last.at.advanced(by: pause) {
                fail(.askedAgain, "\(peer) is asked again after \(last)")
            }
        }
        lastAsks[peer] = (now, false)
        asks.append(now)
        if asks.count > 400 { asks.removeFirst(200) }
    }

    mutating func judgeDialing(_ peer: PeerID, _ mode: DiffusionMode, dials: Bool) {
        let group = governor.known[peer]?.group.map { governor.localRootGroups[$0] }
        let expected = group?.diffusionMode ?? .initiatorAndResponder
        if mode != expected || dials == (group?.behindFirewall ?? false) {
            fail(.dialing, "\(peer) of \(String(describing: group)): \(mode), dials \(dials)")
        }
    }
}

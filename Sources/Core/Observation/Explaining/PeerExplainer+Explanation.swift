package import WarrenPrimitives

extension PeerExplainer {
    /// Why the peer is what it is at `now`, which is not before the last fact.
    ///
    /// `zero` is where times of the run are counted from.
    package func explanation(
        of node: String,
        at now: Instant,
        zero: Instant? = nil
    ) -> PeerExplanation {
        let row = rows.first
        let temperature = row?.temperature ?? .unknown
        let (holds, basis) = holds(row, at: now)
        return PeerExplanation(
            node: node,
            peer: described(row),
            at: now,
            zeroAt: zero,
            health: PeerExplanation.Health(state.health),
            isInDoubt: state.isInDoubt,
            acquaintance: acquaintance(row),
            temperature: temperature,
            source: row?.source ?? last?.row?.source ?? history.last?.source,
            rootGroup: row.flatMap { group(of: $0) },
            isTepid: freshRow?.isTepid,
            lastTransition: history.last?.transition,
            attempts: attempts(at: now),
            bannedUntil: bannedUntil.flatMap { now < $0 ? $0 : nil },
            connection: connection(row),
            forces: holds.map { PeerExplanation.Force($0, at: temperature) },
            basis: basis,
            history: history,
            historyCount: historyCount
        )
    }

    private func described(_ row: PeerState?) -> PeerSubject {
        var found = subject
        found.id = found.id ?? row?.reference.id
        if found.addresses.isEmpty, let address = row?.reference.address {
            found.addresses = [address]
        }
        return found
    }

    private func acquaintance(_ row: PeerState?) -> PeerExplanation.Acquaintance {
        if let row, row.isKnown { return .known }
        if let row, row.isConnected { return .guest }
        return hasMet ? .forgotten : .never
    }

    private func attempts(at now: Instant) -> PeerExplanation.Attempts {
        var found = attempts
        found.nextAt = found.nextAt.flatMap { now < $0 ? $0 : nil }
        found.isCurrent = freshRow != nil
        return found
    }

    private func connection(_ row: PeerState?) -> PeerExplanation.Connection? {
        guard let row, row.isConnected else { return connection }
        var found = connection ?? PeerExplanation.Connection()
        found.direction = found.direction ?? row.direction
        found.usedBy = found.usedBy ?? row.usedBy
        return found
    }
}

// MARK: - Forces

extension PeerExplainer {
    /// The node's own account while it is fresh, else what its events let count.
    private func holds(
        _ row: PeerState?,
        at now: Instant
    ) -> ([Snapshot.Hold], PeerExplanation.Basis) {
        guard let row, row.isKnown else { return ([], .none) }
        if let told = last?.row, told.temperature != .unknown, told.holds == nil {
            // Without a governor nobody is let go for being too many (C§7).
            let quotas = quotas(of: row).filter { $0.effect(at: row.temperature) != .lowers }
            return (quotas, quotas.isEmpty ? .none : .events)
        }
        if let holds = freshRow?.holds {
            let current = holds.filter { !$0.isOver(at: now) }
            if last?.areCountsFresh == true { return (current, .snapshot) }
            return (current.filter { !$0.isQuota } + quotas(of: row), .events)
        }
        let quotas = quotas(of: row)
        return (quotas, quotas.isEmpty ? .none : .events)
    }

    private func group(of row: PeerState) -> Int? {
        guard row.source == .localRoot else { return nil }
        let told = last?.snapshot.peers.first { $0.peer == row.reference.peer }?.rootGroup
        if let told { return told }
        for step in history.reversed() {
            switch step.transition.reason {
            case .belowValency(let group), .aboveValency(let group): return group
            case .learnt, .forgotten, .failedTooOften, .belowTarget, .aboveTarget, .configured,
                .noLongerConfigured, .closed, .protocolEnded, .merged, .banned, .stopping:
                continue
            }
        }
        return nil
    }

    /// What the peer counts for, by the temperatures and targets that the events tell.
    private func quotas(of row: PeerState) -> [Snapshot.Hold] {
        guard let source = row.source else { return [] }
        if source == .localRoot { return valencies(of: row) }
        guard let targets = state.targets, targets != .none else { return [] }
        let tally = Tally(state.peers)
        let counts = source == .bigLedger ? tally.bigLedger : tally.ordinary
        let rungs: [(Reason.Target, Int, Int)] =
            source == .bigLedger
            ? [
                (.knownBigLedger, counts.known, targets.knownBigLedger),
                (.establishedBigLedger, counts.established, targets.establishedBigLedger),
                (.activeBigLedger, counts.active, targets.activeBigLedger),
            ]
            : [
                (.known, counts.known, targets.known),
                (.established, counts.established, targets.established),
                (.active, counts.active, targets.active),
            ]
        let ladder = rungs.map { Snapshot.Hold.quota(.target($0.0), count: $0.1, wanted: $0.2) }
        switch row.temperature {
        case .unknown: return []
        case .cold:
            let roots = Snapshot.Hold.quota(.roots, count: tally.roots, wanted: targets.root)
            return (source.isPublicRoot ? [roots] : []) + ladder[0...1]
        case .warm: return Array(ladder[1...2])
        case .hot: return Array(ladder[2...2])
        }
    }

    /// Of a local root: how many its group has now, and how many the last snapshot said it wants.
    private func valencies(of row: PeerState) -> [Snapshot.Hold] {
        guard let group = group(of: row), let last else { return [] }
        var wanted: [Snapshot.Quota: Int] = [:]
        var members: Set<PeerID> = []
        for told in last.snapshot.peers where told.rootGroup == group {
            members.insert(told.peer)
            for case .quota(let quota, _, let value) in told.holds ?? [] { wanted[quota] = value }
        }
        let counts = PeerExplainer.Counts(
            state.peers.filter { members.contains($0.reference.peer) }
        )
        let warm = Snapshot.Quota.warmValency(group: group)
        let hot = Snapshot.Quota.hotValency(group: group)
        let all = [(warm, counts.established), (hot, counts.active)].compactMap { quota, count in
            wanted[quota].map { Snapshot.Hold.quota(quota, count: count, wanted: $0) }
        }
        return row.temperature == .hot ? all.filter { $0.isOf(hot) } : all
    }

    /// Peers of one set by temperature; known ⊇ established ⊇ active.
    struct Counts: Hashable, Sendable {
        var known = 0
        var established = 0
        var active = 0

        init() {}

        init(_ peers: [PeerState]) {
            for peer in peers { add(peer) }
        }

        mutating func add(_ peer: PeerState) {
            if peer.temperature >= .cold { known += 1 }
            if peer.temperature >= .warm { established += 1 }
            if peer.temperature >= .hot { active += 1 }
        }
    }

    /// The sets that targets count (O§3.1), told apart by where peers came from.
    private struct Tally {
        var ordinary = Counts()
        var bigLedger = Counts()
        var roots = 0

        init(_ peers: [PeerState]) {
            for peer in peers where peer.isKnown {
                if peer.source == .bigLedger { bigLedger.add(peer) } else { ordinary.add(peer) }
                guard let source = peer.source else { continue }
                if source == .localRoot || source == .bigLedger || source.isPublicRoot {
                    roots += 1
                }
            }
        }
    }
}

extension PeerSource {
    /// One of the public roots that the root target counts, big ledger peers aside (O§3.1).
    fileprivate var isPublicRoot: Bool {
        switch self {
        case .publicRoot, .ledger, .bootstrap: true
        case .localRoot, .bigLedger, .seed, .addressBook, .peerExchange, .inbound, .routing: false
        }
    }
}

extension Snapshot.Hold {
    fileprivate var isQuota: Bool { if case .quota = self { true } else { false } }

    fileprivate func isOf(_ quota: Snapshot.Quota) -> Bool {
        if case .quota(quota, _, _) = self { true } else { false }
    }

    /// A wait that is over.
    fileprivate func isOver(at now: Instant) -> Bool {
        if case .waits(let until) = self { until <= now } else { false }
    }
}

extension PeerExplanation.Health {
    fileprivate init(_ health: NodeState.Health) {
        switch health {
        case .unborn: self = .unborn
        case .healthy: self = .healthy
        case .unhealthy: self = .unhealthy
        case .down: self = .down
        }
    }
}

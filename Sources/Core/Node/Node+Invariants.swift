import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - What always holds

extension Node {
    /// The first rule between the machines that does not hold, in words; nil while all is well.
    ///
    /// For tests and for whoever doubts: it looks at every peer.
    package func invariantViolation() -> String? {
        guard phase == .running else { return nil }
        return manager.governor?.invariantViolation() ?? book.complaint ?? connectionViolation()
            ?? circleViolation() ?? routing.table.complaint ?? jobViolation() ?? secrecyViolation()
            ?? growthViolation() ?? chain?.chain.broken.first
    }

    /// Node and switch agree on who is there, and what the governor uses has a connection.
    private func connectionViolation() -> String? {
        let up = switchboard.peers.map(\.id)
        if up != live.ids.sorted() { return "the switch has \(up), the node \(live.ids.sorted())" }
        for peer in live.ids {
            guard let row = live[peer], let entry = directory[peer] else {
                return "\(peer) is connected, but in no directory"
            }
            if entry.id != row.peer.nodeID || directory.peer(id: row.peer.nodeID) != peer {
                return "\(peer) is connected as \(row.peer.nodeID), listed as \(entry)"
            }
            if let complaint = useViolation(row) { return "\(peer): \(complaint)" }
        }
        guard let governor = manager.governor else { return nil }
        for (peer, row) in zip(governor.known.ids, governor.known.rows) {
            if directory[peer] == nil { return "\(peer) is known, but in no directory" }
            let use = live[peer]?.use
            switch row.phase {
            case .cold: if let use, use > .none, jobs[peer] == nil { return "\(peer): cold, used" }
            case .hot(.demoting): if use == nil { return "\(peer): no connection" }
            case .warm(.demoting):
                if use == nil, connections.state(of: peer) != .terminating {
                    return "\(peer): no connection"
                }
            case .warm(.promoting): break
            case .warm: if use != .warm { return "\(peer): warm, use \(String(describing: use))" }
            case .hot: if use != .hot { return "\(peer): hot, use \(String(describing: use))" }
            }
        }
        return nil
    }

    /// The connection manager, the inbound governor and the node agree on who uses a connection.
    ///
    /// Source: O§7.4.
    private func useViolation(_ row: LivePeer) -> String? {
        let connection = row.peer.connection
        guard let state = connections.state(of: connection) else {
            return "no row of \(connection)"
        }
        let inbound = inboundGovernor.state(of: connection)
        let isSound: Bool
        switch state {
        case .unnegotiated: isSound = inbound == nil && row.greeting == .awaited
        case .outboundUni, .outboundIdle(.unidirectional): isSound = inbound == nil
        case .inboundIdle, .outboundDup(.ticking): isSound = inbound == .idle
        case .outboundDup(.expired), .outboundIdle(.duplex): isSound = inbound == .cold
        case .inbound, .duplex:
            isSound = inbound?.isEstablished == true && row.usedBy > .none
        case .unknown, .reservedOutbound, .terminating, .terminated: isSound = false
        }
        if !isSound { return "\(connection) is \(state), inbound \(String(describing: inbound))" }
        let isOneWay = state == .inbound(.unidirectional) || state == .inboundIdle(.unidirectional)
        // Persistent peers are kept in use, and a circle's policy uses whoever is connected.
        let mayServe = isOneWay && (row.peer.isPersistent || manager.circle != nil)
        if row.use > .none, !state.isUsedOutbound, !mayServe {
            return "\(connection) is \(state), but used as \(row.use)"
        }
        return nil
    }

    /// Every job that the governor waits for is under way, and only those are.
    private func jobViolation() -> String? {
        guard let governor = manager.governor else {
            return jobs.isEmpty || manager.circle != nil
                ? nil : "jobs without a governor: \(jobs.ids)"
        }
        for (peer, row) in zip(governor.known.ids, governor.known.rows) {
            let job = jobs[peer]
            let isSound =
                switch row.phase {
                case .cold(.promoting): job?.promotesCold == true
                case .hot(.demoting): job == .demoteHot
                case .warm(.demoting): job == .demoteWarm
                case .warm(.promoting): failedPromotions.contains { $0.peer == peer }
                case .cold, .warm, .hot: job == nil
                }
            if !isSound { return "\(peer) is \(row.phase), its job \(String(describing: job))" }
            if job?.promotesCold == true, !live.contains(peer), !switchboard.owesAnswer(peer),
                connections.state(of: peer) != .terminating
            {
                return "\(peer) is to be warm, but neither connected nor dialed"
            }
        }
        for peer in jobs.ids where !governor.knows(peer) { return "a job for unknown \(peer)" }
        return nil
    }

    /// Private peers are known only where they are configured, and stored nowhere.
    private func secrecyViolation() -> String? {
        for id in configuration.privatePeerIDs {
            if book.contains(id) { return "private \(id) is in the book" }
            guard let peer = directory.peer(id: id), let row = manager.governor?.known[peer] else {
                continue
            }
            if row.standing == .nonRoot, ![.localRoot, .publicRoot].contains(row.origin) {
                return "private \(id) is known from \(row.origin)"
            }
        }
        return nil
    }

    /// What strangers can make grow stays within its limits.
    private func growthViolation() -> String? {
        let (inbound, limit) = (connections.inboundCount, configuration.acceptedConnections.hard)
        if inbound > limit { return "\(inbound) inbound connections, limit \(limit)" }
        if inboundGovernor.count > live.count { return "the inbound governor follows the dead" }
        if directory.count > sweepAt { return "\(directory.count) handles, limit \(sweepAt)" }
        if pins.count > Self.pinLimit { return "\(pins.count) pins" }
        let knownCount = manager.knownCount
        if lastTransitions.count > knownCount {
            return "\(lastTransitions.count) last transitions of \(knownCount) peers"
        }
        return nil
    }
}

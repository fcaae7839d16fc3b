import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Who uses a connection, and how long an unused one lives

extension Node {
    /// Announces how much we use a peer; nothing is announced to one without 0x70.
    mutating func use(
        _ peer: PeerID,
        _ level: Lifecycle.Level,
        now: Instant,
        random: inout Random
    ) {
        live.update(peer) { row in
            row.use = level
            row.noteUse(now: now)
        }
        guard live[peer]?.greeting != LivePeer.Greeting.none else { return }
        let handle = switchboard.reactorHandle(peer)
        command { (lifecycle: inout Lifecycle, outbox: inout Outbox<Lifecycle.Report>) in
            lifecycle.use(handle, level, now: now, random: &random, into: &outbox)
        }
    }

    /// When the first unused connection has been unused for long enough.
    var idleDeadline: Instant? {
        var least: Instant?
        for row in live.rows {
            guard let since = row.idleSince, !isExemptFromIdling(row) else { continue }
            let due = since.advanced(by: configuration.protocolIdleTimeout)
            if least.map({ due < $0 }) ?? true { least = due }
        }
        return least
    }

    /// Closes connections that neither end has used for `ProtocolIdleTimeout` (O§6, O§7).
    mutating func closeIdle(now: Instant) {
        for row in live.rows {
            guard let since = row.idleSince, !isExemptFromIdling(row),
                since.advanced(by: configuration.protocolIdleTimeout) <= now
            else { continue }
            agenda.append(.switchInput(.stop(row.peer.id, .notWanted, flush: true)))
        }
    }

    /// Peers without 0x70 cannot say that they use us, and seeds are left by their own rules.
    private func isExemptFromIdling(_ row: LivePeer) -> Bool {
        switch manager {
        case .crawler: return true
        case .governor: break
        }
        let peer = row.peer.id
        return row.greeting == LivePeer.Greeting.none || row.peer.isPersistent
            || jobs.contains(peer) || seedJob?.current?.peer == peer
    }
}

extension LivePeer {
    /// Starts or stops the idle time after a change of use at either end.
    mutating func noteUse(now: Instant) {
        let isUsed = use > .none || usedBy > .none
        idleSince = isUsed ? nil : (idleSince ?? now)
    }
}

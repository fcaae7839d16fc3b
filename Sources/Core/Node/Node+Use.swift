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
        noteIdle(peer)
        route(peer, isUsed: level > .none, now: now)
        guard live[peer]?.greeting != LivePeer.Greeting.none else { return }
        let handle = switchboard.reactorHandle(peer)
        command { (lifecycle: inout Lifecycle, outbox: inout Outbox<Lifecycle.Report>) in
            lifecycle.use(handle, level, now: now, random: &random, into: &outbox)
        }
    }

    /// Makes sure that a connection which nobody uses any more is looked at in time.
    mutating func noteIdle(_ peer: PeerID) {
        guard let since = live[peer]?.idleSince else { return }
        idleDeadline = soonest(
            idleDeadline,
            since.advanced(by: configuration.protocolIdleTimeout)
        )
    }

    /// How soon an idle connection that something still waits for is looked at again.
    private static let idleRecheck: Duration = .seconds(1)

    /// Closes connections that neither end has used for `ProtocolIdleTimeout` (O§6, O§7).
    mutating func closeIdle(now: Instant) {
        guard let due = idleDeadline, due <= now else { return }
        idleDeadline = nil
        for row in live.rows {
            guard let since = row.idleSince, !mayIdle(row) else { continue }
            let due = since.advanced(by: configuration.protocolIdleTimeout)
            if now < due {
                idleDeadline = soonest(idleDeadline, due)
            } else if isAwaited(row.peer.id) {
                idleDeadline = soonest(idleDeadline, now.advanced(by: Self.idleRecheck))
            } else {
                agenda.append(.switchInput(.stop(row.peer.id, .notWanted, flush: true)))
            }
        }
    }

    /// Peers without 0x70 cannot say that they use us, and seeds are left by their own rules.
    private func mayIdle(_ row: LivePeer) -> Bool {
        switch manager {
        case .crawler, .ensurePeers, .staticTopology: true
        case .governor: row.greeting == LivePeer.Greeting.none || row.peer.isPersistent
        }
    }

    private func isAwaited(_ peer: PeerID) -> Bool {
        jobs.contains(peer) || seedJob?.current?.peer == peer
    }
}

extension LivePeer {
    /// Starts or stops the idle time after a change of use at either end.
    mutating func noteUse(now: Instant) {
        let isUsed = use > .none || usedBy > .none
        idleSince = isUsed ? nil : (idleSince ?? now)
    }
}

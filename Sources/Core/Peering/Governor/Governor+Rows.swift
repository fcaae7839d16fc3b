import WarrenObservation
package import WarrenPrimitives

extension Governor {
    /// Changes a peer's row; counts and timers follow.
    ///
    /// The only way to change a row.
    mutating func revise(_ peer: PeerID, _ change: (inout KnownPeer) -> Void) {
        guard let before = known[peer] else { return }
        var after = before
        change(&after)
        known[peer] = after
        census.count(before, times: -1)
        census.count(after, times: 1)
        setAlarms(peer, after, unlike: before)
    }

    private mutating func setAlarms(_ peer: PeerID, _ row: KnownPeer, unlike old: KnownPeer?) {
        for kind in [Alarm.Kind.attempt, .ask, .forgive] {
            guard let at = row.time(of: kind), at != old?.time(of: kind) else { continue }
            alarms.set(Alarm(at: at, peer: peer, kind: kind))
        }
    }

    /// Puts a peer to another temperature and says so.
    mutating func move(
        _ peer: PeerID,
        to phase: Phase,
        _ reason: Reason,
        now: Instant,
        into effects: inout [Effect],
        also change: (inout KnownPeer) -> Void = { _ in }
    ) {
        guard let row = known[peer] else { return }
        revise(peer) {
            $0.phase = phase
            $0.changedAt = now
            $0.lastReason = reason
            if phase.temperature == .cold { $0.asking = .never }
            change(&$0)
        }
        effects.append(
            .transition(peer, from: row.temperature, to: phase.temperature, reason, row.source)
        )
    }

    /// Takes a peer into the known set, cold; one that is known already stays as it is.
    mutating func learn(
        _ peer: PeerID,
        as standing: Standing = .nonRoot,
        from origin: PeerSource,
        advertise: Advertise,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard !known.contains(peer) else { return }
        let row = KnownPeer(
            standing: standing,
            origin: origin,
            advertise: advertise,
            changedAt: now
        )
        enter(peer, row, .learnt, into: &effects)
    }

    /// Puts a row of a peer that is not known in place.
    mutating func enter(
        _ peer: PeerID,
        _ row: KnownPeer,
        _ reason: Reason,
        into effects: inout [Effect]
    ) {
        known[peer] = row
        census.count(row, times: 1)
        setAlarms(peer, row, unlike: nil)
        effects.append(.transition(peer, from: .unknown, to: row.temperature, reason, row.source))
    }

    /// Takes a peer out of the known set, and of every other with it.
    mutating func drop(_ peer: PeerID, _ reason: Reason, into effects: inout [Effect]) {
        guard let row = known.remove(peer) else { return }
        census.count(row, times: -1)
        effects.append(.transition(peer, from: row.temperature, to: .unknown, reason, row.source))
    }

    /// The known peers that satisfy `isWanted`, in the order of the roster.
    func peers(where isWanted: (KnownPeer) -> Bool) -> [PeerID] {
        var found: [PeerID] = []
        for (place, row) in known.rows.enumerated() where isWanted(row) {
            found.append(known.ids[place])
        }
        return found
    }

    /// Peers that it may learn or ask after though it does not know them, or not yet.
    package var namedPeers: [PeerID] {
        configuredGroups.flatMap(\.members) + inboundPeers.map(\.peer)
            + shareBatches.flatMap { $0.unanswered + $0.found }
    }

    package func knows(_ peer: PeerID) -> Bool { known.contains(peer) }

    /// Whom an answer on the exchange channel may name.
    ///
    /// Source: O§2.3.
    package var shareable: [PeerID] { peers(where: \.isShareable) }
}

import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Routing: what its reactor reports, and what it is told

extension Node {
    mutating func hear(
        _ report: Routing.Report,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch report {
        case .requested(let handle):
            guard let nearest = nearest(wantedBy: handle) else { return }
            command { (routing: inout Routing, outbox: inout Outbox<Routing.Report>) in
                _ = routing.answer(handle, nearest, into: &outbox)
            }
        case .learnt(let named, let addresses):
            absorb(addresses, from: current(named), now: now, random: &random, into: &effects)
        case .misbehaved(let named, _):
            guard let id = directory[current(named)]?.id,
                !configuration.unconditionalPeers.contains(id)
            else { return }
            ban(id, now: now, into: &effects)
        case .found: break
        }
    }

    /// Whom a peer that asked may be told of: not itself, nobody private, and nobody withheld
    /// (C§5.8; `advertise` of its group, O§1.3).
    ///
    /// Nobody is withheld on most nodes, and then nobody is looked up for it. What is asked of the node
    /// is taken out of it first, since a closure would take a copy of the whole.
    private func nearest(wantedBy handle: PeerID) -> [PeerAddress]? {
        let asker = live.read(current(handle)) { $0.peer.nodeID }
        let hidden = configuration.privatePeerIDs
        guard manager.withholdsSomeone else {
            return routing.nearest(wantedBy: handle) { $0 != asker && !hidden.contains($0) }
        }
        let (directory, manager) = (directory, manager)
        return routing.nearest(wantedBy: handle) { id in
            guard id != asker, !hidden.contains(id) else { return false }
            return directory.peer(id: id).map { !manager.isWithheld($0) } ?? true
        }
    }

    /// Whom routing found goes to the book, on the word of the peer that named them, and those that it
    /// took to the peer manager (design §5 "All feed the same door").
    private mutating func absorb(
        _ addresses: [PeerAddress],
        from peer: PeerID,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let row = live[peer] else { return }
        let (newCount, usable) = remember(addresses, from: row, now: now, random: &random)
        hearOf(usable, newCount: newCount, from: .routing)
        if manager.governor?.wantsMore == true {
            agenda.append(.governorInput(.routed(usable.map { heardOf($0) })))
        }
        guard newCount > 0 else { return }
        emit(
            .learnt(
                from: directory.reference(peer),
                addressCount: addresses.count,
                newCount: newCount
            ),
            now: now,
            into: &effects
        )
    }

    /// Only who is warm or hot is asked (design §4).
    mutating func route(_ peer: PeerID, isUsed: Bool, now: Instant) {
        let handle = switchboard.reactorHandle(peer)
        command { (routing: inout Routing, outbox: inout Outbox<Routing.Report>) in
            routing.use(handle, isUsed, now: now, into: &outbox)
        }
    }
}

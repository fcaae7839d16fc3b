import WarrenObservation
package import WarrenPrimitives

/// The static topology: exactly the local roots, each connected for ever, and nothing else.
///
/// Cardano's legacy mode: every access point counts, whatever the valencies say, and is hot as
/// long as it can be had; a lost one is dialed again by CometBFT's reconnect schedule, whose last
/// period repeats (C§5.2, C§12). Nobody is asked for addresses, nor answered: as in CometBFT with
/// its pex off, channel 0x00 is not even there. Who dials us is let in and used like the rest.
/// Sources: O§1.5, C§9; design §5.
package struct StaticTopology: Sendable, Equatable {
    package private(set) var circle: Circle

    package init(settings: Circle.Settings) { circle = Circle(settings: settings) }

    package var nextDeadline: Instant? { circle.nextDeadline }

    package mutating func handle(
        _ input: Circle.Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Circle.Effect]
    ) {
        switch input {
        case .configured(var configured):
            // Public roots are for discovery, which there is none of.
            configured.roots = []
            circle.adopt(configured, hangsUp: true, now: now, random: &random, into: &effects)
            let count = Set(circle.namedPeers).count
            circle.setTargets(
                Targets(root: count, known: count, established: count, active: count),
                into: &effects
            )
        case .connected(let peer, let isOutbound):
            circle.join(peer, isOutbound: isOutbound, now: now, into: &effects)
        case .ready(let peer, let canBeHot, let sharesPeers, _):
            circle.use(peer, canBeHot: canBeHot, sharesPeers: sharesPeers, into: &effects)
        case .dialFailed(let peer, let reason, _), .disconnected(let peer, let reason):
            circle.lose(peer, reason, now: now, random: &random, into: &effects)
            leave(peer, into: &effects)
        case .merged(let peer, let other): circle.merge(other, into: peer, into: &effects)
        case .forget(let peer, let reason): circle.forget(peer, reason, into: &effects)
        case .deadline: circle.wake(now: now, into: &effects)
        case .start, .drawn, .heard, .seedAnswered, .seedFailed: break
        }
    }

    /// A guest that left is nobody any more: nothing will dial it.
    private mutating func leave(_ peer: PeerID, into effects: inout [Circle.Effect]) {
        guard let row = circle.known[peer], row.isStranger else { return }
        circle.forget(peer, .noLongerConfigured, into: &effects)
    }
}

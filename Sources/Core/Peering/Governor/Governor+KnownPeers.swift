import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// A mature duplex peer that connected to us.
    struct InboundPeer: Hashable, Sendable {
        var peer: PeerID
        let sharesPeers: Bool

        init(peer: PeerID, sharesPeers: Bool) {
            self.peer = peer
            self.sharesPeers = sharesPeers
        }

        init(_ entry: (key: PeerID, value: Bool)) {
            self.init(peer: entry.key, sharesPeers: entry.value)
        }
    }

    /// Whether more peers are looked for: it knows fewer than it wants, and may use anybody.
    package var wantsMore: Bool { census.ordinary.known < targets.known && permitsProgress }

    /// Looks for more peers while fewer are known than wanted.
    ///
    /// Those who dialed us, and what peers know, come first; routing, the address book and seeds only
    /// when neither of those can act (design §5).
    mutating func decideKnownBelow(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        guard wantsMore else { return false }
        return learnInbound(now: now, random: &random, into: &effects)
            || askPeers(now: now, random: &random, into: &effects)
            || learnRouted(now: now, into: &effects)
            || drawFromBook(now: now, into: &effects)
            || askSeed(now: now, into: &effects)
    }

    /// Learns peers that have long been connected to us: light peer sharing.
    ///
    /// Where peers could be asked as well, a coin decides which it is. Source: O§3.6.4.
    private mutating func learnInbound(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        guard settings.sharesPeers, shareRequestCount == 0, now >= inboundRetryAt else {
            return false
        }
        let available = inboundPeers.filter { !known.contains($0.peer) }
        guard !available.isEmpty else { return false }
        guard askableCount == 0 || random.chance(1, in: 2) else { return false }

        let count = min(Policy.inboundPickLimit, targets.known - census.ordinary.known)
        for inbound in random.sample(count, of: available) {
            learn(
                inbound.peer,
                from: .inbound,
                advertise: .advertised,
                now: now,
                into: &effects
            )
            revise(inbound.peer) {
                $0.sharing = inbound.sharesPeers ? .enabled : .disabled
                $0.hasConnected = true
            }
        }
        inboundRetryAt = now.advanced(by: paced(Policy.inboundRetryDuration))
        return true
    }

    /// Forgets cold peers while more are known than wanted, roots only above their own target.
    ///
    /// Upstream forgets at most as many at once as roots are to spare, and looks again; here one
    /// order serves for all of it, which leaves the same peers to chance and takes one look.
    /// Source: O§3.6.6; for big ledger peers O§3.4 (7).
    mutating func forgetKnown(
        _ population: Population,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        let tally = census[population]
        let isOrdinary = population == .ordinary
        let excess = tally.known - (isOrdinary ? targets.known : targets.knownBigLedger)
        var spareRoots = isOrdinary ? census.rootCount - targets.root : .max
        let picksRoots = spareRoots > 0
        let spared =
            (isOrdinary ? census.local.idleCold : 0)
            + (picksRoots ? 0 : census.publicRoots.idleCold)
        guard excess > 0, tally.idleCold > spared else { return false }

        let available = peers {
            guard $0.population == population, $0.isIdleCold else { return false }
            return $0.standing == .nonRoot || (picksRoots && !$0.isLocal)
        }
        var left = excess
        for peer in pickToForget(available.count, of: available, random: &random) where left > 0 {
            if known[peer]?.standing != .nonRoot {
                guard spareRoots > 0 else { continue }
                spareRoots -= 1
            }
            left -= 1
            drop(peer, .forgotten, into: &effects)
        }
        return true
    }
}

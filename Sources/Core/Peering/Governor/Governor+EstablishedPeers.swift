import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Decisions 11 and 12 of O§3.4, with big ledger peers first, then local roots, then others.
    mutating func decideEstablished(random: inout Random, into effects: inout [Effect]) -> Bool {
        (permitsProgress && promoteCold(.bigLedger, random: &random, into: &effects))
            || promoteColdLocals(random: &random, into: &effects)
            || promoteCold(.ordinary, random: &random, into: &effects)
            || demoteWarm(.bigLedger, random: &random, into: &effects)
            || demoteWarm(.ordinary, random: &random, into: &effects)
    }

    /// Connects to cold peers while fewer are established than wanted.
    ///
    /// Source: O§3.8.1.
    private mutating func promoteCold(
        _ population: Population,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        let tally = census[population]
        let name: Reason.Target = population == .ordinary ? .established : .establishedBigLedger
        let wanted = target(name) - tally.established - tally.coldPromotions
        let locals = population == .ordinary ? census.local.dialable : 0
        guard wanted > 0, tally.dialable > locals else { return false }

        let available = peers {
            $0.isDialable && $0.population == population && !$0.isLocal
        }
        for peer in random.sample(wanted, of: available) {
            promoteCold(
                peer,
                mode: .initiatorAndResponder,
                dials: true,
                .belowTarget(name, target(name)),
                into: &effects
            )
        }
        return true
    }

    /// Connects to local roots up to the warm valency of their group, whatever the targets say.
    ///
    /// Source: O§3.8.1.
    private mutating func promoteColdLocals(
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        guard census.local.dialable > 0 else { return false }
        for (index, group) in localRootGroups.enumerated() {
            let tally = census.groups[index]
            let wanted = group.warmValency - tally.established - tally.coldPromotions
            guard wanted > 0, tally.dialable > 0 else { continue }
            let available = group.members.filter { known[$0]?.isDialable ?? false }
            for peer in random.sample(wanted, of: available) {
                promoteCold(
                    peer,
                    mode: group.diffusionMode,
                    dials: !group.behindFirewall,
                    .belowValency(group: index),
                    into: &effects
                )
            }
            return true
        }
        return false
    }

    private mutating func promoteCold(
        _ peer: PeerID,
        mode: DiffusionMode,
        dials: Bool,
        _ reason: Reason,
        into effects: inout [Effect]
    ) {
        revise(peer) { $0.phase = .cold(.promoting(reason)) }
        effects.append(.promoteCold(peer, mode: mode, dials: dials))
    }

    /// Lets go of warm peers, never local roots, while more are established than wanted.
    ///
    /// Those being promoted or demoted, or cooling, count as gone. Source: O§3.10.
    private mutating func demoteWarm(
        _ population: Population,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        let tally = census[population]
        let name: Reason.Target = population == .ordinary ? .established : .establishedBigLedger
        let local = population == .ordinary ? census.local : Tally()
        let excess =
            min(tally.established - target(name), tally.warm - local.warm)
            - tally.warmDemotions - tally.warmPromotions - tally.cooling
        guard excess > 0, tally.idleWarm > local.idleWarm else { return false }

        let available = peers {
            $0.isIdleWarm && $0.population == population && !$0.isLocal
        }
        for peer in pickWarmToDemote(excess, of: available, random: &random) {
            let reason = Reason.aboveTarget(name, target(name))
            revise(peer) { $0.phase = .warm(.demoting(reason)) }
            effects.append(.demoteWarm(peer))
        }
        return true
    }
}

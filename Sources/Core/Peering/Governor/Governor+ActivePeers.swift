import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Decisions 13 and 14 of O§3.4, with big ledger peers first, then local roots, then others.
    mutating func decideActive(random: inout Random, into effects: inout [Effect]) -> Bool {
        (permitsProgress && promoteWarm(.bigLedger, random: &random, into: &effects))
            || promoteWarmLocals(random: &random, into: &effects)
            || promoteWarm(.ordinary, random: &random, into: &effects)
            || demoteHot(.bigLedger, random: &random, into: &effects)
            || demoteHotLocals(random: &random, into: &effects)
            || demoteHot(.ordinary, random: &random, into: &effects)
    }

    /// Puts warm peers to full use while fewer are active than wanted.
    ///
    /// Source: O§3.8.2.
    private mutating func promoteWarm(
        _ population: Population,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        let tally = census[population]
        let name: Reason.Target = population == .ordinary ? .active : .activeBigLedger
        let wanted = target(name) - tally.active - tally.warmPromotions
        let locals = population == .ordinary ? census.local.ready : 0
        guard wanted > 0, tally.ready > locals else { return false }

        let available = peers {
            $0.isReady && $0.population == population && !$0.isLocal
        }
        for peer in random.sample(wanted, of: available) {
            promoteWarm(peer, .belowTarget(name, target(name)), into: &effects)
        }
        return true
    }

    /// Puts local roots to full use up to the hot valency of their group.
    private mutating func promoteWarmLocals(
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        guard census.local.ready > 0 else { return false }
        for (index, group) in localRootGroups.enumerated() {
            let tally = census.groups[index]
            let wanted = group.hotValency - tally.active - tally.warmPromotions
            guard wanted > 0, tally.ready > 0 else { continue }
            let available = group.members.filter { known[$0]?.isReady ?? false }
            for peer in random.sample(wanted, of: available) {
                promoteWarm(peer, .belowValency(group: index), into: &effects)
            }
            return true
        }
        return false
    }

    private mutating func promoteWarm(
        _ peer: PeerID,
        _ reason: Reason,
        into effects: inout [Effect]
    ) {
        revise(peer) { $0.phase = .warm(.promoting(reason)) }
        effects.append(.promoteWarm(peer))
    }

    /// Takes hot peers, never local roots, out of full use while more are active than wanted.
    ///
    /// Source: O§3.10.
    private mutating func demoteHot(
        _ population: Population,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        let tally = census[population]
        let name: Reason.Target = population == .ordinary ? .active : .activeBigLedger
        let excess = tally.active - target(name) - tally.hotDemotions
        let locals = population == .ordinary ? census.local.idleHot : 0
        guard excess > 0, tally.idleHot > locals else { return false }

        let available = peers {
            $0.phase == .hot(.idle) && $0.population == population && !$0.isLocal
        }
        for peer in pickHotToDemote(excess, of: available, random: &random) {
            demoteHot(peer, .aboveTarget(name, target(name)), into: &effects)
        }
        return true
    }

    /// Takes local roots out of full use above the hot valency of their group.
    ///
    /// As upstream, hot demotions of whatever peers count against every group. Source: O§3.10.
    private mutating func demoteHotLocals(
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        guard census.local.idleHot > 0 else { return false }
        for (index, group) in localRootGroups.enumerated() {
            let tally = census.groups[index]
            let excess = tally.active - group.hotValency - census.hotDemotions
            guard excess > 0, tally.idleHot > 0 else { continue }
            let available = group.members.filter { known[$0]?.phase == .hot(.idle) }
            for peer in pickHotToDemote(excess, of: available, random: &random) {
                demoteHot(peer, .aboveValency(group: index), into: &effects)
            }
            return true
        }
        return false
    }

    mutating func demoteHot(_ peer: PeerID, _ reason: Reason, into effects: inout [Effect]) {
        revise(peer) { $0.phase = .hot(.demoting(reason)) }
        effects.append(.demoteHot(peer))
    }
}

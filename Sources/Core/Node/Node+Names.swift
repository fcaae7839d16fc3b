import WarrenPrimitives

// MARK: - Names: lookups that are due, and what came of them

extension Node {
    /// Asks the driver for the names whose time has come, as many as may be asked for at once.
    mutating func beginLookups(now: Instant, into effects: inout [Effect]) {
        for (lookup, name) in roots.due(now: now) {
            effects.append(.resolve(lookup, host: name.host, port: name.port))
        }
    }

    /// Takes what became of a lookup, and tells those who waited for it.
    mutating func absorbLookup(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        if absorbRelayLookup(input, now: now, random: &random, into: &effects) { return }
        let hasChanged: Bool
        switch input {
        case .resolved(let lookup, let addresses, let ttl):
            hasChanged = roots.resolved(lookup, addresses, ttl: ttl, now: now)
        case .unresolved(let lookup, let failure):
            hasChanged = roots.unresolved(lookup, failure, now: now)
        case .services(let lookup, let records, let ttl):
            let next = roots.choose(lookup, from: records, ttl: ttl, random: &random)
            if let (lookup, target) = next {
                effects.append(.resolve(lookup, host: target.host, port: target.port))
                return
            }
            hasChanged = roots.resolved(lookup, [], ttl: ttl, now: now)
        case .loaded, .listening, .accepted, .authenticated, .failed, .received, .sent, .closed,
            .persisted, .loadedRange, .storeFailed, .topology, .chain, .deadline, .stop:
            return
        }
        if hasChanged { publishRoots(now: now) }
        settlePublicRoots(now: now)
        settleSeeds(now: now, random: &random)
        beginLookups(now: now, into: &effects)
    }

    /// Takes what became of the lookup of a ledger relay; false for any other.
    private mutating func absorbRelayLookup(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) -> Bool {
        switch input {
        case .resolved(let lookup, let addresses, _) where relayLookups.awaits(lookup):
            hearRelay(lookup, addresses, now: now, random: &random, into: &effects)
        case .unresolved(let lookup, _) where relayLookups.awaits(lookup):
            hearRelay(lookup, [], now: now, random: &random, into: &effects)
        case .services(let lookup, let records, _) where relayLookups.awaits(lookup):
            if let chosen = ServiceRecord.chosen(from: records, random: &random) {
                effects.append(.resolve(lookup, host: chosen.target, port: chosen.port))
            } else {
                hearRelay(lookup, [], now: now, random: &random, into: &effects)
            }
        case .resolved, .unresolved, .services, .loaded, .listening, .accepted, .authenticated,
            .failed, .received, .sent, .closed, .persisted, .loadedRange, .storeFailed, .topology,
            .chain,
            .deadline, .stop:
            return false
        }
        return true
    }
}

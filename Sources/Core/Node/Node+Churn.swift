import WarrenObservation
import WarrenPeering
import WarrenPrimitives

// MARK: - Churn, which owns the governor's targets (O§4)

extension Node {
    /// Tells the machines what to start from: the ledger's state, bootstrap peers, then targets.
    ///
    /// As long as there is no chain, the node itself says that its ledger is young enough (or what
    /// ``NodeConfiguration/ledgerState`` says) and that it is caught up: there is nothing to wait
    /// for. A chain, or a script in its place, may say otherwise at any time. Source: design §17.13.
    mutating func startChurn() {
        agenda.append(.governorInput(.ledgerState(ledgerState)))
        agenda.append(.churnInput(.ledgerState(ledgerState)))
        agenda.append(.churnInput(.fetchMode(fetchMode)))
        tellBootstrap()
        agenda.append(.churnInput(.start))
    }

    /// Tells whether bootstrap peers are in use; in Genesis mode they never are (O§1.2).
    mutating func tellBootstrap() {
        let count = bootstrapPoints.map(\.count)
        if bootstrapPoints != toldBootstrap {
            toldBootstrap = bootstrapPoints
            bootstrapEdition += 1
        }
        agenda.append(
            .governorInput(.bootstrapPeers(count: count, edition: bootstrapEdition))
        )
        agenda.append(.churnInput(.bootstrap(isEnabled: count != nil)))
    }

    mutating func perform(
        _ effect: Churn.Effect,
        now: Instant,
        into effects: inout [Effect]
    ) {
        switch effect {
        case .targets(let targets): agenda.append(.governorInput(.targets(targets)))
        case .stepped(let step): emit(.churned(step), now: now, into: &effects)
        }
    }

    mutating func feedChurn(_ input: Churn.Input, now: Instant, random: inout Random) {
        guard churn != nil else { return }
        var wanted: [Churn.Effect] = []
        churn?.handle(input, now: now, random: &random, into: &wanted)
        churnDeadline = churn?.nextDeadline
        for effect in wanted { agenda.append(.churnEffect(effect)) }
    }

    /// Tells churn the governor's counts, if they are not what they were; false if they are.
    mutating func tellCounts() -> Bool {
        guard areCountsOld, churn != nil else { return false }
        areCountsOld = false
        guard let counts = manager.counts, counts != toldCounts else { return false }
        toldCounts = counts
        agenda.append(.churnInput(.counted(counts)))
        return true
    }
}

import WarrenChain
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - What a change of the chain brings about

extension ChainGossip {
    /// Tells everybody of a change, before anything else is heard.
    mutating func absorb(_ update: ChainUpdate, _ turn: inout Turn) {
        guard !update.changes.isEmpty || !update.events.isEmpty else { return }
        if !update.changes.isEmpty { turn.outbox.report(.persist(update.changes)) }
        let genesis = settings.rules.genesisID
        var rollback: Point?
        var hasMoved = false
        for event in update.events {
            switch event {
            case .rolledBack(let point, let steps):
                if rollback.map({ point.height < $0.height }) ?? true { rollback = point }
                turn.note(.rolledBack(to: point.mark(genesis: genesis), depth: steps.count))
            case .adopted(let step):
                hasMoved = true
                turn.note(.adopted(step.header.mark))
            case .shown: break
            case .equivocation(let found):
                turn.note(
                    .equivocation(
                        producer: NodeID(publicKey: found.producer.bytes),
                        slot: found.slot,
                        first: found.first.id,
                        second: found.second.id
                    )
                )
            }
        }
        // A header on top of the tip, shown and taken back.
        if rollback == nil, chain.contains(told.shown) == false { rollback = told.tip }
        (told.tip, told.shown) = (chain.tip, chain.shown)
        early.observe(chain, now: turn.now)
        if hasMoved {
            mempool.follow(update.events, ledger: chain.ledger)
            isPoolNews = true
            followUnread(update.events, &turn)
            tellLedger(&turn)
            judge(&turn)
        }
        tell(ChainServer.Input.chainChanged(rollback: rollback), &turn)
        tell(BlockServer.Input.chainChanged, &turn)
        tell(ChainClient.Input.chainChanged, &turn)
        if hasMoved { judgeAhead(&turn) }
    }

    /// Says how far the ledger has come, and which pools it has if they are others.
    mutating func tellLedger(_ turn: inout Turn) {
        if let slot = chain.tip.slot { turn.fact(.slot(slot)) }
        let isRestored = told.ledgerState == nil && chain.ledger.versionCount > 0
        guard isRestored || chain.ledger.revision != told.ledgerRevision else { return }
        told.ledgerRevision = chain.ledger.revision
        turn.outbox.report(.pools(chain.ledger.pools))
    }

    /// Judges how recent the chain is, and says what is new of that.
    mutating func judge(_ turn: inout Turn) {
        let (rules, tip) = (settings.rules, chain.tip)
        sync.look(
            isYoung: rules.ledgerState(at: tip, now: turn.now) == .youngEnough,
            isIdle: !sync.isCaughtUp && chainClient.isIdle(at: tip),
            now: turn.now,
            random: &turn.random
        )
        judgementAt = soonest(rules.nextJudgement(at: tip, now: turn.now), sync.nextDeadline)
        let state = sync.ledgerState
        if state != told.ledgerState {
            told.ledgerState = state
            turn.fact(.ledgerState(state))
        }
        let mode = rules.fetchMode(at: tip, now: turn.now)
        guard mode != told.fetchMode else { return }
        told.fetchMode = mode
        turn.fact(.fetchMode(mode))
        tell(BlockFetcher.Input.mode(mode), &turn)
    }
}

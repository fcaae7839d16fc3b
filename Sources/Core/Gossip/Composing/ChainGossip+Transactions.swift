import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - Transactions on 0x73 and in the pool

extension ChainGossip {
    /// Ids of transactions that were put on record: four times what a pool holds, so that one that
    /// was driven out is not seen for the first time again.
    static let sightedLimit = 65_536

    mutating func tell(_ input: TransactionOffer.Input, _ outbox: inout Outbox<Report>) {
        var effects: [TransactionOffer.Effect] = []
        offer.handle(input, mempool: mempool, credit: &outbox.asks.credit, into: &effects)
        for effect in effects {
            switch effect {
            case .send(let peer, let bytes):
                outbox.asks.pass(bytes, on: GossipChannel.transactions, to: peer)
            case .stop(let peer, let reason): outbox.stop(peer, reason)
            }
        }
    }

    mutating func tell(_ input: TransactionPull.Input, _ turn: inout Turn) {
        var effects: [TransactionPull.Effect] = []
        pull.handle(
            input,
            mempool: mempool,
            now: turn.now,
            credit: &turn.outbox.asks.credit,
            into: &effects
        )
        for effect in effects {
            switch effect {
            case .send(let peer, let bytes):
                turn.outbox.asks.pass(bytes, on: GossipChannel.transactions, to: peer)
                expectAnswers(of: peer, &turn)
            case .transaction(let peer, let transaction): admit(transaction, from: peer, &turn)
            case .duplicate: break
            case .stop(let peer, let reason): turn.outbox.stop(peer, reason)
            }
        }
        if case .received(_, let peer) = input { settle(peer, &turn) }
    }

    private mutating func admit(
        _ transaction: Transaction,
        from peer: PeerID,
        _ turn: inout Turn
    ) {
        let admission = mempool.add(transaction, ledger: chain.ledger)
        if case .added = admission {
            sight(transaction.id, from: PeerReference(peer: peer), &turn.outbox)
        }
        tell(TransactionPull.Input.admitted(peer, transaction.id, admission), &turn)
    }

    /// Puts a transaction on record that was never seen here before.
    mutating func sight(
        _ id: Hash,
        from peer: PeerReference?,
        _ outbox: inout Outbox<Report>
    ) {
        guard !sighted.contains(id) else { return }
        sighted.insert(id)
        outbox.note(.chain(.sighted(transaction: id, from: peer)))
    }

    // MARK: News of the pool

    /// Tells those whom we use of transactions that came since they were last told.
    mutating func tellOffer(_ outbox: inout Outbox<Report>) {
        guard mempool.lastSequence != told.poolSequence else { return }
        told.poolSequence = mempool.lastSequence
        tell(TransactionOffer.Input.mempoolChanged, &outbox)
    }

    /// Tells both ends of 0x73 what became of the pool.
    ///
    /// Of what the pull brought itself it knows.
    mutating func tellPool(_ turn: inout Turn) {
        tellOffer(&turn.outbox)
        guard isPoolNews else { return }
        isPoolNews = false
        tell(TransactionPull.Input.mempoolChanged, &turn)
    }

    // MARK: Answers that are awaited (design §17.2)

    /// Every request is answered before the peer's lowering is acknowledged: it is the one that
    /// answers, so the node holds the acknowledgement back.
    private mutating func expectAnswers(of peer: PeerID, _ turn: inout Turn) {
        guard !awaited.contains(peer) else { return }
        awaited.append(peer)
        turn.outbox.report(.hold(peer))
    }

    private mutating func settle(_ peer: PeerID, _ turn: inout Turn) {
        guard pull.owedReplyCount(by: peer) == 0,
            let place = awaited.firstIndex(of: peer)
        else { return }
        awaited.remove(at: place)
        turn.outbox.report(.release(peer))
    }
}

// MARK: - Bodies that are only in the store

extension ChainGossip {
    /// The reading of a body for the pool; they come one after the other.
    static let unreadID = LoadID(rawValue: 0x73 << 56)
    /// Blocks whose bodies the pool is still to follow: as many as a chain of mainnet's
    /// securityParameter and another in its place have, nearly twice.
    static let unreadLimit = 8_192

    /// Takes note of blocks that came or went and whose bodies are not in memory.
    mutating func followUnread(_ events: [ChainEvent], _ turn: inout Turn) {
        let isReading = !unread.isEmpty
        for event in events {
            switch event {
            case .rolledBack(_, let steps):
                for step in steps.reversed() where step.body == nil {
                    note(unread: step.header)
                    rereadFrom = min(rereadFrom ?? .max, step.header.height)
                }
            case .adopted(let step): if step.body == nil { note(unread: step.header) }
            case .shown, .equivocation: break
            }
        }
        if !isReading { readOn(&turn) }
    }

    private mutating func note(unread header: Header) {
        guard unread.count < Self.unreadLimit, !unread.contains(header) else { return }
        unread.append(header)
    }

    private func readOn(_ turn: inout Turn) {
        guard let key = unread.first.flatMap({ bodyKey(of: $0.point) }) else { return }
        let range = StoreRange(.body, from: key, through: key, rowLimit: 1)
        turn.outbox.report(.load(Self.unreadID, range))
    }

    /// A body is here: where its block stands by now is what counts.
    mutating func followStored(_ rows: [StoreChange], _ turn: inout Turn) {
        guard !unread.isEmpty else { return }
        let header = unread.removeFirst()
        if let encoding = rows.first?.value, let body = try? Body(encoding) {
            if chain.contains(header.point) == false {
                mempool.readmit(body, ledger: chain.ledger)
            } else {
                mempool.include(body)
            }
            isPoolNews = true
        }
        if unread.isEmpty { reread() }
        readOn(&turn)
    }

    /// Takes out of the pool again what blocks left behind held and what the chain in their place
    /// holds, too: that was there before the former were read.
    private mutating func reread() {
        guard let first = rereadFrom else { return }
        rereadFrom = nil
        var height = max(first, chain.anchor.height + 1)
        while height <= chain.tip.height, let header = chain.header(at: height) {
            height += 1
            switch chain.body(of: header.point) {
            case .held(let message):
                guard let message = try? BodyMessage(message),
                    let body = try? Body(message.body)
                else { continue }
                mempool.include(body)
            case .stored: note(unread: header)
            case .awaited, .unknown: break
            }
        }
    }
}
